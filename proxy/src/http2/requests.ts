import { reasons } from '../http1/reasons.js';
import type { RequestHead } from '../http1/request-head.js';
import { encoder } from './answer.js';
import { Http2Exchange } from './exchange.js';
import { giveHead, type RequestLimits, takeHead } from './free-heads.js';
import type { HeadText } from './head-text.js';
import { Verdict } from './head-text.js';
import type { HpackDecoder } from './hpack-decoder.js';
import type { HpackEncoder } from './hpack-encoder.js';
import type { Output } from './output.js';
import { Code, windowLimit } from './protocol.js';
import { Sender, type SendWatcher } from './sender.js';
import type { Http2Connection } from './session.js';
import { Stopper } from './stopper.js';
import { Http2Stream } from './stream.js';
import { Ending, StreamTable } from './stream-table.js';
import { Upload } from './upload.js';

/** The requests of a connection: how each begins, how its halves end, and how it is over. */
export class Requests implements SendWatcher {
  readonly streams: StreamTable;
  readonly sender: Sender;
  readonly exchanges = new Set<Http2Exchange>();
  /** Streams that came since the last turn of the loop. */
  private arrived: Http2Stream[] = [];
  private readonly stopper = new Stopper(this);
  /** A field block was sent. */
  private headSent = false;

  /** @param most requests at once */
  constructor(
    private readonly connection: Http2Connection,
    private readonly output: Output,
    private readonly limits: RequestLimits,
    private readonly most: number,
  ) {
    this.streams = new StreamTable(most);
    this.sender = new Sender(output, connection.guard, this);
  }

  /**
   * A request came, whose fields `text` has taken from `decoder`. It begins in the next turn of the loop, if it is still
   * there: one that is taken back in the same breath costs nothing but this (CVE-2023-44487).
   * @param ended no body follows
   * @param selfish it depends on itself, it says
   * @param tooLong it had more fields than were taken
   */
  open(
    id: number,
    text: HeadText,
    decoder: HpackDecoder,
    ended: boolean,
    selfish: boolean,
    tooLong: boolean,
  ): void {
    const { connection, limits, streams } = this;
    const { peer, service } = connection;
    streams.last = id;
    if (connection.leaving) {
      // the client knows that nobody takes this one (RFC 9113 6.8)
      streams.remove(id, Ending.ours);
      return;
    }
    if (selfish || streams.count >= this.most) {
      this.turnAway(id, selfish ? Code.protocol : Code.refused);
      return;
    }
    const head = takeHead(limits);
    let verdict: number = Verdict.refused;
    if (tooLong) {
      head.status = 431;
      head.code = 'EDGE_HEAD_SIZE';
      head.problem = `a head of more than ${limits.headBytes} octets`;
    } else verdict = text.read(decoder, ended, peer.secure ? 'https' : 'http', head);
    if (verdict === Verdict.malformed) {
      service.refused(peer, head, 2);
      giveHead(head, limits);
      this.turnAway(id, Code.protocol);
      return;
    }
    const { webSocket } = text;
    const upload = ended ? undefined : new Upload();
    const expected = webSocket || verdict === Verdict.refused ? -1 : head.contentLength;
    const stream = new Http2Stream(id, head, webSocket, upload, expected, connection.settings.window);
    streams.add(stream);
    connection.activity++;
    if (verdict === Verdict.refused) this.refuse(stream, head);
    else if (this.arrived.push(stream) === 1) setImmediate(beginArrived, this);
  }

  /** Begins with the requests that came, and are still there. */
  begin(): void {
    const { arrived, connection } = this;
    this.arrived = [];
    for (let at = 0; at < arrived.length && !connection.gone; at++) {
      const stream = arrived[at] as Http2Stream;
      if (stream.closed) {
        giveHead(stream.head, this.limits);
        continue;
      }
      const exchange = new Http2Exchange(connection, stream, stream.head, performance.now());
      stream.exchange = exchange;
      this.exchanges.add(exchange);
      connection.service.handle(exchange);
    }
  }

  /** A stream that never opens. */
  private turnAway(id: number, code: number): void {
    this.output.reset(id, code);
    this.streams.remove(id, Ending.ours);
    this.connection.resetCounts();
  }

