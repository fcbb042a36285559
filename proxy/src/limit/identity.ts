import { randomBytes } from 'node:crypto';
import { KeyedHash, TextWords } from '../core/keyed-hash.js';

const words = new TextWords();

/** Numbers that a credential is known by. */
export interface KeyNumbers {
  readonly hi: number;
  readonly lo: number;
  readonly checkHi: number;
  readonly checkLo: number;
}

/**
 * Names a credential (the value of a session cookie) without keeping it. Reused: `read` fills the fields.
 *
 * `hi` and `lo` are the key for tables. `checkHi` and `checkLo` are a second hash with a key of its own, so that what
 * is decided by a credential, not merely counted, rests on 128 bits.
 */
export class CredentialKey {
  hi = 0;
  lo = 0;
  checkHi = 0;
  checkLo = 0;
  readonly #first: KeyedHash;
  readonly #second: KeyedHash;

  /** @param seed 16 secret bytes; by default random */
  constructor(seed: Uint8Array = randomBytes(16)) {
    this.#first = new KeyedHash(seed.subarray(0, 8));
    this.#second = new KeyedHash(seed.subarray(8, 16));
  }

  /** Reads the characters from `start` to before `end`, so that a cookie is hashed where it stands in its field. */
  read(text: string, start = 0, end = text.length): void {
    words.pack(text, start, end);
    this.#first.digest(words.words, words.count);
    this.#second.digest(words.words, words.count);
    this.hi = this.#first.hi;
    this.lo = this.#first.lo;
    this.checkHi = this.#second.hi;
    this.checkLo = this.#second.lo;
  }
}
