import { monotonic, wall } from '../core/clock.js';
import { Field } from '../core/fields.js';
import type { Exchange } from '../exchange.js';
import type { Route } from '../routing/route.js';
import { CacheChange, CacheFill, type Clocks, Outcome } from './cache-fill.js';
import { type Fetch, Flight, Waiter } from './cache-flight.js';
import { mayBeShared, varyValues, wantsCachedOnly, wantsFresh } from './cache-rules.js';
import type { StoredAnswer } from './stored-answer.js';

/** Answers of one address kept for different requests (Vary). */
const mostVariants = 16;
/** Milliseconds for which nobody waits for an answer that turned out to be somebody's own. */
const privateTime = 10_000;
/** Methods that change nothing (RFC 9110 9.2.1; RFC 4918, RFC 3253, RFC 5323). */
const safe = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'REPORT', 'SEARCH']);

export type { Fetch } from './cache-flight.js';

export interface CacheOptions {
  /** Octets of all that is kept; default 64 MiB. */
  readonly maxBytes?: number;
  /** Milliseconds a request waits for another that fetches the same; default 5000. */
  readonly waitTime?: number;
  /** Requests that wait for one; default 1000. More go themselves. */
  readonly waiters?: number;
  /** Milliseconds that do not go backwards: those of the service. */
  readonly now?: () => number;
  /** Milliseconds since 1970. */
  readonly wall?: () => number;
}

/** What is kept under one address. */
class Entry {
  readonly answers: StoredAnswer[] = [];
  /** Until when nobody waits for anybody. */
  privateUntil = 0;
  private readonly own: number;

  constructor(key: string) {
    this.own = 256 + 2 * key.length;
  }

  get weight(): number {
    let weight = this.own;
    for (const answer of this.answers) weight += answer.weight;
    return weight;
  }
}

/**
 * A shared cache in memory (RFC 9111): only what everybody may get, for as long as the answers say or the route allows,
 * up to so many octets, the longest unused going first. Of several requests for what is not there one fetches and the
 * others wait for it. Stale answers are never given.
 */
export class ResponseCache {
  /** Octets kept. */
  bytes = 0;
  hits = 0;
  misses = 0;
  /** Requests that waited for another one. */
  joined = 0;
  private readonly entries = new Map<string, Entry>();
  private readonly flights = new Map<string, Flight>();
  private readonly clocks: Clocks;
  private readonly maxBytes: number;
  private readonly waitTime: number;
  private readonly mostWaiters: number;

  constructor(options: CacheOptions = {}) {
    this.clocks = { now: options.now ?? monotonic, wall: options.wall ?? wall };
    this.maxBytes = options.maxBytes ?? 64 * 1_048_576;
    this.waitTime = options.waitTime ?? 5000;
    this.mostWaiters = options.waiters ?? 1000;
  }

  /** Addresses kept. */
  get size(): number {
    return this.entries.size;
  }

  /** Forgets everything; what is being fetched is not kept. To be called when the routes change. */
  clear(): void {
    this.entries.clear();
    this.bytes = 0;
    for (const { fill } of this.flights.values()) if (fill !== undefined) fill.spoilt = true;
  }

  /** Answers a request of a route that may be cached: from memory, or by fetching. */
  serve(exchange: Exchange, route: Route, fetch: Fetch): void {
    const { head } = exchange;
    if (!safe.has(head.method)) {
      const key = keyOf(exchange, route);
      fetch(new CacheChange(exchange, route, () => this.forget(key)));
      return;
    }
    if (!mayBeShared(exchange, route)) {
      fetch(undefined);
      return;
    }
    const key = keyOf(exchange, route);
    const now = this.clocks.now();
    const answer = this.find(key, exchange, now);
    if (answer !== undefined && !wantsFresh(head, answer.ageAt(now))) {
      this.hits++;
      answer.serve(exchange, now);
      return;
    }
    this.misses++;
    if (wantsCachedOnly(head)) exchange.answer(504, 'Content-Type: text/plain\r\n', 'not in the cache\n');
    else if (head.method === 'HEAD' || (this.entries.get(key)?.privateUntil ?? 0) > now) fetch(undefined);
    else this.join(key, exchange, route, fetch, now);
  }

