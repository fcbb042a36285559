import type { Address } from '../core/address.js';

/** Most addresses kept. */
const capacity = 1000;

/** Keeps the text of a few addresses by their keys, for people who look at what is blocked. The oldest goes first. */
export class NotedAddresses {
  readonly #texts = new Map<number, string>();

  note({ keyHi, keyLo, text }: Address): void {
    const key = keyOf(keyHi, keyLo);
    if (this.#texts.has(key)) return;
    if (this.#texts.size >= capacity) {
      const [oldest] = this.#texts.keys();
      if (oldest !== undefined) this.#texts.delete(oldest);
    }
    this.#texts.set(key, text);
  }

  /** Text of the address, or its key when nobody noted it. */
  find(high: number, low: number): string {
    const key = keyOf(high, low);
    return this.#texts.get(key) ?? key.toString(16);
  }
}

/** 52 of the 64 bits, as a number that a Map holds exactly: two addresses that meet here are shown as one. */
const keyOf = (high: number, low: number) => (high & 0xfffff) * 0x1_0000_0000 + (low >>> 0);
