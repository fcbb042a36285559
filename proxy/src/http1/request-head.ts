import type { ErrorCode } from '../core/errors.js';
import { Fate, Field, fates, fieldNumber, tokenChars } from '../core/fields.js';
import { FieldList, INCOMPLETE, REFUSED } from './field-list.js';

const CR = 13;
const LF = 10;
const SPACE = 32;
const HASH = 35;
const SLASH = 47;

/** How a request line ends. */
const version = 'HTTP/1.1\r\n';
/** A text is made of this many octets at first. */
const usualHead = 4096;
const noBlock = Buffer.alloc(0);
/** Longest method anybody uses is 'UPDATEREDIRECTREF'. */
const longestMethod = 32;

/** What a request wants its connection to become. */
export const Upgrade = { none: 0, webSocket: 1, other: 2 } as const;

/** Sizes of a head. */
export interface HeadLimits {
  /** Octets of the whole head. */
  readonly headBytes: number;
  /** Octets of the request target. */
  readonly targetBytes: number;
}

/**
 * The head of a request, read strictly: whatever two readers could read differently is refused, never repaired
 * (RFC 9112 11.2). Heads of HTTP/2 requests are written as HTTP/1.1 and read here as well, so that one reader answers
 * for both.
 */
export class RequestHead extends FieldList {
  method = '';
  /** The target as received: origin-form, or '*'. An absolute-form target has been cut to its path. */
  target = '';
  /** Path of the target, without query. */
  path = '';
  /** Query without '?', '' when there is none. */
  query = '';
  /** Host in lower case without port and final dot, '' when HTTP/1.0 gave none. */
  host = '';
  /** Host as it goes on: in lower case, with its port. */
  authority = '';
  /** Minor version of HTTP/1. */
  minor = 1;
  /** Octets of the body, -1 when not given. */
  contentLength = -1;
  chunked = false;
  /** The connection ends with this request. */
  close = false;
  upgrade: number = Upgrade.none;
  expectContinue = false;
  /** Status and code of a refusal. */
  status = 0;
  code: ErrorCode = 'EDGE_HEAD';
  /** The octets of all fields of the request before, with the empty line; none when they must not be used again. */
  private block: Buffer = noBlock;
  private blockLength = 0;
  private lastValue = '';
  private lastAuthority = '';
  private lastHost = '';

  constructor(
    private readonly limits: HeadLimits,
    capacity: number,
  ) {
    super(capacity);
  }

  /** Whether a body follows. */
  get hasBody(): boolean {
    return this.chunked || this.contentLength > 0;
  }

