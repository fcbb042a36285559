import { Address, readAddress } from '../core/address.js';
import { ProxyError } from '../core/errors.js';

/** Where a connection comes from or goes to. */
export interface Endpoint {
  readonly address: Address;
  readonly port: number;
}

/** What a PROXY header said. */
export interface ProxyHeader {
  /** Bytes of the header; the connection's own begin after them. */
  readonly length: number;
  /** Undefined: the proxy speaks for itself (LOCAL, UNKNOWN, UNSPEC); the socket's own addresses hold. */
  readonly source: Endpoint | undefined;
  readonly destination: Endpoint | undefined;
}

/** Bytes a header may have; what longer ones would hold beyond is extensions nobody needs. */
export const MAX_HEADER = 536;

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const V1 = Buffer.from('PROXY ', 'latin1');
/** The longest line of version 1, with its end. */
const V1_MAX = 107;
const V2_FIXED = 16;

/**
 * Reads the PROXY header (versions 1 and 2 of HAProxy's proxy-protocol.txt) at the beginning of what has arrived.
 * Call it again with more when it says so; the caller sets the deadline. A wrong byte is told as soon as it is there.
 * The connection is to be closed on an error: what follows cannot be trusted.
 * @returns the header, 'need more', or an error (not thrown) with code EDGE_PROXY_PROTOCOL
 */
export function readProxyHeader(bytes: Buffer): ProxyHeader | 'need more' | ProxyError {
  if (bytes.length === 0) return 'need more';
  if (begins(bytes, SIGNATURE)) return bytes.length < V2_FIXED ? 'need more' : readV2(bytes);
  if (begins(bytes, V1)) return readV1(bytes);
  return problem('the connection does not begin with a PROXY header; its peer must send one');
}

/** Whether the bytes are those of `start`, as far as they go. */
function begins(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  for (let index = 0; index < length; index++) if (bytes[index] !== start[index]) return false;
  return true;
}

function readV1(bytes: Buffer): ProxyHeader | 'need more' | ProxyError {
  const limit = Math.min(bytes.length, V1_MAX);
  let end = -1;
  for (let index = V1.length; index < limit && end < 0; index++) if (bytes[index] === 0x0a) end = index;
  if (end < 0)
    return limit < V1_MAX ? 'need more' : problem(`a line of version 1 has ${V1_MAX} bytes at most`);
  if (bytes[end - 1] !== 0x0d) return problem('a line of version 1 ends with CR LF');
  const line = bytes.toString('latin1', V1.length, end - 1);
  const length = end + 1;
  if (line === 'UNKNOWN' || line.startsWith('UNKNOWN '))
    return { length, source: undefined, destination: undefined };
  const [family, from, to, fromPort, toPort, ...more] = line.split(' ');
  const version = family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : 0;
  if (version === 0) return problem(`version 1 knows TCP4, TCP6 and UNKNOWN, not '${printable(family)}'`);
  const source = endpoint(version, from, fromPort);
  const destination = endpoint(version, to, toPort);
  if (!source || !destination || more.length > 0)
    return problem(`'${printable(line)}' is not ${family}, two addresses of it and two ports`);
  return { length, source, destination };
}

function endpoint(version: 4 | 6, text = '', portText = ''): Endpoint | undefined {
  // a mapped IPv4 address is text of an IPv6 one
  if (text.includes('%') || (version === 6) !== text.includes(':')) return undefined;
  const address = readAddress(text);
  if (!address || !/^(0|[1-9][0-9]{0,4})$/.test(portText) || Number(portText) > 65535) return undefined;
  return { address, port: Number(portText) };
}

function readV2(bytes: Buffer): ProxyHeader | 'need more' | ProxyError {
  const command = bytes.readUInt8(12);
  const family = bytes.readUInt8(13);
  const length = V2_FIXED + bytes.readUInt16BE(14);
  if (command !== 0x20 && command !== 0x21)
    return problem(`version and command 0x${command.toString(16)}: only 0x20 (LOCAL) and 0x21 (PROXY) exist`);
  if (length > MAX_HEADER) return problem(`the header has ${length} bytes; ${MAX_HEADER} are read at most`);
  if (bytes.length < length) return 'need more';
  const local = { length, source: undefined, destination: undefined };
  if (command === 0x20) return local;
  // UNSPEC, and Unix sockets: nothing that could be a client's address
  if (family === 0x00 || family === 0x31 || family === 0x32) return local;
  const size = family === 0x11 ? 4 : family === 0x21 ? 16 : 0;
  if (size === 0) return problem(`family and protocol 0x${family.toString(16)} do not fit a TCP connection`);
  const ports = V2_FIXED + size * 2;
  if (length < ports + 4)
    return problem(`${length - V2_FIXED} bytes are too few for two addresses and ports`);
  // what follows the ports is extensions (TLVs), which are skipped
  return {
    length,
    source: { address: binary(bytes, V2_FIXED, size), port: bytes.readUInt16BE(ports) },
    destination: { address: binary(bytes, V2_FIXED + size, size), port: bytes.readUInt16BE(ports + 2) },
  };
}

/**
 * A header of version 2 for a TCP connection. When one address is IPv4 and the other is not, both are written as IPv6.
 * @param source the client
 * @param destination what it connected to
 */
export function encodeV2(source: Endpoint, destination: Endpoint): Buffer {
  const four = source.address.version === 4 && destination.address.version === 4;
  const size = four ? 4 : 16;
  const header = Buffer.alloc(V2_FIXED + size * 2 + 4);
  SIGNATURE.copy(header);
  header[12] = 0x21;
  header[13] = four ? 0x11 : 0x21;
  header.writeUInt16BE(size * 2 + 4, 14);
  header.set(source.address.bytes.subarray(16 - size), V2_FIXED);
  header.set(destination.address.bytes.subarray(16 - size), V2_FIXED + size);
  header.writeUInt16BE(source.port, V2_FIXED + size * 2);
  header.writeUInt16BE(destination.port, V2_FIXED + size * 2 + 2);
  return header;
}

function binary(bytes: Buffer, at: number, size: number): Address {
  const all = new Uint8Array(16);
  all.set(bytes.subarray(at, at + size), 16 - size);
  if (size === 4) all.fill(0xff, 10, 12);
  return new Address(all);
}

/** Bytes of a stranger as they may stand in a message. */
function printable(text = ''): string {
  return text.slice(0, 60).replace(/[^\x21-\x7e ]/g, '?');
}

function problem(message: string): ProxyError {
  return new ProxyError('EDGE_PROXY_PROTOCOL', `PROXY header: ${message}`);
}
