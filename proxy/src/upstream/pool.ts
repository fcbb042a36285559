import type { ErrorCode } from '../core/errors.js';
import { UpstreamConnection } from './connection.js';
import { Endpoint } from './endpoint.js';
import { type Lookup, Resolver } from './resolver.js';

/** Most connections to one upstream; more requests wait. */
const connectionLimit = 512;
/** Most requests that wait for a connection. */
const waitingLimit = 1024;
/** Milliseconds an idle connection is kept when the upstream does not say: gunicorn closes after 2 s. */
const usualIdle = 1500;
/** Most requests that try to reach an upstream none of whose addresses works. */
const hopefulLimit = 64;
/** Milliseconds between attempts while an upstream refuses connections. */
const retryPauses = [25, 50, 100, 200, 400, 800];

/** Who wants a connection. */
export interface Customer {
  /** Milliseconds all attempts may take together. */
  readonly connectTime: number;
  /** A connection. `used`: it has carried a request before, and the upstream may have closed it meanwhile. */
  onConnection(connection: UpstreamConnection, used: boolean): void;
  onNoConnection(code: ErrorCode, problem: string): void;
  /** Nobody waits any more. */
  readonly gone: boolean;
}

/** The connections to one upstream: host and port. */
export class UpstreamPool {
  private endpoints: Endpoint[] = [];
  private known: readonly string[] = [];
  private readonly waiting: Customer[] = [];
  private readonly resolver: Resolver;
  private connections = 0;
  /** Requests on their way to a new connection. */
  attempts = 0;
  private closed = false;

  constructor(
    readonly host: string,
    readonly port: number,
    private readonly now: () => number,
    lookup?: Lookup,
  ) {
    this.resolver = new Resolver(host, lookup);
  }

  /** Gives the customer an idle connection at once, or a new one later. */
  acquire(customer: Customer, mustBeNew = false): void {
    const now = this.now();
    const addresses = this.resolver.known(now);
    if (addresses.length === 0) {
      this.resolver.refresh(now).then(
        () => {
          if (!customer.gone) this.acquire(customer, mustBeNew);
        },
        (error: Error) => {
          if (!customer.gone)
            customer.onNoConnection('EDGE_UPSTREAM_CONNECT', `${this.host}: ${error.message}`);
        },
      );
      return;
    }
    if (addresses !== this.known) this.adopt(addresses);
    if (!mustBeNew) {
      const connection = this.takeIdle(now);
      if (connection !== undefined) {
        customer.onConnection(connection, true);
        return;
      }
    }
    if (this.connections >= connectionLimit) {
      if (this.waiting.length >= waitingLimit)
        customer.onNoConnection(
          'EDGE_UPSTREAM_BUSY',
          `${waitingLimit} requests wait for ${this.host} already`,
        );
      else this.waiting.push(customer);
      return;
    }
    // the circuit: while no address works a few requests wait for its return, the others are told at once
    if (this.attempts >= hopefulLimit && !this.endpoints.some((endpoint) => endpoint.healthy(now))) {
      customer.onNoConnection('EDGE_UPSTREAM_UNHEALTHY', `${this.host} has failed repeatedly`);
      return;
    }
    new Attempt(this, customer, now).next();
  }

  /** The address with the fewest requests that was not tried yet; a healthy one as long as there is one. */
  choose(now: number, tried: ReadonlySet<Endpoint>): Endpoint | undefined {
    // a failure made us ask again: the name may lead elsewhere by now
    const addresses = this.resolver.known(now);
    if (addresses !== this.known) this.adopt(addresses);
    let best: Endpoint | undefined;
    let second: Endpoint | undefined;
    for (const endpoint of this.endpoints) {
      if (tried.has(endpoint)) continue;
      if (!endpoint.healthy(now)) second ??= endpoint;
      else if (best === undefined || endpoint.active < best.active) best = endpoint;
    }
    return best ?? second;
  }

  private takeIdle(now: number): UpstreamConnection | undefined {
    const only = this.endpoints.length === 1 ? this.endpoints[0] : undefined;
    if (only !== undefined) return this.popIdle(only, now);
    const order = [...this.endpoints].sort((a, b) => a.active - b.active);
    for (const endpoint of order) {
      if (!endpoint.healthy(now)) continue;
      // an address with fewer requests is worth a new connection
      return this.popIdle(endpoint, now);
    }
    return undefined;
  }

  private popIdle(endpoint: Endpoint, now: number): UpstreamConnection | undefined {
    for (let connection = endpoint.idle.pop(); connection !== undefined; connection = endpoint.idle.pop()) {
      if (connection.dead) continue;
      // taken from the idle ones, also if only to die
      endpoint.active++;
      if (now - connection.idleSince < connection.idleTime) return connection;
      connection.die();
    }
    return undefined;
  }

