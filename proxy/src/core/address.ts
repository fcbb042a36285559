import ipaddr from 'ipaddr.js';
import { compressed, dotted, readBytes } from './address-text.js';
import { ProxyError } from './errors.js';
import { KeyedHash } from './keyed-hash.js';

const processHash = new KeyedHash();
const words = new Int32Array(3);

/**
 * An IP address in 16 bytes; IPv4 stands in its mapped form (RFC 4291 2.5.5.2). Made once for a connection.
 *
 * `keyHi` and `keyLo` name the client in tables: a keyed hash of the IPv4 address, or of the /64 of an IPv6 one, since
 * that is the least a subscriber holds and all of it is theirs to vary (RFC 6177).
 */
export class Address {
  readonly version: 4 | 6;
  readonly bytes: Uint8Array;
  readonly keyHi: number;
  readonly keyLo: number;
  readonly #hash: KeyedHash;
  #text: string | undefined;

  /** @param bytes 16 of them; they are kept, not copied */
  constructor(bytes: Uint8Array, hash: KeyedHash = processHash) {
    this.bytes = bytes;
    this.version = mapped(bytes) ? 4 : 6;
    this.#hash = hash;
    this.#text = undefined;
    if (this.version === 4) digest(hash, 32, word(bytes, 12), 0);
    else digest(hash, 64, word(bytes, 0), word(bytes, 4));
    this.keyHi = hash.hi;
    this.keyLo = hash.lo;
  }

  /** Dotted for IPv4, as RFC 5952 wants it for IPv6; without a zone. */
  get text(): string {
    this.#text ??= this.version === 4 ? dotted(this.bytes) : compressed(this.bytes);
    return this.#text;
  }

  /**
   * Key of the wider network the address lies in, for when many /64 of one network misbehave. An IPv4 address has
   * none that belongs to one subscriber: its own key is returned.
   */
  aggregate(prefix: 48 | 56): { hi: number; lo: number } {
    if (this.version === 4) return { hi: this.keyHi, lo: this.keyLo };
    digest(this.#hash, prefix, word(this.bytes, 0), word(this.bytes, 4) & (prefix === 56 ? ~0xff : ~0xffff));
    return { hi: this.#hash.hi, lo: this.#hash.lo };
  }

  toString(): string {
    return this.text;
  }
}

/**
 * Reads an IPv4 or IPv6 address: `::ffff:192.0.2.1` is IPv4, as a dual-stack socket shows it; a zone (`%eth0`) is
 * dropped. No brackets, no port, no leading zeros in IPv4 (they are octal to some readers).
 * @param hash for the keys; by default the one of the process
 * @throws ProxyError EDGE_CONFIG when it is not an address; use `readAddress` for text from clients
 */
export function parseAddress(text: string, hash?: KeyedHash): Address {
  const address = readAddress(text, hash);
  if (!address)
    throw new ProxyError(
      'EDGE_CONFIG',
      `'${text}' is not an IP address; write it as 192.0.2.1 or 2001:db8::1`,
    );
  return address;
}

/** As `parseAddress`, for text that may be anything: undefined when it is not an address. */
export function readAddress(text: string, hash?: KeyedHash): Address | undefined {
  const bytes = readBytes(text);
  return bytes && new Address(bytes, hash);
}

/** Networks in CIDR form, looked through in the order given; made once for a configuration. */
export class NetworkSet {
  readonly size: number;
  /** For each network: version, four words of the address, four of the mask. */
  readonly #rows: Int32Array;

  /** @throws ProxyError EDGE_CONFIG for what is not a network in CIDR form */
  constructor(cidrs: readonly string[]) {
    this.size = cidrs.length;
    this.#rows = new Int32Array(cidrs.length * 9);
    for (const [index, cidr] of cidrs.entries()) this.#add(index * 9, cidr);
  }

  /** `::/0` holds no IPv4 address, though it would in the mapped form. */
  has({ bytes, version }: Address): boolean {
    const rows = this.#rows;
    if (rows.length === 0) return false;
    const a = word(bytes, 0);
    const b = word(bytes, 4);
    const c = word(bytes, 8);
    const d = word(bytes, 12);
    for (let row = 0; row < rows.length; row += 9) {
      if (
        rows[row] === version &&
        (a & (rows[row + 5] as number)) === rows[row + 1] &&
        (b & (rows[row + 6] as number)) === rows[row + 2] &&
        (c & (rows[row + 7] as number)) === rows[row + 3] &&
        (d & (rows[row + 8] as number)) === rows[row + 4]
      )
        return true;
    }
    return false;
  }

  #add(row: number, cidr: string): void {
    const slash = cidr.indexOf('/');
    const bytes = readBytes(slash < 0 ? cidr : cidr.slice(0, slash));
    if (!bytes || !ipaddr.isValidCIDR(cidr))
      throw new ProxyError('EDGE_CONFIG', `'${cidr}' is not a network; ${wayOut(cidr, bytes)}`);
    const four = mapped(bytes);
    const bits = Number(cidr.slice(slash + 1)) + (four && !cidr.includes(':') ? 96 : 0);
    // ::ffff:0:0/90 would be all of IPv4 and something else besides
    if (four && bits < 96)
      throw new ProxyError('EDGE_CONFIG', `'${cidr}' is not a network; write IPv4 networks as 192.0.2.0/24`);
    this.#rows[row] = four ? 4 : 6;
    for (let part = 0; part < 4; part++) {
      const held = Math.min(32, Math.max(0, bits - part * 32));
      const mask = held === 0 ? 0 : -1 << (32 - held);
      this.#rows[row + 1 + part] = word(bytes, part * 4) & mask;
      this.#rows[row + 5 + part] = mask;
    }
  }
}

function wayOut(cidr: string, bytes: Uint8Array | undefined): string {
  const address = cidr.split('/', 1)[0];
  if (!bytes) return `'${address}' is not an IP address; write it as 192.0.2.0/24 or 2001:db8::/32`;
  const most = cidr.includes(':') ? 128 : 32;
  return `after the address stands a slash and a number from 0 to ${most}; one address alone is '${address}/${most}'`;
}

function mapped(bytes: Uint8Array): boolean {
  for (let index = 0; index < 10; index++) if (bytes[index] !== 0) return false;
  return bytes[10] === 0xff && bytes[11] === 0xff;
}

function word(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}

function digest(hash: KeyedHash, kind: number, first: number, second: number): void {
  words[0] = kind;
  words[1] = first;
  words[2] = second;
  hash.digest(words, 3);
}
