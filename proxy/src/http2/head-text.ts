import { REFUSED } from '../http1/field-list.js';
import type { RequestHead } from '../http1/request-head.js';
import { webSocketKey } from './connect-protocol.js';
import { badValue, Kind } from './field-kind.js';
import { copyOctets } from './field-table.js';
import type { FieldSink, HpackDecoder } from './hpack-decoder.js';

const SLASH = 47;
const STAR = 42;
const SPACE = 32;
const SEMICOLON = 59;

/** What becomes of a request. */
export const Verdict = {
  fine: 0,
  /** It gets an answer: the head says which. */
  refused: 1,
  /** It is malformed (RFC 9113 8.1.1): its stream is reset, and the head says why. */
  malformed: 2,
} as const;

const beforeHost = Buffer.from(' HTTP/1.1\r\nhost: ', 'latin1');
const lineEnd = Buffer.from('\r\n', 'latin1');
const cookieName = Buffer.from('cookie: ', 'latin1');
const chunked = Buffer.from('transfer-encoding: chunked\r\n', 'latin1');

/** Numbers of the texts that are kept aside until the head is complete. */
const texts = Kind.host + 1;

/**
 * Writes the head of an HTTP/2 request as one of HTTP/1.1 and has it read by the one reader that judges both. The fields
 * stay where the decoder put them; the request line goes in front of them, and cookies behind. What is malformed by
 * RFC 9113 8.2 and 8.3 is seen here, whatever the reader would make of it.
 */
export class HeadText implements FieldSink {
  /** The request opens a WebSocket (RFC 8441). */
  webSocket = false;
  /** How many field lines were written; the reader must find as many. */
  private fields = 0;
  private status = 0;
  private problem = '';
  /** Where the texts that are kept aside begin and end, by kind; -1 for those that did not come. */
  private readonly starts = new Int32Array(texts);
  private readonly ends = new Int32Array(texts);
  private aside: Buffer = Buffer.allocUnsafeSlow(8192);
  private used = 0;
  /** Cookies may come in crumbs, one field each (RFC 9113 8.2.3). */
  private cookies: Buffer = Buffer.allocUnsafeSlow(8192);
  private cookieLength = -1;
  /** A field came that is none of the pseudo-fields: they are over. */
  private regular = false;
  private sized = false;
  private versioned = false;

  /** Before the fields of a request come. */
  begin(): void {
    this.fields = this.used = this.status = 0;
    this.cookieLength = -1;
    this.problem = '';
    this.starts.fill(-1);
    this.regular = this.sized = this.versioned = this.webSocket = false;
  }

  onField(
    kind: number,
    bytes: Buffer,
    nameStart: number,
    nameEnd: number,
    valueStart: number,
    valueEnd: number,
  ): boolean {
    if (kind === Kind.plain) {
      this.regular = true;
      this.fields++;
      return true;
    }
    if (kind >= badValue || kind === Kind.unnamed || kind === Kind.forbidden || kind === Kind.pseudo)
      return this.malformed(reason(kind) + quoted(bytes, nameStart, nameEnd));
    if (kind <= Kind.protocol) {
      if (this.regular) return this.malformed('a pseudo-field behind others');
      return this.keep(kind, bytes, valueStart, valueEnd);
    }
    this.regular = true;
    switch (kind) {
      case Kind.cookie:
        this.crumb(bytes, valueStart, valueEnd);
        return false;
      case Kind.host:
        return this.keep(kind, bytes, valueStart, valueEnd);
      case Kind.te:
        if (bytes.toString('latin1', valueStart, valueEnd) !== 'trailers')
          return this.malformed('a TE other than trailers');
        break;
      case Kind.length:
        if (this.sized) return this.malformed('more than one Content-Length');
        this.sized = true;
        break;
      case Kind.socketKey:
        // HTTP/2 needs none: the one that goes on is made here
        if (this.has(Kind.protocol)) return false;
        break;
      case Kind.socketVersion:
        this.versioned = true;
    }
    this.fields++;
    return true;
  }

