import { separator } from './decoder.js';
import * as at from './indices.js';
import { add, isCalling, wordByte } from './payload-bytes.js';
import type { SqlEvidence } from './sql-evidence.js';

/**
 * Weighs a sign that is neither a word nor a space, by its neighbours.
 * @param valueStart where the value began
 */
export function weighSign(
  bytes: Uint8Array,
  length: number,
  i: number,
  valueStart: number,
  sql: SqlEvidence,
  x: Float32Array,
): void {
  const next = i + 1 < length ? (bytes[i + 1] as number) : separator;
  const prior = i > 0 ? (bytes[i - 1] as number) : separator;
  switch (bytes[i]) {
    case 0x2e: // ../ or ..\ : counted at its first dot
      if (next === 0x2e && prior !== 0x2e) weighDots(bytes, length, i, prior, x);
      return;
    case 0x27: // between two letters it is an apostrophe
      if (!(wordByte[prior] === 1 && prior > 0x39 && wordByte[next] === 1))
        sql.quote(next, next === separator);
      return;
    case 0x22: // "> leaves an attribute
      if (next === 0x3e || (next === 0x20 && bytes[i + 2] === 0x6f && bytes[i + 3] === 0x6e))
        add(x, at.markup, 0.5);
      return;
    case 0x3c:
      if (next === 0x25 || next === 0x3f || next === 0x21) add(x, at.markup, 0.5);
      else if (next === 0x2f || (next >= 0x61 && next <= 0x7a)) add(x, at.markup, 0.25);
      return;
    case 0x2d: {
      const then = i + 2 < length ? (bytes[i + 2] as number) : separator;
      if (
        next === 0x2d &&
        prior !== 0x2d &&
        (then === separator || then === 0x20 || then === 0x2d || then === 0x2b)
      )
        sql.comment();
      return;
    }
    case 0x23:
      sql.hash();
      if (next === 0x7b) add(x, at.template, 0.5);
      return;
    case 0x2a:
      if (prior === 0x2f && i > valueStart) sql.comment();
      return;
    case 0x7b:
      // a variable nobody filled in is somebody's mistake, however often; one that is called is not
      if (prior === 0x24 || prior === 0x25 || prior === 0x40 || (prior === 0x7b && next !== 0x22))
        x[at.template] = isCalling(bytes, length, i) ? 1 : Math.max(x[at.template] as number, 0.25);
      return;
    case 0x25:
      if (prior === 0x3c) add(x, at.template, 0.5);
      return;
    case 0x5c: // escapes of JavaScript, shares of Windows
      if (next === 0x5c || next === 0x75 || next === 0x78) add(x, at.oddShape, 0.25);
      else add(x, at.rawDelimiters, 0.25);
      return;
    case 0x3a: // o:8:"stdclass": a serialized object of PHP; c:\ a drive
      if (prior === 0x6f && next >= 0x30 && next <= 0x39 && (bytes[i + 2] === 0x3a || bytes[i + 3] === 0x3a))
        add(x, at.objectInjection, 0.5);
      if (
        (next === 0x5c || next === 0x2f) &&
        (prior === 0x63 || prior === 0x64) &&
        wordByte[bytes[i - 2] ?? 0] !== 1
      )
        add(x, at.systemFile, 0.5);
      return;
    case 0x7c:
      if (next === 0x7c) sql.join();
      return;
    default:
      return;
  }
}

/** Two dots or more: a way up when a slash follows, or when they stand alone between a slash and the end. */
function weighDots(bytes: Uint8Array, length: number, i: number, prior: number, x: Float32Array): void {
  const then = i + 2 < length ? (bytes[i + 2] as number) : separator;
  const isAfterSlash = prior === 0x2f || prior === 0x5c;
  if (then === 0x2e && (bytes[i + 3] === 0x2f || bytes[i + 3] === 0x5c)) add(x, at.oddShape, 0.25);
  if (then === 0x2f || then === 0x5c || (isAfterSlash && then === separator)) add(x, at.traversal, 0.5);
}
