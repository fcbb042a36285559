import { randomBytes } from 'node:crypto';

/**
 * HalfSipHash-1-3 with 64 bits of result: the hash behind every table whose keys strangers choose. Without the seed
 * nobody can make two keys meet, so a table cannot be driven into one corner. It is not for signatures.
 *
 * The result stands in `hi` and `lo` (unsigned 32 bits each) until the next call, so that hashing allocates nothing.
 */
export class KeyedHash {
  hi = 0;
  lo = 0;
  readonly #k0: number;
  readonly #k1: number;

  /** @param seed 8 secret bytes; by default random, which makes the keys of two processes differ */
  constructor(seed: Uint8Array = randomBytes(8)) {
    const view = new DataView(seed.buffer, seed.byteOffset, 8);
    this.#k0 = view.getInt32(0, true);
    this.#k1 = view.getInt32(4, true);
  }

  /** Hashes the first `count` words. The number of words is part of the message. */
  digest(words: Int32Array, count: number): void {
    let v0 = this.#k0;
    let v1 = this.#k1 ^ 0xee;
    let v2 = 0x6c796765 ^ this.#k0;
    let v3 = 0x74656462 ^ this.#k1;
    for (let index = 0; index <= count; index++) {
      // the last block of SipHash carries the length in bytes in its top byte
      const word = index < count ? (words[index] as number) : (count * 4) << 24;
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
    }
    v2 ^= 0xee;
    for (let round = 0; round < 6; round++) {
      if (round === 3) {
        this.lo = (v1 ^ v3) >>> 0;
        v1 ^= 0xdd;
      }
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
    }
    this.hi = (v1 ^ v3) >>> 0;
  }
}

/** Packs text into words for `KeyedHash`: its UTF-8 bytes and their number. Reused from call to call. */
export class TextWords {
  words = new Int32Array(256);
  count = 0;
  #bytes = Buffer.from(this.words.buffer);

  /** Takes the characters from `start` to before `end`; no two well-formed texts give the same words. */
  pack(text: string, start = 0, end = text.length): void {
    // three bytes a character at most, padding, and the length
    if (this.#bytes.length < (end - start) * 3 + 8) {
      this.words = new Int32Array(end - start + 2);
      this.#bytes = Buffer.from(this.words.buffer);
    }
    const part = start === 0 && end === text.length ? text : text.slice(start, end);
    // the native writer takes a third of the time of a loop over characters
    const length = this.#bytes.write(part, 0);
    let count = length >> 2;
    const rest = length & 3;
    // what the call before has left behind the last byte
    if (rest > 0) this.words[count] = (this.words[count++] as number) & ((1 << (rest * 8)) - 1);
    this.words[count++] = length;
    this.count = count;
  }
}

/**
 * 52 of the 64 bits of a key, as a number that a Map holds exactly. Whoever decides by it, and not merely counts, needs
 * something else to tell apart what meets here.
 */
export function tableIndex(hi: number, lo: number): number {
  return (hi & 0xfffff) * 0x1_0000_0000 + (lo >>> 0);
}
