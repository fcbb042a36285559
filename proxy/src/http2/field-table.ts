import { kindOf } from './field-kind.js';

/** What an entry costs beside its name and value (RFC 7541 4.1). */
export const entryCost = 32;

/** Octets a text is copied by in a loop; more is worth a call. */
const shortText = 64;

/** Copies octets, few or many. */
export function copyOctets(from: Buffer, start: number, end: number, to: Buffer, at: number): void {
  if (end - start > shortText) from.copy(to, at, start, end);
  else while (start < end) to[at++] = from[start++] as number;
}

/** Fields of HPACK (RFC 7541 2.3), each as a line of HTTP/1.1: 'name: value\r\n'. */
export class FieldTable {
  /** The lines. */
  protected bytes: Buffer;
  /** Where each line starts, how long its name and its value are, and what {@link kindOf} says of it. */
  protected readonly starts: Uint16Array;
  protected readonly names: Uint16Array;
  protected readonly values: Uint16Array;
  protected readonly kinds: Uint8Array;

  protected constructor(bytes: Buffer, capacity: number) {
    this.bytes = bytes;
    this.starts = new Uint16Array(capacity);
    this.names = new Uint16Array(capacity);
    this.values = new Uint16Array(capacity);
    this.kinds = new Uint8Array(capacity);
  }

  nameLength(slot: number): number {
    return this.names[slot] as number;
  }

  valueLength(slot: number): number {
    return this.values[slot] as number;
  }

  kind(slot: number): number {
    return this.kinds[slot] as number;
  }

  /** Copies the line; returns where it ends. */
  copyLine(slot: number, to: Buffer, at: number): number {
    const start = this.starts[slot] as number;
    const length = (this.names[slot] as number) + (this.values[slot] as number) + 4;
    copyOctets(this.bytes, start, start + length, to, at);
    return at + length;
  }

  /** Copies the name; returns where it ends. */
  copyName(slot: number, to: Buffer, at: number): number {
    const start = this.starts[slot] as number;
    const length = this.names[slot] as number;
    copyOctets(this.bytes, start, start + length, to, at);
    return at + length;
  }
}

const common = [
  ':authority|:method GET|:method POST|:path /|:path /index.html|:scheme http|:scheme https|:status 200|:status 204',
  ':status 206|:status 304|:status 400|:status 404|:status 500|accept-charset|accept-encoding gzip, deflate',
  'accept-language|accept-ranges|accept|access-control-allow-origin|age|allow|authorization|cache-control',
  'content-disposition|content-encoding|content-language|content-length|content-location|content-range|content-type',
  'cookie|date|etag|expect|expires|from|host|if-match|if-modified-since|if-none-match|if-range|if-unmodified-since',
  'last-modified|link|location|max-forwards|proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after',
  'server|set-cookie|strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate',
];

/** Names and values everybody knows (RFC 7541 appendix A), from index 1 on; index 0 is none. */
export const staticFields: readonly (readonly [name: string, value: string])[] = [
  ['', ''],
  ...common
    .join('|')
    .split('|')
    .map((text): [string, string] => {
      const space = text.indexOf(' ');
      return space < 0 ? [text, ''] : [text.slice(0, space), text.slice(space + 1)];
    }),
];

/** The static table, by index. */
class StaticTable extends FieldTable {
  constructor() {
    super(
      Buffer.from(staticFields.map(([name, value]) => `${name}: ${value}\r\n`).join(''), 'latin1'),
      staticFields.length,
    );
    let start = 0;
    for (const [slot, [name, value]] of staticFields.entries()) {
      this.starts[slot] = start;
      this.names[slot] = name.length;
      this.values[slot] = value.length;
      this.kinds[slot] = kindOf(this.bytes, start, start + name.length);
      start += name.length + value.length + 4;
    }
  }
}

export const staticTable: FieldTable = new StaticTable();

/** Most octets of a dynamic table: what every client may use unless it is told otherwise. */
export const tableLimit = 4096;
/** More entries cannot be. */
const capacity = tableLimit / entryCost;
const nothing = Buffer.alloc(0);

/**
 * The dynamic table of a decoder (RFC 7541 2.3.2): the newest entry is the first. Lines lie one behind the other in a block
 * that is never larger than the table may be, and move to its beginning when its end is reached.
 */
export class DynamicTable extends FieldTable {
  count = 0;
  /** As RFC 7541 4.1 counts. */
  size = 0;
  /** What `size` may be. */
  private limit = tableLimit;
  /** Slot of the oldest entry; the others follow in a ring. */
  private oldest = 0;
  /** Where the next line goes. */
  private tail = 0;

  constructor() {
    super(nothing, capacity);
  }

  /** Slot of an entry, 0 being the newest. */
  slot(index: number): number {
    return (this.oldest + this.count - 1 - index) % capacity;
  }

  /** The client's encoder changes the size (RFC 7541 4.3). False: it may not be so large. */
  resize(limit: number): boolean {
    if (limit > tableLimit) return false;
    this.limit = limit;
    this.evict(0);
    return true;
  }

  /** Adds the line at `start`; one that is larger than the table empties it (RFC 7541 4.4). */
  add(line: Buffer, start: number, name: number, value: number, kind: number): void {
    const cost = name + value + entryCost;
    this.evict(cost);
    if (cost > this.limit) return;
    const length = name + value + 4;
    if (this.tail + length > this.bytes.length) this.makeRoom();
    const slot = (this.oldest + this.count) % capacity;
    copyOctets(line, start, start + length, this.bytes, this.tail);
    this.starts[slot] = this.tail;
    this.names[slot] = name;
    this.values[slot] = value;
    this.kinds[slot] = kind;
    this.tail += length;
    this.count++;
    this.size += cost;
  }

  /** Removes the oldest entries until `cost` more fits in. */
  private evict(cost: number): void {
    while (this.count > 0 && this.size + cost > this.limit) {
      const { oldest } = this;
      this.size -= (this.names[oldest] as number) + (this.values[oldest] as number) + entryCost;
      this.oldest = (oldest + 1) % capacity;
      this.count--;
    }
    if (this.count === 0) this.tail = 0;
  }

  private makeRoom(): void {
    if (this.bytes.length === 0) {
      this.bytes = Buffer.allocUnsafeSlow(tableLimit);
      return;
    }
    const first = this.count === 0 ? this.tail : (this.starts[this.oldest] as number);
    this.bytes.copyWithin(0, first, this.tail);
    this.tail -= first;
    for (let i = 0; i < this.count; i++) {
      const slot = (this.oldest + i) % capacity;
      this.starts[slot] = (this.starts[slot] as number) - first;
    }
  }
}
