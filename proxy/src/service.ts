import type { Config } from './config/schema.js';
import type { ErrorCode } from './core/errors.js';
import { Field } from './core/fields.js';
import type { Guard } from './detect/make.js';
import { RequestView } from './detect/view.js';
import { type Content, Dispatcher } from './dispatch.js';
import { Action, type Exchange } from './exchange.js';
import type { RequestHead } from './http1/request-head.js';
import type { ResponseHead } from './http1/response-head.js';
import { GcraTable } from './limit/gcra.js';
import { NotedAddresses } from './limit/noted-addresses.js';
import type { Peer } from './peer.js';
import { clientAddress } from './policy/client-address.js';
import { randomHex, requestId } from './policy/request-id.js';
import { Sessions } from './policy/sessions.js';
import { continueTrace } from './policy/trace-context.js';
import { Resolution, resolve } from './routing/path-policy.js';
import type { Route } from './routing/route.js';
import { Setup } from './setup.js';
import type { Lookup } from './upstream/resolver.js';
import { Upstreams } from './upstream/upstreams.js';

/** A client's connection as the service keeps it. */
export interface ClientConnection {
  /** For metrics: plain, HTTP/1.1 over TLS, HTTP/2. */
  readonly kind: 'http' | 'h1' | 'h2';
  /** Called every second: ends what takes too long. */
  sweep(now: number): void;
  /** The process stops: idle ones go, others after their answer. */
  drain(): void;
  destroy(): void;
}

/** Who wants to know what happened; called on the hot path. */
export interface Observer {
  started?(exchange: Exchange): void;
  finished(exchange: Exchange, durationMs: number): void;
  /** A head that could not be read. */
  refusedHead(peer: Peer, status: number, code: ErrorCode, problem: string): void;
  limited(exchange: Exchange): void;
  upstreamFailed(exchange: Exchange, route: Route, code: ErrorCode, problem: string): void;
  /** Whether the trace of a request that comes now is recorded; asked once for each. */
  sample(): boolean;
}

/** Milliseconds a client may take. */
export interface Times {
  /** For a whole head. */
  readonly head: number;
  /** Between two pieces of a body. */
  readonly bodyIdle: number;
  /** Before the least rate of a body counts. */
  readonly bodyGrace: number;
  /** Between two requests. */
  readonly keepAlive: number;
}

/** What a service knows of the world around it. */
export interface Surroundings {
  /** Processes that serve the same clients. @default 1 */
  readonly workers?: number | undefined;
  /** Finds the addresses of upstreams. @default - the system is asked */
  readonly lookup?: Lookup | undefined;
}

export const usualTimes: Times = { head: 10_000, bodyIdle: 60_000, bodyGrace: 30_000, keepAlive: 75_000 };

/**
 * What happens to every request, in order: who asks, which route, how much, how suspicious, and then the route's own
 * business. Everything that depends on the configuration is in `setup`, one reference that a reload replaces.
 */
export class Service {
  setup: Setup;
  readonly connections = new Set<ClientConnection>();
  readonly upstreams: Upstreams;
  readonly sessions: Sessions;
  readonly dispatcher: Dispatcher;
  /** Scores requests; none when detection is off. */
  guard: Guard | undefined = undefined;
  /** What the addresses are that the detector knows by their keys only. */
  readonly blockedAddresses = new NotedAddresses();
  observer: Observer | undefined = undefined;
  /** Whether a connection made for one name must not be used for another: their certificates differ. */
  misdirected: (serverName: string, host: string) => boolean = () => false;
  /** The loop is behind: strangers are sent away. */
  overloaded = false;
  /** The process stops. */
  draining = false;
  /** Milliseconds, as of the last tick: good enough for deadlines. */
  now = performance.now();
  /** Value of Date. */
  date = new Date().toUTCString();
  readonly times: Times;
  /** Least octets of a body per second, after a time of grace. */
  readonly bodyRate = 1024;
  private readonly signedIn = new GcraTable();
  private readonly strangers = new GcraTable();
  private readonly suspects = new GcraTable();
  private readonly addresses = new GcraTable();
  private readonly resolution = new Resolution();
  private readonly view = new RequestView();
  private ticks: NodeJS.Timeout | undefined = undefined;
  private lastSweep = 0;

  constructor(
    config: Config,
    readonly content: Content,
    times: Times = usualTimes,
    private readonly surroundings: Surroundings = {},
  ) {
    this.times = times;
    this.upstreams = new Upstreams(() => this.now, surroundings.lookup);
    this.sessions = new Sessions(this.upstreams);
    this.dispatcher = new Dispatcher(this);
    this.setup = new Setup(config, this.upstreams, undefined, surroundings.workers);
    this.sessions.adopt(config.session);
  }

