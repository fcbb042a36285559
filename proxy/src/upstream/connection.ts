import { connect, type NetConnectOpts, type Socket } from 'node:net';
import type { ErrorCode } from '../core/errors.js';
import { type Outgoing, sendLater } from '../core/outbox.js';
import { BodyReader, type BodySink, bodyOf } from '../http1/body-reader.js';
import { INCOMPLETE, REFUSED } from '../http1/field-list.js';
import { ResponseHead } from '../http1/response-head.js';
import type { Endpoint } from './endpoint.js';

/** Who asked an upstream: it is told what comes back. */
export interface Asker {
  /** Whether the request is answered without a body whatever the head says: HEAD. */
  readonly headOnly: boolean;
  /** Whether the request asked for an upgrade. */
  readonly wantsUpgrade: boolean;
  /** 100 and 103. */
  onInterim(head: ResponseHead): void;
  /** The head of the answer; `length` of its body is -1 when unknown. */
  onHead(head: ResponseHead, length: number): void;
  /** 101: from here both directions are octets, and `onAnswer` brings them. */
  onUpgrade(head: ResponseHead): void;
  /** A piece of the answer, valid during the call only. */
  onAnswer(bytes: Uint8Array, start: number, end: number): void;
  /** Everything that came in one piece has been handed over. */
  onPause(): void;
  /** The answer is complete. */
  onEnd(trailers: string): void;
  /** The connection takes more. */
  onUpstreamDrain(): void;
  /** No answer, or no more of it. `fresh`: not one octet of an answer came. */
  onFailure(code: ErrorCode, problem: string, fresh: boolean): void;
}

/** Interim answers to one request; more is a flood. */
const interimLimit = 20;
/** Octets of a head that is not whole yet, until the reader has to say whether it becomes too long. */
const partialLimit = 65_536;
const headEnd = Buffer.from('\r\n\r\n');

/** Octets that may wait to be sent before a client is held back. */
const highWaterMark = 262_144;

/** All connections read into one block: reading hands everything on before it returns. */
const block = Buffer.allocUnsafeSlow(65_536);

/** One connection to an upstream, with one request on it at a time. */
export class UpstreamConnection implements BodySink, Outgoing {
  readonly socket: Socket;
  /** Requests it has carried. */
  requests = 0;
  /** When it became idle, in milliseconds of the service's clock. */
  idleSince = 0;
  /** How long it may stay idle, in milliseconds. */
  idleTime: number;
  dead = false;
  private readonly body = new BodyReader(bodyOf.response);
  private readonly head = new ResponseHead();
  private asker: Asker | undefined = undefined;
  private connected = false;
  private answering = false;
  private interims = 0;
  private anything = false;
  private tunnel = false;
  private partial: Buffer | undefined = undefined;
  private paused = false;
  /** A head that leaves at the end of the turn. */
  private ready = '';
  private corked = false;
  /** The request was sent whole, so that the connection can be used again after the answer. */
  private requestSent = true;

  constructor(
    readonly endpoint: Endpoint,
    idleTime: number,
    private readonly onConnected: (error: NodeJS.ErrnoException | undefined) => void,
    private readonly onIdle: (connection: UpstreamConnection) => void,
    private readonly onDead: (connection: UpstreamConnection) => void,
  ) {
    this.idleTime = idleTime;
    // the types do not know that a socket takes the options of a stream
    const options: NetConnectOpts & { highWaterMark: number } = {
      host: endpoint.host,
      port: endpoint.port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
      highWaterMark,
      onread: { buffer: block, callback: (length: number, bytes: Uint8Array) => this.onData(length, bytes) },
    };
    this.socket = connect(options);
    this.socket.on('connect', () => {
      this.connected = true;
      this.onConnected(undefined);
    });
    this.socket.on('drain', () => this.asker?.onUpstreamDrain());
    this.socket.on('error', (error: NodeJS.ErrnoException) => this.onClosed(error));
    this.socket.on('end', () => this.onRemoteEnd());
    this.socket.on('close', () => this.onClosed(undefined));
  }

  /** Sends the head of a request, and whatever of the body is there already. */
  ask(asker: Asker, head: string, complete: boolean): void {
    this.asker = asker;
    this.requests++;
    this.answering = false;
    this.interims = 0;
    this.anything = false;
    this.requestSent = complete;
    this.ready = head;
    sendLater(this);
  }

  sendOff(): void {
    this.sendHead();
    if (!this.corked) return;
    this.corked = false;
    this.socket.uncork();
  }

  private sendHead(): void {
    const { ready } = this;
    if (ready === '') return;
    this.ready = '';
    this.socket.write(ready, 'latin1');
  }

  /** The upstream does not take what was sent so far. */
  get blocked(): boolean {
    return this.socket.writableNeedDrain;
  }

  /** Sends more of the request. False: wait for `onUpstreamDrain`. */
  write(bytes: Uint8Array | string): boolean {
    // the pieces of one turn leave together: TLS hands a body on in records of 16 KiB
    if (!this.corked) {
      this.corked = true;
      this.socket.cork();
      sendLater(this);
    }
    this.sendHead();
    return typeof bytes === 'string' ? this.socket.write(bytes, 'latin1') : this.socket.write(bytes);
  }

  /** The request has been sent whole. */
  sent(): void {
    this.requestSent = true;
  }

  pause(): void {
    this.paused = true;
    this.socket.pause();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.socket.resume();
  }

