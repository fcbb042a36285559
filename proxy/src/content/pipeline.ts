import { pipeline, type Transform, Writable } from 'node:stream';
import type { Exchange, Handler } from '../exchange.js';
import type { Outlet } from '../forward.js';
import type { ResponseHead } from '../http1/response-head.js';
import type { Encoder } from './compress.js';
import type { Sink } from './sink.js';

/** Milliseconds that compressed octets may wait for more while the upstream pauses. */
const flushTime = 10;

/** The client's end of a pipeline: takes no more than the client does. */
class Mouth extends Writable {
  private waiting: (() => void) | undefined;

  constructor(private readonly sink: Sink) {
    super();
  }

  /** Something waits for the client. */
  get blocked(): boolean {
    return this.waiting !== undefined;
  }

  override _write(piece: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const more = this.sink.send(piece);
    this.sink.flush();
    if (more) done();
    else this.waiting = done;
  }

  override _final(done: () => void): void {
    this.sink.end('');
    done();
  }

  drained(): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.();
  }
}

/**
 * Sends an answer through streams that change it. It stands between the exchange and whoever asked the upstream, so that
 * a slow client, or work that waits for another thread, holds the upstream back.
 */
export class Pipeline implements Outlet, Handler {
  private readonly first: Writable;
  private readonly mouth: Mouth;
  private source: Handler | undefined;
  private timer: NodeJS.Timeout | undefined;
  private over = false;
  private blockedSince = 0;

  /**
   * @param lines fields in addition
   * @param length octets of the changed body, -1 when nobody knows
   * @param streams in order, at least one
   * @param encoder the last of them, when it compresses
   * @param patience milliseconds a client may take nothing once the upstream is done
   */
  constructor(
    private readonly exchange: Exchange,
    private readonly sink: Sink,
    private readonly lines: string,
    private readonly length: number,
    streams: readonly Transform[],
    private readonly encoder: Encoder | undefined,
    private readonly patience: number,
  ) {
    this.mouth = new Mouth(sink);
    this.first = streams[0] as Transform;
    pipeline([...streams, this.mouth], (error) => this.ended(error ?? undefined));
    this.first.on('drain', () => this.source?.onDrain());
  }

  // the answer

  head(head: ResponseHead): void {
    this.source = this.exchange.takeOver(this);
    this.sink.relay(head, this.length, this.lines);
  }

  body(bytes: Uint8Array, start: number, end: number): boolean {
    // a copy: the octets are gone when this returns, the streams work later
    return this.over || this.first.write(Buffer.from(bytes.subarray(start, end)));
  }

  pause(): void {
    if (this.encoder !== undefined && this.timer === undefined)
      this.timer = setTimeout(() => {
        this.timer = undefined;
        this.encoder?.flush();
      }, flushTime);
  }

  /** Trailers do not go on: they tell about the body as it was. */
  end(): void {
    clearTimeout(this.timer);
    this.first.end();
  }

  fail(): void {
    this.over = true;
    clearTimeout(this.timer);
    this.first.destroy();
    this.mouth.destroy();
  }

  private ended(error: Error | undefined): void {
    clearTimeout(this.timer);
    if (error === undefined || this.over) return;
    // what came is not in the coding it claims to be in: nothing more can be said
    const { exchange } = this;
    exchange.error = 'EDGE_CODING';
    this.source?.onGone();
    this.over = true;
    exchange.abort();
  }

  // the client

  onBody(bytes: Uint8Array, start: number, end: number): void {
    this.source?.onBody(bytes, start, end);
  }

  onBodyEnd(trailers: string): void {
    this.source?.onBodyEnd(trailers);
  }

  onDrain(): void {
    this.blockedSince = 0;
    this.mouth.drained();
    if (!this.first.writableNeedDrain) this.source?.onDrain();
  }

  onGone(): void {
    this.source?.onGone();
    if (!this.over) this.fail();
  }

  onSweep(now: number): void {
    this.source?.onSweep(now);
    if (this.over || !this.mouth.blocked || !this.first.writableEnded) return;
    if (this.blockedSince === 0) this.blockedSince = now;
    else if (now - this.blockedSince > this.patience) {
      this.fail();
      this.exchange.abort();
    }
  }
}
