import { Field } from '../core/fields.js';
import { Exchange } from '../exchange.js';
import type { RequestHead } from '../http1/request-head.js';
import type { ResponseHead } from '../http1/response-head.js';
import type { Route } from '../routing/route.js';
import { HpackEncoder, wholeField } from './hpack-encoder.js';
import type { Http2Connection } from './session.js';
import type { Http2Stream } from './stream.js';

/** What ends the body of an answer. */
export const Framing = { none: 0, length: 1, open: 2, tunnel: 3 } as const;

/** Heads are written one after the other, by all connections. */
export const encoder = new HpackEncoder();

/** Fields of routes, coded. */
const routeFields = new WeakMap<Route, Buffer>();
const nothing = Buffer.alloc(0);

/** The answer's half of an HTTP/2 exchange: its head goes out at once, its body as far as the windows allow. */
export abstract class Http2Answer extends Exchange {
  tunnel = false;
  protected framing: number = Framing.none;
  /** Octets of the answer that are still to come, when its length is known. */
  protected owed = 0;

  constructor(
    protected readonly connection: Http2Connection,
    readonly stream: Http2Stream,
    head: RequestHead,
    started: number,
  ) {
    super(connection.peer, head, 2, started);
  }

  start(status: number, lines: string, length: number): void {
    if (this.finished || this.isNoTunnel(status)) return;
    this.beginHead(status, lines.length);
    encoder.date(this.connection.service.date);
    encoder.lines(lines);
    this.begin(status, length, false);
  }

  relay(head: ResponseHead, length: number, lines: string): void {
    const { status } = head;
    if (this.finished || this.isNoTunnel(status)) return;
    this.beginHead(status, head.text.length + lines.length);
    encoder.head(head);
    if (!head.has(Field.date)) encoder.date(this.connection.service.date);
    if (lines !== '') encoder.lines(lines);
    this.begin(status, length, true);
  }

  /** Begins a head of this exchange; `room` is the length of the texts that will go into it. */
  protected beginHead(status: number, room: number): void {
    this.connection.requests.beginHead(room);
    encoder.status(status);
  }

  private begin(status: number, length: number, upstream: boolean): void {
    this.status = status;
    this.addOwn();
    let last = false;
    if (this.bodyless(status)) {
      this.framing = Framing.none;
      last = true;
      if (length >= 0 && status !== 204 && (upstream || this.head.method === 'HEAD'))
        encoder.contentLength(length);
    } else if (length >= 0) {
      this.framing = Framing.length;
      this.owed = length;
      last = length === 0;
      encoder.contentLength(length);
    } else this.framing = Framing.open;
    this.connection.requests.sendHead(this.stream, encoder, last);
  }

  /** A WebSocket cannot be answered by any 2xx but that which opens it (RFC 8441 5). */
  private isNoTunnel(status: number): boolean {
    if (!this.stream.webSocket || status >= 300) return false;
    this.status = 501;
    this.framing = Framing.none;
    this.beginHead(501, 0);
    encoder.date(this.connection.service.date);
    this.addOwn();
    encoder.contentLength(0);
    this.connection.requests.sendHead(this.stream, encoder, true);
    return true;
  }

  /** Adds the fields the proxy sets on every answer. */
  protected addOwn(): void {
    const { connection, route } = this;
    if (this.peer.secure) encoder.whole(connection.hsts);
    encoder.field('x-request-id', this.id);
    if (route === undefined) return;
    const { headerPairs } = route;
    if (headerPairs.length === 0) return;
    let coded = routeFields.get(route);
    if (coded === undefined) {
      coded = codePairs(headerPairs);
      routeFields.set(route, coded);
    }
    encoder.whole(coded);
  }

  write(bytes: Uint8Array, start: number, end: number): boolean {
    if (end === start) return true;
    const octets =
      bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    return this.put(octets, start, end, false);
  }

  send(bytes: Buffer): boolean {
    return bytes.length === 0 || this.put(bytes, 0, bytes.length, true);
  }

  private put(bytes: Buffer, start: number, end: number, kept: boolean): boolean {
    if (this.framing === Framing.none || this.finished) return true;
    this.responseBytes += end - start;
    let last = false;
    if (this.framing === Framing.length) {
      this.owed -= end - start;
      // more than was announced: nothing of it leaves, and the end breaks the answer off
      if (this.owed < 0) return true;
      last = this.owed === 0;
    }
    return this.connection.requests.sender.write(this.stream, bytes, start, end, kept, last);
  }

  /** Everything leaves at the end of the turn anyway. */
  flush(): void {}

  drained(): void {
    this.handler?.onDrain();
  }

  /** The body is complete. */
  protected complete(trailers: string): void {
    this.connection.requests.sender.finish(this.stream, this.framing === Framing.open ? trailers : '');
  }
}

function codePairs(pairs: readonly string[]): Buffer {
  let coded = nothing;
  for (let at = 0; at < pairs.length; at += 2)
    coded = Buffer.concat([coded, wholeField(pairs[at] as string, pairs[at + 1] as string)]);
  return coded;
}
