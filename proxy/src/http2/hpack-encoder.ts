import { Field, fieldNames, tokenChars } from '../core/fields.js';
import type { ResponseHead } from '../http1/response-head.js';
import { copyOctets, staticFields } from './field-table.js';

const COLON = 58;
const SPACE = 32;
/** A text as long as this is worth a call; a shorter one is written in a loop. */
const shortText = 48;
/** A field that goes into no table; one that no intermediary may put into one either (RFC 7541 6.2.2, 6.2.3). */
const plain = 0x00;
const never = 0x10;
const indexed = 0x80;
/** The table that is not used has no size: nothing the client says about it matters then (RFC 7541 4.2). */
const noTable = 0x20;

/** Secrets, or close to it (RFC 7541 7.1.3). */
const secret = new Set(['set-cookie', 'authorization', 'proxy-authorization', 'cookie', 'www-authenticate']);

/** Octets a field takes beside its texts, at most. */
const fieldCost = 16;

const staticIndex = new Map<string, number>();
const statusIndex = new Uint8Array(600);
for (const [index, [name, value]] of staticFields.entries()) {
  if (!staticIndex.has(name)) staticIndex.set(name, index);
  if (name === ':status') statusIndex[Number(value)] = index;
}

/** What a field begins with, by its name. */
function prefixOf(name: string): Buffer {
  const kind = secret.has(name) ? never : plain;
  const index = staticIndex.get(name);
  if (index !== undefined) return Buffer.from(index < 15 ? [kind | index] : [kind | 15, index - 15]);
  return Buffer.concat([Buffer.from([kind, name.length]), Buffer.from(name, 'latin1')]);
}

const prefixes: readonly Buffer[] = fieldNames.map((name) => prefixOf(name));
const contentLength = prefixes[Field['content-length']] as Buffer;
const date = prefixes[Field.date] as Buffer;

/** Fields that were coded whole. */
const wholes = new Map<string, Buffer>();
const mostWholes = 256;

/** A field, coded, for one that stands in many answers. */
export function wholeField(name: string, value: string): Buffer {
  const key = `${name}: ${value}`;
  let whole = wholes.get(key);
  if (whole === undefined) {
    const encoder = new HpackEncoder(name.length + value.length + fieldCost);
    encoder.field(name, value);
    whole = Buffer.from(encoder.bytes.subarray(0, encoder.length));
    if (wholes.size >= mostWholes) wholes.clear();
    wholes.set(key, whole);
  }
  return whole;
}

/**
 * Writes field blocks (RFC 7541) without a dynamic table and without Huffman codes: those of an answer are few, and short
 * beside its body. A block is put together here, then goes into frames.
 */
export class HpackEncoder {
  length = 0;
  bytes: Buffer;

  constructor(size = 16_384) {
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  /**
   * Begins a block.
   * @param room octets of the texts that will be added, roughly
   * @param first nothing was written to this client before
   */
  begin(room: number, first: boolean): void {
    this.length = 0;
    this.ensure(room + 1024);
    if (first) this.bytes[this.length++] = noTable;
  }

  private ensure(room: number): void {
    if (this.length + room <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.length + room));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  /** `:status`, before everything else. */
  status(status: number): void {
    const index = statusIndex[status] as number;
    const { bytes } = this;
    if (index > 0) bytes[this.length++] = indexed | index;
    else {
      bytes[this.length++] = plain | 8;
      bytes[this.length++] = 3;
      bytes[this.length++] = 48 + Math.trunc(status / 100);
      bytes[this.length++] = 48 + (Math.trunc(status / 10) % 10);
      bytes[this.length++] = 48 + (status % 10);
    }
  }

  /** A field; the name in lower case. */
  field(name: string, value: string): void {
    this.ensure(name.length + value.length + fieldCost);
    this.name(name, 0, name.length);
    this.value(value, 0, value.length);
  }

  date(value: string): void {
    this.ensure(value.length + fieldCost);
    this.prefix(date);
    this.value(value, 0, value.length);
  }

  contentLength(length: number): void {
    const digits = String(length);
    this.ensure(32);
    this.prefix(contentLength);
    this.value(digits, 0, digits.length);
  }

  /** A field that is coded already. */
  whole(field: Buffer): void {
    this.ensure(field.length);
    this.prefix(field);
  }

  /** The fields of an upstream's answer that go on. */
  head(head: ResponseHead): void {
    const { count, dropped, ids, offsets, text } = head;
    this.ensure(text.length + fieldCost * count);
    for (let at = 0; at < count; at++) {
      if (dropped[at] !== 0) continue;
      const id = ids[at] as number;
      if (id !== 0) this.prefix(prefixes[id] as Buffer);
      else this.literal(text, offsets[4 * at] as number, offsets[4 * at + 1] as number);
      this.value(text, offsets[4 * at + 2] as number, offsets[4 * at + 3] as number);
    }
  }

  /** Fields that stand in lines, 'Name: value\r\n' each. */
  lines(lines: string): void {
    // no field takes twice as much as its line
    this.ensure(2 * lines.length + fieldCost);
    let at = 0;
    while (at < lines.length) {
      let colon = at;
      while (colon < lines.length && lines.charCodeAt(colon) !== COLON) colon++;
      let end = lines.indexOf('\r\n', colon);
      if (end < 0) end = lines.length;
      let value = colon + 1;
      while (value < end && lines.charCodeAt(value) === SPACE) value++;
      if (colon < end) {
        this.name(lines, at, colon);
        this.value(lines, value, end);
      }
      at = end + 2;
    }
  }

  private prefix(octets: Buffer): void {
    copyOctets(octets, 0, octets.length, this.bytes, this.length);
    this.length += octets.length;
  }

  /** A name that stands in a text, in any case; by index when there is one. */
  private name(text: string, start: number, end: number): void {
    const name = text.slice(start, end).toLowerCase();
    if (staticIndex.has(name)) this.prefix(prefixOf(name));
    else this.literal(text, start, end);
  }

  /** A name that stands in a text, in any case. */
  private literal(text: string, start: number, end: number): void {
    const { bytes } = this;
    bytes[this.length++] = plain;
    this.integer(end - start);
    let at = this.length;
    for (let i = start; i < end; i++) bytes[at++] = tokenChars[text.charCodeAt(i)] as number;
    this.length = at;
  }

  /** A value that stands in a text, one octet a character. */
  private value(text: string, start: number, end: number): void {
    const { bytes } = this;
    this.integer(end - start);
    let at = this.length;
    if (end - start > shortText) at += bytes.write(text.slice(start, end), at, 'latin1');
    else for (let i = start; i < end; i++) bytes[at++] = text.charCodeAt(i);
    this.length = at;
  }

  /** The length of a text (RFC 7541 5.1, 5.2). */
  private integer(value: number): void {
    const { bytes } = this;
    if (value < 127) {
      bytes[this.length++] = value;
      return;
    }
    bytes[this.length++] = 127;
    let rest = value - 127;
    while (rest >= 128) {
      bytes[this.length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[this.length++] = rest;
  }
}