  /** Takes a configuration over: requests under way keep what they have. */
  adopt(config: Config): void {
    const before = this.setup;
    this.setup = new Setup(config, this.upstreams, before, this.surroundings.workers);
    this.sessions.adopt(config.session);
    this.upstreams.keep(this.setup.pools);
  }

  /** Open connections by protocol, for metrics. */
  connectionCounts(): Record<string, number> {
    const counts: Record<string, number> = { http: 0, h1: 0, h2: 0 };
    for (const { kind } of this.connections) counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  }

  /** Starts the clock. */
  start(): void {
    this.ticks ??= setInterval(() => this.tick(), 100).unref();
  }

  private tick(): void {
    this.now = performance.now();
    if (this.now - this.lastSweep < 1000) return;
    this.lastSweep = this.now;
    this.date = new Date().toUTCString();
    for (const connection of this.connections) connection.sweep(this.now);
    this.upstreams.sweep(this.now);
  }

  /** Stops taking requests: what is under way may end. */
  drain(): void {
    this.draining = true;
    for (const connection of this.connections) connection.drain();
  }

  /** Ends everything. */
  stop(): void {
    clearInterval(this.ticks);
    for (const connection of [...this.connections]) connection.destroy();
    this.upstreams.close();
  }

  get headLimits(): { headBytes: number; targetBytes: number; fields: number } {
    return this.setup.config.limits;
  }

  get viaLine(): string {
    return this.setup.viaLine;
  }

  /** Takes care of a request whose head has been read. */
  handle(exchange: Exchange): void {
    const { head, peer } = exchange;
    const { setup, resolution } = this;
    const sampled = this.observer?.sample() === true;
    if (peer.forwarding || head.has(Field.traceparent)) continueGiven(exchange, sampled);
    else {
      // nobody before us: one number serves as both
      exchange.id = exchange.traceId = randomHex(32);
      exchange.traceLines = `traceparent: 00-${exchange.id}-${randomHex(16)}-${sampled ? '01' : '00'}\r\n`;
    }
    if (peer.forwarding) exchange.address = clientAddress(peer, head, setup.forwarding);
    this.observer?.started?.(exchange);
    resolve(setup.table, head.authority, head.method, head.path, resolution);
    const { route, status } = resolution;
    exchange.route = status === 0 ? route : undefined;
    exchange.path = resolution.path;
    exchange.upstreamPath = resolution.upstreamPath;
    const { allow } = resolution;
    const stranger =
      setup.session !== undefined && head.has(Field.cookie) && this.sessions.recognise(exchange, this.now);
    if (!peer.unlimited && !this.admitted(exchange, status, route)) return;
    // only now: made-up cookies would cost a question each
    if (stranger) this.sessions.findOut(exchange, this.now);
    if (head.target === '*') {
      exchange.answer(204, '', '');
      return;
    }
    // a name that another certificate stands for was not meant for this connection (RFC 9110 7.4)
    if (
      peer.serverName !== '' &&
      peer.serverName !== head.host &&
      this.misdirected(peer.serverName, head.host)
    ) {
      this.error(exchange, 421);
      return;
    }
    if (status !== 0 && peer.secure) this.refuse(exchange, status, allow);
    else if (head.has(Field.via) && head.all(Field.via).includes(setup.pseudonym)) {
      exchange.error = 'EDGE_LOOP';
      this.error(exchange, 508);
    } else this.dispatcher.dispatch(exchange, status, allow);
  }

  /** Limits and detector; false: an answer has been given. */
  private admitted(exchange: Exchange, status: number, route: Route | undefined): boolean {
    const { setup } = this;
    const { address } = exchange;
    const { buckets } = setup;
    const now = exchange.started;
    const cost = route === undefined ? 1 : route.cost;
    const { guard } = this;
    let suspect = false;
    if (guard !== undefined) {
      this.look(exchange, status, route);
      const { view } = this;
      view.bot = guard.bots.standing(view.userAgent, address, now);
      const verdict = guard.detector.judge(view, address.keyHi, address.keyLo, now);
      exchange.score = verdict.score;
      exchange.shadowScore = verdict.shadowScore;
      exchange.signals = verdict.signals;
      exchange.detectorTrace = verdict.trace;
      exchange.action = verdict.advice;
      if (verdict.blocked) this.blockedAddresses.note(address);
      if (verdict.action === Action.refuse) {
        this.error(exchange, 403);
        return false;
      }
      suspect = verdict.action === Action.limit;
    }
    // the address pays last: who is refused for himself must not use up what others behind it need
    let wait: number;
    if (exchange.signedIn)
      wait = this.signedIn.take(exchange.sessionHi, exchange.sessionLo, buckets.signedIn, cost, now);
    else if (suspect) wait = this.suspects.take(address.keyHi, address.keyLo, buckets.suspects, cost, now);
    else wait = this.strangers.take(address.keyHi, address.keyLo, buckets.strangers, cost, now);
    if (wait === 0 && route !== undefined) {
      const limit = setup.limit(route);
      if (limit !== undefined)
        wait = setup.routeLimiter(route).take(address.keyHi, address.keyLo, limit, cost, now);
    }
    if (wait === 0) wait = this.addresses.take(address.keyHi, address.keyLo, buckets.address, cost, now);
    if (wait > 0) {
      this.observer?.limited(exchange);
      this.error(exchange, 429, `Retry-After: ${Math.max(1, Math.ceil(wait / 1000 - 1e-6))}\r\n`);
      return false;
    }
    if (this.overloaded && !exchange.signedIn) {
      this.error(exchange, 503, 'Retry-After: 5\r\n');
      return false;
    }
    return true;
  }

