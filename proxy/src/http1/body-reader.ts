import { Fate, Field } from '../core/fields.js';
import { FieldList, REFUSED } from './field-list.js';

/** Who takes the octets of a body, without their framing. */
export interface BodySink {
  /** A piece of the body, valid during the call only. */
  onBody(bytes: Uint8Array, start: number, end: number): void;
}

/** Octets of chunk extensions a whole message may have; they mean nothing and cost time (CVE-2024-22019). */
const extensionLimit = 256;
/** Octets of trailers. */
const trailerLimit = 8192;

const State = { size: 0, extension: 1, sizeEnd: 2, data: 3, dataEnd: 4, dataEnd2: 5, trailers: 6 } as const;
const Mode = { none: 0, length: 1, chunked: 2, close: 3 } as const;

const CR = 13;
const LF = 10;

class Trailers extends FieldList {
  /** Trailers that may go on, as lines; undefined when they are refused. */
  static lines(text: string, fate: number): string | undefined {
    const list = new Trailers(32);
    if (list.readFields(Buffer.from(text, 'latin1'), 0, text, 0, fate) <= 0) return undefined;
    // framing in trailers is an attack (RFC 9112 7.1.2), routing and credentials are no business of theirs (RFC 9110 6.5.1)
    if (list.has(Field['content-length']) || list.has(Field['transfer-encoding'])) return undefined;
    for (const name of neverTrailing) list.drop(name);
    return list.lines();
  }
}
const neverTrailing = [
  Field.host,
  Field.cookie,
  Field['set-cookie'],
  Field.authorization,
  Field['content-type'],
  Field['content-encoding'],
  Field.range,
  Field['cache-control'],
  Field.te,
  Field.connection,
  Field.via,
];

/**
 * Reads a message body by its framing (RFC 9112 6, 7.1), strictly, and hands on what is inside. It keeps nothing, so that
 * what goes on is framed anew and never carries the sender's own framing.
 */
export class BodyReader {
  /** The whole body has been read. */
  done = true;
  /** Octets handed on. */
  total = 0;
  /** Why reading stopped. */
  problem = '';
  /** Trailer lines that may go on, once `done`. */
  trailers = '';
  private mode: number = Mode.none;
  private state: number = State.size;
  private left = 0;
  private digits = 0;
  private extensions = 0;
  private tail = '';

  /** @param fate which known fields do not go on in trailers: {@link Fate} of the direction. */
  constructor(private readonly fate: number) {}

  /** Whether only the end of the connection ends this body. */
  get untilClose(): boolean {
    return this.mode === Mode.close;
  }

  /** Starts a body of a length; 0 is none. */
  startLength(length: number): void {
    this.reset(Mode.length);
    this.left = length;
    this.done = length === 0;
  }

  startChunked(): void {
    this.reset(Mode.chunked);
  }

  startUntilClose(): void {
    this.reset(Mode.close);
  }

  private reset(mode: number): void {
    this.mode = mode;
    this.state = State.size;
    this.left = this.digits = this.extensions = this.total = 0;
    this.tail = this.trailers = this.problem = '';
    this.done = false;
  }

  /** Reads from `start`; returns where the body ended, or `end`, or {@link REFUSED}. */
  read(bytes: Uint8Array, start: number, end: number, sink: BodySink): number {
    if (this.mode === Mode.chunked) return this.readChunked(bytes, start, end, sink);
    const take = this.mode === Mode.close ? end - start : Math.min(end - start, this.left);
    if (take > 0) {
      this.left -= take;
      this.total += take;
      if (this.mode === Mode.length && this.left === 0) this.done = true;
      sink.onBody(bytes, start, start + take);
    }
    return start + take;
  }

  private readChunked(bytes: Uint8Array, start: number, end: number, sink: BodySink): number {
    let at = start;
    while (at < end) {
      const code = bytes[at] as number;
      switch (this.state) {
        case State.size: {
          const digit = hexDigit(code);
          if (digit >= 0) {
            // 13 digits: 2^52 octets
            if (++this.digits > 13) return this.refuse('a chunk size of more than 13 digits');
            this.left = this.left * 16 + digit;
          } else if (this.digits === 0) return this.refuse('a chunk without a size');
          else if (code === CR) this.state = State.sizeEnd;
          else if (code === 59) this.state = State.extension;
          else return this.refuse(`octet ${code} in a chunk size`);
          at++;
          break;
        }
        case State.extension:
          if (code === CR) this.state = State.sizeEnd;
          else if ((code < 32 && code !== 9) || code === 127)
            return this.refuse(`octet ${code} in a chunk extension`);
          else if (++this.extensions > extensionLimit) return this.refuse('chunk extensions without end');
          at++;
          break;
        case State.sizeEnd:
          if (code !== LF) return this.refuse('a chunk size that a line feed does not end');
          this.state = this.left === 0 ? State.trailers : State.data;
          at++;
          break;
        case State.data: {
          const take = Math.min(end - at, this.left);
          this.left -= take;
          this.total += take;
          if (this.left === 0) this.state = State.dataEnd;
          sink.onBody(bytes, at, at + take);
          at += take;
          break;
        }
        case State.dataEnd:
          if (code !== CR) return this.refuse('a chunk longer than its size');
          this.state = State.dataEnd2;
          at++;
          break;
        case State.dataEnd2:
          if (code !== LF) return this.refuse('a chunk longer than its size');
          this.state = State.size;
          this.digits = 0;
          at++;
          break;
        default:
          at = this.readTrailers(bytes, at, end);
          if (at === REFUSED || this.done) return at;
      }
    }
    return at;
  }

  private readTrailers(bytes: Uint8Array, start: number, end: number): number {
    // the usual end: no trailers
    if (this.tail === '' && end - start >= 2 && bytes[start] === CR && bytes[start + 1] === LF) {
      this.done = true;
      return start + 2;
    }
    for (let at = start; at < end; at++) {
      this.tail += String.fromCharCode(bytes[at] as number);
      if (this.tail === '\r\n' || this.tail.endsWith('\r\n\r\n')) {
        const lines = Trailers.lines(this.tail, this.fate);
        if (lines === undefined) return this.refuse('trailers that are refused');
        this.trailers = lines;
        this.done = true;
        return at + 1;
      }
      if (this.tail.length > trailerLimit) return this.refuse('trailers without end');
    }
    return end;
  }

  private refuse(problem: string): number {
    this.problem = problem;
    return REFUSED;
  }
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 0x20;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** Direction of a body for {@link BodyReader}. */
export const bodyOf = { request: Fate.request, response: Fate.response } as const;
