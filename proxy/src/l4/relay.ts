import type { Socket } from 'node:net';
import { type DialOptions, dial } from './dial.js';

/** Sums over the connections of a listener; bytes are added when a connection ends. */
export class RelayCounters {
  open = 0;
  /** Connections that were taken. */
  accepted = 0;
  /** Connections over a limit, closed at once. */
  refused = 0;
  /** Connections for which no upstream answered. */
  unreachable = 0;
  /** Connections on which nothing moved for too long. */
  idle = 0;
  /** Bytes from clients. */
  received = 0;
  /** Bytes to clients. */
  sent = 0;
}

export interface RelayOptions extends DialOptions {
  /** Sent to the upstream before the client's bytes. */
  readonly header?: Buffer | undefined;
  /** ms without a byte either way after which the connection ends. Default 3,600,000. */
  readonly idleMs?: number | undefined;
  /** The same once one side has ended: nobody notices any more when that side is gone. Default 300,000. */
  readonly halfClosedMs?: number | undefined;
  readonly counters: RelayCounters;
  /** Told of a failure that is the upstream's. */
  readonly onError?: ((error: Error) => void) | undefined;
}

/** ms of silence after which TCP asks whether the other side still lives. */
const KEEP_ALIVE_MS = 30_000;
/** ms that both sides have to close after `end`. */
const FAREWELL_MS = 1000;

/**
 * Hands a connection on to an upstream, byte for byte. An end from one side is passed to the other while the opposite
 * direction goes on; a reset is passed on as a reset, so that nobody takes half a file for a whole one.
 */
export class Relay {
  /** Settled when both connections are closed. */
  readonly closed: Promise<void>;
  readonly #client: Socket;
  readonly #options: RelayOptions;
  #upstream: Socket | undefined;
  /** Sides that are not closed; one that is still being dialled counts. */
  #sides = 2;
  #done = () => {};
  #farewell: NodeJS.Timeout | undefined;

  /** @param client connected, not yet read from, or with what was read put back by `unshift` */
  constructor(client: Socket, options: RelayOptions) {
    this.#client = client;
    this.#options = options;
    this.closed = new Promise((done) => {
      this.#done = done;
    });
    options.counters.accepted++;
    options.counters.open++;
    this.#prepare(client);
    client.once('close', () => this.#clientClosed());
    void this.#connect();
  }

  /** Says goodbye to both sides: what is on its way is sent, then both are ended, and closed a second later. */
  end(): void {
    if (this.#farewell || this.#sides === 0) return;
    this.#farewell = setTimeout(() => this.#destroy(), FAREWELL_MS);
    for (const socket of [this.#client, this.#upstream]) {
      // what still comes in has nowhere to go, but must be read for the end behind it to be seen
      socket?.unpipe().resume().end();
    }
  }

  async #connect(): Promise<void> {
    const client = this.#client;
    let upstream: Socket;
    try {
      upstream = await dial(this.#options, () => client.destroyed);
    } catch (error) {
      if (!client.destroyed) {
        this.#options.counters.unreachable++;
        this.#options.onError?.(error as Error);
        client.destroy();
      }
      this.#part();
      return;
    }
    this.#upstream = upstream;
    this.#prepare(upstream);
    upstream.once('close', () => {
      passOn(upstream, client);
      this.#part();
    });
    if (client.destroyed || this.#farewell) {
      upstream.destroy();
      return;
    }
    if (this.#options.header) upstream.write(this.#options.header);
    client.pipe(upstream);
    upstream.pipe(client);
  }

  #prepare(socket: Socket): void {
    socket.allowHalfOpen = true;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setTimeout(this.#options.idleMs ?? 3600_000, () => {
      this.#options.counters.idle++;
      this.#destroy();
    });
    socket.once('end', () => this.#halfClosed());
    // 'close' comes after it, and is what counts
    socket.on('error', () => {});
  }

  #halfClosed(): void {
    const { idleMs = 3600_000, halfClosedMs = 300_000 } = this.#options;
    const limit = Math.min(idleMs, halfClosedMs);
    this.#client.setTimeout(limit);
    this.#upstream?.setTimeout(limit);
  }

  #clientClosed(): void {
    const { counters } = this.#options;
    counters.received += this.#client.bytesRead;
    counters.sent += this.#client.bytesWritten;
    counters.open--;
    if (this.#upstream) passOn(this.#client, this.#upstream);
    this.#part();
  }

  #destroy(): void {
    this.#client.destroy();
    this.#upstream?.destroy();
  }

  #part(): void {
    if (--this.#sides > 0) return;
    clearTimeout(this.#farewell);
    this.#done();
  }
}

/** One side has closed: the other goes on when that was after both ends were seen, and is reset otherwise. */
function passOn(closed: Socket, other: Socket): void {
  if (other.destroyed || (closed.readableEnded && closed.writableFinished)) return;
  // libuv refuses to reset while its end is being sent, and would leave the socket open; all bytes are out by then
  const ending = other.writableEnded && !other.writableFinished && other.writableLength === 0;
  if (ending) other.destroy();
  else other.resetAndDestroy();
}