  private has(kind: number): boolean {
    return (this.starts[kind] as number) >= 0;
  }

  /** Keeps a value aside; there may be one of its kind. */
  private keep(kind: number, bytes: Buffer, start: number, end: number): boolean {
    if (this.has(kind)) return this.malformed('a field twice that may stand once');
    const { used } = this;
    if (used + end - start > this.aside.length) this.aside = larger(this.aside, used, end - start);
    copyOctets(bytes, start, end, this.aside, used);
    this.starts[kind] = used;
    this.used = this.ends[kind] = used + end - start;
    return false;
  }

  private crumb(bytes: Buffer, start: number, end: number): void {
    let at = Math.max(0, this.cookieLength);
    if (at + 2 + end - start > this.cookies.length) this.cookies = larger(this.cookies, at, 2 + end - start);
    if (this.cookieLength > 0) {
      this.cookies[at++] = SEMICOLON;
      this.cookies[at++] = SPACE;
    }
    copyOctets(bytes, start, end, this.cookies, at);
    this.cookieLength = at + end - start;
  }

  private value(kind: number): string {
    return this.has(kind) ? this.aside.toString('latin1', this.starts[kind], this.ends[kind]) : '';
  }

  private malformed(problem: string): boolean {
    if (this.problem === '') this.problem = problem;
    return false;
  }

  /**
   * Reads the head whose fields came.
   * @param decoder has the lines that stayed
   * @param ended no body follows
   * @param scheme the one clients of this connection must name
   */
  read(decoder: HpackDecoder, ended: boolean, scheme: string, head: RequestHead): number {
    if (this.problem === '') this.check(ended, scheme);
    if (this.problem === '') {
      const end = this.complete(decoder, ended);
      const start = this.writeStart(decoder);
      const length = head.read(decoder.bytes, start, end);
      if (length === REFUSED) return Verdict.refused;
      // a name or value that is more than one would be another request to whoever reads it next
      if (start + length !== end || head.count !== this.fields)
        this.malformed('a field that is no single field');
      else if (!ended || head.contentLength <= 0) return Verdict.fine;
      else this.malformed('a Content-Length without a body');
    }
    head.status = this.status === 0 ? 400 : this.status;
    head.code = 'EDGE_HEAD';
    head.problem = this.problem;
    return this.status === 0 ? Verdict.malformed : Verdict.refused;
  }

  /** An answer in place of a reset. */
  private refuse(status: number, problem: string): void {
    this.status = status;
    this.problem = problem;
  }

  /** What the pseudo-fields have to be (RFC 9113 8.3.1, 8.5). */
  private check(ended: boolean, scheme: string): void {
    if (!this.has(Kind.method)) this.malformed('no :method');
    else if (this.has(Kind.protocol)) this.checkProtocol(ended);
    else if (this.value(Kind.method) === 'CONNECT') this.refuse(405, 'CONNECT: this is no forward proxy');
    if (this.problem !== '') return;
    if (!this.has(Kind.scheme) || !this.has(Kind.path)) this.malformed('no :scheme, or no :path');
    else if (this.value(Kind.scheme) !== scheme)
      this.refuse(400, `the scheme '${this.value(Kind.scheme).slice(0, 20)}' in place of ${scheme}`);
    else if (!this.pathBegins()) this.malformed('a :path that does not begin with a slash');
    else this.checkHost();
  }

  private pathBegins(): boolean {
    const start = this.starts[Kind.path] as number;
    const length = (this.ends[Kind.path] as number) - start;
    if (length > 0 && this.aside[start] === SLASH) return true;
    return length === 1 && this.aside[start] === STAR && this.value(Kind.method) === 'OPTIONS';
  }

