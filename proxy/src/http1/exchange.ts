import { Field } from '../core/fields.js';
import { Exchange } from '../exchange.js';
import { type Service, serviceLines } from '../service.js';
import type { Http1Connection } from './connection.js';
import { reasons } from './reasons.js';
import { type RequestHead, Upgrade } from './request-head.js';
import type { ResponseHead } from './response-head.js';

const Framing = { none: 0, length: 1, chunked: 2, close: 3, tunnel: 4 } as const;

/** One request of an HTTP/1.1 connection and its answer. */
export class Http1Exchange extends Exchange {
  /** The handler takes the body. */
  wantsBody = false;
  tunnel = false;
  private framing: number = Framing.none;
  private continued = false;
  /** Octets of the answer that are still to come, when its length is known. */
  private owed = 0;
  constructor(
    private readonly connection: Http1Connection,
    head: RequestHead,
    started: number,
    private readonly service: Service = connection.service,
  ) {
    super(connection.peer, head, 1, started);
  }

  get bodyDone(): boolean {
    return this.connection.body.done;
  }

  readBody(): void {
    const { connection } = this;
    this.wantsBody = true;
    if (connection.body.done) {
      this.handler?.onBodyEnd('');
      return;
    }
    // it may have been held back only because nobody read
    connection.release();
    connection.proceed();
  }

  pauseBody(): void {
    this.connection.hold();
  }

  resumeBody(): void {
    this.connection.release();
  }

  bodyCame(bytes: Uint8Array, start: number, end: number): void {
    this.requestBytes += end - start;
    if (!this.finished) this.handler?.onBody(bytes, start, end);
  }

  bodyEnded(trailers: string): void {
    if (this.finished) this.connection.exchangeEnded(this.connection.keepAlive);
    else this.handler?.onBodyEnd(trailers);
  }

  /** The body cannot be read: an answer if there is none yet, and the end. */
  bodyFailed(status: number, problem: string): void {
    if (this.finished) {
      // the rest of an unwanted body does not come
      this.connection.destroy();
      return;
    }
    const { handler } = this;
    this.handler = undefined;
    handler?.onGone();
    if (!this.answered) this.answer(status, 'Content-Type: text/plain\r\n', `${status} ${problem}\n`);
    else this.abort();
  }

  drained(): void {
    this.handler?.onDrain();
  }

  sendContinue(): void {
    if (this.continued || this.answered || !this.head.expectContinue || this.connection.body.total > 0)
      return;
    this.continued = true;
    this.connection.writer.text('HTTP/1.1 100 Continue\r\n\r\n');
    this.connection.writer.flush();
  }

  sendInterim(head: ResponseHead): void {
    if (this.head.minor === 0 || this.answered) return;
    this.connection.writer.text(`HTTP/1.1 ${head.status} ${head.reason}\r\n${head.lines()}\r\n`);
    this.connection.writer.flush();
  }

  start(status: number, lines: string, length: number): void {
    this.begin(
      status,
      `HTTP/1.1 ${status} ${reasons[status] ?? ''}\r\nDate: ${this.service.date}\r\n${lines}`,
      length,
      false,
    );
  }

  relay(head: ResponseHead, length: number, lines: string): void {
    const { status } = head;
    const date = head.has(Field.date) ? '' : `Date: ${this.service.date}\r\n`;
    this.begin(status, `HTTP/1.1 ${status} ${head.reason}\r\n${head.lines()}${date}${lines}`, length, true);
  }

