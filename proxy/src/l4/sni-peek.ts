/** Bytes of a ClientHello, records included, that are looked at; real ones have 200 to 2,000. */
export const MAX_HELLO = 16_384;

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;

/** What a ClientHello says. */
export interface Hello {
  /** Lower case, without a final dot; undefined when there is none, or when it is not a name. */
  readonly serverName: string | undefined;
}

/**
 * Finds the server name in a TLS ClientHello (RFC 8446 4.1.2, RFC 6066 3) without answering it, however it is cut into
 * segments and records. With Encrypted Client Hello it is the outer name. One for a connection; it keeps the message,
 * not the records.
 */
export class HelloReader {
  #message = Buffer.allocUnsafe(1024);
  #filled = 0;
  #seen = 0;
  /** Bytes of the current record's header that are there. */
  #header = 0;
  /** Length the header says, as far as it is there. */
  #length = 0;
  /** Bytes of the current record that are not there. */
  #left = 0;

  /**
   * Takes the next bytes.
   * @returns the hello, 'need more', or 'not tls' as soon as it cannot become one any more; after these two answers
   *   the reader is done
   */
  push(chunk: Uint8Array): Hello | 'need more' | 'not tls' {
    for (let at = 0; at < chunk.length; ) {
      if (this.#seen >= MAX_HELLO) return 'not tls';
      if (this.#left === 0) {
        if (!this.#readHeader(chunk[at++] as number)) return 'not tls';
        this.#seen++;
        continue;
      }
      const part = chunk.subarray(at, at + Math.min(this.#left, MAX_HELLO - this.#seen));
      this.#append(part);
      at += part.length;
      this.#seen += part.length;
      this.#left -= part.length;
      const end = this.#end();
      if (end < 0) return 'not tls';
      if (this.#filled >= end) return readHello(this.#message.subarray(4, end));
    }
    return this.#seen >= MAX_HELLO ? 'not tls' : 'need more';
  }

  /** One byte of a record's header: type, version 3.x, length. */
  #readHeader(byte: number): boolean {
    switch (this.#header++) {
      case 0:
        return byte === HANDSHAKE_RECORD;
      case 1:
        return byte === 3;
      case 2:
        return byte <= 4;
      case 3:
        // kept in the high byte until the low one is there
        this.#length = byte << 8;
        return byte <= 0x40;
      default:
        this.#left = this.#length | byte;
        this.#header = 0;
        // an empty one is not allowed for handshakes (RFC 8446 5.1)
        return this.#left > 0 && this.#left <= 0x4000;
    }
  }

  #append(part: Uint8Array): void {
    if (this.#filled + part.length > this.#message.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#message.length * 2, this.#filled + part.length));
      this.#message.copy(larger, 0, 0, this.#filled);
      this.#message = larger;
    }
    this.#message.set(part, this.#filled);
    this.#filled += part.length;
  }

  /** Where the message ends; beyond what is there while its length is not; -1 when it is no hello we would read. */
  #end(): number {
    if (this.#message[0] !== CLIENT_HELLO) return -1;
    if (this.#filled < 4) return 4 + 1;
    const end = 4 + this.#message.readUIntBE(1, 3);
    return end > MAX_HELLO ? -1 : end;
  }
}

/** A position in a message that never goes beyond its end: reading past it gives -1 and stays there. */
class Cursor {
  constructor(
    readonly bytes: Buffer,
    public at: number,
    readonly end: number,
  ) {}

  /** An unsigned number of `size` bytes, or -1. */
  number(size: 1 | 2): number {
    if (this.at + size > this.end) return this.fail();
    const value = this.bytes.readUIntBE(this.at, size);
    this.at += size;
    return value;
  }

  /** A part with its length in front, or undefined. */
  vector(size: 1 | 2): Cursor | undefined {
    const length = this.number(size);
    if (length < 0 || this.at + length > this.end) {
      this.fail();
      return undefined;
    }
    this.at += length;
    return new Cursor(this.bytes, this.at - length, this.at);
  }

  fail(): -1 {
    this.at = this.end + 1;
    return -1;
  }
}

function readHello(body: Buffer): Hello | 'not tls' {
  // version and random
  const cursor = new Cursor(body, 34, body.length);
  const session = cursor.vector(1);
  const ciphers = cursor.vector(2);
  const compressions = cursor.vector(1);
  if (!session || !ciphers || !compressions || body[0] !== 3) return 'not tls';
  // before TLS 1.2 a hello could end here
  if (cursor.at === body.length) return { serverName: undefined };
  const extensions = cursor.vector(2);
  if (!extensions || cursor.at !== body.length) return 'not tls';
  while (extensions.at < extensions.end) {
    const type = extensions.number(2);
    const data = extensions.vector(2);
    if (!data) return 'not tls';
    if (type === SERVER_NAME) return { serverName: readName(data) };
  }
  return { serverName: undefined };
}

function readName(data: Cursor): string | undefined {
  const list = data.vector(2);
  if (!list || data.at !== data.end) return undefined;
  while (list.at < list.end) {
    const type = list.number(1);
    const name = list.vector(2);
    if (!name) return undefined;
    if (type === HOST_NAME) return hostName(name.bytes.toString('latin1', name.at, name.end));
  }
  return undefined;
}

/** A host name in the form routes have, undefined when it is none: other bytes are no business of ours. */
function hostName(text: string): string | undefined {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  if (name.length === 0 || name.length > 253 || !/^[A-Za-z0-9._-]+$/.test(name)) return undefined;
  return name.toLowerCase();
}
