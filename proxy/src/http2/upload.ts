import type { Service } from '../service.js';
import { ByteQueue } from './byte-queue.js';
import { ReceiveWindow } from './receive-window.js';
import { streamWindow } from './settings.js';

/** Who takes a body. */
export interface BodyTaker {
  bodyCame(bytes: Buffer, start: number, end: number): void;
  bodyEnded(): void;
  /** Octets were taken; `grant` is what the client may send in addition on this stream. */
  bodyTaken(octets: number, grant: number): void;
}

/** The body of a request, or what a client sends into a tunnel. It waits here until somebody reads it. */
export class Upload {
  /** Trailer lines that may go on. */
  trailers = '';
  readonly window = new ReceiveWindow(streamWindow);
  private taker: BodyTaker | undefined = undefined;
  private paused = false;
  private complete = false;
  private told = false;
  private queue: ByteQueue | undefined = undefined;
  private delivering = false;
  /** When reading began, and when something came last, in milliseconds of the service's clock. */
  private since = 0;
  private last = 0;

  /** Octets that came and that nobody took yet. */
  get unread(): number {
    return this.queue === undefined ? 0 : this.queue.length;
  }

  /** Whether everything has been read. */
  get done(): boolean {
    return this.complete && this.unread === 0;
  }

  /** A piece came. */
  came(bytes: Buffer, start: number, end: number, now: number): void {
    this.last = now;
    const { taker } = this;
    if (taker === undefined || this.paused || this.delivering || this.unread > 0) {
      this.queue ??= new ByteQueue();
      this.queue.append(bytes, start, end);
      return;
    }
    this.delivering = true;
    this.hand(taker, bytes, start, end);
    this.delivering = false;
    this.deliver();
  }

  /** Everything came. */
  end(trailers: string): void {
    this.complete = true;
    this.trailers = trailers;
    this.deliver();
  }

  /** Begins to read. */
  read(taker: BodyTaker, now: number): void {
    if (this.taker !== undefined) return;
    this.taker = taker;
    this.since = this.last = now;
    this.deliver();
  }

  pause(): void {
    this.paused = true;
  }

  resume(now: number): void {
    if (!this.paused) return;
    this.paused = false;
    this.last = now;
    this.deliver();
  }

  /** Nobody reads any more. Returns how many octets were waiting. */
  discard(): number {
    const { unread } = this;
    this.taker = undefined;
    this.queue?.clear();
    return unread;
  }

  private deliver(): void {
    if (this.delivering) return;
    this.delivering = true;
    while (this.taker !== undefined && !this.paused) {
      const bytes = this.queue?.take();
      if (bytes === undefined) break;
      this.hand(this.taker, bytes, 0, bytes.length);
    }
    this.delivering = false;
    if (this.taker === undefined || this.paused || !this.done || this.told) return;
    this.told = true;
    this.taker.bodyEnded();
  }

  private hand(taker: BodyTaker, bytes: Buffer, start: number, end: number): void {
    taker.bodyCame(bytes, start, end);
    taker.bodyTaken(end - start, this.complete ? 0 : this.window.give(end - start));
  }

  /** Whether a body comes too slowly, of which `octets` have come. */
  slow(now: number, octets: number, service: Service): boolean {
    if (this.complete || this.taker === undefined || this.paused) return false;
    if (now - this.last > service.times.bodyIdle) return true;
    const seconds = (now - this.since - service.times.bodyGrace) / 1000;
    return seconds > 0 && octets < seconds * service.bodyRate;
  }
}