  private begin(status: number, text: string, length: number, upstream: boolean): void {
    const { connection, head } = this;
    this.status = status;
    let out = text + serviceLines(this, this.service);
    // an unread body is read away when it is short; else the answer is the last one here
    if (!connection.body.done && (!connection.discardable || (this.head.expectContinue && !this.continued)))
      connection.closeAfter();
    // what a client sends behind an upgrade that failed is no request, though it may look like one (CVE-2026-2833)
    if (head.upgrade === Upgrade.webSocket) connection.closeAfter();
    if (this.bodyless(status)) {
      this.framing = Framing.none;
      if (length >= 0 && status !== 204 && (upstream || head.method === 'HEAD'))
        out += `Content-Length: ${length}\r\n`;
    } else if (length >= 0) {
      this.framing = Framing.length;
      this.owed = length;
      out += `Content-Length: ${length}\r\n`;
    } else if (head.minor === 1) {
      this.framing = Framing.chunked;
      out += 'Transfer-Encoding: chunked\r\n';
    } else {
      this.framing = Framing.close;
      connection.closeAfter();
    }
    if (!connection.keepAlive) out += 'Connection: close\r\n\r\n';
    else if (head.minor === 0) out += 'Connection: keep-alive\r\n\r\n';
    else out += '\r\n';
    connection.writer.text(out);
  }

  startTunnel(head: ResponseHead): void {
    const { connection } = this;
    this.status = 101;
    this.framing = Framing.tunnel;
    this.tunnel = true;
    connection.becomeTunnel();
    const protocol = head.get(Field.upgrade) || 'websocket';
    connection.writer.text(
      `HTTP/1.1 101 Switching Protocols\r\n${head.lines()}${serviceLines(this, this.service)}` +
        `Connection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`,
    );
    connection.writer.flush();
    connection.proceed();
  }

  write(bytes: Uint8Array, start: number, end: number): boolean {
    const { writer } = this.connection;
    const length = end - start;
    if (this.framing === Framing.none || length === 0) return true;
    this.responseBytes += length;
    if (this.framing === Framing.length) this.owed -= length;
    if (this.framing !== Framing.chunked) return writer.bytes(bytes, start, end);
    writer.text(`${length.toString(16)}\r\n`);
    writer.bytes(bytes, start, end);
    writer.text('\r\n');
    return !this.connection.socket.writableNeedDrain;
  }

  send(bytes: Buffer): boolean {
    const { writer } = this.connection;
    if (this.framing === Framing.none || bytes.length === 0) return true;
    this.responseBytes += bytes.length;
    if (this.framing === Framing.length) this.owed -= bytes.length;
    if (this.framing !== Framing.chunked) return writer.send(bytes);
    writer.text(`${bytes.length.toString(16)}\r\n`);
    writer.send(bytes);
    writer.text('\r\n');
    return !this.connection.socket.writableNeedDrain;
  }

  flush(): void {
    this.connection.writer.flush();
  }

  end(trailers: string): void {
    if (this.finished) return;
    const { connection } = this;
    if (this.framing === Framing.chunked)
      connection.writer.text(trailers === '' ? '0\r\n\r\n' : `0\r\n${trailers}\r\n`);
    connection.writer.flush();
    const short = this.framing === Framing.length && this.owed !== 0;
    this.finish();
    if (short) connection.destroy();
    else if (connection.body.done || !connection.keepAlive) connection.exchangeEnded(connection.keepAlive);
    else {
      // read the rest of an unwanted body away
      this.wantsBody = true;
      connection.release();
      connection.proceed();
    }
  }

  abort(): void {
    if (this.finished) return;
    this.finish();
    // a chunked or counted answer that breaks off is told by the closed connection (RFC 9112 8)
    this.connection.writer.flush();
    this.connection.destroy();
  }

  /** The connection is gone. */
  gone(): void {
    if (this.finished) return;
    if (this.error === '' && !this.tunnel) this.error = 'EDGE_CLIENT_GONE';
    const { handler } = this;
    this.finish();
    handler?.onGone();
  }

  private finish(): void {
    this.finished = true;
    this.handler = undefined;
    this.service.finished(this);
  }

  sweep(now: number): void {
    this.handler?.onSweep(now);
  }

  /** A restart: the client comes back by itself. */
  drainTunnel(): void {
    this.connection.destroy();
  }
}