  /**
   * Reads a head from `start`, with nothing behind `end` looked at. Returns its length, {@link INCOMPLETE} or
   * {@link REFUSED}, with `status`, `code` and `problem` saying why.
   */
  read(bytes: Buffer, start = 0, end = bytes.length): number {
    const { headBytes, targetBytes } = this.limits;
    const last = Math.min(end, start + headBytes + 1);
    let at = start;
    // one empty line before a request is old habit (RFC 9112 2.2)
    if (last - at >= 2 && bytes[at] === CR && bytes[at + 1] === LF) at += 2;
    else if (last - at === 1 && bytes[at] === CR) return INCOMPLETE;
    const methodStart = at;
    while (at < last && tokenChars[bytes[at] as number] !== 0) at++;
    if (at - methodStart > longestMethod) return this.no(400, 'EDGE_HEAD', 'a method that is too long');
    if (at >= last) return INCOMPLETE;
    if (at === methodStart || bytes[at] !== SPACE)
      return this.no(400, 'EDGE_HEAD', 'a method with a character no method may have');
    const methodEnd = at++;
    const targetStart = at;
    let code = bytes[at] as number;
    while (at < last && code > SPACE && code < 0x7f && code !== HASH) code = bytes[++at] as number;
    if (at - targetStart > targetBytes)
      return this.no(414, 'EDGE_TARGET_SIZE', `a target of more than ${targetBytes} octets`);
    if (at >= last) return INCOMPLETE;
    if (code !== SPACE || at === targetStart)
      return this.no(400, 'EDGE_HEAD', `octet ${code} in the request target`);
    const targetEnd = at++;
    for (let i = 0; i < version.length; i++) {
      if (at + i >= last) return INCOMPLETE;
      const octet = bytes[at + i] as number;
      // the two digits may be others
      if (i === 5 || i === 7 ? octet < 48 || octet > 57 : octet !== version.charCodeAt(i))
        return this.no(400, 'EDGE_HEAD', 'a request line that does not end in a version');
    }
    const major = (bytes[at + 5] as number) - 48;
    const minor = (bytes[at + 7] as number) - 48;
    if (major !== 1 || minor > 1) return this.no(505, 'EDGE_VERSION', `HTTP/${major}.${minor}`);
    const fieldsStart = at + version.length;
    const method = nameOf(bytes, methodStart, methodEnd) ?? bytes.toString('latin1', methodStart, methodEnd);
    const target = bytes.toString('latin1', targetStart, targetEnd);
    // where the target is a path alone, what the fields mean does not depend on this line
    const plain = bytes[targetStart] === SLASH && method !== 'CONNECT';
    let length: number;
    if (plain && minor === this.minor && this.repeats(bytes, fieldsStart, last)) {
      length = fieldsStart - start + this.blockLength;
      if (length > headBytes)
        return this.no(431, 'EDGE_HEAD_SIZE', `a head of more than ${headBytes} octets`);
      this.restore();
      this.method = method;
      this.target = target;
    } else {
      this.reset(method, target, minor);
      const read = this.readBlock(bytes, fieldsStart, last);
      if (read === REFUSED)
        return this.tooMany
          ? this.no(431, 'EDGE_HEAD_SIZE', this.problem)
          : this.no(400, 'EDGE_HEAD', this.problem);
      length = fieldsStart - start + read;
      if (read === INCOMPLETE ? last - start > headBytes : length > headBytes)
        return this.no(431, 'EDGE_HEAD_SIZE', `a head of more than ${headBytes} octets`);
      if (read === INCOMPLETE) return INCOMPLETE;
      if (!this.readHost() || !this.readFraming() || !this.readConnection()) return REFUSED;
      this.readDone();
      if (plain) this.remember(bytes, fieldsStart, read);
    }
    this.splitTarget();
    return length;
  }

  private reset(method: string, target: string, minor: number): void {
    this.clear();
    this.blockLength = 0;
    this.method = method;
    this.target = target;
    this.minor = minor;
    this.upgrade = Upgrade.none;
    this.contentLength = -1;
    this.chunked = this.close = this.expectContinue = false;
    this.host = this.authority = '';
  }

  /** Octets behind the head need no text, and most heads are short. */
  private readBlock(bytes: Buffer, start: number, last: number): number {
    const stop = Math.min(last, start + usualHead);
    const read = this.readFields(bytes, start, bytes.toString('latin1', start, stop), 0, Fate.request);
    if (read !== INCOMPLETE || stop === last) return read;
    this.clear();
    return this.readFields(bytes, start, bytes.toString('latin1', start, last), 0, Fate.request);
  }

  /**
   * Whether the same octets follow as in the request before: clients that keep a connection send the same fields again
   * and again, and what they mean is known.
   */
  private repeats(bytes: Buffer, start: number, last: number): boolean {
    const { block, blockLength } = this;
    return (
      blockLength > 0 &&
      last - start >= blockLength &&
      bytes.compare(block, 0, blockLength, start, start + blockLength) === 0
    );
  }

  private remember(bytes: Buffer, start: number, length: number): void {
    if (length > usualHead) return;
    if (this.block.length < length) this.block = Buffer.allocUnsafe(length + 64);
    bytes.copy(this.block, 0, start, start + length);
    this.blockLength = length;
  }

  private no(status: number, code: ErrorCode, problem: string): number {
    this.status = status;
    this.code = code;
    this.problem = problem;
    return REFUSED;
  }