  private checkHost(): void {
    const host = this.has(Kind.host) ? this.value(Kind.host) : undefined;
    const authority = this.has(Kind.authority) ? this.value(Kind.authority) : host;
    if (authority === undefined || authority === '') this.malformed('no :authority');
    else if (host !== undefined && host !== authority && host.toLowerCase() !== authority.toLowerCase())
      this.refuse(400, 'a Host that contradicts the authority');
  }

  /** Extended CONNECT (RFC 8441 4). */
  private checkProtocol(ended: boolean): void {
    const protocol = this.value(Kind.protocol);
    if (this.value(Kind.method) !== 'CONNECT') this.malformed('a :protocol without CONNECT');
    else if (protocol !== 'websocket')
      this.refuse(501, `the protocol '${protocol.slice(0, 40)}' in place of websocket`);
    else if (ended) this.refuse(400, 'a WebSocket that ends where it begins');
    else if (this.sized) this.refuse(400, 'a Content-Length on CONNECT');
    else this.webSocket = true;
  }

  /** Writes what comes behind the lines; returns where the head ends. */
  private complete(decoder: HpackDecoder, ended: boolean): number {
    const { bytes } = decoder;
    let at = decoder.end;
    if (this.cookieLength >= 0) {
      at = put(cookieName, bytes, at);
      copyOctets(this.cookies, 0, this.cookieLength, bytes, at);
      at = put(lineEnd, bytes, at + this.cookieLength);
      this.fields++;
    }
    if (this.webSocket) {
      const version = this.versioned ? '' : 'sec-websocket-version: 13\r\n';
      at += bytes.write(
        `${version}connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: ${webSocketKey()}\r\n`,
        at,
        'latin1',
      );
      this.fields += this.versioned ? 3 : 4;
    } else if (!ended && !this.sized) {
      at = put(chunked, bytes, at);
      this.fields++;
    }
    return put(lineEnd, bytes, at);
  }

  /** Writes request line and Host in front of the lines; returns where they start. */
  private writeStart(decoder: HpackDecoder): number {
    const { aside, starts, ends } = this;
    const { bytes } = decoder;
    const host = this.has(Kind.authority) ? Kind.authority : Kind.host;
    const size = (kind: number) => (ends[kind] as number) - (starts[kind] as number);
    const method = this.webSocket ? 3 : size(Kind.method);
    const start =
      decoder.start - (method + 1 + size(Kind.path) + beforeHost.length + size(host) + lineEnd.length);
    let at = start;
    if (this.webSocket) at += bytes.write('GET', at, 'latin1');
    else {
      copyOctets(aside, starts[Kind.method] as number, ends[Kind.method] as number, bytes, at);
      at += method;
    }
    bytes[at++] = SPACE;
    copyOctets(aside, starts[Kind.path] as number, ends[Kind.path] as number, bytes, at);
    at = put(beforeHost, bytes, at + size(Kind.path));
    copyOctets(aside, starts[host] as number, ends[host] as number, bytes, at);
    put(lineEnd, bytes, at + size(host));
    this.fields++;
    return start;
  }
}

function put(from: Buffer, to: Buffer, at: number): number {
  copyOctets(from, 0, from.length, to, at);
  return at + from.length;
}

/** The same octets, with room for more. */
function larger(bytes: Buffer, used: number, room: number): Buffer {
  const grown = Buffer.allocUnsafeSlow(2 * (used + room));
  bytes.copy(grown, 0, 0, used);
  return grown;
}

function reason(kind: number): string {
  if (kind >= badValue) return 'an octet no value may have, or white space around it, in ';
  if (kind === Kind.unnamed) return 'a name that is none: ';
  if (kind === Kind.pseudo) return 'a pseudo-field no request has: ';
  return 'a field HTTP/2 does not have: ';
}

function quoted(bytes: Buffer, start: number, end: number): string {
  return `'${bytes.toString('latin1', start, Math.min(end, start + 40))}'`;
}
