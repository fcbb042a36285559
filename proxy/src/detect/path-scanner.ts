import * as at from './indices.js';
import { add } from './payload-bytes.js';
import { groups } from './vocabulary.js';
import { hashByte, hashStart, hashWord, words } from './words.js';

const { product, setup, scriptEnding, backupEnding, tech, secret, debug, admin } = groups;
const { systemFile, systemFolder, systemEntry } = groups;

/** Kinds of bytes in a path; 0 is part of a word. */
const digit = 1;
const joiner = 2;
const breaker = 3;
const dot = 4;
const slash = 5;
const kinds = new Uint8Array(256).fill(breaker);
for (const c of 'abcdefghijklmnopqrstuvwxyz$+') kinds[c.charCodeAt(0)] = 0;
for (const c of '0123456789') kinds[c.charCodeAt(0)] = digit;
kinds[0x2f] = slash;
kinds[0x5c] = slash;
kinds[0x2e] = dot;
kinds[0x2d] = joiner;
kinds[0x5f] = joiner;

const wellKnown = hashWord('.well-known');

/**
 * Reads a decoded path by segments: what it asks for, and whether the box could have it. A segment is looked up whole
 * ('web.config'), by the parts between its dots ('php'), and by the words between its joiners ('admin').
 */
export class PathScanner {
  scan(bytes: Uint8Array, length: number, x: Float32Array): void {
    let hash = hashStart;
    let start = 0;
    let seen = 0;
    let lastMask = 0;
    for (let i = 0; i <= length; i++) {
      const byte = i < length ? (bytes[i] as number) : 0x2f;
      const kind = kinds[byte] as number;
      if (kind !== slash) {
        seen |= 1 << kind;
        hash = hashByte(hash, byte);
        continue;
      }
      if (i > start) {
        // most segments are plain words, and done with one look
        if ((seen & ((1 << dot) | (1 << joiner) | (1 << breaker))) !== 0) scanParts(bytes, start, i, x);
        lastMask = scanSegment(hash, bytes, start, i, lastMask, x);
      } else if (i > 0 && i < length && bytes[i - 2] !== 0x3a) add(x, at.oddShape, 0.25);
      hash = hashStart;
      start = i + 1;
      seen = 0;
    }
  }
}

/** Parts of a segment between dots, and their words between joiners. */
function scanParts(bytes: Uint8Array, segmentStart: number, segmentEnd: number, x: Float32Array): void {
  let part = hashStart;
  let word = hashStart;
  let partStart = segmentStart;
  let wordStart = segmentStart;
  let hasDigit = false;
  for (let i = segmentStart; i <= segmentEnd; i++) {
    const byte = i < segmentEnd ? (bytes[i] as number) : 0x2f;
    const kind = kinds[byte] as number;
    if (kind <= digit) {
      part = hashByte(part, byte);
      word = hashByte(word, byte);
      if (kind === digit) hasDigit = true;
      continue;
    }
    // words that are not the whole part; hexadecimal ones are nobody's
    if (
      i > wordStart &&
      !hasDigit &&
      (wordStart > partStart || kind === joiner) &&
      (words.find(word) & admin) !== 0
    )
      add(x, at.adminWord, 0.25);
    word = hashStart;
    wordStart = i + 1;
    hasDigit = false;
    if (kind === joiner) {
      part = hashByte(part, byte);
      continue;
    }
    if (i > partStart) scanPart(words.find(part), bytes, segmentStart, partStart, kind, byte, x);
    part = hashStart;
    partStart = i + 1;
  }
}

