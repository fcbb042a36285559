import { separator } from './decoder.js';
import * as at from './indices.js';
import { add, isRun, wordByte } from './payload-bytes.js';
import type { SqlEvidence } from './sql-evidence.js';
import { groups } from './vocabulary.js';
import { hashByte, hashStart, hashWord, words } from './words.js';

const { sqlCall, sqlSchema, command, scriptCall, scriptObject, tag, activeTag, java, phpCall } = groups;
const { systemFile, systemFolder, systemEntry, outOfBand, scheme, key, injection } = groups;
const javascript = hashWord('javascript');
const jndi = hashWord('jndi');

/**
 * Weighs one word of a text by what stands around it; gives its groups.
 * @param hash of the word, which is bytes[start..end)
 * @param before last sign before it that is no space
 * @param lastMask groups of the word before
 * @param isKey whether it may be the name of a parameter
 */
export function weighWord(
  bytes: Uint8Array,
  length: number,
  start: number,
  end: number,
  hash: number,
  before: number,
  lastMask: number,
  isQuery: boolean,
  isKey: boolean,
  sql: SqlEvidence,
  x: Float32Array,
): number {
  let next = end;
  while (next < length && (bytes[next] === 0x20 || bytes[next] === 0x09)) next++;
  const after = next < length ? (bytes[next] as number) : separator;
  const prior = start > 0 ? (bytes[start - 1] as number) : separator;
  // an event handler: onload=, onerror = ; not a parameter of that name
  if (bytes[start] === 0x6f && bytes[start + 1] === 0x6e && after === 0x3d && end - start > 5)
    if (prior !== separator && !(isKey && prior === 0x26)) add(x, at.script, 1);
  const mask = words.find(hash);
  if (mask === 0) return 0;
  if (isKey && (after === 0x3d || after === 0x5b || after === separator)) {
    if ((mask & key) !== 0) add(x, at.foreignParameter, 0.5);
    if ((mask & phpCall) !== 0 && after === separator && end - start > 5) add(x, at.phpCode, 0.5);
    if ((mask & injection) === 0) return mask;
  }
  const called = after === 0x28;
  const isBelow = prior === 0x2f || prior === 0x5c;
  if ((mask & sqlCall) !== 0 && called) {
    add(x, at.sqlCall, 0.5);
    sql.call();
  }
  if ((mask & sqlSchema) !== 0) add(x, at.sqlCall, 1);
  if ((mask & scriptCall) !== 0 && (called || after === 0x60)) add(x, at.script, 0.5);
  if ((mask & scriptObject) !== 0 && isQuery && (after === 0x2e || after === 0x5b))
    if (wordByte[bytes[next + 1] ?? 0] === 1) add(x, at.script, 0.25);
  if ((mask & phpCall) !== 0 && called) add(x, at.phpCode, 0.5);
  // people write of <select> and <b>; in a path, or with what runs by itself, it is no prose
  if ((mask & (tag | activeTag)) !== 0 && (prior === 0x3c || (prior === 0x2f && bytes[start - 2] === 0x3c)))
    add(x, at.markup, (mask & activeTag) !== 0 || !isQuery ? 1 : 0.25);
  if ((mask & java) !== 0 && (called || after === 0x2e || after === 0x3a || prior === 0x2e || prior === 0x40))
    add(x, at.java, 0.5);
  if ((mask & scheme) !== 0 && after === 0x3a && isQuery) {
    if (bytes[next + 1] === 0x2f && bytes[next + 2] === 0x2f) add(x, at.remoteUrl, 1);
    else if (hash === javascript) add(x, at.script, 1);
    else if (hash === jndi) add(x, at.java, 1);
  }
  // '& more' is prose more often than not
  if ((mask & command) !== 0 && after !== 0x3d && isRun(bytes, start, before))
    add(x, at.command, before === 0x26 && bytes[start - 2] !== 0x26 ? 0.25 : 1);
  if ((mask & injection) !== 0)
    if (prior === 0x24 || bytes[start] === 0x5f || (prior === 0x5b && end - start > 5))
      add(x, at.objectInjection, 1);
  if (isBelow && (mask & systemEntry) !== 0 && (lastMask & systemFolder) !== 0) add(x, at.systemFile, 1);
  if (isBelow && (mask & systemFile) !== 0) add(x, at.systemFile, 1);
  if ((mask & outOfBand) !== 0) add(x, at.remoteUrl, 0.5);
  sql.word(mask, hash, before, x);
  return mask;
}

/** Weighs a name with dots: a file of the system, a host that waits for call-backs. */
export function weighName(hash: number, after: number, x: Float32Array): void {
  const mask = words.find(hash);
  if ((mask & systemFile) !== 0 && after !== 0x3d) add(x, at.systemFile, 0.5);
  if ((mask & outOfBand) !== 0) add(x, at.remoteUrl, 0.5);
}

/** Weighs the names of parameters of a query that has nothing else worth a look. */
export function weighKeys(bytes: Uint8Array, length: number, x: Float32Array): void {
  let hash = hashStart;
  let inName = true;
  for (let i = 0; i < length; i++) {
    const byte = bytes[i] as number;
    if (byte === separator) {
      hash = hashStart;
      inName = true;
    } else if (byte === 0x3d) {
      if (inName && (words.find(hash) & key) !== 0) add(x, at.foreignParameter, 0.5);
      inName = false;
    } else if (inName) hash = hashByte(hash, byte);
  }
}
