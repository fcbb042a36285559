import type { Address } from '../core/address.js';

/** Most addresses kept. */
const capacity = 1000;

/** Keeps the text of a few addresses by their keys, for people who look at what is blocked. The oldest goes first. */
export class NotedAddresses {
  readonly #texts = new Map<string, string>();

  note(address: Address): void {
    const key = keyOf(address.keyHi, address.keyLo);
    if (this.#texts.has(key)) return;
    if (this.#texts.size >= capacity) {
      const [oldest] = this.#texts.keys();
      if (oldest !== undefined) this.#texts.delete(oldest);
    }
    this.#texts.set(key, address.text);
  }

  /** Text of the address, or its key when nobody noted it. */
  find(high: number, low: number): string {
    const key = keyOf(high, low);
    return this.#texts.get(key) ?? key;
  }
}

const keyOf = (high: number, low: number) =>
  `${(high >>> 0).toString(16).padStart(8, '0')}${(low >>> 0).toString(16).padStart(8, '0')}`;
