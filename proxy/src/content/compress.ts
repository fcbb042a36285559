import {
  type BrotliCompress,
  type BrotliOptions,
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  type Gzip,
  gzipSync,
} from 'node:zlib';
import { Field } from '../core/fields.js';
import type { Exchange } from '../exchange.js';
import type { ResponseHead } from '../http1/response-head.js';
import { isCompressible, mediaType } from './mime.js';
import { Coding, chooseCoding, codingNames } from './negotiation.js';

/** Octets from which compressing is worth it: less fits into one packet anyway. */
export const leastBytes = 1024;
/** 256 KiB of window and not the usual 4 MiB: many answers are compressed at once. */
const brotliWindow = 18;

/**
 * Whether an answer would be compressed for some client.
 * @param encoded whether the body is in a coding already; default: what the head says
 */
export function mayCompress(
  head: ResponseHead,
  length: number,
  encoded = head.has(Field['content-encoding']),
): boolean {
  if (length >= 0 && length < leastBytes) return false;
  const { status } = head;
  if (status < 200 || status === 204 || status === 206 || status === 304) return false;
  if (encoded || head.has(Field['content-range'])) return false;
  if (!head.has(Field['content-type']) || !isCompressible(mediaType(head.get(Field['content-type']))))
    return false;
  return !head.has(Field['cache-control']) || !/\bno-transform\b/i.test(head.all(Field['cache-control']));
}

/**
 * The coding an answer is sent in to this client.
 *
 * BREACH: who can make a browser send requests with its cookies, choose part of what the answer repeats, and see how
 * long it is, learns secrets that stand in the same answer once it is compressed. The first half takes another site's
 * page, and browsers say where a request comes from: an answer to somebody with credentials is compressed when the
 * page that asks is of the same origin, or the person typed the address. Whoever does not say gets it as it is.
 */
export function codingFor(exchange: Exchange): number {
  const { head } = exchange;
  if (!head.has(Field['accept-encoding']) || head.method === 'HEAD') return Coding.identity;
  if (head.has(Field.cookie) || head.has(Field.authorization)) {
    const site = head.get(Field['sec-fetch-site']);
    if (site !== 'same-origin' && site !== 'none') return Coding.identity;
  }
  return chooseCoding(head.all(Field['accept-encoding']), true, true);
}

/** Lines that go with an answer that depends on Accept-Encoding. */
export function varyLine(head: ResponseHead): string {
  return /(^|[\s,])(accept-encoding|\*)([\s,]|$)/i.test(head.all(Field.vary))
    ? ''
    : 'Vary: Accept-Encoding\r\n';
}

/** Takes from a head what is true only without the coding; gives the lines that are true with it. */
export function encode(head: ResponseHead, coding: number): string {
  let lines = `Content-Encoding: ${codingNames[coding]}\r\n${varyLine(head)}`;
  const tag =
    head.has(Field.etag) && head.dropped[head.indexOf(Field.etag)] === 0 ? head.get(Field.etag) : '';
  if (tag !== '') {
    // not the same octets, but the same in meaning (RFC 9110 8.8.1)
    head.drop(Field.etag);
    lines += `ETag: ${tag.startsWith('W/') ? tag : `W/${tag}`}\r\n`;
  }
  head.dropNames(['accept-ranges', 'content-md5', 'digest', 'content-digest', 'repr-digest']);
  return lines;
}

/** @param length octets to come, -1 when unknown */
function brotliOptions(length: number): BrotliOptions {
  const params: BrotliOptions['params'] = {
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_QUALITY]: 4,
    [constants.BROTLI_PARAM_LGWIN]: brotliWindow,
  };
  if (length >= 0) params[constants.BROTLI_PARAM_SIZE_HINT] = length;
  return { params };
}

/** Compresses what is there at once; for little, since nothing else happens meanwhile. */
export function compressNow(bytes: Buffer, coding: number): Buffer {
  return coding === Coding.br
    ? brotliCompressSync(bytes, brotliOptions(bytes.length))
    : gzipSync(bytes, { level: 5, memLevel: 6, windowBits: 14 });
}

/** Compresses what passes through. */
export class Encoder {
  readonly stream: BrotliCompress | Gzip;
  private readonly operation: number;

  /** @param length octets to come, -1 when unknown */
  constructor(coding: number, length: number) {
    if (coding === Coding.br) {
      this.operation = constants.BROTLI_OPERATION_FLUSH;
      this.stream = createBrotliCompress(brotliOptions(length));
    } else {
      this.operation = constants.Z_SYNC_FLUSH;
      this.stream = createGzip({ level: 5 });
    }
  }

  /** Gives out what was put in so far. */
  flush(): void {
    if (!this.stream.writableEnded && !this.stream.destroyed) this.stream.flush(this.operation);
  }
}
