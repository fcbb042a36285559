import type { Socket } from 'node:net';
import type { Resolve } from './dial.js';
import { encodeV2 } from './proxy-protocol.js';
import { Relay, RelayCounters } from './relay.js';
import { HelloReader } from './sni-peek.js';
import { endpoint } from './tcp-passthrough.js';

/** Where connections for a name go, TLS and all; `sniPassthroughs[]` of the configuration. */
export interface SniTarget {
  readonly upstream: { readonly host: string; readonly port: number };
  /** Whether a PROXY header of version 2 goes first. Default: none. */
  readonly proxyProtocol?: boolean | undefined;
  /** ms without a byte either way after which a connection ends. Default 3,600,000. */
  readonly idleMs?: number | undefined;
}

export interface SniRouterOptions {
  /** By server name, in lower case. */
  readonly routes: ReadonlyMap<string, SniTarget>;
  /** Gets every other connection, untouched: what was read of it is put back. Also what is not TLS at all. */
  readonly fallback: (socket: Socket) => void;
  /** ms a client has for its ClientHello. Default 10,000. */
  readonly helloMs?: number | undefined;
  readonly resolve?: Resolve | undefined;
  readonly onError?: ((error: Error) => void) | undefined;
}

/**
 * Looks at the server name of new connections and hands those of some names on without ending their TLS, as a TURN
 * server behind the same port needs it. Limits are the listener's duty: it decides before it calls `handle`.
 */
export class SniRouter {
  /** Of the connections that were handed on. */
  readonly counters = new RelayCounters();
  /** Connections that ended, or ran out of time, before it was clear where they go. */
  abandoned = 0;
  readonly #options: SniRouterOptions;
  readonly #relays = new Set<Relay>();
  readonly #waiting = new Set<Socket>();
  #routes: ReadonlyMap<string, SniTarget>;

  constructor(options: SniRouterOptions) {
    this.#options = options;
    this.#routes = options.routes;
  }

  /** Other routes for connections to come. */
  update(routes: ReadonlyMap<string, SniTarget>): void {
    this.#routes = routes;
  }

  /** Takes a connection from a listener; nothing has been read of it. */
  handle(socket: Socket): void {
    // nothing to look for: the TLS server reads for itself
    if (this.#routes.size === 0) {
      this.#options.fallback(socket);
      return;
    }
    const reader = new HelloReader();
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => socket.destroy(), this.#options.helloMs ?? 10_000);
    const leave = () => {
      clearTimeout(timer);
      this.#waiting.delete(socket);
      socket.off('data', take).off('end', abandon).off('close', abandon).off('error', ignore);
    };
    const abandon = () => {
      leave();
      this.abandoned++;
      socket.on('error', ignore).destroy();
    };
    const take = (chunk: Buffer) => {
      chunks.push(chunk);
      const hello = reader.push(chunk);
      if (hello === 'need more') return;
      leave();
      socket.pause();
      socket.unshift(chunks.length === 1 ? chunk : Buffer.concat(chunks));
      const name = hello === 'not tls' ? undefined : hello.serverName;
      const target = name === undefined ? undefined : this.#routes.get(name);
      if (target) this.#relay(socket, target);
      else this.#options.fallback(socket);
    };
    this.#waiting.add(socket);
    socket.on('data', take).on('end', abandon).on('close', abandon).on('error', ignore);
  }

  /** Lets what was handed on run for `graceMs`, then ends it. Settled when all is closed. */
  async stop(graceMs: number): Promise<void> {
    for (const socket of this.#waiting) socket.destroy();
    const deadline = setTimeout(() => {
      for (const relay of this.#relays) relay.end();
    }, graceMs);
    await Promise.all([...this.#relays].map((relay) => relay.closed));
    clearTimeout(deadline);
  }

  #relay(socket: Socket, { upstream, proxyProtocol, idleMs }: SniTarget): void {
    const client = endpoint(socket.remoteAddress, socket.remotePort);
    const local = endpoint(socket.localAddress, socket.localPort);
    const relay = new Relay(socket, {
      ...upstream,
      ...(this.#options.resolve && { resolve: this.#options.resolve }),
      idleMs,
      header: proxyProtocol && client && local ? encodeV2(client, local) : undefined,
      counters: this.counters,
      onError: this.#options.onError,
    });
    this.#relays.add(relay);
    void relay.closed.then(() => this.#relays.delete(relay));
  }
}

function ignore(): void {}