  /** Answers a head that cannot be read. */
  private refuse(stream: Http2Stream, head: RequestHead): void {
    const { service, peer } = this.connection;
    const { status } = head;
    service.refused(peer, head, 2);
    giveHead(head, this.limits);
    const text = Buffer.from(`${status} ${reasons[status] ?? ''}\n`);
    encoder.begin(256, !this.headSent);
    encoder.status(status);
    encoder.date(service.date);
    if (status === 405) encoder.field('allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
    encoder.field('content-type', 'text/plain');
    encoder.contentLength(text.length);
    this.sendHead(stream, encoder, false);
    this.sender.write(stream, text, 0, text.length, true, true);
    this.stopAfter(stream);
    this.connection.resetCounts();
  }

  /** Begins a head; `room` is the length of the texts that will go into it. */
  beginHead(room: number): void {
    encoder.begin(room, !this.headSent);
  }

  /** Sends a head; `last`: nothing follows. */
  sendHead(stream: Http2Stream, block: HpackEncoder, last: boolean): void {
    if (stream.closed || stream.localEnded) return;
    this.headSent = true;
    this.output.headers(stream.id, block.bytes, block.length, last);
    this.progressed(stream);
    if (last) this.localEnded(stream);
  }

  sendTrailers(stream: Http2Stream): void {
    this.beginHead(stream.trailers.length);
    encoder.lines(stream.trailers);
    this.output.headers(stream.id, encoder.bytes, encoder.length, true);
  }

  progressed(stream: Http2Stream): void {
    stream.progressed = this.connection.service.now;
    this.connection.activity++;
  }

  localEnded(stream: Http2Stream): void {
    stream.localEnded = true;
    if (stream.remoteEnded) this.close(stream, Ending.ended);
    else if (stream.stopAfter) this.stopper.add(stream);
  }

  /** Octets of a body came. */
  bodyCame(stream: Http2Stream, bytes: Buffer, start: number, end: number): void {
    const { connection } = this;
    const { expected, upload } = stream;
    stream.received += end - start;
    connection.activity++;
    if (upload === undefined || stream.stopAfter) connection.grant(end - start);
    else if (expected >= 0 && stream.received > expected) {
      connection.grant(end - start);
      this.fault(stream, Code.protocol);
    } else upload.came(bytes, start, end, connection.service.now);
  }

  /** The client has said everything. */
  bodyEnds(stream: Http2Stream, trailers: string): void {
    if (stream.expected >= 0 && stream.received !== stream.expected && !stream.stopAfter) {
      this.fault(stream, Code.protocol);
      return;
    }
    stream.remoteEnded = true;
    if (!stream.stopAfter) stream.upload?.end(trailers);
    if (stream.localEnded) this.close(stream, Ending.ended);
  }

  /** Nobody reads the rest of the body; the client is told so when the answer is through (RFC 9113 8.1). */
  stopAfter(stream: Http2Stream): void {
    this.discard(stream);
    if (stream.closed || stream.remoteEnded) return;
    stream.stopAfter = true;
    if (stream.localEnded) this.stopper.add(stream);
  }

  private discard(stream: Http2Stream): void {
    const unread = stream.upload?.discard() ?? 0;
    if (unread > 0) this.connection.grant(unread);
  }

  private close(stream: Http2Stream, ending: number): void {
    if (stream.closed) return;
    stream.closed = true;
    stream.drop();
    this.streams.remove(stream.id, ending);
    if (ending !== Ending.ended) this.discard(stream);
    this.connection.closeIfDone();
  }

  /** Ends a stream. */
  reset(stream: Http2Stream, code: number): void {
    if (stream.closed) return;
    this.output.reset(stream.id, code);
    this.close(stream, Ending.ours);
  }

  /** Ends a stream on which the client broke a rule. */
  fault(stream: Http2Stream, code: number): void {
    this.reset(stream, code);
    const { exchange } = stream;
    if (exchange !== undefined && exchange.error === '') exchange.error = 'EDGE_FRAMING';
    exchange?.gone();
    this.connection.resetCounts();
  }

  /** The client took a request back. */
  resetCame(stream: Http2Stream): void {
    this.close(stream, Ending.theirs);
    stream.exchange?.gone();
    this.connection.resetCounts();
  }

  /** An exchange is over. Called by the exchange, once. */
  exchangeEnded(exchange: Http2Exchange): void {
    this.exchanges.delete(exchange);
    this.connection.service.finished(exchange);
    this.connection.closeIfDone();
  }

  /** The head of an exchange that is over is free for another one. */
  giveHead(head: RequestHead): void {
    giveHead(head, this.limits);
  }

  /** Called every second: ends what takes too long. */
  sweep(now: number): void {
    const patience = this.connection.service.times.bodyIdle;
    for (const exchange of this.exchanges) exchange.sweep(now);
    for (const stream of this.streams.values())
      if (stream.queued > 0 && now - stream.progressed > patience) {
        this.reset(stream, Code.cancel);
        stream.exchange?.gone();
      }
  }

  /** The client takes more, or less, on each stream. False: more than any window can be. */
  resize(difference: number): boolean {
    for (const stream of this.streams.values()) {
      stream.sendWindow += difference;
      if (stream.sendWindow > windowLimit) return false;
    }
    this.sender.pump();
    return true;
  }

  /** Octets of request bodies that came and nobody took yet. */
  get unread(): number {
    let octets = 0;
    for (const { upload } of this.streams.values()) octets += upload?.unread ?? 0;
    return octets;
  }

  /** The connection is gone. */
  abandon(): void {
    this.arrived.length = 0;
    for (const stream of this.streams.values()) {
      stream.closed = true;
      stream.drop();
    }
    for (const exchange of [...this.exchanges]) exchange.gone();
  }
}

function beginArrived(requests: Requests): void {
  requests.begin();
}
