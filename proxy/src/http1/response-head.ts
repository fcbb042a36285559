import { Fate, Field, fates, fieldNumber } from '../core/fields.js';
import { FieldList, INCOMPLETE, REFUSED } from './field-list.js';
import { readLength } from './request-head.js';

const CR = 13;
const LF = 10;
const SPACE = 32;

const version = 'HTTP/1.';
/** Most heads are shorter; a text is made of this many octets at first. */
const usualHead = 2048;
/** Octets of the head of an answer; apps set long Content-Security-Policy and many cookies. */
const headBytes = 65_536;

/** The head of an upstream's answer: the same grammar as that of a request, since upstreams are trusted only half. */
export class ResponseHead extends FieldList {
  status = 0;
  reason = '';
  minor = 1;
  /** Octets of the body, -1 when not given. */
  contentLength = -1;
  chunked = false;
  /** The connection cannot be used again. */
  close = false;
  /** Seconds the upstream keeps an idle connection, as it says in Keep-Alive; 0 when it does not. */
  keepAlive = 0;

  constructor(capacity = 200) {
    super(capacity);
  }

  /** Reads a head from `start`. Returns its length, {@link INCOMPLETE} or {@link REFUSED}. */
  read(bytes: Buffer, start = 0, end = bytes.length): number {
    this.clear();
    this.contentLength = -1;
    this.chunked = this.close = false;
    this.keepAlive = 0;
    for (let i = 0; i < version.length; i++) {
      if (start + i >= end) return INCOMPLETE;
      if (bytes[start + i] !== version.charCodeAt(i)) return this.refuse(0, 'no HTTP/1');
    }
    if (end - start < 13) return INCOMPLETE;
    this.minor = (bytes[start + 7] as number) - 48;
    if (this.minor < 0 || this.minor > 9 || bytes[start + 8] !== SPACE)
      return this.refuse(0, 'a bad status line');
    let status = 0;
    for (let at = start + 9; at < start + 12; at++) {
      const digit = (bytes[at] as number) - 48;
      if (digit < 0 || digit > 9) return this.refuse(0, 'a status that is no number');
      status = 10 * status + digit;
    }
    if (status < 100 || status > 599) return this.refuse(0, 'a status that is none');
    this.status = status;
    let at = start + 12;
    if (bytes[at] === SPACE) at++;
    else if (bytes[at] !== CR) return this.refuse(0, 'a bad status line');
    const reasonStart = at;
    while (at < end && bytes[at] !== CR) {
      const code = bytes[at] as number;
      if ((code < SPACE && code !== 9) || code === 0x7f)
        return this.refuse(0, `octet ${code} in the status line`);
      at++;
    }
    if (at + 1 >= end) return this.incomplete(end - start);
    if (bytes[at + 1] !== LF) return this.refuse(0, 'a carriage return without a line feed');
    // octets behind the head need no text
    const stop = Math.min(end, start + usualHead);
    const text = bytes.toString('latin1', start, stop);
    let length = this.readFields(bytes, start, text, at + 2 - start, Fate.response);
    if (length === INCOMPLETE && stop < end) {
      this.clear();
      length = this.readFields(
        bytes,
        start,
        bytes.toString('latin1', start, end),
        at + 2 - start,
        Fate.response,
      );
    }
    if (length === INCOMPLETE || length > headBytes) return this.incomplete(Math.max(length, end - start));
    this.reason = this.text.slice(reasonStart - start, at - start);
    if (length === REFUSED || !this.readFraming() || !this.readConnection()) return REFUSED;
    return length;
  }

  private incomplete(length: number): number {
    return length > headBytes
      ? this.refuse(this.count, `a head of more than ${headBytes} octets`)
      : INCOMPLETE;
  }

  private readFraming(): boolean {
    const lengthAt = this.indexOf(Field['content-length']);
    const codingAt = this.indexOf(Field['transfer-encoding']);
    if (codingAt >= 0) {
      if (lengthAt >= 0) return this.no('both Content-Length and Transfer-Encoding');
      // who speaks HTTP/1.0 does not know what it says there (RFC 9112 6.1)
      if (this.minor === 0) return this.no('Transfer-Encoding in HTTP/1.0');
      if (this.times(Field['transfer-encoding']) > 1 || this.value(codingAt).toLowerCase() !== 'chunked')
        return this.no('a Transfer-Encoding other than chunked');
      this.chunked = true;
    } else if (lengthAt >= 0) {
      if (this.times(Field['content-length']) > 1) return this.no('more than one Content-Length');
      this.contentLength = readLength(this.value(lengthAt));
      if (this.contentLength < 0) return this.no('a Content-Length that is no number');
    }
    return true;
  }

  private readConnection(): boolean {
    this.close = this.minor === 0;
    let closing = false;
    for (let at = this.indexOf(Field.connection); at >= 0 && at < this.count; at++) {
      if (this.ids[at] !== Field.connection) continue;
      const value = this.value(at);
      if (value === 'keep-alive') {
        this.close = closing;
        continue;
      }
      for (const part of value.split(',')) {
        const option = part.trim().toLowerCase();
        // close goes before keep-alive (RFC 9112 9.3)
        if (option === 'close') closing = this.close = true;
        else if (option === 'keep-alive') this.close = closing;
        else if (
          option !== '' &&
          option !== 'upgrade' &&
          ((fates[fieldNumber(option)] as number) & Fate.guarded) === 0
        )
          this.dropNames([option]);
      }
    }
    if (this.has(Field['keep-alive'])) {
      const timeout = /timeout=(\d{1,6})/.exec(this.get(Field['keep-alive']));
      if (timeout !== null) this.keepAlive = Number(timeout[1]);
    }
    return true;
  }

  private no(problem: string): boolean {
    this.refuse(this.count, problem);
    return false;
  }
}
