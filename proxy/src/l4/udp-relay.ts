import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readAddress } from '../core/address.js';
import { monotonic, type Now } from '../core/clock.js';
import { ProxyError } from '../core/errors.js';
import { type Resolve, systemResolve } from './dial.js';
import { type SessionOwner, UdpSession } from './udp-session.js';

/** Ports whose datagrams are handed on to the same port of another host; `udpRelays[]` of the configuration. */
export interface UdpRelayOptions {
  /** For messages and metrics. */
  readonly name: string;
  /** First port and last port; each is a socket. */
  readonly from: number;
  readonly to: number;
  readonly upstream: string;
  /** Address to bind. Default '::', which takes IPv4 as well. */
  readonly address?: string | undefined;
  /** Sessions (client address, client port, port) at a time; each is a socket. Default 1,000. */
  readonly maxSessions?: number | undefined;
  /** Sessions of one client address (IPv6: of its /64). Default 32. */
  readonly maxSessionsPerClient?: number | undefined;
  /** ms of silence after which a session ends. Default 60,000. */
  readonly idleMs?: number | undefined;
  readonly resolve?: Resolve | undefined;
  readonly now?: Now | undefined;
}

/** Sums over all ports of a relay. */
export class UdpCounters {
  sessions = 0;
  opened = 0;
  /** Sessions ended by silence. */
  idle = 0;
  /** Sessions ended for a newer one while their client had not shown to be real. */
  displaced = 0;
  /** Sessions ended because the upstream refused. */
  failed = 0;
  received = 0;
  sent = 0;
  /** Datagrams of clients dropped: over a limit, or the way was full. */
  dropped = 0;
  /** Replies dropped, since their client may be a forged address: see `UdpSession.mayReply`. */
  withheld = 0;
}

/** ms between two looks for silent sessions, and after which the upstream's name is looked up again. */
const SWEEP_MS = 5000;
const RESOLVE_MS = 30_000;

/**
 * Relays datagrams for a range of ports. The upstream sees the relay's address, not the client's; each client has a
 * socket of its own. Nothing is sent to a client that did not send first, and little until it has answered.
 */
export class UdpRelay implements SessionOwner {
  readonly counters = new UdpCounters();
  readonly #options: UdpRelayOptions;
  readonly #now: Now;
  readonly #sockets = new Map<number, Socket>();
  readonly #sessions = new Map<string, UdpSession>();
  /** Those whose client has not answered yet, oldest first. */
  readonly #unconfirmed = new Set<UdpSession>();
  readonly #clients = new Map<string, number>();
  #host = '';
  #resolvedMs = 0;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(options: UdpRelayOptions) {
    this.#options = options;
    this.#now = options.now ?? monotonic;
  }

  /** @throws ProxyError EDGE_CONFIG when a port cannot be bound, EDGE_UPSTREAM_CONNECT when the name is unknown */
  async listen(): Promise<void> {
    await this.#resolve();
    const { from, to } = this.#options;
    try {
      for (let port = from; port <= to; port++) await this.#bind(port);
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#sweeper = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  /** Closes everything at once: datagrams have no end that could be waited for. */
  async stop(): Promise<void> {
    clearInterval(this.#sweeper);
    for (const session of this.#sessions.values()) this.#drop(session);
    const sockets = [...this.#sockets.values()];
    this.#sockets.clear();
    await Promise.all(
      sockets.map((socket) => {
        const closed = once(socket, 'close');
        socket.close();
        return closed;
      }),
    );
  }

  /** Ends sessions that are silent for too long; runs every 5 s by itself. */
  sweep(): void {
    const nowMs = this.#now();
    const idleMs = this.#options.idleMs ?? 60_000;
    for (const session of this.#sessions.values()) {
      if (nowMs - session.lastMs < idleMs) continue;
      this.counters.idle++;
      this.#drop(session);
    }
    if (nowMs - this.#resolvedMs >= RESOLVE_MS) this.#resolve().catch(() => {});
  }

  reply(session: UdpSession, datagram: Buffer): void {
    if (!session.mayReply(datagram.length, this.#now())) {
      this.counters.withheld++;
      return;
    }
    const { address, port } = session.client;
    this.#sockets.get(session.port)?.send(datagram, port, address, ignore);
    this.counters.sent += datagram.length;
  }

  failed(session: UdpSession): void {
    this.counters.failed++;
    this.#drop(session);
  }

  async #resolve(): Promise<void> {
    const { name, upstream, resolve = systemResolve } = this.#options;
    // also after a failure: not more often than this
    this.#resolvedMs = this.#now();
    try {
      const [host] = await resolve(upstream);
      if (host === undefined) throw new Error('no address');
      this.#host = host;
    } catch (cause) {
      const message = `udpRelay '${name}': cannot look up '${upstream}' (${(cause as Error).message})`;
      throw new ProxyError('EDGE_UPSTREAM_CONNECT', message, { cause });
    }
  }

  async #bind(port: number): Promise<void> {
    const { name, address = '::' } = this.#options;
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    socket.bind({ port, address, exclusive: true });
    try {
      await once(socket, 'listening');
    } catch (cause) {
      socket.close();
      const code = (cause as NodeJS.ErrnoException).code;
      const message = `udpRelay '${name}': port ${port} cannot be bound (${code}); choose a range that is free`;
      throw new ProxyError('EDGE_CONFIG', message, { cause });
    }
    this.#sockets.set(port, socket);
    socket.on('error', ignore);
    socket.on('message', (datagram, client) => this.#receive(port, datagram, client));
  }

  #receive(port: number, datagram: Buffer, client: RemoteInfo): void {
    const key = `${port} ${client.port} ${client.address}`;
    const session = this.#sessions.get(key) ?? this.#open(key, port, client);
    if (!session?.send(datagram, this.#now())) {
      this.counters.dropped++;
      return;
    }
    this.counters.received += datagram.length;
    if (session.confirmed) this.#unconfirmed.delete(session);
  }

  #open(key: string, port: number, client: RemoteInfo): UdpSession | undefined {
    const { maxSessions = 1000, maxSessionsPerClient = 32 } = this.#options;
    const holder = holderOf(client.address);
    const held = this.#clients.get(holder) ?? 0;
    if (held >= maxSessionsPerClient) return undefined;
    if (this.#sessions.size >= maxSessions) {
      // a flood from invented addresses fills the table with such, and pushes out its own
      const [oldest] = this.#unconfirmed;
      if (!oldest) return undefined;
      this.counters.displaced++;
      this.#drop(oldest);
    }
    const session = new UdpSession(key, holder, client, port, this.#host, this, this.#now());
    this.#sessions.set(key, session);
    this.#unconfirmed.add(session);
    this.#clients.set(holder, (this.#clients.get(holder) ?? 0) + 1);
    this.counters.opened++;
    this.counters.sessions++;
    return session;
  }

  #drop(session: UdpSession): void {
    if (!this.#sessions.delete(session.key)) return;
    this.#unconfirmed.delete(session);
    const left = (this.#clients.get(session.holder) ?? 1) - 1;
    if (left > 0) this.#clients.set(session.holder, left);
    else this.#clients.delete(session.holder);
    this.counters.sessions--;
    session.close();
  }
}

/** What limits count by: an IPv4 address, or the /64 of an IPv6 one. */
function holderOf(text: string): string {
  const address = readAddress(text);
  return address ? `${address.keyHi} ${address.keyLo}` : text;
}

function ignore(): void {}
