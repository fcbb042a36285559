import type { Socket } from 'node:net';
import type { Peer } from '../peer.js';
import type { Service } from '../service.js';
import { BodyReader, type BodySink, bodyOf } from './body-reader.js';
import { readDirectly } from './direct-read.js';
import { Http1Exchange } from './exchange.js';
import { INCOMPLETE, REFUSED } from './field-list.js';
import { reasons } from './reasons.js';
import { RequestHead } from './request-head.js';
import { Writer } from './writer.js';

/** Octets that may wait for a handler before the client is held back. */
const waitingLimit = 65_536;
/** Octets of an unwanted body that are read away to keep a connection; more costs the connection. */
const discardLimit = 65_536;
/** Milliseconds a refused client has to read its answer before the connection is cut. */
const lingerTime = 2000;
const CR = 13;
const LF = 10;

const Phase = { idle: 0, head: 1, exchange: 2, lingering: 3, closed: 4 } as const;

/** A client's connection that speaks HTTP/1.1: one request after the other, each with its answer. */
export class Http1Connection implements BodySink {
  readonly kind: 'http' | 'h1';
  readonly writer: Writer;
  readonly body = new BodyReader(bodyOf.request);
  private phase: number = Phase.idle;
  private exchange: Http1Exchange | undefined = undefined;
  private readonly head: RequestHead;
  /** Octets that came and nobody read yet. */
  private waiting: Buffer | undefined = undefined;
  /** How much of `waiting` was searched for the end of a head. */
  private searched = 0;
  private reading = false;
  private paused = false;
  /** The answer being sent is the last. */
  private last = false;
  /** The client has said everything. */
  private ended = false;
  /** Something behind the request that is being answered came already. */
  private more = false;
  /** When to stop sending what is left of the last answer, in milliseconds of the service's clock. */
  private giveUp = 0;
  /** When to give up, in milliseconds of the service's clock. */
  private deadline: number;
  /** Least octets of body expected by now: slow uploads. */
  private bodySince = 0;

  constructor(
    readonly socket: Socket,
    readonly peer: Peer,
    readonly service: Service,
  ) {
    this.kind = peer.secure ? 'h1' : 'http';
    this.writer = new Writer(socket);
    this.head = new RequestHead(service.headLimits, service.headLimits.fields);
    this.deadline = service.now + service.times.head;
    readDirectly(socket, (chunk) => {
      this.onData(chunk);
      return !this.paused;
    });
    socket.on('drain', () => this.exchange?.drained());
    socket.on('end', () => this.onEnd());
    socket.on('error', () => this.destroy());
    socket.on('close', () => this.onClose());
    service.connections.add(this);
  }

  /** Whether another request may follow the one being answered. */
  get keepAlive(): boolean {
    return !this.last && !this.head.close && !this.service.draining && (this.more || !this.ended);
  }

  /** Makes the current answer the last one. */
  closeAfter(): void {
    this.last = true;
  }

  private onData(chunk: Buffer): void {
    if (this.phase >= Phase.lingering) return;
    const bytes = this.waiting === undefined ? chunk : Buffer.concat([this.waiting, chunk]);
    this.waiting = undefined;
    this.consume(bytes);
  }

  /** Reads on where reading stopped. */
  proceed(): void {
    if (this.reading || this.phase >= Phase.lingering) return;
    const bytes = this.waiting;
    this.waiting = undefined;
    if (bytes !== undefined) this.consume(bytes);
    else if (this.ended) this.endReached();
  }

  private consume(bytes: Buffer): void {
    this.reading = true;
    let at = 0;
    while (at < bytes.length && this.phase < Phase.lingering) {
      const { exchange } = this;
      if (exchange === undefined) {
        const next = this.readHead(bytes, at);
        if (next < 0) break;
        at = next;
      } else if (!this.body.done && exchange.wantsBody) {
        this.deadline = this.service.now + this.service.times.bodyIdle;
        const next = this.body.read(bytes, at, bytes.length, this);
        if (next === REFUSED) {
          this.badBody(exchange);
          break;
        }
        at = next;
        if (this.body.done && this.exchange === exchange) exchange.bodyEnded(this.body.trailers);
      } else break;
    }
    this.reading = false;
    if (this.phase >= Phase.lingering) return;
    this.more = at < bytes.length;
    if (this.more) {
      this.waiting = at === 0 ? bytes : bytes.subarray(at);
      if (this.exchange !== undefined && this.waiting.length > waitingLimit) this.hold();
    }
    if (this.ended && (this.exchange === undefined || !this.more)) this.endReached();
  }

  /** Reads a head at `at`; returns where it ends, or -1 when that cannot be done yet. */
  private readHead(bytes: Buffer, at: number): number {
    const { service } = this;
    if (this.phase === Phase.idle) {
      this.phase = Phase.head;
      this.deadline = service.now + service.times.head;
      this.searched = 0;
    } else if (this.searched > 0) {
      // a head that comes in drops is read once it is whole, not at every drop
      const from = this.searched;
      this.searched = bytes.length;
      if (bytes.length - at <= service.headLimits.headBytes && !worthReading(bytes, from)) return -1;
    }
    const length = this.head.read(bytes, at, bytes.length);
    if (length === INCOMPLETE) {
      this.searched = bytes.length - at;
      return -1;
    }
    if (length === REFUSED) {
      this.refuseHead();
      return -1;
    }
    this.searched = 0;
    this.more = at + length < bytes.length;
    this.phase = Phase.exchange;
    const { head } = this;
    if (head.chunked) this.body.startChunked();
    else this.body.startLength(Math.max(0, head.contentLength));
    this.bodySince = service.now;
    const exchange = new Http1Exchange(this, head, performance.now());
    this.exchange = exchange;
    this.deadline = Number.POSITIVE_INFINITY;
    service.handle(exchange);
    return at + length;
  }

