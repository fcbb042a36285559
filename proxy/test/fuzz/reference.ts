/*
 * A slow reader of HTTP/1.1, written from RFC 9112 with regular expressions and whole strings, to be compared with the fast
 * one. Octets are characters of latin1 text. It shares no code with what it judges.
 */

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]";
const fieldLine = new RegExp(`^(${token}+):[ \\t]*((?:[\\t\\x20-\\x7e\\x80-\\xff])*)\\r\\n`);
// '#' begins a fragment, which no target has
const requestLine = new RegExp(`^(?:\\r\\n)?(${token}+) ([\\x21\\x22\\x24-\\x7e]+) HTTP/(\\d)\\.(\\d)\\r\\n`);
const statusLine = /^HTTP\/1\.(\d) ([1-5]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?\r\n/;
const hostForm = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{0,5})?$/i;
const ignoredCodings = /^(?:gzip|x-gzip|deflate|compress|x-compress|br|zstd)[ \t]*,[ \t]*chunked$/;

/** What a client must not name in Connection. */
const guarded = new Set(
  (
    'host transfer-encoding content-length expect via forwarded x-forwarded-for x-forwarded-host x-forwarded-proto ' +
    'x-forwarded-port x-forwarded-server x-forwarded-prefix x-forwarded-protocol x-forwarded-scheme x-forwarded-ssl ' +
    'x-real-ip x-client-ip x-cluster-client-ip true-client-ip cf-connecting-ip x-original-url x-original-uri ' +
    'x-original-method x-rewrite-url x-request-id traceparent tracestate cookie authorization origin content-type ' +
    'content-encoding sec-websocket-key sec-websocket-version'
  ).split(' '),
);

export type Field = readonly [name: string, value: string];

/** A message that could be read. */
export interface Message {
  readonly kind: 'message';
  readonly method: string;
  readonly target: string;
  readonly status: number;
  readonly minor: number;
  readonly host: string;
  readonly fields: readonly Field[];
  /** -1: not given. */
  readonly contentLength: number;
  readonly chunked: boolean;
  readonly close: boolean;
  readonly expectContinue: boolean;
  /** Octets of the head. */
  readonly length: number;
}

export type Reading = Message | { readonly kind: 'refused'; readonly why: string };

/** Sizes, as in the configuration. */
export interface Sizes {
  readonly headBytes: number;
  readonly targetBytes: number;
  readonly fields: number;
}

const refused = (why: string): Reading => ({ kind: 'refused', why });

/** All values of a field. */
export function valuesOf(fields: readonly Field[], name: string): string[] {
  return fields.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value);
}

/** The field lines from `at` on, with the empty line; undefined when they are none. */
function readFields(text: string, at: number): { fields: Field[]; end: number } | undefined {
  const fields: Field[] = [];
  let rest = text.slice(at);
  while (!rest.startsWith('\r\n')) {
    const match = fieldLine.exec(rest);
    if (match === null) return undefined;
    fields.push([match[1] as string, (match[2] as string).replace(/[ \t]+$/, '')]);
    rest = rest.slice(match[0].length);
  }
  return { fields, end: text.length - rest.length + 2 };
}