  private fail(status: number, code: ErrorCode, problem: string): boolean {
    this.no(status, code, problem);
    return false;
  }

  /** Host and target form (RFC 9112 3.2). */
  private readHost(): boolean {
    if (this.method === 'CONNECT') return this.fail(405, 'EDGE_HEAD', 'CONNECT: this is no forward proxy');
    const at = this.indexOf(Field.host);
    if (at < 0) {
      if (this.minor === 1) return this.fail(400, 'EDGE_HEAD', 'no Host');
    } else {
      for (let next = at + 1; next < this.count; next++)
        if (this.ids[next] === Field.host) return this.fail(400, 'EDGE_HEAD', 'more than one Host');
      if (!this.setHost(this.value(at))) return this.fail(400, 'EDGE_HEAD', 'a Host that is no host');
    }
    const { target } = this;
    const first = target.charCodeAt(0);
    if (first === SLASH) return true;
    if (target === '*')
      return this.method === 'OPTIONS' || this.fail(400, 'EDGE_HEAD', "the target '*' is for OPTIONS only");
    // absolute-form: the target names the host, and must not contradict Host (RFC 9112 3.2.2)
    const scheme = /^https?:\/\//i.exec(target)?.[0];
    if (scheme === undefined) return this.fail(400, 'EDGE_HEAD', 'a target that is neither a path nor a URL');
    const slash = target.slice(scheme.length).search(/[/?]/);
    const authorityEnd = slash < 0 ? target.length : scheme.length + slash;
    const before = this.authority;
    if (!this.setHost(target.slice(scheme.length, authorityEnd)))
      return this.fail(400, 'EDGE_HEAD', 'a target whose host is no host');
    if (at >= 0 && before !== this.authority)
      return this.fail(400, 'EDGE_HEAD', 'a target that names another host than Host');
    const rest = target.slice(authorityEnd);
    this.target = rest.startsWith('/') ? rest : `/${rest}`;
    return true;
  }

  /** host [":" port] of RFC 9110 7.2; an address in brackets has no host name to route by, but is valid. */
  private setHost(value: string): boolean {
    // the same text as in the request before is the same string, whose hash is known
    if (value === this.lastValue && this.lastHost !== '') {
      this.authority = this.lastAuthority;
      this.host = this.lastHost;
      return true;
    }
    const { length } = value;
    if (length === 0 || length > 260) return false;
    let at = 0;
    let upper = false;
    if (value.charCodeAt(0) === 91) {
      at = value.indexOf(']') + 1;
      if (at === 0 || !/^\[[0-9a-fA-F:.]+\]$/.test(value.slice(0, at))) return false;
    } else
      for (; at < length; at++) {
        const c = value.charCodeAt(at);
        // letters, digits, '-', '.', '_'
        if ((c >= 97 && c <= 122) || (c >= 48 && c <= 57) || c === 45 || c === 46 || c === 95) continue;
        if (c >= 65 && c <= 90) upper = true;
        else break;
      }
    const hostEnd = at;
    if (hostEnd === 0) return false;
    if (at < length) {
      if (value.charCodeAt(at++) !== 58 || length - at > 5) return false;
      for (; at < length; at++) {
        const c = value.charCodeAt(at);
        if (c < 48 || c > 57) return false;
      }
    }
    this.authority = upper ? value.toLowerCase() : value;
    const dot = value.charCodeAt(hostEnd - 1) === 46 ? 1 : 0;
    this.host = this.authority.slice(0, hostEnd - dot);
    if (this.host === '') return false;
    this.lastValue = value;
    this.lastAuthority = this.authority;
    this.lastHost = this.host;
    return true;
  }

