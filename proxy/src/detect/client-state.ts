import { ProxyError } from '../core/errors.js';
import {
  answers,
  cancels,
  countBits,
  errors,
  fading,
  fast,
  isMiss,
  leaking,
  missed,
  misses,
  pushed,
  repeats,
  scales,
  slow,
  strangeHosts,
  strikes,
  successes,
  width,
} from './client-counters.js';
import { clientFeatures } from './signals.js';

/** Slots a key may stand in. */
const ways = 8;

/**
 * What clients did lately, in a table of fixed size: a key has eight slots, and when all are taken the one with the least
 * behind it gives way (idle longest, few misses, not blocked). Memory is what it is at the start, whoever knocks.
 *
 * A client is two 32-bit hashes, made by the caller with a secret: IPv4 by /32, IPv6 by /64. Times are in milliseconds and
 * may stand still or run back; they never make a counter grow.
 */
export class ClientState {
  readonly capacity: number;
  readonly #buckets: number;
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  readonly #last: Float64Array;
  readonly #counters: Float32Array;
  readonly #missedPaths: Uint32Array;
  readonly #agents: Uint32Array;
  readonly #suspectAgents: Uint32Array;
  readonly #lastPath: Uint32Array;
  readonly #blockedUntil: Float64Array;
  readonly #level: Float32Array;

  /** @param capacity clients to remember, a power of two, at least 8. About 110 bytes each. Default: 16,384 */
  constructor(capacity = 16_384) {
    if (!Number.isInteger(capacity) || capacity < ways || (capacity & (capacity - 1)) !== 0)
      throw new ProxyError(
        'EDGE_CONFIG',
        `detector: a table of ${capacity} clients: must be a power of two, 8 or more`,
      );
    this.capacity = capacity;
    this.#buckets = capacity / ways;
    this.#high = new Uint32Array(capacity);
    this.#low = new Uint32Array(capacity);
    this.#last = new Float64Array(capacity).fill(Number.NEGATIVE_INFINITY);
    this.#counters = new Float32Array(capacity * width);
    this.#missedPaths = new Uint32Array(capacity * 2);
    this.#agents = new Uint32Array(capacity);
    this.#suspectAgents = new Uint32Array(capacity);
    this.#lastPath = new Uint32Array(capacity);
    this.#blockedUntil = new Float64Array(capacity).fill(Number.NEGATIVE_INFINITY);
    this.#level = new Float32Array(capacity);
  }

  /** Slot of a client, with its counters as of now; -1 when nothing is known of it. */
  find(high: number, low: number, now: number): number {
    const first = this.#bucket(high, low);
    for (let slot = first; slot < first + ways; slot++)
      if (
        this.#low[slot] === low >>> 0 &&
        this.#high[slot] === high >>> 0 &&
        this.#last[slot] !== Number.NEGATIVE_INFINITY
      ) {
        this.#fade(slot, now);
        return slot;
      }
    return -1;
  }

  /** Slot of a client, made if need be. */
  enter(high: number, low: number, now: number): number {
    const found = this.find(high, low, now);
    if (found >= 0) return found;
    const first = this.#bucket(high, low);
    let slot = first;
    let least = Number.POSITIVE_INFINITY;
    for (let i = first; i < first + ways; i++) {
      const worth = this.#worth(i, now);
      if (worth < least) {
        least = worth;
        slot = i;
      }
    }
    this.#high[slot] = high;
    this.#low[slot] = low;
    this.#last[slot] = now;
    this.#counters.fill(0, slot * width, (slot + 1) * width);
    this.#missedPaths[2 * slot] = 0;
    this.#missedPaths[2 * slot + 1] = 0;
    this.#agents[slot] = 0;
    this.#suspectAgents[slot] = 0;
    this.#lastPath[slot] = 0;
    this.#blockedUntil[slot] = Number.NEGATIVE_INFINITY;
    this.#level[slot] = 0;
    return slot;
  }

