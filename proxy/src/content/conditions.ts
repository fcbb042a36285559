/*
 * Conditional requests (RFC 9110 13) and ranges (RFC 9110 14) against a representation whose validators are known.
 */
import { Field } from '../core/fields.js';
import type { RequestHead } from '../http1/request-head.js';

const COMMA = 44;
const QUOTE = 34;

/** What the conditions of a request come to: go on, or answer with the status. */
export const Condition = { go: 0, notModified: 304, failed: 412 } as const;

/** A time as fields hold it (IMF-fixdate, RFC 9110 5.6.7); milliseconds are cut. */
export const httpDate = (ms: number): string => new Date(ms).toUTCString();

/** Milliseconds of a date in a field, in any of its three forms; NaN when it is none. */
export function readDate(text: string): number {
  if (/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(text)) return Date.parse(text);
  if (/^[A-Z][a-z]+day, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/.test(text))
    return Date.parse(text.replace(/^\w+, (\d\d)-(\w+)-(\d\d)/, '$1 $2 $3'));
  if (/^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/.test(text))
    return Date.parse(`${text} GMT`);
  return Number.NaN;
}

/**
 * Whether a list of entity tags holds one (RFC 9110 8.8.3.2).
 * @param tag with its quotes, and W/ in front when it is weak
 * @param strong weak tags match nothing
 */
export function holdsTag(list: string, tag: string, strong: boolean): boolean {
  if (list === '*') return true;
  if (tag === '') return false;
  const weak = tag.startsWith('W/');
  if (strong && weak) return false;
  const opaque = weak ? tag.slice(2) : tag;
  for (let at = list.indexOf(opaque); at >= 0; at = list.indexOf(opaque, at + 1)) {
    const end = at + opaque.length;
    if (end < list.length && list.charCodeAt(end) !== COMMA && list.charCodeAt(end) > 32) continue;
    const isWeak = at >= 2 && list.startsWith('W/', at - 2);
    // a tag may hold a comma: what looks like a whole one must not begin inside another
    if (quotesBefore(list, at) % 2 === 0 && !(strong && isWeak)) return true;
  }
  return false;
}

function quotesBefore(list: string, end: number): number {
  let quotes = 0;
  for (let at = 0; at < end; at++) if (list.charCodeAt(at) === QUOTE) quotes++;
  return quotes;
}

/**
 * Evaluates the conditions of a request for something that exists, in the order of RFC 9110 13.2.2. Dates that are none
 * are passed over.
 * @param tag entity tag, '' when there is none
 * @param modified Last-Modified in milliseconds, -1 when there is none
 */
export function evaluate(head: RequestHead, tag: string, modified: number): number {
  const reads = head.method === 'GET' || head.method === 'HEAD';
  const seconds = modified < 0 ? Number.NaN : Math.floor(modified / 1000) * 1000;
  if (head.has(Field['if-match'])) {
    if (!holdsTag(head.all(Field['if-match']), tag, true)) return Condition.failed;
  } else if (head.has(Field['if-unmodified-since'])) {
    if (seconds > readDate(head.get(Field['if-unmodified-since']))) return Condition.failed;
  }
  if (head.has(Field['if-none-match'])) {
    if (holdsTag(head.all(Field['if-none-match']), tag, false))
      return reads ? Condition.notModified : Condition.failed;
  } else if (reads && head.has(Field['if-modified-since'])) {
    if (seconds <= readDate(head.get(Field['if-modified-since']))) return Condition.notModified;
  }
  return Condition.go;
}

/** Whether a range may be given: no If-Range, or one that names exactly what there is (RFC 9110 13.1.5). */
export function rangeHolds(head: RequestHead, tag: string, modified: number): boolean {
  if (!head.has(Field['if-range'])) return true;
  const value = head.get(Field['if-range']);
  if (value.startsWith('"') || value.startsWith('W/')) return value === tag && !tag.startsWith('W/');
  return modified >= 0 && readDate(value) === Math.floor(modified / 1000) * 1000;
}

/** Octets from `first` to `last`, both within. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Reads Range for a body of `size` octets. Undefined: to be passed over, as when it is malformed, of another unit, or
 * names several ranges: those cost a server more than they are worth to anybody, and RFC 9110 14.2 lets it send the
 * whole. 'none': no octet of it is there.
 */
export function readRange(value: string, size: number): ByteRange | 'none' | undefined {
  const found = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(value);
  if (found === null) return undefined;
  const [, from = '', to = ''] = found;
  if (from === '') {
    if (to === '') return undefined;
    const length = Number(to);
    return length === 0 || size === 0 ? 'none' : { first: Math.max(0, size - length), last: size - 1 };
  }
  const first = Number(from);
  const last = to === '' ? size - 1 : Number(to);
  if (to !== '' && last < first) return undefined;
  return first >= size ? 'none' : { first, last: Math.min(last, size - 1) };
}