  /** Fetches, or waits for somebody who does. */
  private join(key: string, exchange: Exchange, route: Route, fetch: Fetch, now: number): void {
    let flight = this.flights.get(key);
    if (flight?.fill?.exchange.finished === true) {
      // it ended without a word
      this.landed(key, flight, route, Outcome.failed, undefined);
      flight = undefined;
    }
    if (flight === undefined) this.fetch(key, new Flight(), exchange, route, fetch);
    else if (flight.waiters.size >= this.mostWaiters) fetch(undefined);
    else {
      this.joined++;
      flight.waiters.add(new Waiter(exchange, fetch, flight, now + this.waitTime));
    }
  }

  private fetch(key: string, flight: Flight, exchange: Exchange, route: Route, fetch: Fetch): void {
    const fill = new CacheFill(exchange, route, this.clocks, (outcome, answer) =>
      this.landed(key, flight, route, outcome, answer),
    );
    flight.fill = fill;
    this.flights.set(key, flight);
    // who fetches for others needs the whole; a copy of its own that is still good only costs it a transfer
    exchange.head.drop(Field['if-none-match']);
    exchange.head.drop(Field['if-modified-since']);
    fetch(fill);
    fill.watch();
  }

  private landed(
    key: string,
    flight: Flight,
    route: Route,
    outcome: number,
    answer: StoredAnswer | undefined,
  ): void {
    if (answer !== undefined) this.keep(key, answer);
    else if (outcome === Outcome.private) {
      this.entry(key).privateUntil = this.clocks.now() + privateTime;
      this.trim();
    }
    const waiters = [...flight.waiters];
    flight.waiters.clear();
    if (outcome === Outcome.abandoned && waiters.length > 0) {
      // the next one takes over, and the others wait for that one
      const [next, ...others] = waiters as [Waiter, ...Waiter[]];
      for (const waiter of others) flight.waiters.add(waiter);
      next.over = true;
      this.fetch(key, flight, next.exchange, route, next.fetch);
      return;
    }
    this.flights.delete(key);
    for (const waiter of waiters) {
      waiter.over = true;
      // what was stored may be a variant for others: then one of these fetches theirs
      if (answer !== undefined) this.serve(waiter.exchange, route, waiter.fetch);
      else waiter.fetch(undefined);
    }
  }

  private find(key: string, exchange: Exchange, now: number): StoredAnswer | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined || entry.answers.length === 0) return undefined;
    const { answers } = entry;
    // the one stored last goes first
    for (let at = answers.length - 1; at >= 0; at--) {
      const answer = answers[at] as StoredAnswer;
      if (now >= answer.until) {
        this.bytes -= answer.weight;
        answers.splice(at, 1);
      } else if (answer.values === varyValues(exchange.head, answer.names)) {
        this.entries.delete(key);
        this.entries.set(key, entry);
        return answer;
      }
    }
    return undefined;
  }

  private keep(key: string, answer: StoredAnswer): void {
    const entry = this.entry(key);
    entry.privateUntil = 0;
    const { answers } = entry;
    const same = answers.findIndex(
      ({ names, values }) => values === answer.values && names.join() === answer.names.join(),
    );
    if (same >= 0 || answers.length >= mostVariants) {
      const [old] = answers.splice(Math.max(0, same), 1);
      this.bytes -= old?.weight ?? 0;
    }
    answers.push(answer);
    this.bytes += answer.weight;
    this.trim();
  }

  /** What is known of an address, as the one used last. */
  private entry(key: string): Entry {
    let entry = this.entries.get(key);
    if (entry === undefined) {
      entry = new Entry(key);
      this.bytes += entry.weight;
    } else this.entries.delete(key);
    this.entries.set(key, entry);
    return entry;
  }

  private trim(): void {
    for (const [key, entry] of this.entries) {
      if (this.bytes <= this.maxBytes) return;
      this.entries.delete(key);
      this.bytes -= entry.weight;
    }
  }

  private forget(key: string): void {
    const entry = this.entries.get(key);
    if (entry !== undefined) {
      this.entries.delete(key);
      this.bytes -= entry.weight;
    }
    const fill = this.flights.get(key)?.fill;
    if (fill !== undefined) fill.spoilt = true;
  }
}

/**
 * Scheme, host and target: an answer belongs to all of them (CVE-2026-2836 was a key of the path alone). The route is
 * part of it, since another one may change answers otherwise.
 */
function keyOf({ peer, head }: Exchange, route: Route): string {
  return `${peer.secure ? 'https' : 'http'}://${head.authority}${head.target} ${route.name}`;
}