  onBody(bytes: Uint8Array, start: number, end: number): void {
    this.exchange?.bodyCame(bytes, start, end);
  }

  private badBody(exchange: Http1Exchange): void {
    exchange.error = 'EDGE_FRAMING';
    this.last = true;
    exchange.bodyFailed(400, this.body.problem);
  }

  /** Answers what cannot be read, and closes: nobody knows where the next request would start. */
  private refuseHead(): void {
    const { head } = this;
    this.service.refused(this.peer, head, 1);
    const text = `${head.status} ${reasons[head.status] ?? ''}\n`;
    const allow = head.status === 405 ? 'Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n' : '';
    this.writer.text(
      `HTTP/1.1 ${head.status} ${reasons[head.status] ?? ''}\r\nDate: ${this.service.date}\r\n${allow}` +
        `Content-Type: text/plain\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`,
    );
    this.writer.flush();
    this.linger();
  }

  /** The answer went out whole. Called by the exchange, once. */
  exchangeEnded(keep: boolean): void {
    const { exchange } = this;
    if (exchange === undefined) return;
    this.exchange = undefined;
    if (!keep) {
      this.linger();
      return;
    }
    this.phase = Phase.idle;
    this.deadline = this.service.now + this.service.times.keepAlive;
    if (this.paused) this.release();
    if (!this.reading) this.proceed();
  }

  /** An unwanted body that is short is read away. */
  get discardable(): boolean {
    const { body, head } = this;
    return (
      body.done || (!head.chunked && !head.expectContinue && head.contentLength - body.total <= discardLimit)
    );
  }

  /** Turns the connection into a stream of octets in both directions. */
  becomeTunnel(): void {
    this.body.startUntilClose();
    this.deadline = Number.POSITIVE_INFINITY;
    this.last = true;
  }

  hold(): void {
    if (this.paused) return;
    this.paused = true;
    this.socket.pause();
  }

  release(): void {
    if (!this.paused) return;
    this.paused = false;
    this.socket.resume();
  }

  private onEnd(): void {
    this.ended = true;
    if (this.exchange === undefined || !this.more) this.endReached();
  }

  /** The client has ended, and all it sent was read: it still gets its answers, but what is not whole never will be. */
  private endReached(): void {
    const { exchange } = this;
    if (exchange === undefined) this.writer.end();
    else if (!this.body.done && exchange.wantsBody) {
      if (this.body.untilClose) exchange.bodyEnded('');
      else this.destroy();
    }
  }

  private onClose(): void {
    if (this.phase === Phase.closed) return;
    this.phase = Phase.closed;
    this.service.connections.delete(this);
    this.waiting = undefined;
    const { exchange } = this;
    this.exchange = undefined;
    exchange?.gone();
  }

  /** Ends the answer for good, and reads what still comes so that the answer is not lost to a reset. */
  private linger(): void {
    this.phase = Phase.lingering;
    this.waiting = undefined;
    this.deadline = this.service.now + lingerTime;
    this.giveUp = this.service.now + this.service.times.bodyIdle;
    if (this.paused) this.release();
    this.writer.end();
  }

  destroy(): void {
    this.writer.sendOff();
    this.socket.destroy();
    this.onClose();
  }

  /** Called every second: ends what takes too long. */
  sweep(now: number): void {
    const { exchange, service } = this;
    if (exchange !== undefined) {
      if (!this.body.done && exchange.wantsBody && !this.paused && !this.body.untilClose) {
        const seconds = (now - this.bodySince) / 1000 - service.times.bodyGrace / 1000;
        if (now > this.deadline || (seconds > 0 && this.body.total < seconds * service.bodyRate)) {
          exchange.error = 'EDGE_BODY_SLOW';
          this.last = true;
          exchange.bodyFailed(408, 'the body comes too slowly');
        }
      }
      exchange.sweep(now);
      return;
    }
    // a slow client gets all of its last answer
    if (this.phase === Phase.lingering && !this.socket.writableFinished && now <= this.giveUp)
      this.deadline = now + lingerTime;
    if (now <= this.deadline) return;
    if (this.phase === Phase.head) {
      this.head.status = 408;
      this.head.code = 'EDGE_HEAD';
      this.head.problem = 'the head comes too slowly';
      this.refuseHead();
    } else this.destroy();
  }

  /** The service stops: idle connections go at once, others after their answer. */
  drain(): void {
    if (this.exchange === undefined && this.phase === Phase.idle) this.writer.end();
    else if (this.exchange?.tunnel === true) this.exchange.drainTunnel();
  }
}

/** Whether the octets from `from` on end a head, or a line in a way that no line ends: then it is refused at once. */
function worthReading(bytes: Buffer, from: number): boolean {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1))
    if (bytes[at - 1] !== CR || bytes[at - 2] === LF) return true;
  return false;
}