  /** Shows the request to the detector. */
  private look(exchange: Exchange, status: number, route: Route | undefined): void {
    const { head } = exchange;
    const { view } = this;
    view.method = head.method;
    view.host = head.host;
    view.path = head.path;
    view.query = head.query;
    view.trafficClass = route === undefined ? 'none' : route.trafficClass;
    view.routeFound = status === 0 || status === 405;
    view.hostFound = status !== 421;
    view.protocol = exchange.protocol;
    view.fieldCount = head.count;
    view.userAgent = head.get(Field['user-agent']);
    view.accept = head.get(Field.accept);
    view.acceptLanguage = head.get(Field['accept-language']);
    view.acceptEncoding = head.get(Field['accept-encoding']);
    view.referer = head.get(Field.referer);
    view.contentType = head.get(Field['content-type']);
    view.contentLength = head.contentLength;
    view.hasBody = head.hasBody;
    view.hasCookie = head.has(Field.cookie);
    view.hasAuthorization = head.has(Field.authorization);
    view.hasSecFetch = head.has(Field['sec-fetch-mode']) || head.has(Field['sec-fetch-site']);
    view.hasClientHints = head.has(Field['sec-ch-ua']);
    view.signedIn = exchange.signedIn;
  }

  private refuse(exchange: Exchange, status: number, allow: string): void {
    this.error(exchange, status, status === 405 ? `Allow: ${allow}\r\n` : '');
  }

  /** Answers with an error of the proxy's own. */
  error(exchange: Exchange, status: number, lines = ''): void {
    const { head, id } = exchange;
    const page = this.content.errorBody(
      status,
      id,
      head.get(Field.accept),
      head.get(Field['accept-language']),
    );
    exchange.answer(
      status,
      `Content-Type: ${page.contentType}\r\nCache-Control: no-store\r\n${page.lines}${lines}`,
      page.body,
    );
  }

  /** An upstream's answer, before it goes on. */
  prepare(exchange: Exchange, head: ResponseHead): void {
    if (exchange.peer.secure && this.setup.hstsLine !== '' && head.has(Field['strict-transport-security']))
      head.drop(Field['strict-transport-security']);
  }

  /** The exchange is over, with an answer or without. */
  finished(exchange: Exchange): void {
    const { guard, observer } = this;
    if (guard !== undefined && exchange.detectorTrace !== 0) {
      const { keyHi, keyLo } = exchange.address;
      guard.detector.observe(keyHi, keyLo, exchange.detectorTrace, exchange.status || 499, this.now);
    }
    observer?.finished(exchange, performance.now() - exchange.started);
  }

  /** A head that cannot be read has been answered by its connection. */
  refused(peer: Peer, head: RequestHead, _protocol: 1 | 2): void {
    this.observer?.refusedHead(peer, head.status, head.code, head.problem);
  }

  upstreamFailed(exchange: Exchange, route: Route, code: ErrorCode, problem: string): void {
    this.observer?.upstreamFailed(exchange, route, code, problem);
  }
}

/** Fields the proxy sets on every answer. */
export function serviceLines(exchange: Exchange, service: Service): string {
  const { route } = exchange;
  const lines = `${exchange.peer.secure ? service.setup.hstsLine : ''}X-Request-Id: ${exchange.id}\r\n`;
  return route === undefined || route.headerFragment === '' ? lines : lines + route.headerFragment;
}

/** Takes over what a client or a proxy in front says of the trace, and of the request's id. */
function continueGiven(exchange: Exchange, sampled: boolean): void {
  const { head, peer } = exchange;
  const given = head.has(Field.traceparent) && head.times(Field.traceparent) === 1;
  const trace = continueTrace(
    given ? head.get(Field.traceparent) : undefined,
    given && head.has(Field.tracestate) ? head.all(Field.tracestate) : undefined,
    sampled,
  );
  exchange.id = requestId(peer.forwarding ? head.get(Field['x-request-id']) : undefined, peer.forwarding);
  exchange.traceId = trace.traceId;
  exchange.traceLines =
    trace.state === ''
      ? `traceparent: ${trace.header}\r\n`
      : `traceparent: ${trace.header}\r\ntracestate: ${trace.state}\r\n`;
}