  /** Length of the body (RFC 9112 6). */
  private readFraming(): boolean {
    const lengthAt = this.indexOf(Field['content-length']);
    const codingAt = this.indexOf(Field['transfer-encoding']);
    if (lengthAt >= 0) {
      if (codingAt >= 0) return this.fail(400, 'EDGE_FRAMING', 'both Content-Length and Transfer-Encoding');
      if (this.times(Field['content-length']) > 1)
        return this.fail(400, 'EDGE_FRAMING', 'more than one Content-Length');
      const length = readLength(this.value(lengthAt));
      if (length < 0) return this.fail(400, 'EDGE_FRAMING', 'a Content-Length that is no number');
      this.contentLength = length;
    } else if (codingAt >= 0) {
      if (this.minor === 0) return this.fail(400, 'EDGE_FRAMING', 'Transfer-Encoding in HTTP/1.0');
      if (this.times(Field['transfer-encoding']) > 1)
        return this.fail(400, 'EDGE_FRAMING', 'more than one Transfer-Encoding');
      const coding = this.value(codingAt).toLowerCase();
      if (coding !== 'chunked')
        return /^(gzip|x-gzip|deflate|compress|x-compress|br|zstd)[ \t]*,[ \t]*chunked$/.test(coding)
          ? this.fail(501, 'EDGE_CODING', `the transfer coding '${coding.slice(0, 40)}'`)
          : this.fail(400, 'EDGE_FRAMING', 'a Transfer-Encoding that does not end in one chunked');
      this.chunked = true;
    }
    const expectAt = this.indexOf(Field.expect);
    if (expectAt >= 0) {
      if (this.times(Field.expect) > 1 || this.value(expectAt).toLowerCase() !== '100-continue')
        return this.fail(417, 'EDGE_EXPECTATION', 'an Expect other than 100-continue');
      this.expectContinue = this.minor === 1 && this.hasBody;
    }
    return true;
  }

  /** Connection and what it names (RFC 9110 7.6.1), before the proxy adds fields of its own. */
  private readConnection(): boolean {
    this.close = this.minor === 0;
    if (!this.has(Field.connection)) return true;
    let upgrade = false;
    let closing = false;
    for (let at = this.indexOf(Field.connection); at < this.count; at++) {
      if (this.ids[at] !== Field.connection) continue;
      const value = this.value(at);
      // what nearly everybody sends
      if (value === 'keep-alive' || value === 'Keep-Alive') {
        this.close = closing;
        continue;
      }
      for (const part of value.split(',')) {
        const option = part.trim().toLowerCase();
        if (option === '') continue;
        // close goes before keep-alive, whichever comes first (RFC 9112 9.3)
        if (option === 'close') closing = this.close = true;
        else if (option === 'keep-alive') this.close = closing;
        else if (option === 'upgrade') upgrade = true;
        else {
          const id = fieldNumber(option);
          if (((fates[id] as number) & Fate.guarded) !== 0 || option.startsWith('x-auth-'))
            return this.fail(400, 'EDGE_HEAD', `a Connection that names ${option}`);
          this.dropNames([option]);
        }
      }
    }
    if (upgrade && this.minor === 1 && this.has(Field.upgrade))
      this.upgrade =
        this.all(Field.upgrade).toLowerCase() === 'websocket' ? Upgrade.webSocket : Upgrade.other;
    return true;
  }

  private splitTarget(): void {
    const { target } = this;
    const mark = target.indexOf('?');
    this.path = mark < 0 ? target : target.slice(0, mark);
    this.query = mark < 0 ? '' : target.slice(mark + 1);
  }
}

/** Octets that a Content-Length of digits gives, -1 when it is not one (RFC 9110 8.6). */
export function readLength(value: string): number {
  if (value.length === 0 || value.length > 15) return -1;
  let length = 0;
  for (let at = 0; at < value.length; at++) {
    const digit = value.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    length = 10 * length + digit;
  }
  return length;
}

/** The methods most requests have, as strings that are there already. */
function nameOf(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start === 3 && bytes[start] === 71 && bytes[start + 1] === 69 && bytes[start + 2] === 84)
    return 'GET';
  if (
    end - start === 4 &&
    bytes[start] === 80 &&
    bytes[start + 1] === 79 &&
    bytes[start + 2] === 83 &&
    bytes[start + 3] === 84
  )
    return 'POST';
  return undefined;
}
