import { randomFillSync } from 'node:crypto';

/** A piece cut from the digits keeps all of them alive; asking the system for fewer at a time costs more than that. */
const pool = Buffer.allocUnsafeSlow(8192);
let digits = '';
let used = 0;

/** `length` random hexadecimal digits, lower case; not all zeros. `length` is at most 16,384. */
export function randomHex(length: number): string {
  if (used + length > digits.length) {
    digits = randomFillSync(pool).toString('hex');
    used = 0;
  }
  const text = digits.slice(used, used + length);
  used += length;
  // one in 2^64 for a span: not worth more than this
  return text.charCodeAt(0) === 0x30 && /^0+$/.test(text) ? randomHex(length) : text;
}

/**
 * The id of a request: the one given, when the peer is a proxy that may give one and it has the form
 * `[A-Za-z0-9-]{16,64}`; else 32 new hexadecimal digits.
 */
export function requestId(given: string | undefined, forwardingPeer: boolean): string {
  return forwardingPeer && given !== undefined && isRequestId(given) ? given : randomHex(32);
}

function isRequestId(text: string): boolean {
  if (text.length < 16 || text.length > 64) return false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const lower = code | 0x20;
    const digit = code >= 0x30 && code <= 0x39;
    if (!digit && code !== 0x2d && (code < 0x41 || lower < 0x61 || lower > 0x7a)) return false;
  }
  return true;
}
