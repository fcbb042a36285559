import { tokenChars } from '../core/fields.js';

/** What a field of a request is to HTTP/2 (RFC 9113 8.2, 8.3; RFC 8441 4). */
export const Kind = {
  /** Goes on as it is. */
  plain: 0,
  method: 1,
  scheme: 2,
  authority: 3,
  path: 4,
  protocol: 5,
  /** A pseudo-field that no request has. */
  pseudo: 6,
  cookie: 7,
  host: 8,
  te: 9,
  length: 10,
  socketKey: 11,
  socketVersion: 12,
  /** Belongs to a connection of HTTP/1.1. */
  forbidden: 13,
  /** Has a name that is none: upper case, white space, a colon, nothing at all. */
  unnamed: 14,
} as const;

/** Added to the kind of a field whose value no field may have. */
export const badValue = 64;

const kinds: ReadonlyMap<string, number> = new Map<string, number>([
  [':method', Kind.method],
  [':scheme', Kind.scheme],
  [':authority', Kind.authority],
  [':path', Kind.path],
  [':protocol', Kind.protocol],
  ['cookie', Kind.cookie],
  ['host', Kind.host],
  ['te', Kind.te],
  ['content-length', Kind.length],
  ['sec-websocket-key', Kind.socketKey],
  ['sec-websocket-version', Kind.socketVersion],
  ['connection', Kind.forbidden],
  ['keep-alive', Kind.forbidden],
  ['proxy-connection', Kind.forbidden],
  ['transfer-encoding', Kind.forbidden],
  ['upgrade', Kind.forbidden],
  ['http2-settings', Kind.forbidden],
]);

const longestName = 21;
const COLON = 58;
const TAB = 9;
const SPACE = 32;
const DELETE = 127;

/** The kind of the field whose name stands from `start` to `end`. */
export function kindOf(bytes: Buffer, start: number, end: number): number {
  if (start === end) return Kind.unnamed;
  if (bytes[start] === COLON)
    return kinds.get(bytes.toString('latin1', start, Math.min(end, start + 12))) ?? Kind.pseudo;
  for (let at = start; at < end; at++) {
    const octet = bytes[at] as number;
    // in lower case, and nothing but what a token may have (RFC 9113 8.2.1)
    if (tokenChars[octet] !== octet) return Kind.unnamed;
  }
  return end - start > longestName
    ? Kind.plain
    : (kinds.get(bytes.toString('latin1', start, end)) ?? Kind.plain);
}

/** {@link badValue} for a value with white space around it, or an octet no value may have; else 0 (RFC 9113 8.2.1). */
export function judgeValue(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return 0;
  const first = bytes[start] as number;
  const last = bytes[end - 1] as number;
  if (first === SPACE || first === TAB || last === SPACE || last === TAB) return badValue;
  for (let at = start; at < end; at++) {
    const octet = bytes[at] as number;
    if (octet < SPACE ? octet !== TAB : octet === DELETE) return badValue;
  }
  return 0;
}
