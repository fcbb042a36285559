import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';

/** What a session tells its relay. */
export interface SessionOwner {
  /** A datagram of the upstream for the client of the session. */
  reply(session: UdpSession, datagram: Buffer): void;
  /** The upstream cannot be reached, or the socket failed. */
  failed(session: UdpSession): void;
}

/** Bytes that may wait to be sent to an upstream. */
const QUEUE_BYTES = 262_144;
/** Reply bytes for each byte of a client that has not shown to receive any: the bound of RFC 9000 8.1. */
const AMPLIFICATION = 3;

/** One client on one port: a socket of its own towards the upstream, so that replies find their way back. */
export class UdpSession {
  /** ms of the last datagram, either way. */
  lastMs: number;
  /** The client answered to a reply: its address is not a forged one. */
  confirmed = false;
  readonly #socket: Socket;
  readonly #owner: SessionOwner;
  #ready = false;
  #closed = false;
  #waiting: Buffer[] = [];
  #received = 0;
  #replied = 0;

  constructor(
    readonly key: string,
    /** Whose it is, for limits. */
    readonly holder: string,
    readonly client: RemoteInfo,
    /** Port of the relay the client talks to, and of the upstream. */
    readonly port: number,
    host: string,
    owner: SessionOwner,
    nowMs: number,
  ) {
    this.lastMs = nowMs;
    this.#owner = owner;
    this.#socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    this.#socket.on('message', (datagram) => {
      if (!this.#closed) this.#owner.reply(this, datagram);
    });
    this.#socket.on('error', () => {
      if (!this.#closed) this.#owner.failed(this);
    });
    this.#socket.connect(port, host, ((error?: Error) => this.#connected(error)) as () => void);
  }

  /** Passes a datagram of the client on; false when it was dropped. */
  send(datagram: Buffer, nowMs: number): boolean {
    if (this.#closed) return false;
    this.lastMs = nowMs;
    this.#received += datagram.length;
    if (this.#replied > 0) this.confirmed = true;
    if (this.#ready) {
      if (this.#socket.getSendQueueSize() > QUEUE_BYTES) return false;
      this.#socket.send(datagram, ignore);
      return true;
    }
    // connecting takes a turn of the loop: what comes meanwhile is little
    if (this.#waiting.length >= 16) return false;
    this.#waiting.push(datagram);
    return true;
  }

  /** Whether a reply of so many bytes may go to the client. */
  mayReply(bytes: number, nowMs: number): boolean {
    if (!this.confirmed && this.#replied + bytes > this.#received * AMPLIFICATION) return false;
    this.#replied += bytes;
    this.lastMs = nowMs;
    return true;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting = [];
    this.#socket.close();
  }

  /** Node hands errors to this callback, though its types do not say so. */
  #connected(error?: Error): void {
    if (this.#closed) return;
    if (error) {
      this.#owner.failed(this);
      return;
    }
    this.#ready = true;
    for (const datagram of this.#waiting) this.#socket.send(datagram, ignore);
    this.#waiting = [];
  }
}

function ignore(): void {}