function scanPart(
  mask: number,
  bytes: Uint8Array,
  segmentStart: number,
  start: number,
  endKind: number,
  end: number,
  x: Float32Array,
): void {
  if (mask === 0) return;
  if (start > segmentStart) {
    // an ending counts at the end, or before another one
    if ((mask & scriptEnding) !== 0 && (endKind !== dot || bytes[start - 1] === 0x2e))
      add(x, at.foreignScript, endKind === dot ? 0.5 : 1);
    if ((mask & backupEnding) !== 0 && endKind !== dot) add(x, at.backupCopy, end === 0x7e ? 1 : 0.5);
    return;
  }
  if (endKind === slash) return;
  if ((mask & tech) !== 0) add(x, at.foreignProduct, 0.5);
  if ((mask & product) !== 0) add(x, at.foreignProduct, 0.25);
  if ((mask & admin) !== 0) add(x, at.adminWord, 0.5);
}

function scanSegment(
  hash: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  lastMask: number,
  x: Float32Array,
): number {
  const mask = words.find(hash);
  const first = bytes[start] as number;
  const last = bytes[end - 1] as number;
  if (first === 0x2e) {
    const second = end - start > 1 ? (bytes[start + 1] as number) : 0;
    if (second === 0x2e) {
      if (end - start === 2) add(x, at.traversal, 0.5);
      else add(x, at.oddShape, 0.5);
    } else if (second === 0) add(x, at.oddShape, 0.25);
    else if (hash !== wellKnown) add(x, at.dotfile, 1);
  } else if (last === 0x2e) add(x, at.oddShape, 0.25);
  if (first === 0x7e && start === 1 && end > 2) x[at.homeFolder] = 1;
  if (last === 0x7e && end - start > 1) add(x, at.backupCopy, 1);
  if (mask === 0) {
    scanFamily(bytes, start, end, first, last, x);
    return 0;
  }
  if ((mask & tech) !== 0) add(x, at.foreignProduct, 1);
  // a product's name at the root is its address; further down it is what a page is about
  if ((mask & product) !== 0) add(x, at.foreignProduct, start === 1 ? 0.5 : 0.25);
  if ((mask & secret) !== 0) add(x, at.secretFile, 1);
  if ((mask & setup) !== 0) add(x, at.secretFile, 0.5);
  if ((mask & debug) !== 0) add(x, at.debugPage, 1);
  if ((mask & admin) !== 0) add(x, at.adminWord, 1);
  if ((mask & systemFile) !== 0) add(x, at.systemFile, 0.5);
  if ((mask & systemEntry) !== 0 && (lastMask & systemFolder) !== 0) add(x, at.systemFile, 1);
  return mask;
}

/** Families of names: wp-… (WordPress), _vti… (FrontPage), php…, com_… and mod_… (Joomla), …servlet, DOS names (…~1), …admin…. */
function scanFamily(
  bytes: Uint8Array,
  start: number,
  end: number,
  first: number,
  last: number,
  x: Float32Array,
): void {
  const b = bytes[start + 1];
  const c = bytes[start + 2];
  let foreign = false;
  if (first === 0x77) foreign = b === 0x70 && c === 0x2d;
  else if (first === 0x5f) foreign = b === 0x76 && c === 0x74 && bytes[start + 3] === 0x69;
  else if (first === 0x70) foreign = b === 0x68 && c === 0x70;
  else if (first === 0x63) foreign = b === 0x6f && c === 0x6d && bytes[start + 3] === 0x5f;
  else if (first === 0x6d) foreign = b === 0x6f && c === 0x64 && bytes[start + 3] === 0x5f;
  if (!foreign && end - start > 3) {
    if (last === 0x74)
      foreign = bytes[end - 2] === 0x65 && bytes[end - 3] === 0x6c && bytes[end - 4] === 0x76;
    else if (last >= 0x31 && last <= 0x39) foreign = bytes[end - 2] === 0x7e;
  }
  if (foreign) add(x, at.foreignProduct, 0.5);
  // 'admin' within a longer word, or one of several: fedadmin, adminpanel
  for (let i = start; i < end - 4; i++)
    if (
      bytes[i] === 0x61 &&
      bytes[i + 1] === 0x64 &&
      bytes[i + 2] === 0x6d &&
      bytes[i + 3] === 0x69 &&
      bytes[i + 4] === 0x6e
    ) {
      add(x, at.adminWord, 0.25);
      return;
    }
}
