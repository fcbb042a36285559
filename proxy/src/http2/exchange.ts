import { Field } from '../core/fields.js';
import type { ResponseHead } from '../http1/response-head.js';
import { encoder, Framing, Http2Answer } from './answer.js';
import { webSocketAccept } from './connect-protocol.js';
import { Code } from './protocol.js';
import type { BodyTaker } from './upload.js';

/** One request of an HTTP/2 connection and its answer: a stream. */
export class Http2Exchange extends Http2Answer implements BodyTaker {
  private continued = false;

  get bodyDone(): boolean {
    const { upload } = this.stream;
    return upload === undefined || upload.done;
  }

  readBody(): void {
    const { upload } = this.stream;
    if (this.finished) return;
    if (upload === undefined) this.handler?.onBodyEnd('');
    else upload.read(this, this.connection.service.now);
  }

  pauseBody(): void {
    this.stream.upload?.pause();
  }

  resumeBody(): void {
    if (!this.finished) this.stream.upload?.resume(this.connection.service.now);
  }

  /** A piece of the request's body came. */
  bodyCame(bytes: Buffer, start: number, end: number): void {
    if (this.finished) return;
    this.requestBytes += end - start;
    this.handler?.onBody(bytes, start, end);
  }

  bodyTaken(octets: number, grant: number): void {
    this.connection.grant(octets);
    if (grant > 0) this.connection.grantStream(this.stream, grant);
  }

  /** The request's body is complete. */
  bodyEnded(): void {
    if (!this.finished) this.handler?.onBodyEnd(this.stream.upload?.trailers ?? '');
  }

  sendContinue(): void {
    if (this.continued || this.answered || !this.head.expectContinue || this.requestBytes > 0) return;
    this.continued = true;
    if (this.finished) return;
    this.beginHead(100, 0);
    this.connection.requests.sendHead(this.stream, encoder, false);
  }

  sendInterim(head: ResponseHead): void {
    // 101 does not exist in HTTP/2 (RFC 9113 8.6), and 100 is sendContinue's
    if (this.answered || this.finished || head.status <= 101) return;
    this.beginHead(head.status, head.text.length);
    encoder.head(head);
    this.connection.requests.sendHead(this.stream, encoder, false);
  }

  startTunnel(head: ResponseHead): void {
    if (this.finished) return;
    const key = this.head.get(Field['sec-websocket-key']);
    if (!this.stream.webSocket || head.get(Field['sec-websocket-accept']) !== webSocketAccept(key)) {
      this.error = 'EDGE_UPSTREAM_HEAD';
      this.fail(502, 'the upstream accepted another WebSocket');
      return;
    }
    head.drop(Field['sec-websocket-accept']);
    this.beginHead(200, head.text.length);
    encoder.head(head);
    this.addOwn();
    this.status = 200;
    this.framing = Framing.tunnel;
    this.tunnel = true;
    this.connection.requests.sendHead(this.stream, encoder, false);
  }

  end(trailers: string): void {
    if (this.finished) return;
    if (this.framing === Framing.length && this.owed !== 0) {
      this.abort();
      return;
    }
    this.complete(trailers);
    // nobody reads the rest of the body, and the client need not send it (RFC 9113 8.1)
    this.connection.requests.stopAfter(this.stream);
    this.finish();
    this.connection.requests.giveHead(this.head);
  }

  abort(): void {
    if (this.finished) return;
    this.finish();
    this.connection.requests.reset(this.stream, Code.internal);
  }

  /** Gives the request up: an answer if there is none yet, and the end. */
  fail(status: number, problem: string): void {
    const { handler } = this;
    this.handler = undefined;
    handler?.onGone();
    if (this.finished) return;
    if (this.answered) this.abort();
    else this.answer(status, 'Content-Type: text/plain\r\n', `${status} ${problem}\n`);
  }

  /** The stream is gone, for whatever reason. */
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
    this.connection.requests.exchangeEnded(this);
  }

  /** Called every second: ends what takes too long. */
  sweep(now: number): void {
    if (!this.tunnel && this.stream.upload?.slow(now, this.requestBytes, this.connection.service) === true) {
      this.error = 'EDGE_BODY_SLOW';
      this.fail(408, 'the body comes too slowly');
    } else this.handler?.onSweep(now);
  }
}
