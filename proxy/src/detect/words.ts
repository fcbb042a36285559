import { ProxyError } from '../core/errors.js';
import { type Group, groups, vocabulary } from './vocabulary.js';

/** Start value of the word hash (FNV-1a, 32 bits): feed it bytes with `hashByte`. */
export const hashStart = 0x811c9dc5 | 0;

/** One step of FNV-1a. */
export function hashByte(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

/** Hash of a word, as the scanners compute it byte by byte. */
export function hashWord(word: string): number {
  let hash = hashStart;
  for (let i = 0; i < word.length; i++) hash = hashByte(hash, word.charCodeAt(i));
  return hash;
}

const slots = 4096;

/** The vocabulary as an open-addressed table: hash of a word -> groups it stands in, as bits. */
export class WordTable {
  readonly #hashes = new Int32Array(slots);
  readonly #masks = new Int32Array(slots);

  /** @throws ProxyError when two words share a hash: one of them must go, or the hash must change */
  constructor(words: Readonly<Record<Group, string>>) {
    const masks = new Map<string, number>();
    for (const group of Object.keys(groups) as Group[])
      for (const word of words[group].split(' '))
        if (word !== '') masks.set(word, (masks.get(word) ?? 0) | groups[group]);
    const seen = new Map<number, string>();
    for (const [word, mask] of masks) {
      const hash = hashWord(word);
      const other = seen.get(hash);
      if (other !== undefined || hash === 0)
        throw new ProxyError(
          'EDGE_CONFIG',
          `vocabulary: '${word}' and '${other}' share a hash: remove one of them`,
        );
      seen.set(hash, word);
      let slot = hash & (slots - 1);
      while (this.#hashes[slot] !== 0) slot = (slot + 1) & (slots - 1);
      this.#hashes[slot] = hash;
      this.#masks[slot] = mask;
    }
  }

  /** Groups of the word with this hash, as bits; 0 for a word nobody knows. */
  find(hash: number): number {
    let slot = hash & (slots - 1);
    for (;;) {
      const found = this.#hashes[slot] as number;
      if (found === hash) return this.#masks[slot] as number;
      if (found === 0) return 0;
      slot = (slot + 1) & (slots - 1);
    }
  }
}

/** The one table. */
export const words = new WordTable(vocabulary);
