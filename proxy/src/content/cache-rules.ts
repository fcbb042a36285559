/*
 * What a shared cache may keep, and for how long (RFC 9111 3, 4.2, 5.2). Where the standard leaves a choice the careful
 * one is taken: an app that says nothing about sharing what it gave to somebody in particular is not asked to.
 */
import { Field, fieldNumber } from '../core/fields.js';
import type { Exchange } from '../exchange.js';
import type { FieldList } from '../http1/field-list.js';
import type { RequestHead } from '../http1/request-head.js';
import type { ResponseHead } from '../http1/response-head.js';
import type { Route } from '../routing/route.js';
import { readDate } from './conditions.js';

/** Statuses that are kept when the answer names a lifetime; without one only 200 is. */
const kept = new Set([200, 203, 301, 308, 404, 410]);

/** Seconds nothing is believed to be good for longer. */
const longest = 31_536_000;

/**
 * Whether a request has to do with the cache at all: GET or HEAD for what everybody gets, without a body. Somebody's own
 * cookie or credentials, a gate, or a program that decides make the answer theirs (RFC 9111 3.5).
 */
export function mayBeShared(exchange: Exchange, route: Route): boolean {
  const { head } = exchange;
  return (
    (head.method === 'GET' || head.method === 'HEAD') &&
    !head.hasBody &&
    !head.has(Field.authorization) &&
    !head.has(Field.cookie) &&
    !head.has(Field.range) &&
    !head.has(Field['if-match']) &&
    !head.has(Field['if-unmodified-since']) &&
    !head.has(Field.upgrade) &&
    !route.gated &&
    route.authorize === undefined &&
    !hasDirective(head.all(Field['cache-control']), 'no-store')
  );
}

/** Whether a client insists on an answer that is not from a cache; `age` in seconds is that of the one there is. */
export function wantsFresh(head: RequestHead, age: number): boolean {
  if (!head.has(Field['cache-control'])) return head.get(Field.pragma).toLowerCase() === 'no-cache';
  const control = head.all(Field['cache-control']);
  return hasDirective(control, 'no-cache') || age > (secondsOf(control, 'max-age') ?? longest);
}

/** Whether a client wants nothing that is not in a cache. */
export const wantsCachedOnly = (head: RequestHead): boolean =>
  hasDirective(head.all(Field['cache-control']), 'only-if-cached');

/**
 * Seconds an answer may be given to others, from now on; 0 when it must not be kept.
 * @param length octets of the body, -1 when unknown
 * @param now milliseconds since 1970
 */
export function lifetime(route: Route, head: ResponseHead, length: number, now: number): number {
  const { status } = head;
  if (!kept.has(status) || length > route.cacheMaxBytes) return 0;
  if (head.has(Field['set-cookie']) || head.has(Field['content-range'])) return 0;
  // the end of the connection may be the end of the body, or of the upstream: nobody can tell (RFC 9111 3.3)
  if (length < 0 && !head.chunked) return 0;
  if (head.all(Field.vary).includes('*')) return 0;
  const control = head.all(Field['cache-control']);
  for (const directive of ['no-store', 'private', 'no-cache']) if (hasDirective(control, directive)) return 0;
  if (control === '' && head.get(Field.pragma).toLowerCase() === 'no-cache') return 0;
  const named = namedLifetime(head, control, now);
  if (named === undefined) return status === 200 ? route.cacheSeconds : 0;
  return Math.max(0, Math.min(named, longest) - ageOf(head, now));
}

/** Seconds the answer itself names; a time that cannot be read is over. */
function namedLifetime(head: ResponseHead, control: string, now: number): number | undefined {
  const seconds = secondsOf(control, 's-maxage') ?? secondsOf(control, 'max-age');
  if (seconds !== undefined || !head.has(Field.expires)) return seconds;
  const expires = readDate(head.get(Field.expires));
  const date = head.has(Field.date) ? readDate(head.get(Field.date)) : now;
  const difference = (expires - (Number.isNaN(date) ? now : date)) / 1000;
  return Number.isNaN(difference) ? 0 : Math.max(0, Math.floor(difference));
}

/** Seconds an answer had spent in caches before it came here (RFC 9111 4.2.3). */
export function ageOf(head: ResponseHead, now: number): number {
  const age = /^\d{1,9}$/.test(head.get(Field.age)) ? Number(head.get(Field.age)) : 0;
  const date = readDate(head.get(Field.date));
  const apparent = Number.isNaN(date) ? 0 : Math.max(0, Math.floor((now - date) / 1000));
  return Math.max(age, apparent);
}

/** Whether a Cache-Control has a directive, with or without a value; `private="field"` is as good as `private`. */
function hasDirective(control: string, name: string): boolean {
  return control !== '' && new RegExp(`(^|[\\s,])${name}([\\s,=]|$)`, 'i').test(control);
}

/** Seconds of a directive, the least when it stands more than once; 0 when it is no number. */
function secondsOf(control: string, name: string): number | undefined {
  let least: number | undefined;
  for (const [, value = ''] of control.matchAll(
    new RegExp(`(?:^|[\\s,])${name}\\s*(?:=\\s*"?([^\\s,"]*)"?|(?=[\\s,]|$))`, 'gi'),
  )) {
    const seconds = /^\d+$/.test(value) ? Number(value) : 0;
    least = Math.min(least ?? seconds, seconds);
  }
  return least;
}

/** Names of fields an answer depends on, in lower case. */
export function varyNames(vary: string): readonly string[] {
  return vary
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
}

/** What a request says in the fields an answer depends on; equal strings get equal answers (RFC 9111 4.1). */
export function varyValues(head: FieldList, names: readonly string[]): string {
  let values = '';
  for (const name of names) {
    const known = fieldNumber(name);
    let value: string | undefined;
    if (known !== 0) value = head.has(known) ? head.all(known) : undefined;
    else
      for (let at = 0; at < head.count; at++)
        if (head.name(at) === name)
          value = value === undefined ? head.value(at) : `${value}, ${head.value(at)}`;
    // a field that is not there is not one that is empty
    values += value === undefined ? '\n' : `=${value}\n`;
  }
  return values;
}
