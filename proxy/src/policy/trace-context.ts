import { randomHex } from './request-id.js';

const TRACE = 3;
const PARENT = 36;
const FLAGS = 53;
const LENGTH = 55;
const DASH = 0x2d;

/** Where a request stands in a trace (W3C Trace Context, level 1). */
export class Trace {
  constructor(
    /** 32 digits, the client's when it sent a valid one */
    readonly traceId: string,
    /** 16 digits: this hop, the parent of what the upstream does */
    readonly spanId: string,
    /** 16 digits: the hop before; empty when the trace begins here */
    readonly parentId: string,
    readonly sampled: boolean,
    /** to pass on; empty when there is none */
    readonly state: string,
  ) {}

  /** Value of the field `traceparent` towards the upstream. */
  get header(): string {
    return `00-${this.traceId}-${this.spanId}-${this.sampled ? '01' : '00'}`;
  }
}

/**
 * Continues the trace of a request with a parent id of our own, or begins one when `traceparent` is missing or not
 * valid (3.2.2, 3.3.1.4). Whether it is sampled is ours to decide: a client that sets the flag would choose what we store.
 * @param traceparent value of the field; undefined when it is missing or stands more than once
 * @param tracestate value of the field, several joined by commas; passed on up to 512 characters (3.3.1.5)
 */
export function continueTrace(
  traceparent: string | undefined,
  tracestate: string | undefined,
  sampled: boolean,
): Trace {
  const spanId = randomHex(16);
  // the state belongs to the parent: without a valid one it means nothing
  if (traceparent === undefined || !isTraceparent(traceparent))
    return new Trace(randomHex(32), spanId, '', sampled, '');
  return new Trace(
    traceparent.slice(TRACE, TRACE + 32),
    spanId,
    traceparent.slice(PARENT, PARENT + 16),
    sampled,
    tracestate !== undefined && isTracestate(tracestate) ? tracestate : '',
  );
}

/** Exactly the form of version 00 (3.2.2); of later versions the part that looks like it (3.2.4). */
export function isTraceparent(text: string): boolean {
  if (text.length < LENGTH) return false;
  const version = hex(text, 0, 2);
  // ff is no version
  if (version === BAD || (text.charCodeAt(0) === 0x66 && text.charCodeAt(1) === 0x66)) return false;
  if (version === ZERO ? text.length !== LENGTH : text.length > LENGTH && text.charCodeAt(LENGTH) !== DASH)
    return false;
  return (
    text.charCodeAt(2) === DASH &&
    hex(text, TRACE, 32) === OTHER &&
    text.charCodeAt(PARENT - 1) === DASH &&
    hex(text, PARENT, 16) === OTHER &&
    text.charCodeAt(FLAGS - 1) === DASH &&
    hex(text, FLAGS, 2) !== BAD
  );
}

const BAD = 0;
const ZERO = 1;
const OTHER = 2;

/** Lower-case hexadecimal digits: all zeros, or others, or not digits at all. */
function hex(text: string, start: number, length: number): number {
  let found = ZERO;
  for (let index = start; index < start + length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x30) continue;
    if ((code < 0x31 || code > 0x39) && (code < 0x61 || code > 0x66)) return BAD;
    found = OTHER;
  }
  return found;
}

/** Printable ASCII, 512 characters and 32 members at most (3.3.1.1). */
function isTracestate(text: string): boolean {
  if (text.length === 0 || text.length > 512) return false;
  let members = 1;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x2c) members++;
    else if ((code < 0x20 && code !== 0x09) || code > 0x7e) return false;
  }
  return members <= 32;
}
