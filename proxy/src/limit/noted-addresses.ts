import type { Address } from '../core/address.js';
import { tableIndex } from '../core/keyed-hash.js';

/** Most addresses kept. */
const capacity = 1000;

/** Keeps the text of a few addresses by their keys, for people who look at what is blocked. The oldest goes first; two whose keys
 * meet are shown as one. */
export class NotedAddresses {
  readonly #texts = new Map<number, string>();

  note({ keyHi, keyLo, text }: Address): void {
    const key = tableIndex(keyHi, keyLo);
    if (this.#texts.has(key)) return;
    if (this.#texts.size >= capacity) {
      const [oldest] = this.#texts.keys();
      if (oldest !== undefined) this.#texts.delete(oldest);
    }
    this.#texts.set(key, text);
  }

  /** Text of the address, or its key when nobody noted it. */
  find(high: number, low: number): string {
    const key = tableIndex(high, low);
    return this.#texts.get(key) ?? key.toString(16);
  }
}
