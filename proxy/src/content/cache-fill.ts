import { Field } from '../core/fields.js';
import type { Exchange, Handler } from '../exchange.js';
import type { Outlet } from '../forward.js';
import type { ResponseHead } from '../http1/response-head.js';
import type { Route } from '../routing/route.js';
import { ageOf, lifetime, varyNames, varyValues } from './cache-rules.js';
import { httpDate } from './conditions.js';
import { chooseOutlet, PlainOutlet } from './outlet.js';
import type { Sink } from './sink.js';
import { StoredAnswer } from './stored-answer.js';

/** How fetching for the cache came out. */
export const Outcome = {
  /** There is an answer to keep. */
  stored: 0,
  /** The answer is for this client only: nobody need wait for another. */
  private: 1,
  /** The upstream failed. */
  failed: 2,
  /** The client went away, and what was fetched with it. */
  abandoned: 3,
} as const;

/** Told once how it came out; with an answer when there is one to keep. */
export type Filled = (outcome: number, answer: StoredAnswer | undefined) => void;

/** Clocks of the cache, in milliseconds. */
export interface Clocks {
  /** Does not go backwards. */
  readonly now: () => number;
  /** Since 1970. */
  readonly wall: () => number;
}

/** The client and the copy: what is kept is what this client gets, replaced and compressed; Vary tells for whom. */
class Tee implements Sink {
  text = '';
  names: readonly string[] = [];
  values = '';
  pieces: Buffer[] = [];
  private size = 0;
  /** Whether a copy is still wanted. */
  keeping = true;

  constructor(
    private readonly exchange: Exchange,
    private readonly mostBytes: number,
    private readonly tell: (outcome: number) => void,
    private readonly wall: () => number,
  ) {}

  relay(head: ResponseHead, length: number, lines: string): void {
    if (this.keeping) {
      const date = head.has(Field.date) ? '' : `Date: ${httpDate(this.wall())}\r\n`;
      this.text = `HTTP/1.1 ${head.status} ${head.reason}\r\n${head.lines()}${date}${lines}\r\n`;
      const added = /^vary: (.*)\r$/im.exec(lines)?.[1];
      this.names = varyNames([head.all(Field.vary), added ?? ''].join());
      // now, since the head of the request is used again once it is answered
      this.values = varyValues(this.exchange.head, this.names);
    }
    this.exchange.relay(head, length, lines);
  }

  write(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.room(end - start)) this.pieces.push(Buffer.from(bytes.subarray(start, end)));
    return this.exchange.write(bytes, start, end);
  }

  send(bytes: Buffer): boolean {
    if (this.room(bytes.length)) this.pieces.push(bytes);
    return this.exchange.send(bytes);
  }

  private room(length: number): boolean {
    if (!this.keeping) return false;
    this.size += length;
    if (this.size > this.mostBytes) this.tell(Outcome.private);
    return this.keeping;
  }

  flush(): void {
    this.exchange.flush();
  }

  end(trailers: string): void {
    // first, since the next request of this client may want the same and is read before `end` returns
    this.tell(Outcome.stored);
    this.exchange.end(trailers);
  }
}

/** The way of an answer to the client that fetches it, with a copy kept for the others. */
export class CacheFill implements Outlet, Handler {
  /** What is fetched is out of date already: a request that changes things was answered meanwhile. */
  spoilt = false;
  private readonly tee: Tee;
  private inner: Outlet | undefined;
  private source: Handler | undefined;
  private told = false;
  private seconds = 0;
  private age = 0;

  constructor(
    readonly exchange: Exchange,
    private readonly route: Route,
    private readonly clocks: Clocks,
    private readonly filled: Filled,
  ) {
    this.tee = new Tee(exchange, route.cacheMaxBytes, (outcome) => this.tell(outcome), clocks.wall);
  }

  /** Comes between the client and whoever fetches, once that has begun: those who wait must learn how it ends. */
  watch(): void {
    if (this.exchange.finished) this.tell(Outcome.failed);
    else this.source = this.exchange.takeOver(this);
  }

  head(head: ResponseHead, length: number): void {
    const { exchange, route, tee } = this;
    const wall = this.clocks.wall();
    this.seconds = lifetime(route, head, length, wall);
    this.age = ageOf(head, wall);
    if (this.seconds <= 0) this.tell(Outcome.private);
    this.inner = chooseOutlet(exchange, route, head, length, tee) ?? new PlainOutlet(tee, '');
    this.inner.head(head, length);
  }

  body(bytes: Uint8Array, start: number, end: number): boolean {
    return this.inner === undefined || this.inner.body(bytes, start, end);
  }

  pause(): void {
    this.inner?.pause();
  }

  end(trailers: string): void {
    this.inner?.end(trailers);
  }

  fail(): void {
    this.tell(Outcome.failed);
    this.inner?.fail();
  }

  private tell(outcome: number): void {
    if (this.told) return;
    this.told = true;
    const { tee } = this;
    const { pieces } = tee;
    tee.keeping = false;
    tee.pieces = [];
    let answer: StoredAnswer | undefined;
    if (outcome === Outcome.stored && !this.spoilt) {
      const now = this.clocks.now();
      const until = now + this.seconds * 1000;
      answer = new StoredAnswer(tee.text, Buffer.concat(pieces), tee.names, tee.values, this.age, now, until);
    }
    this.filled(outcome, answer);
  }

  onBody(bytes: Uint8Array, start: number, end: number): void {
    this.source?.onBody(bytes, start, end);
  }

  onBodyEnd(trailers: string): void {
    this.source?.onBodyEnd(trailers);
  }

  onDrain(): void {
    this.source?.onDrain();
  }

  onSweep(now: number): void {
    this.source?.onSweep(now);
  }

  onGone(): void {
    this.tell(Outcome.abandoned);
    this.source?.onGone();
  }
}

/** The way of an answer to a request that changes things: when it succeeds, what was kept is no longer true. */
export class CacheChange implements Outlet {
  private inner: Outlet | undefined;

  constructor(
    private readonly exchange: Exchange,
    private readonly route: Route,
    private readonly changed: () => void,
  ) {}

  head(head: ResponseHead, length: number): void {
    const { exchange, route } = this;
    if (head.status < 400) this.changed();
    this.inner = chooseOutlet(exchange, route, head, length) ?? new PlainOutlet(exchange, '');
    this.inner.head(head, length);
  }

  body(bytes: Uint8Array, start: number, end: number): boolean {
    return this.inner === undefined || this.inner.body(bytes, start, end);
  }

  pause(): void {
    this.inner?.pause();
  }

  end(trailers: string): void {
    this.inner?.end(trailers);
  }

  fail(): void {
    this.inner?.fail();
  }
}
