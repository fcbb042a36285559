import { judgeValue, kindOf } from './field-kind.js';
import { copyOctets, DynamicTable, entryCost, staticFields, staticTable, tableLimit } from './field-table.js';
import { decodeHuffman } from './huffman.js';
import { frameLimit } from './protocol.js';

/** Who is told of each field of a block. */
export interface FieldSink {
  /**
   * A field stands in `bytes` as a line, with name and value where it is said. True: it stays, and the next one follows it;
   * false: the next one takes its place.
   */
  onField(
    kind: number,
    bytes: Buffer,
    nameStart: number,
    nameEnd: number,
    valueStart: number,
    valueEnd: number,
  ): boolean;
}

/** How a block ended. */
export const Decoded = {
  whole: 0,
  /** Larger than a list of fields may be: it was read to its end, so that the table is right, and not shown whole. */
  tooLong: 1,
  /** No HPACK: nothing that follows can be read (COMPRESSION_ERROR). */
  broken: 2,
  /** Several times larger than it may be: an attack. */
  flood: 3,
} as const;

const COLON = 58;
const SPACE = 32;
const CR = 13;
const LF = 10;

const statics = staticFields.length;
/** How many times larger than allowed a list may be and still be read to its end. */
const patience = 4;
/** Changes of the table's size at the beginning of a block (RFC 7541 4.2). */
const resizeLimit = 2;
/** Octets in front of the first line, beside the list itself: for whoever writes a request line there. */
const lead = 128;

/** Blocks are read one after the other: into this, whichever connection they come from. */
let lines: Buffer = Buffer.allocUnsafeSlow(0);

/** Octets the block of one list may have while it is still coded. */
export function blockLimit(listLimit: number): number {
  return Math.max(listLimit, frameLimit);
}

/** Reads field blocks of one connection (RFC 7541), in order, all of them. */
export class HpackDecoder {
  /** Where the lines that stayed begin and end in {@link bytes}. */
  readonly start: number;
  end = 0;
  private readonly table = new DynamicTable();
  private at = 0;
  private size = 0;
  /** Nothing is shown any more. */
  private over = false;

  /** @param listLimit octets of names and values, 32 more for each field (RFC 9113 6.5.2) */
  constructor(private readonly listLimit: number) {
    this.start = listLimit + lead;
    // a list, then one more field, as long as a whole block makes it: no need to look how long a text gets
    const room = this.start + listLimit + Math.ceil(1.6 * blockLimit(listLimit)) + tableLimit + lead;
    if (lines.length < room) lines = Buffer.allocUnsafeSlow(room);
  }

  /** The lines that stayed, until the next block is read; there is room in front of them for as much as a list may have. */
  get bytes(): Buffer {
    return lines;
  }

  /** Reads the block from `at` to `end`, which is no longer than {@link blockLimit}. Returns one of {@link Decoded}. */
  decode(bytes: Buffer, at: number, end: number, sink: FieldSink): number {
    this.at = at;
    this.size = 0;
    this.over = false;
    this.end = this.start;
    let resizes = 0;
    let begun = false;
    while (this.at < end) {
      const octet = bytes[this.at] as number;
      if ((octet & 0xe0) === 0x20) {
        const limit = this.integer(bytes, end, 31);
        if (limit < 0 || begun || ++resizes > resizeLimit || !this.table.resize(limit)) return Decoded.broken;
        continue;
      }
      begun = true;
      if (octet >= 0x80) {
        if (!this.indexed(bytes, end, sink)) return Decoded.broken;
      } else if (!this.literal(bytes, end, octet >= 0x40, sink)) return Decoded.broken;
      if (this.size > this.listLimit) {
        if (this.size > patience * this.listLimit) return Decoded.flood;
        this.over = true;
      }
    }
    return this.over ? Decoded.tooLong : Decoded.whole;
  }

  /** A field that is in a table (RFC 7541 6.1). */
  private indexed(bytes: Buffer, end: number, sink: FieldSink): boolean {
    const index = this.integer(bytes, end, 127);
    if (index <= 0) return false;
    const known = index < statics;
    if (!known && index - statics >= this.table.count) return false;
    const table = known ? staticTable : this.table;
    const slot = known ? index : this.table.slot(index - statics);
    const name = table.nameLength(slot);
    const value = table.valueLength(slot);
    this.size += name + value + entryCost;
    // what is not shown need not be copied: thousands of large entries cost no more than their indices
    if (this.over || this.size > this.listLimit) return true;
    const from = this.end;
    const to = table.copyLine(slot, lines, from);
    if (sink.onField(table.kind(slot), lines, from, from + name, from + name + 2, to - 2)) this.end = to;
    return true;
  }

  /** A field with a value of its own, and perhaps a name (RFC 7541 6.2). */
  private literal(bytes: Buffer, end: number, add: boolean, sink: FieldSink): boolean {
    const index = this.integer(bytes, end, add ? 63 : 15);
    if (index < 0) return false;
    const from = this.over ? this.start : this.end;
    let to: number;
    let kind: number;
    if (index === 0) {
      to = this.text(bytes, end, from);
      if (to < 0) return false;
      kind = kindOf(lines, from, to);
    } else {
      const known = index < statics;
      if (!known && index - statics >= this.table.count) return false;
      const table = known ? staticTable : this.table;
      const slot = known ? index : this.table.slot(index - statics);
      to = table.copyName(slot, lines, from);
      // the value that made it bad is another one
      kind = table.kind(slot) & 63;
    }
    const nameEnd = to;
    lines[to++] = COLON;
    lines[to++] = SPACE;
    const valueStart = to;
    to = this.text(bytes, end, to);
    if (to < 0) return false;
    const valueEnd = to;
    kind |= judgeValue(lines, valueStart, valueEnd);
    lines[to++] = CR;
    lines[to++] = LF;
    const name = nameEnd - from;
    const value = valueEnd - valueStart;
    this.size += name + value + entryCost;
    if (add) this.table.add(lines, from, name, value, kind);
    if (this.over || this.size > this.listLimit) return true;
    if (sink.onField(kind, lines, from, nameEnd, valueStart, valueEnd)) this.end = to;
    return true;
  }

  /** A text (RFC 7541 5.2), decoded to `to`; returns where it ends there, -1 when it is none. */
  private text(bytes: Buffer, end: number, to: number): number {
    if (this.at >= end) return -1;
    const coded = (bytes[this.at] as number) >= 128;
    const length = this.integer(bytes, end, 127);
    const from = this.at;
    if (length < 0 || length > end - from) return -1;
    this.at = from + length;
    if (coded) return decodeHuffman(bytes, from, this.at, lines, to);
    copyOctets(bytes, from, this.at, lines, to);
    return to + length;
  }

  /** An integer behind a prefix (RFC 7541 5.1); -1 when it does not end, or is larger than any that makes sense. */
  private integer(bytes: Buffer, end: number, mask: number): number {
    let value = (bytes[this.at++] as number) & mask;
    if (value < mask) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      if (this.at >= end) return -1;
      const octet = bytes[this.at++] as number;
      value += (octet & 127) << shift;
      if (octet < 128) return value;
    }
    return -1;
  }
}