  /**
   * A request came. `agent` is the bit of its user agent (0 to 31), `weight` how much a repetition of the same path counts.
   */
  arrive(slot: number, pathHash: number, agent: number, hostFound: boolean, weight: number): void {
    const at = slot * width;
    const c = this.#counters;
    c[at + fast] = (c[at + fast] as number) + 1;
    c[at + slow] = (c[at + slow] as number) + 1;
    this.#agents[slot] = (this.#agents[slot] as number) | (1 << agent);
    if (this.#lastPath[slot] === pathHash >>> 0) c[at + repeats] = (c[at + repeats] as number) + weight;
    this.#lastPath[slot] = pathHash;
    if (!hostFound) {
      c[at + strangeHosts] = (c[at + strangeHosts] as number) + 1;
      this.#suspectAgents[slot] = (this.#suspectAgents[slot] as number) | (1 << agent);
    }
  }

  /**
   * It was answered. Statuses 400, 403, 404, 405, 410, 414 and 421 are misses, counted once for each path with the given
   * weight; 401 is how Git and CalDAV begin and counts for nothing; 429 is our own; 499 and 0 mean that the client left.
   */
  answer(slot: number, status: number, pathHash: number, agent: number, weight: number): void {
    const at = slot * width;
    const c = this.#counters;
    if (status === 401) return;
    if (status === 429) {
      c[at + pushed] = (c[at + pushed] as number) + 1;
      return;
    }
    if (status === 499 || status === 0) {
      c[at + cancels] = (c[at + cancels] as number) + 1;
      return;
    }
    c[at + answers] = (c[at + answers] as number) + 1;
    if (status < 400) {
      c[at + successes] = (c[at + successes] as number) + 1;
      return;
    }
    if (status >= 500) {
      c[at + errors] = (c[at + errors] as number) + 1;
      return;
    }
    if (weight === 0 || !isMiss(status)) {
      // not what a scanner gets, nor anything to be proud of
      c[at + successes] = (c[at + successes] as number) + 0.5;
      return;
    }
    c[at + missed] = (c[at + missed] as number) + Math.min(1, weight);
    if (this.#isNewMiss(slot, pathHash)) {
      c[at + misses] = Math.min(64, (c[at + misses] as number) + weight);
      if (weight >= 0.5) this.#suspectAgents[slot] = (this.#suspectAgents[slot] as number) | (1 << agent);
    }
  }

  /** A request that was refused for what it was; gives how many lately. */
  strike(slot: number, agent: number): number {
    const at = slot * width + strikes;
    const sum = Math.min(16, (this.#counters[at] as number) + 1);
    this.#counters[at] = sum;
    this.#suspectAgents[slot] = (this.#suspectAgents[slot] as number) | (1 << agent);
    return sum;
  }

  /** Fills the features of a client: evidence from 0 to 1. */
  features(slot: number, x: Float32Array): void {
    const at = slot * width;
    const c = this.#counters;
    const seen = c[at + answers] as number;
    const ripe = seen > 12 ? 1 : seen / 12;
    // a page with a few broken pictures, a crowd behind one address: a twelfth may miss
    x[0] = Math.max(0, (c[at + misses] as number) - seen / 12);
    x[1] = seen > 0 ? ((c[at + missed] as number) / seen) * ripe : 0;
    x[2] = c[at + strikes] as number;
    x[3] = c[at + strangeHosts] as number;
    x[4] = c[at + fast] as number;
    x[5] = c[at + slow] as number;
    x[6] = c[at + pushed] as number;
    x[7] = c[at + cancels] as number;
    x[8] = c[at + repeats] as number;
    x[9] = c[at + errors] as number;
    x[10] = Math.max(0, countBits(this.#agents[slot] as number) - 6);
    x[11] = seen > 0 ? Math.max(0, 1 - (c[at + successes] as number) / seen) * ripe : 0;
    for (let i = 0; i < clientFeatures; i++) {
      const value = (x[i] as number) * (scales[i] as number);
      x[i] = Math.min(value, 1);
    }
  }

  /** When the block of a client ends, in milliseconds; minus infinity when there was none. */
  blockedUntil(slot: number): number {
    return this.#blockedUntil[slot] as number;
  }

  /**
   * Whether a block holds for a request with this user agent: for those that gave cause, and for all once there were many
   * of them. So somebody else behind the same address is not shut out for long, and changing names does not help.
   */
  isSuspect(slot: number, agent: number): boolean {
    const suspects = this.#suspectAgents[slot] as number;
    return (suspects & (1 << agent)) !== 0 || countBits(suspects) > 3;
  }

  /** Blocks a client: `seconds` the first time, twice as long each time, an hour at most. A level fades in an hour. */
  block(slot: number, seconds: number, now: number): void {
    const ended = this.#blockedUntil[slot] as number;
    const quiet = ended > Number.NEGATIVE_INFINITY ? Math.max(0, now - ended) / 3_600_000 : 0;
    const level = Math.max(0, (this.#level[slot] as number) - Math.floor(quiet));
    this.#blockedUntil[slot] = now + Math.min(Math.max(3600, seconds), seconds * 2 ** level) * 1000;
    this.#level[slot] = Math.min(8, level + 1);
  }

  /** Lifts a block and forgets what led to it: for operators. */
  pardon(slot: number): void {
    this.#blockedUntil[slot] = Number.NEGATIVE_INFINITY;
    this.#level[slot] = 0;
    this.#suspectAgents[slot] = 0;
    this.#counters.fill(0, slot * width, (slot + 1) * width);
  }

  /** Slots of the clients blocked now; walks the table. */
  *blockedSlots(now: number): Generator<{ slot: number; high: number; low: number; leftMs: number }> {
    for (let slot = 0; slot < this.capacity; slot++) {
      const leftMs = (this.#blockedUntil[slot] as number) - now;
      if (leftMs > 0)
        yield { slot, high: this.#high[slot] as number, low: this.#low[slot] as number, leftMs };
    }
  }

  /** Number of clients blocked now, for metrics; walks the table. */
  blocked(now: number): number {
    let count = 0;
    for (let slot = 0; slot < this.capacity; slot++) if ((this.#blockedUntil[slot] as number) > now) count++;
    return count;
  }

  #bucket(high: number, low: number): number {
    return (((Math.imul(high ^ (low >>> 15), 0x9e3779b1) ^ low) >>> 0) % this.#buckets) * ways;
  }

  /** What would be lost with a slot, in milliseconds of idleness. */
  #worth(slot: number, now: number): number {
    const last = this.#last[slot] as number;
    if (last === Number.NEGATIVE_INFINITY) return last;
    const at = slot * width;
    const blocked = Math.max(0, (this.#blockedUntil[slot] as number) - now);
    return (
      last +
      ((this.#counters[at + misses] as number) + (this.#counters[at + strikes] as number)) * 5000 +
      blocked * 2
    );
  }

  #fade(slot: number, now: number): void {
    const seconds = (now - (this.#last[slot] as number)) / 1000;
    // steps of ten milliseconds are fine enough
    if (!(seconds >= 0.01)) return;
    this.#last[slot] = now;
    const at = slot * width;
    const c = this.#counters;
    // three times suffice for all counters that fade; most calls come within the same millisecond or two
    const two = Math.exp(-seconds / 2);
    const ten = Math.exp(-seconds / 10);
    const sixty = Math.exp(-seconds / 60);
    for (let i = 0; i < width; i++) {
      const value = c[at + i] as number;
      if (value === 0) continue;
      const time = fading[i] as number;
      if (time === 0) {
        const left = value - seconds * (leaking[i] as number);
        c[at + i] = Math.max(left, 0);
      } else c[at + i] = value * (time === 2 ? two : time === 10 ? ten : sixty);
    }
    if (c[at + misses] === 0) {
      this.#missedPaths[2 * slot] = 0;
      this.#missedPaths[2 * slot + 1] = 0;
      if (c[at + strikes] === 0 && (this.#blockedUntil[slot] as number) < now) this.#suspectAgents[slot] = 0;
    }
    if ((c[at + slow] as number) < 0.05) this.#agents[slot] = 0;
  }

  /** Whether a path is new among the misses: 64 bits remember it, which is enough to tell ten from one. */
  #isNewMiss(slot: number, pathHash: number): boolean {
    const bit = pathHash >>> 26;
    const at = 2 * slot + (bit >> 5);
    const mask = 1 << (bit & 31);
    if (((this.#missedPaths[at] as number) & mask) !== 0) return false;
    this.#missedPaths[at] = (this.#missedPaths[at] as number) | mask;
    return true;
  }
}