  /** Nobody waits for this answer any more. */
  abandon(): void {
    this.asker = undefined;
    this.die();
  }

  /** Ends the sending direction of a tunnel. */
  endTunnel(): void {
    this.sendOff();
    this.socket.end();
  }

  private onData(length: number, shared: Uint8Array): boolean {
    if (this.dead) return false;
    if (this.asker === undefined) {
      // an idle upstream that speaks is out of step: nothing it says belongs to a request (CVE-2025-4366)
      this.die();
      return false;
    }
    if (this.ready !== '') {
      // nor is what it says before it was asked an answer
      this.fail('EDGE_UPSTREAM_CLOSED', 'the upstream answered before it was asked');
      return false;
    }
    this.anything = true;
    const { partial } = this;
    if (partial !== undefined) {
      const joined = Buffer.concat([partial, shared.subarray(0, length)]);
      if (joined.length <= partialLimit && joined.indexOf(headEnd, Math.max(0, partial.length - 3)) < 0) {
        // a head that comes in drops is read once it is whole, not at every drop
        this.partial = joined;
        return true;
      }
      this.partial = undefined;
      this.consume(joined, joined.length);
    } else this.consume(shared as Buffer, length);
    return !this.paused;
  }

  private consume(bytes: Buffer, length: number): void {
    const { asker, head, body } = this;
    if (asker === undefined) return;
    let at = 0;
    while (at < length && this.asker === asker) {
      if (!this.answering) {
        const read = this.readHead(asker, bytes, at, length);
        if (read < 0) return;
        at = read;
        if (body.done && this.answering) break;
        continue;
      }
      if (body.done) break;
      const next = body.read(bytes, at, length, this);
      if (next === REFUSED) {
        this.fail('EDGE_UPSTREAM_HEAD', body.problem);
        return;
      }
      at = next;
      if (body.done) break;
    }
    if (this.asker !== asker) return;
    if (!this.answering || !body.done) {
      asker.onPause();
      return;
    }
    // more octets than the answer has, or a request that is not through: never use this connection again
    const clean = at === length && this.requestSent && !head.close && !this.tunnel;
    this.asker = undefined;
    if (head.keepAlive > 0) this.idleTime = Math.max(500, (head.keepAlive - 1) * 1000);
    // whoever took the answer may have held the last piece back: that was his, not the next one's
    if (clean) {
      this.resume();
      this.onIdle(this);
    } else this.die();
    asker.onEnd(body.trailers);
  }

  onBody(bytes: Uint8Array, start: number, end: number): void {
    this.asker?.onAnswer(bytes, start, end);
  }

  private readHead(asker: Asker, bytes: Buffer, at: number, length: number): number {
    const { head, body } = this;
    const read = head.read(bytes, at, length);
    if (read === INCOMPLETE) {
      this.partial = Buffer.from(bytes.subarray(at, length));
      return -1;
    }
    if (read === REFUSED) {
      this.fail('EDGE_UPSTREAM_HEAD', head.problem);
      return -1;
    }
    if (head.status === 101) {
      if (!asker.wantsUpgrade) {
        this.fail('EDGE_UPSTREAM_HEAD', '101 without an upgrade that was asked for');
        return -1;
      }
      this.tunnel = true;
      this.answering = true;
      body.startUntilClose();
      asker.onUpgrade(head);
      return at + read;
    }
    if (head.status < 200) {
      if (++this.interims > interimLimit) {
        this.fail('EDGE_UPSTREAM_HEAD', `more than ${interimLimit} interim answers`);
        return -1;
      }
      asker.onInterim(head);
      return at + read;
    }
    this.answering = true;
    const none = asker.headOnly || head.status === 204 || head.status === 304;
    if (none) body.startLength(0);
    else if (head.chunked) body.startChunked();
    else if (head.contentLength >= 0) body.startLength(head.contentLength);
    else body.startUntilClose();
    asker.onHead(head, none || head.contentLength >= 0 ? head.contentLength : -1);
    return at + read;
  }

  private onRemoteEnd(): void {
    const { asker } = this;
    if (asker !== undefined && this.answering && this.body.untilClose) {
      this.asker = undefined;
      if (!this.tunnel) this.die();
      asker.onEnd('');
      return;
    }
    this.onClosed(undefined);
  }

  private onClosed(error: NodeJS.ErrnoException | undefined): void {
    if (!this.connected && !this.dead) {
      this.die();
      this.onConnected(error ?? Object.assign(new Error('closed while connecting'), { code: 'ECONNRESET' }));
      return;
    }
    if (this.tunnel) {
      const { asker } = this;
      this.asker = undefined;
      this.die();
      asker?.onEnd('');
      return;
    }
    this.fail('EDGE_UPSTREAM_CLOSED', error?.message ?? 'the upstream closed the connection');
  }

  /** Ends it because the upstream took too long. */
  timeOut(problem: string): void {
    this.fail('EDGE_UPSTREAM_TIMEOUT', problem);
  }

  private fail(code: ErrorCode, problem: string): void {
    const { asker } = this;
    this.asker = undefined;
    this.die();
    asker?.onFailure(code, problem, !this.anything);
  }

  /** Ends it. */
  die(): void {
    if (this.dead) return;
    this.dead = true;
    this.partial = undefined;
    this.socket.destroy();
    this.onDead(this);
  }
}
