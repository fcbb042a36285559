import type { Transform } from 'node:stream';
import { Field } from '../core/fields.js';
import type { Exchange } from '../exchange.js';
import type { Outlet } from '../forward.js';
import type { ResponseHead } from '../http1/response-head.js';
import type { Route } from '../routing/route.js';
import { codingFor, Encoder, encode, mayCompress, varyLine } from './compress.js';
import { Coding } from './negotiation.js';
import { Pipeline } from './pipeline.js';
import type { Replacement } from './replacer.js';
import { decoderFor, dropUntrue, isDecodable, RewriteStream, Rewrites } from './rewrite.js';
import type { Sink } from './sink.js';
import { WholeOutlet, wholeBytes } from './whole-outlet.js';

const none: readonly Replacement[] = [];
const rewritesOf = new WeakMap<Route, Rewrites>();

/**
 * What changes an answer on its way: replacing, compressing, both. Undefined when it goes as it is, which is so for most;
 * whoever asks about every answer leaves out the small ones of routes without replacements first.
 * @param length octets of the body, -1 when unknown
 * @param sink where it goes; default: the client
 */
export function chooseOutlet(
  exchange: Exchange,
  route: Route,
  head: ResponseHead,
  length: number,
  sink: Sink = exchange,
): Outlet | undefined {
  const replacements = route.bodyRewrites.length === 0 ? none : replacementsFor(route, head);
  if (replacements.length > 0) return rewriting(exchange, route, head, length, sink, replacements);
  if (!route.buffering || !mayCompress(head, length)) return undefined;
  const coding = codingFor(exchange);
  if (coding === Coding.identity) {
    const line = varyLine(head);
    return line === '' ? undefined : new PlainOutlet(sink, line);
  }
  if (length >= 0 && length <= wholeBytes) return new WholeOutlet(sink, length, none, coding, varyLine(head));
  const encoder = new Encoder(coding, length);
  return new Pipeline(exchange, sink, encode(head, coding), -1, [encoder.stream], encoder, route.idleMs);
}

/** What is replaced in an answer: nothing in a part of it, nor behind a coding that nobody here can take off. */
function replacementsFor(route: Route, head: ResponseHead): readonly Replacement[] {
  const { status } = head;
  if (status === 206 || status === 204 || status === 304 || status < 200 || !head.has(Field['content-type']))
    return none;
  if (!isDecodable(head.all(Field['content-encoding']).toLowerCase())) return none;
  let rewrites = rewritesOf.get(route);
  if (rewrites === undefined) {
    rewrites = new Rewrites(route.bodyRewrites);
    rewritesOf.set(route, rewrites);
  }
  return rewrites.for(head.get(Field['content-type']));
}

function rewriting(
  exchange: Exchange,
  route: Route,
  head: ResponseHead,
  length: number,
  sink: Sink,
  replacements: readonly Replacement[],
): Outlet {
  const decoder = decoderFor(head.all(Field['content-encoding']).toLowerCase());
  dropUntrue(head);
  // how long it gets nobody knows, and the coding it came in is off
  const compresses = route.buffering && mayCompress(head, decoder === undefined ? length : -1, false);
  const coding = compresses ? codingFor(exchange) : Coding.identity;
  const lines = compresses ? varyLine(head) : '';
  if (exchange.head.method === 'HEAD') return new PlainOutlet(sink, lines, -1);
  if (route.buffering && decoder === undefined && length >= 0 && length <= wholeBytes)
    return new WholeOutlet(sink, length, replacements, coding, lines);
  const encoder = coding === Coding.identity ? undefined : new Encoder(coding, length);
  const streams: Transform[] = [new RewriteStream(replacements)];
  if (decoder !== undefined) streams.unshift(decoder);
  if (encoder !== undefined) streams.push(encoder.stream);
  const added = encoder === undefined ? lines : encode(head, coding);
  return new Pipeline(exchange, sink, added, -1, streams, encoder, route.idleMs);
}

/** Hands an answer on as it is, with some fields more. */
export class PlainOutlet implements Outlet {
  constructor(
    private readonly sink: Sink,
    private readonly lines: string,
    private readonly length?: number,
  ) {}

  head(head: ResponseHead, length: number): void {
    this.sink.relay(head, this.length ?? length, this.lines);
  }

  body(bytes: Uint8Array, start: number, end: number): boolean {
    return this.sink.write(bytes, start, end);
  }

  pause(): void {
    this.sink.flush();
  }

  end(trailers: string): void {
    this.sink.end(trailers);
  }

  fail(): void {}
}