/** The head of a request at the beginning of `text`. One that is not whole is refused as well. */
export function readRequestHead(text: string, sizes: Sizes): Reading {
  const line = requestLine.exec(text);
  if (line === null) return refused('the request line');
  const [all, method = '', target = '', major, minor] = line;
  if (method.length > 32) return refused('the method');
  if (target.length > sizes.targetBytes) return refused('the length of the target');
  if (major !== '1' || (minor !== '0' && minor !== '1')) return refused('the version');
  const read = readFields(text, all.length);
  if (read === undefined) return refused('a field line');
  const { fields, end } = read;
  if (fields.length > sizes.fields || end > sizes.headBytes) return refused('the size');
  if (method === 'CONNECT') return refused('CONNECT');
  const hosts = valuesOf(fields, 'host');
  if (hosts.length > 1 || (minor === '1' && hosts.length === 0)) return refused('the number of Hosts');
  let host = (hosts[0] ?? '').toLowerCase();
  if (hosts.length > 0 && !goodHost(host)) return refused('Host');
  let path = target;
  const url = /^https?:\/\/([^/?]*)(.*)$/i.exec(target);
  if (url !== null) {
    const named = (url[1] as string).toLowerCase();
    if (!goodHost(named) || (hosts.length > 0 && named !== host)) return refused('the host of the target');
    host = named;
    path = (url[2] as string).startsWith('/') ? (url[2] as string) : `/${url[2]}`;
  } else if (!target.startsWith('/') && !(target === '*' && method === 'OPTIONS'))
    return refused('the target');
  return framed(fields, { method, target: path, host, status: 0, minor: Number(minor), length: end });
}

function goodHost(host: string): boolean {
  return host.length <= 260 && hostForm.test(host) && !/^\.(?::|$)/.test(host);
}

/** The head of an answer. */
export function readResponseHead(text: string): Reading {
  const line = statusLine.exec(text);
  if (line === null) return refused('the status line');
  const read = readFields(text, line[0].length);
  if (read === undefined) return refused('a field line');
  const { fields, end } = read;
  const lengths = valuesOf(fields, 'content-length');
  const codings = valuesOf(fields, 'transfer-encoding');
  if (codings.length > 0 && (lengths.length > 0 || line[1] === '0')) return refused('both framings');
  if (codings.length > 0 && (codings.length > 1 || codings[0]?.toLowerCase() !== 'chunked'))
    return refused('coding');
  if (lengths.length > 1 || (lengths.length === 1 && !/^\d{1,15}$/.test(lengths[0] as string)))
    return refused('length');
  const head = {
    method: '',
    target: '',
    host: '',
    status: Number(line[2]),
    minor: Number(line[1]),
    length: end,
  };
  return message(fields, head, lengths, codings.length > 0, false);
}

type Start = Pick<Message, 'method' | 'target' | 'host' | 'status' | 'minor' | 'length'>;

function framed(fields: readonly Field[], start: Start): Reading {
  const lengths = valuesOf(fields, 'content-length');
  const codings = valuesOf(fields, 'transfer-encoding');
  if (lengths.length > 0 && codings.length > 0) return refused('both framings');
  if (lengths.length > 1 || (lengths.length === 1 && !/^\d{1,15}$/.test(lengths[0] as string)))
    return refused('length');
  if (codings.length > 0) {
    const coding = (codings[0] as string).toLowerCase();
    if (start.minor === 0 || codings.length > 1) return refused('coding');
    if (coding !== 'chunked') return refused(ignoredCodings.test(coding) ? '501' : 'coding');
  }
  const expectations = valuesOf(fields, 'expect');
  if (expectations.length > 1) return refused('Expect');
  if (expectations.length === 1 && expectations[0]?.toLowerCase() !== '100-continue')
    return refused('Expect');
  for (const option of connectionOptions(fields))
    if (guarded.has(option) || option.startsWith('x-auth-')) return refused('Connection');
  const hasBody = codings.length > 0 || Number(lengths[0] ?? 0) > 0;
  return message(
    fields,
    start,
    lengths,
    codings.length > 0,
    expectations.length > 0 && hasBody && start.minor === 1,
  );
}

const connectionOptions = (fields: readonly Field[]) =>
  valuesOf(fields, 'connection').flatMap((value) => value.split(',').map((one) => one.trim().toLowerCase()));

function message(
  fields: readonly Field[],
  start: Start,
  lengths: readonly string[],
  chunked: boolean,
  expectContinue: boolean,
): Message {
  const options = connectionOptions(fields);
  const close = options.includes('close') || (start.minor === 0 && !options.includes('keep-alive'));
  const contentLength = lengths.length === 0 ? -1 : Number(lengths[0]);
  return { kind: 'message', ...start, fields, contentLength, chunked, close, expectContinue };
}

