import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type NetworkSet, readAddress } from '../core/address.js';
import { monotonic, type Now } from '../core/clock.js';
import { ProxyError } from '../core/errors.js';
import type { ConnectionBudget } from '../limit/connections.js';
import type { Resolve } from './dial.js';
import { type Endpoint, encodeV2 } from './proxy-protocol.js';
import { Relay, RelayCounters } from './relay.js';

/** A port whose connections are handed on as they are; `passthroughs[]` of the configuration. */
export interface Passthrough {
  /** For messages and metrics. */
  readonly name: string;
  /** 0: one that is free. */
  readonly port: number;
  readonly upstream: { readonly host: string; readonly port: number };
  /** Whether a PROXY header of version 2 tells the upstream who is there. Default: none is sent. */
  readonly proxyProtocol?: boolean | undefined;
  /** Connections at a time. Default 1,024. */
  readonly maxConnections?: number | undefined;
  /** ms without a byte either way after which a connection ends. Default 3,600,000. */
  readonly idleMs?: number | undefined;
  /** The same once one side has ended. Default 300,000. */
  readonly halfClosedMs?: number | undefined;
  /** ms for each address of the upstream. Default 3,000. */
  readonly connectMs?: number | undefined;
}

/** What a listener is given by the service around it. */
export interface PassthroughContext {
  /** Address to bind. Default '::', which takes IPv4 as well. */
  readonly address?: string | undefined;
  /** Connections for each address, shared with the other listeners. Default: no such limit. */
  readonly budget?: ConnectionBudget | undefined;
  /** Peers spared that limit. Default: none. */
  readonly unlimited?: Pick<NetworkSet, 'has'> | undefined;
  readonly resolve?: Resolve | undefined;
  readonly now?: Now | undefined;
  /** Told of each upstream that cannot be reached. */
  readonly onError?: ((error: Error) => void) | undefined;
}

/** The listener of a passthrough. */
export class TcpPassthrough {
  readonly counters = new RelayCounters();
  readonly #context: PassthroughContext;
  readonly #server: Server;
  readonly #relays = new Set<Relay>();
  #settings: Passthrough;

  constructor(settings: Passthrough, context: PassthroughContext = {}) {
    this.#settings = settings;
    this.#context = context;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  get settings(): Passthrough {
    return this.#settings;
  }

  /** Port that is bound. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** @throws ProxyError EDGE_CONFIG when the port cannot be bound */
  async listen(): Promise<void> {
    const { name, port } = this.#settings;
    this.#server.listen({ port, host: this.#context.address ?? '::', backlog: 511 });
    try {
      await once(this.#server, 'listening');
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code;
      const message = `passthrough '${name}': port ${port} cannot be bound (${code}); choose one that is free`;
      throw new ProxyError('EDGE_CONFIG', message, { cause });
    }
    // accepting can fail for a moment, as when the process is out of descriptors
    this.#server.on('error', (error) => this.#context.onError?.(error));
  }

  /** Other settings for connections to come; those that are open stay. The port is not changed. */
  update(settings: Passthrough): void {
    this.#settings = settings;
  }

  /**
   * Takes no more connections, lets those that are open run for `graceMs`, then ends them.
   * Settled when all are closed.
   */
  async stop(graceMs: number): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, 'close') : undefined;
    this.#server.close();
    const deadline = setTimeout(() => {
      for (const relay of this.#relays) relay.end();
    }, graceMs);
    await Promise.all([...this.#relays].map((relay) => relay.closed));
    clearTimeout(deadline);
    await closed;
  }

  #accept(socket: Socket): void {
    const { unlimited, now = monotonic } = this.#context;
    const client = endpoint(socket.remoteAddress, socket.remotePort);
    const local = endpoint(socket.localAddress, socket.localPort);
    // a client that has left already has no address any more
    if (!client || !local) {
      socket.destroy();
      return;
    }
    const budget = unlimited?.has(client.address) ? undefined : this.#context.budget;
    const full = this.counters.open >= (this.#settings.maxConnections ?? 1024);
    if (full || (budget && !budget.acquire(client.address, now()))) {
      this.counters.refused++;
      socket.resetAndDestroy();
      return;
    }
    if (budget) socket.once('close', () => budget.release(client.address));
    const { upstream, proxyProtocol, idleMs, halfClosedMs, connectMs } = this.#settings;
    const relay = new Relay(socket, {
      ...upstream,
      ...(connectMs !== undefined && { connectMs }),
      ...(this.#context.resolve && { resolve: this.#context.resolve }),
      idleMs,
      halfClosedMs,
      header: proxyProtocol ? encodeV2(client, local) : undefined,
      counters: this.counters,
      onError: this.#context.onError,
    });
    this.#relays.add(relay);
    void relay.closed.then(() => this.#relays.delete(relay));
  }
}

/** An end of a socket, as node tells it. */
export function endpoint(text: string | undefined, port: number | undefined): Endpoint | undefined {
  const address = text === undefined ? undefined : readAddress(text);
  return address && port !== undefined ? { address, port } : undefined;
}
