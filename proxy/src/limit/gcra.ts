/** What may come at once, and what comes back: `burst` tokens, `perSecond` of them each second. */
export interface Bucket {
  readonly burst: number;
  readonly perSecond: number;
}

/** Slots looked at for a key: one or two cache lines. */
const NEIGHBOURS = 8;
/** Milliseconds by which a request may come early: more than rounding ever adds up to, less than any interval. */
const TOLERANCE = 1e-3;

/**
 * Token buckets for any number of keys in memory of one size (16 bytes a slot), by the generic cell rate algorithm: all
 * that is kept of a bucket is the time at which it will be full again. Decisions are those of a token bucket.
 *
 * A bucket that is full again is forgotten, since it is as good as new. When all slots for a key hold buckets that are
 * not, the key shares one bucket with others of its kind (`shared` counts that); to have 65,536 unfinished buckets takes
 * 650,000 keys a second at 10 tokens per second, so that only a flood sees it.
 *
 * Keys of one table should be of one kind (addresses, sessions). Time that goes backwards stands still instead.
 */
export class GcraTable {
  readonly slots: number;
  /** Decisions made on a shared bucket. */
  shared = 0;
  readonly #full: Float64Array;
  readonly #hi: Uint32Array;
  readonly #lo: Uint32Array;
  readonly #sharedFull: Float64Array;
  #seen: number;
  #time = 0;

  /**
   * @param options.slots a power of two; default 65,536, which takes 1 MiB
   * @param options.now where time begins, in ms; only differences count
   */
  constructor({ slots = 65_536, now = 0 }: { slots?: number; now?: number } = {}) {
    if (slots < NEIGHBOURS || !Number.isInteger(Math.log2(slots)))
      throw new RangeError(`slots: ${slots} is not a power of two from ${NEIGHBOURS} on`);
    this.slots = slots;
    this.#full = new Float64Array(slots);
    this.#hi = new Uint32Array(slots);
    this.#lo = new Uint32Array(slots);
    this.#sharedFull = new Float64Array(Math.max(1, slots >> 6));
    this.#seen = now;
  }

  /**
   * Takes `cost` tokens (default 1) of the bucket of a key.
   * @param cost more than the burst counts as the burst, or it could never be paid
   * @param wide key of the wider network the client is in, which it shares a bucket with in a flood
   * @returns 0 when admitted, else the ms after which the same request will be; nothing is taken then
   */
  take(keyHi: number, keyLo: number, bucket: Bucket, cost: number, nowMs: number, wide = keyHi): number {
    const time = this.#advance(nowMs);
    const interval = 1000 / bucket.perSecond;
    const depth = bucket.burst * interval;
    const slot = this.#find(keyHi, keyLo, time);
    const table = slot < 0 ? this.#sharedFull : this.#full;
    const index = slot < 0 ? wide & (this.#sharedFull.length - 1) : slot;
    if (slot < 0) this.shared++;
    // a bucket that was made smaller since is at most empty
    const full = Math.min(Math.max(table[index] as number, time), time + depth);
    const after = full + Math.min(cost, bucket.burst) * interval;
    const wait = after - time - depth;
    if (wait > TOLERANCE) return wait;
    table[index] = after;
    if (slot >= 0) {
      this.#hi[slot] = keyHi;
      this.#lo[slot] = keyLo;
    }
    return 0;
  }

  /** Whole tokens left in the bucket of a key. */
  remaining(keyHi: number, keyLo: number, bucket: Bucket, nowMs: number, wide = keyHi): number {
    const time = this.#advance(nowMs);
    const slot = this.#find(keyHi, keyLo, time);
    const full = slot < 0 ? this.#sharedFull[wide & (this.#sharedFull.length - 1)] : this.#full[slot];
    const spent = (((full as number) - time - TOLERANCE) * bucket.perSecond) / 1000;
    return Math.max(0, Math.floor(bucket.burst - Math.max(0, this.#is(slot, keyHi, keyLo) ? spent : 0)));
  }

  #is(slot: number, keyHi: number, keyLo: number): boolean {
    return slot < 0 || (this.#hi[slot] === keyHi && this.#lo[slot] === keyLo);
  }

  /** The time of the table, which goes on by what the clock goes forward. */
  #advance(nowMs: number): number {
    if (nowMs > this.#seen) this.#time += nowMs - this.#seen;
    this.#seen = nowMs;
    return this.#time;
  }

  /** The slot of the key, else one that is free for it, else -1. */
  #find(keyHi: number, keyLo: number, time: number): number {
    const mask = this.slots - 1;
    let free = -1;
    for (let step = 0, slot = keyLo & mask; step < NEIGHBOURS; step++, slot = (slot + 1) & mask) {
      if (this.#lo[slot] === keyLo && this.#hi[slot] === keyHi) return slot;
      const full = this.#full[slot] as number;
      if (free < 0 && full <= time) free = slot;
      // a slot never used ends the search: a key would not have gone past it
      if (full === 0) break;
    }
    return free;
  }
}