/** A chunked body that could be read. */
export interface ChunkedBody {
  readonly kind: 'body';
  readonly body: string;
  readonly trailers: readonly Field[];
  /** Octets with all framing. */
  readonly length: number;
}

/** A chunked body at the beginning of `text` (RFC 9112 7.1); `incomplete` when nothing is wrong so far. */
export function readChunked(text: string): ChunkedBody | 'refused' | 'incomplete' {
  let at = 0;
  let body = '';
  let extensions = 0;
  for (;;) {
    const rest = text.slice(at);
    const line = /^([0-9a-f]{1,13})(?:;([\t\x20-\x7e\x80-\xff]*))?\r\n/i.exec(rest);
    if (line === null)
      return extensions + (/;([^\r]*)/.exec(rest)?.[1]?.length ?? 0) <= 256 &&
        /^(?:[0-9a-f]{0,13}|[0-9a-f]{1,13}(?:;[\t\x20-\x7e\x80-\xff]*)?\r?)$/i.test(rest)
        ? 'incomplete'
        : 'refused';
    extensions += line[2]?.length ?? 0;
    if (extensions > 256) return 'refused';
    const size = Number.parseInt(line[1] as string, 16);
    at += line[0].length;
    if (size === 0) break;
    body += text.slice(at, at + size);
    if (at + size >= text.length) return 'incomplete';
    at += size;
    if (!text.startsWith('\r\n', at)) return text.slice(at) === '\r' ? 'incomplete' : 'refused';
    at += 2;
  }
  const trailers = readFields(text, at);
  if (trailers === undefined) return /\r\n\r\n|^\r\n/.test(text.slice(at)) ? 'refused' : 'incomplete';
  for (const [name] of trailers.fields)
    if (/^(?:content-length|transfer-encoding)$/i.test(name)) return 'refused';
  return trailers.fields.length > 32
    ? 'refused'
    : { kind: 'body', body, trailers: trailers.fields, length: trailers.end };
}

/** A whole message: head and body. */
export interface Whole {
  readonly head: Message;
  readonly body: string;
  readonly trailers: readonly Field[];
  readonly length: number;
}

const wide: Sizes = { headBytes: 1 << 20, targetBytes: 1 << 20, fields: 1000 };

/** The first request of a stream of octets; undefined when it is not whole, a text when it cannot be read. */
export function readRequest(text: string): Whole | undefined | string {
  if (!text.includes('\r\n\r\n')) return undefined;
  const head = readRequestHead(text, wide);
  return head.kind === 'refused' ? head.why : withBody(text, head, false);
}

/** The first answer of a stream of octets; one that the end of the connection ends needs `ended`. */
export function readResponse(text: string, bodyless: boolean, ended: boolean): Whole | undefined | string {
  if (!text.includes('\r\n\r\n')) return undefined;
  const head = readResponseHead(text);
  if (head.kind === 'refused') return head.why;
  const none = bodyless || head.status < 200 || head.status === 204 || head.status === 304;
  if (none) return { head, body: '', trailers: [], length: head.length };
  if (head.chunked || head.contentLength >= 0) return withBody(text, head, true);
  return ended ? { head, body: text.slice(head.length), trailers: [], length: text.length } : undefined;
}

function withBody(text: string, head: Message, _response: boolean): Whole | undefined | string {
  if (!head.chunked) {
    const length = head.length + Math.max(0, head.contentLength);
    return text.length < length
      ? undefined
      : { head, body: text.slice(head.length, length), trailers: [], length };
  }
  const read = readChunked(text.slice(head.length));
  if (read === 'incomplete') return undefined;
  if (read === 'refused') return 'a chunked body';
  return { head, body: read.body, trailers: read.trailers, length: head.length + read.length };
}
