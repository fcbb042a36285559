import { Transform, type TransformCallback } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { Field } from '../core/fields.js';
import type { RequestHead } from '../http1/request-head.js';
import type { ResponseHead } from '../http1/response-head.js';
import type { Route } from '../routing/route.js';
import { charsetOf, mediaType } from './mime.js';
import { Replacement, Replacer } from './replacer.js';

/** A replacement as it is configured. */
type BodyRewrite = Route['bodyRewrites'][number];

/** Charsets of one octet per character that agree with Latin 1 wherever a replacement can be written in it. */
const latin1 = new Set(['iso-8859-1', 'latin1', 'windows-1252']);
const utf8 = new Set(['', 'utf-8', 'utf8', 'us-ascii', 'ascii']);

/** Fields that tell something about a body that is no longer true. */
const untrue = [
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
  'accept-ranges',
  'etag',
  'last-modified',
];

/** The replacements of a route, by media type and charset, each prepared once. */
export class Rewrites {
  private readonly prepared = new Map<string, readonly Replacement[]>();

  constructor(private readonly rewrites: readonly BodyRewrite[]) {}

  /**
   * What is to be replaced in an answer, in order; empty when nothing is. A text that the answer's charset cannot hold
   * cannot stand in it; in a charset of more than one octet per ASCII character nothing is replaced.
   */
  for(contentType: string): readonly Replacement[] {
    const type = mediaType(contentType);
    const charset = charsetOf(contentType);
    const key = `${type};${utf8.has(charset) ? '' : charset}`;
    let replacements = this.prepared.get(key);
    if (replacements === undefined) {
      replacements = this.rewrites
        .filter(({ types }) => types.includes(type))
        .flatMap(({ find, replace }) => prepare(find, replace, charset));
      // upstreams choose the key: a few are kept, and they are all there are
      if (this.prepared.size < 100) this.prepared.set(key, replacements);
    }
    return replacements;
  }
}

function prepare(find: string, replace: string, charset: string): Replacement[] {
  if (utf8.has(charset)) return [new Replacement(Buffer.from(find), Buffer.from(replace))];
  // other charsets of one octet share ASCII only
  const fits = latin1.has(charset) ? /^[\0-\xff]*$/ : /^[\0-\x7f]*$/;
  if (/^utf-?(16|32)|^ucs/.test(charset) || !fits.test(find + replace)) return [];
  return [new Replacement(Buffer.from(find, 'latin1'), Buffer.from(replace, 'latin1'))];
}

/**
 * Takes from a request what would keep its answer from being rewritten: codings, since the upstream should answer in
 * none; ranges, which count in another body; and conditions, since an answer that was kept may have been rewritten by
 * other rules or not at all.
 */
export function prepareRewrite(head: RequestHead): void {
  head.drop(Field['accept-encoding']);
  if (head.method !== 'GET' && head.method !== 'HEAD') return;
  head.drop(Field.range);
  head.drop(Field['if-range']);
  head.drop(Field['if-none-match']);
  head.drop(Field['if-modified-since']);
}

/** Takes from the head of an answer what will not be true of the body. */
export function dropUntrue(head: ResponseHead): void {
  head.dropNames(untrue);
  head.drop(Field['content-encoding']);
}

/** Codings that can be taken off. */
export const isDecodable = (coding: string): boolean =>
  ['', 'identity', 'gzip', 'x-gzip', 'deflate', 'br'].includes(coding);

/** A stream that takes a coding off; undefined when there is none. */
export function decoderFor(coding: string): Transform | undefined {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'deflate':
      return new InflateAny();
    default:
      return undefined;
  }
}

/** 'deflate' is a zlib stream (RFC 9110 8.4.1.2), but some send it without its frame: the first octet tells. */
class InflateAny extends Transform {
  private inner: Transform | undefined;

  override _transform(piece: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.inner === undefined) {
      this.inner = ((piece[0] as number) & 0x0f) === 8 ? createInflate() : createInflateRaw();
      this.inner.on('data', (bytes: Buffer) => this.push(bytes));
      this.inner.on('error', (error) => this.destroy(error));
    }
    this.inner.write(piece, done);
  }

  override _flush(done: TransformCallback): void {
    if (this.inner === undefined) done();
    else this.inner.once('end', () => done()).end();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.inner?.destroy();
    done(error);
  }
}

/** Replaces one text after the other in what passes through. */
export class RewriteStream extends Transform {
  private readonly replacers: readonly Replacer[];

  constructor(replacements: readonly Replacement[]) {
    super();
    this.replacers = replacements.map((replacement) => new Replacer(replacement));
  }

  override _transform(piece: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let bytes = piece;
    for (const replacer of this.replacers) bytes = replacer.push(bytes);
    done(null, bytes.length === 0 ? undefined : bytes);
  }

  override _flush(done: TransformCallback): void {
    let rest: Buffer = Buffer.alloc(0);
    for (const replacer of this.replacers)
      rest = Buffer.concat([rest.length === 0 ? rest : replacer.push(rest), replacer.end()]);
    done(null, rest.length === 0 ? undefined : rest);
  }
}