  /** Opens a connection. */
  open(
    endpoint: Endpoint,
    done: (connection: UpstreamConnection, error: NodeJS.ErrnoException | undefined) => void,
  ): UpstreamConnection {
    this.connections++;
    endpoint.active++;
    const connection: UpstreamConnection = new UpstreamConnection(
      endpoint,
      usualIdle,
      (error) => done(connection, error),
      (idle) => this.onIdle(idle),
      (dead) => this.onDead(dead),
    );
    return connection;
  }

  private onIdle(connection: UpstreamConnection): void {
    connection.endpoint.succeeded();
    const customer = this.nextWaiting();
    if (customer !== undefined) {
      // after the answer before has been handed over
      setImmediate(() => {
        if (connection.dead || customer.gone) {
          if (!connection.dead) this.park(connection);
          if (!customer.gone) this.acquire(customer);
        } else customer.onConnection(connection, true);
      });
      return;
    }
    this.park(connection);
  }

  private park(connection: UpstreamConnection): void {
    connection.endpoint.active--;
    if (this.closed) {
      connection.die();
      return;
    }
    connection.idleSince = this.now();
    connection.endpoint.idle.push(connection);
  }

  private onDead(connection: UpstreamConnection): void {
    this.connections--;
    const { endpoint } = connection;
    const at = endpoint.idle.indexOf(connection);
    if (at >= 0) endpoint.idle.splice(at, 1);
    else endpoint.active--;
    const customer = this.nextWaiting();
    if (customer !== undefined) setImmediate(() => (customer.gone ? undefined : this.acquire(customer)));
  }

  private nextWaiting(): Customer | undefined {
    for (let customer = this.waiting.shift(); customer !== undefined; customer = this.waiting.shift())
      if (!customer.gone) return customer;
    return undefined;
  }

  private adopt(addresses: readonly string[]): void {
    this.known = addresses;
    const before = this.endpoints;
    this.endpoints = addresses.map(
      (address) => before.find(({ host }) => host === address) ?? new Endpoint(address, this.port),
    );
    for (const endpoint of before)
      if (!this.endpoints.includes(endpoint)) for (const connection of [...endpoint.idle]) connection.die();
  }

  /** Looks the name up again, after a failure. */
  forgetAddresses(): void {
    void this.resolver.refresh(this.now()).catch(() => {});
  }

  /** Closes what has been idle too long; called every second. */
  sweep(now: number): void {
    for (const endpoint of this.endpoints)
      for (const connection of [...endpoint.idle])
        if (now - connection.idleSince >= connection.idleTime) connection.die();
  }

  /** No new requests: idle connections close now, others after their answer. */
  close(): void {
    this.closed = true;
    for (const endpoint of this.endpoints) for (const connection of [...endpoint.idle]) connection.die();
  }

  /** For metrics and /debug. */
  get state(): { address: string; idle: number; active: number; healthy: boolean }[] {
    const now = this.now();
    return this.endpoints.map((endpoint) => ({
      address: String(endpoint),
      idle: endpoint.idle.length,
      active: endpoint.active,
      healthy: endpoint.healthy(now),
    }));
  }
}

/** One customer's way to a new connection: address after address, and again while time is left. */
class Attempt {
  private readonly tried = new Set<Endpoint>();
  private round = 0;
  private problem = '';

  constructor(
    private readonly pool: UpstreamPool,
    private readonly customer: Customer,
    private readonly started: number,
  ) {
    pool.attempts++;
  }

  next(): void {
    const { pool, customer } = this;
    if (customer.gone) {
      pool.attempts--;
      return;
    }
    const now = performance.now();
    const endpoint = pool.choose(now, this.tried);
    const left = customer.connectTime - (now - this.started);
    if (left <= 0) {
      pool.attempts--;
      customer.onNoConnection('EDGE_UPSTREAM_CONNECT', this.problem || 'no connection in time');
      return;
    }
    if (endpoint === undefined) {
      this.tried.clear();
      const pause = retryPauses[Math.min(this.round++, retryPauses.length - 1)] as number;
      setTimeout(() => this.next(), Math.min(pause, left)).unref();
      return;
    }
    this.tried.add(endpoint);
    let settled = false;
    const connection = pool.open(endpoint, (opened, error) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      if (error === undefined) {
        pool.attempts--;
        if (customer.gone) opened.die();
        else customer.onConnection(opened, false);
        return;
      }
      this.failed(endpoint, error.message);
    });
    const timer = setTimeout(
      () => {
        if (settled) return;
        settled = true;
        connection.die();
        this.failed(endpoint, `no connection to ${endpoint} within ${Math.round(left)} ms`);
      },
      Math.max(1, left),
    );
  }

  private failed(endpoint: Endpoint, problem: string): void {
    this.problem = problem;
    endpoint.failed(performance.now());
    this.pool.forgetAddresses();
    this.next();
  }
}
