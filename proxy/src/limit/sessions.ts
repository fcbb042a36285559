import { tableIndex } from '../core/keyed-hash.js';
import type { KeyNumbers } from './identity.js';

/** What is known of a credential that was asked about. */
export class Session {
  constructor(
    /** ms at which it is no longer believed */
    readonly until: number,
    /** false: it was asked about, and nobody is signed in with it */
    readonly valid: boolean,
    /** of the person; undefined when the answer named none, or none was asked for */
    readonly groups: readonly string[] | undefined,
    readonly checkHi: number,
    readonly checkLo: number,
  ) {}
}

export interface SessionCacheOptions {
  /** Sessions kept; default 10,000. */
  readonly capacity?: number;
  /** Refused credentials kept, beside the sessions: a stranger who invents cookies pushes out none. Default 10,000. */
  readonly refusedCapacity?: number;
}

/** ms a refusal is believed at most: somebody who has just signed in must not wait. */
const REFUSED_MS = 5000;

/**
 * Credentials that were validated, and those that were refused, each for a while. Bounded: when it is full the oldest
 * entry goes, and that credential is asked about again.
 */
export class SessionCache {
  readonly #capacity: number;
  readonly #refusedCapacity: number;
  readonly #valid = new Map<number, Session>();
  readonly #refused = new Map<number, Session>();

  constructor({ capacity = 10_000, refusedCapacity = 10_000 }: SessionCacheOptions = {}) {
    this.#capacity = capacity;
    this.#refusedCapacity = refusedCapacity;
  }

  /** Sessions held, outdated ones included. */
  get size(): number {
    return this.#valid.size;
  }

  /** Refusals held, outdated ones included. */
  get refused(): number {
    return this.#refused.size;
  }

  /** What is known, or undefined: ask. Look at `valid`. */
  find(key: KeyNumbers, nowMs: number): Session | undefined {
    return current(this.#valid, key, nowMs) ?? current(this.#refused, key, nowMs);
  }

  /**
   * Keeps a session that was validated.
   * @param ttlMs how long it is believed; 0 keeps nothing
   */
  admit(key: KeyNumbers, groups: readonly string[] | undefined, ttlMs: number, nowMs: number): void {
    this.#refused.delete(tableIndex(key.hi, key.lo));
    if (ttlMs > 0) keep(this.#valid, this.#capacity, key, nowMs + ttlMs, true, groups);
  }

  /** Keeps a refusal, for `ttlMs` but 5 s at most. A session of that name ends. */
  refuse(key: KeyNumbers, ttlMs: number, nowMs: number): void {
    this.#valid.delete(tableIndex(key.hi, key.lo));
    const until = nowMs + Math.min(ttlMs, REFUSED_MS);
    if (ttlMs > 0) keep(this.#refused, this.#refusedCapacity, key, until, false, undefined);
  }

  /** Drops what is known of a credential: at sign-out, or when an app says 401. */
  forget(key: KeyNumbers): void {
    this.#valid.delete(tableIndex(key.hi, key.lo));
    this.#refused.delete(tableIndex(key.hi, key.lo));
  }

  /** Drops everything: the sessions' provider has changed. */
  clear(): void {
    this.#valid.clear();
    this.#refused.clear();
  }
}

function current(table: Map<number, Session>, key: KeyNumbers, nowMs: number): Session | undefined {
  if (table.size === 0) return undefined;
  const session = table.get(tableIndex(key.hi, key.lo));
  if (!session || session.checkHi !== key.checkHi || session.checkLo !== key.checkLo) return undefined;
  if (session.until > nowMs) return session;
  table.delete(tableIndex(key.hi, key.lo));
  return undefined;
}

function keep(
  table: Map<number, Session>,
  capacity: number,
  key: KeyNumbers,
  until: number,
  valid: boolean,
  groups: readonly string[] | undefined,
): void {
  const at = tableIndex(key.hi, key.lo);
  // a renewed entry goes to the end of the order, where it is the last to be pushed out
  table.delete(at);
  if (table.size >= capacity) {
    const [oldest] = table.keys();
    if (oldest !== undefined) table.delete(oldest);
  }
  table.set(at, new Session(until, valid, groups, key.checkHi, key.checkLo));
}
