import { hashByte, hashStart } from './words.js';

/** Marks the '&' between two parameters, which is not the byte '&' of a value. */
export const separator = 0x1e;

/** Longest text looked at, in bytes; the edge refuses longer targets anyway. */
const limit = 16_384;

const hex = new Int8Array(256).fill(-1);
for (let i = 0; i < 10; i++) hex[0x30 + i] = i;
for (let i = 0; i < 6; i++) {
  hex[0x41 + i] = 10 + i;
  hex[0x61 + i] = 10 + i;
}

const lower = new Uint8Array(256);
for (let i = 0; i < 256; i++) lower[i] = i >= 0x41 && i <= 0x5a ? i + 32 : i;

/** What there is to know of a byte: itself in lower case, and above it whether it makes a text worth a closer look. */
const inPath = 0x100;
const inQuery = 0x200;
/** Or whether it has a meaning of its own here, or is one that no browser sends as it is. */
const isPlain = 0x400;
const facts = new Uint16Array(256);
for (let i = 0; i < 256; i++) facts[i] = (lower[i] as number) | inPath | inQuery;
for (const c of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-')
  facts[c.charCodeAt(0)] = lower[c.charCodeAt(0)] as number;
// in paths all but plain names count, in queries all but name=value&… of such
for (const c of '~/.') facts[c.charCodeAt(0)] = c.charCodeAt(0) | inQuery;
for (const c of '=,') facts[c.charCodeAt(0)] = c.charCodeAt(0) | inPath;
facts[separator] = separator | inPath;
for (let i = 0x21; i < 0x7f; i++)
  if (!'"<>`%+&'.includes(String.fromCharCode(i))) facts[i] = (facts[i] as number) | isPlain;

/** What is telling when it was encoded twice. */
const meaningful = new Uint8Array(256);
for (const c of './\\<>\'"();`|\0\r\n') meaningful[c.charCodeAt(0)] = 1;

/**
 * Percent-decodes a text to lower-case bytes, as often as it takes, and counts on the way what an honest client has no
 * reason to send (RFC 3986 2.1: encode what needs it, once). One instance is reused; `bytes[0..length)` is the result.
 */
export class Decoder {
  readonly bytes = new Uint8Array(limit + 1);
  length = 0;
  /** Control bytes other than CR, LF and TAB. */
  controls = 0;
  /** CR and LF. */
  breaks = 0;
  /** Dots, slashes and backslashes that were encoded. */
  hiddenDots = 0;
  /** '%' without two hexadecimal digits, overlong UTF-8, bytes UTF-8 does not have, '%u'. */
  broken = 0;
  /** Bytes that mean something to an interpreter and were encoded twice or more. */
  doubled = 0;
  /** Bytes that browsers encode, sent as they are. */
  raw = 0;
  /** Hash of the text, decoded once. */
  hash = 0;
  /** Whether there is anything but plain words. */
  special = false;

  decode(text: string, isQuery: boolean): void {
    this.controls = 0;
    this.breaks = 0;
    this.hiddenDots = 0;
    this.broken = 0;
    this.doubled = 0;
    this.raw = 0;
    const { bytes } = this;
    const end = Math.min(text.length, limit);
    let length = 0;
    let percents = 0;
    let seen = 0;
    let hash = hashStart;
    for (let i = 0; i < end; i++) {
      const code = text.charCodeAt(i);
      let fact = code > 0xff ? inPath | inQuery | 0xff : (facts[code] as number);
      if ((fact & isPlain) === 0) {
        let byte = Math.min(code, 0xff);
        if (byte === 0x25) {
          const high = this.#digit(text, i + 1, end);
          const low = high < 0 ? -1 : this.#digit(text, i + 2, end);
          if (low < 0) this.broken++;
          else {
            byte = (high << 4) | low;
            i += 2;
            if (byte === 0x25) percents++;
            else byte = this.#decoded(byte, length);
          }
        } else if (isQuery && byte === 0x2b) byte = 0x20;
        else if (isQuery && byte === 0x26) byte = separator;
        else if (byte !== 0x2b && byte !== 0x26) this.raw++;
        fact = facts[byte] as number;
      }
      seen |= fact;
      const byte = fact & 0xff;
      hash = hashByte(hash, byte);
      bytes[length++] = byte;
    }
    this.length = length;
    for (let round = 0; percents > 0 && round < 3; round++) percents = this.#again();
    if (this.broken > 0) this.#dropOverlong();
    // the last bytes must reach the upper bits too
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    this.hash = (hash ^ (hash >>> 13)) >>> 0;
    // two dots side by side are looked at in paths by their segments
    this.special = (seen & (isQuery ? inQuery : inPath)) !== 0;
  }

  #digit(text: string, index: number, end: number): number {
    if (index >= end) return -1;
    const code = text.charCodeAt(index);
    return code > 0xff ? -1 : (hex[code] as number);
  }

  /** Accounts for one decoded byte. An overlong form gives way to the byte it stands for. */
  #decoded(byte: number, length: number): number {
    if (byte < 0x20 || byte === 0x7f) {
      if (byte === 0x0a || byte === 0x0d) this.breaks++;
      else if (byte !== 0x09) this.controls++;
    } else if (byte === 0x2e || byte === 0x2f || byte === 0x5c) this.hiddenDots++;
    else if (byte >= 0x80) {
      if (byte === 0xc0 || byte === 0xc1 || byte >= 0xf5) this.broken++;
      // RFC 3629 3: C0 AE would be '.', C0 AF '/', C1 9C '\'
      const before = length > 0 ? this.bytes[length - 1] : 0;
      if ((before === 0xc0 || before === 0xc1) && byte < 0xc0) {
        this.hiddenDots++;
        return before === 0xc0 ? byte & 0x3f : (byte & 0x3f) | 0x40;
      }
    }
    return byte;
  }

  /** Takes out what stood before the byte of an overlong form, so that '..' are side by side. */
  #dropOverlong(): void {
    const { bytes } = this;
    let to = 0;
    for (let i = 0; i < this.length; i++) {
      const byte = bytes[i] as number;
      if (byte !== 0xc0 && byte !== 0xc1) bytes[to++] = byte;
    }
    this.length = to;
  }

  /** Decodes in place what decoding laid bare; gives the number of percent signs left to look at. */
  #again(): number {
    const { bytes, length } = this;
    let to = 0;
    let percents = 0;
    for (let i = 0; i < length; i++) {
      let byte = bytes[i] as number;
      if (byte === 0x25 && i + 2 < length) {
        const high = hex[bytes[i + 1] as number] as number;
        const low = hex[bytes[i + 2] as number] as number;
        if (high >= 0 && low >= 0) {
          byte = (high << 4) | low;
          i += 2;
          this.doubled += meaningful[byte] as number;
          if (byte === 0x25) percents++;
          else byte = lower[this.#decoded(byte, to)] as number;
        }
      }
      bytes[to++] = byte;
    }
    this.length = to;
    return percents;
  }
}
