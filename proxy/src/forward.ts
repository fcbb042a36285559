import type { ErrorCode } from './core/errors.js';
import { Field } from './core/fields.js';
import type { Exchange, Handler } from './exchange.js';
import type { RequestHead } from './http1/request-head.js';
import { Upgrade } from './http1/request-head.js';
import type { ResponseHead } from './http1/response-head.js';
import type { Route } from './routing/route.js';
import type { Service } from './service.js';
import type { Asker, UpstreamConnection } from './upstream/connection.js';
import type { Customer, UpstreamPool } from './upstream/pool.js';

/** Milliseconds an upstream has to answer Expect: 100-continue before the proxy does (RFC 9110 10.1.1). */
const continueTime = 1000;
/** Attempts on connections that were closed while idle, before a new one is opened. */
const reuseAttempts = 2;

const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PROPFIND', 'REPORT', 'PUT', 'DELETE', 'TRACE']);

/** What a request to an upstream differs in from the client's own. */
export interface ForwardOptions {
  readonly method: string;
  /** Target with query. */
  readonly target: string;
  /** Value of Host. */
  readonly host: string;
  /** Lines in addition: captured fields of an auth sub-request. */
  readonly lines: string;
  /** Send the fields about the client: not to a store that checks a signature over them. */
  readonly forwarded: boolean;
  /** Answer HEAD by a GET that is broken off after the head. */
  readonly cutAfterHead: boolean;
}

/** What happens to an answer on its way to the client: rewriting, compression, the cache. */
export interface Outlet {
  /** Starts the answer. */
  head(head: ResponseHead, length: number): void;
  /** A piece, valid during the call only. False: wait for the exchange's `onDrain`. */
  body(bytes: Uint8Array, start: number, end: number): boolean;
  /** Everything that came in one piece has been handed over. */
  pause(): void;
  end(trailers: string): void;
  /** The answer broke off. */
  fail(): void;
}

/** One request on its way to an upstream and its answer on the way back. */
export class Forward implements Handler, Asker, Customer {
  gone = false;
  readonly headOnly: boolean;
  readonly wantsUpgrade: boolean;
  private connection: UpstreamConnection | undefined = undefined;
  private readonly head: RequestHead;
  private requestDone = false;
  private answering = false;
  private tunnel = false;
  private attempts = 0;
  private usedConnection = false;
  /** Something of the body was read: the request cannot be sent again. */
  private bodyTouched = false;
  private since: number;
  private held = false;
  private timer: NodeJS.Timeout | undefined = undefined;

  constructor(
    private readonly exchange: Exchange,
    private readonly route: Route,
    private readonly pool: UpstreamPool,
    private readonly service: Service,
    private readonly options: ForwardOptions,
    private outlet: Outlet | undefined,
  ) {
    this.head = exchange.head;
    this.headOnly = options.method === 'HEAD';
    this.wantsUpgrade = exchange.head.upgrade === Upgrade.webSocket && route.webSocket;
    this.since = service.now;
    exchange.setHandler(this);
  }

  get connectTime(): number {
    return this.route.connectMs;
  }

  start(): void {
    this.pool.acquire(this);
  }

  onConnection(connection: UpstreamConnection, used: boolean): void {
    this.connection = connection;
    this.usedConnection = used;
    this.attempts++;
    this.since = this.service.now;
    const { exchange, head } = this;
    exchange.upstream = String(connection.endpoint);
    const complete = !this.wantsUpgrade && (!head.hasBody || exchange.bodyDone);
    this.requestDone = !head.hasBody;
    connection.ask(this, this.requestText(), complete);
    if (!head.hasBody || this.wantsUpgrade) return;
    if (head.expectContinue) this.timer = setTimeout(() => this.takeBody(), continueTime);
    else exchange.readBody();
  }

  private requestText(): string {
    const { exchange, head, options, route, service } = this;
    let text = `${options.method} ${options.target} HTTP/1.1\r\nHost: ${options.host}\r\n${head.lines()}`;
    if (options.forwarded) text += exchange.forwardedLines;
    text += `X-Request-Id: ${exchange.id}\r\n${exchange.traceLines}${service.viaLine}${options.lines}`;
    if (head.chunked) text += 'Transfer-Encoding: chunked\r\n';
    else if (head.contentLength >= 0) text += `Content-Length: ${head.contentLength}\r\n`;
    if (head.expectContinue) text += 'Expect: 100-continue\r\n';
    if (this.wantsUpgrade) text += 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
    else if (head.has(Field.te) && head.get(Field.te).includes('trailers') && route.trafficClass === 'api')
      text += 'Connection: TE\r\nTE: trailers\r\n';
    return `${text}\r\n`;
  }

  onNoConnection(code: ErrorCode, problem: string): void {
    this.failed(code, problem);
  }

  // from the client

  private takeBody(): void {
    if (this.gone || this.answering || this.bodyTouched) return;
    clearTimeout(this.timer);
    this.exchange.sendContinue();
    this.bodyTouched = true;
    this.exchange.readBody();
  }

  onBody(bytes: Uint8Array, start: number, end: number): void {
    const { connection, exchange, head } = this;
    if (connection === undefined) return;
    this.bodyTouched = true;
    this.since = this.service.now;
    // nobody else writes to what came from a client: it goes on as it is
    const piece = bytes.subarray(start, end);
    if (this.tunnel || !head.chunked) {
      if (!connection.write(piece)) exchange.pauseBody();
      return;
    }
    if (exchange.requestBytes > this.route.bodyLimitBytes) {
      this.tooLarge();
      return;
    }
    connection.write(`${piece.length.toString(16)}\r\n`);
    connection.write(piece);
    if (!connection.write('\r\n')) exchange.pauseBody();
  }

  onBodyEnd(trailers: string): void {
    const { connection, head } = this;
    if (connection === undefined || this.requestDone) return;
    if (this.tunnel) {
      connection.endTunnel();
      return;
    }
    this.requestDone = true;
    this.since = this.service.now;
    if (head.chunked) connection.write(trailers === '' ? '0\r\n\r\n' : `0\r\n${trailers}\r\n`);
    connection.sent();
  }

  onDrain(): void {
    this.since = this.service.now;
    if (!this.held) return;
    this.held = false;
    this.connection?.resume();
  }

  onGone(): void {
    this.gone = true;
    clearTimeout(this.timer);
    const { connection } = this;
    this.connection = undefined;
    connection?.abandon();
    this.outlet?.fail();
  }

  onSweep(now: number): void {
    const { connection, route } = this;
    if (connection === undefined) {
      // no connection came free
      if (!this.gone && now - this.since > route.responseMs)
        this.failed('EDGE_UPSTREAM_BUSY', `no connection within ${route.responseMs / 1000} s`);
      return;
    }
    const silent = now - this.since;
    if (this.tunnel) {
      if (silent <= route.tunnelMs) return;
      this.onGone();
      this.exchange.abort();
    } else if (!this.requestDone) {
      // a slow client is its connection's business; this is an upstream that takes no more
      if (silent > route.idleMs && connection.blocked)
        connection.timeOut(`takes no more of the request for ${route.idleMs / 1000} s`);
    } else if (!this.answering) {
      if (silent > route.responseMs) connection.timeOut(`no answer within ${route.responseMs / 1000} s`);
    } else if (silent > route.idleMs)
      connection.timeOut(`no more of the answer within ${route.idleMs / 1000} s`);
  }

  // from the upstream

  onInterim(head: ResponseHead): void {
    this.since = this.service.now;
    if (head.status !== 100) this.exchange.sendInterim(head);
    // before its 101 an upstream gets nothing of a tunnel
    else if (!this.wantsUpgrade) this.takeBody();
  }

  onHead(head: ResponseHead, length: number): void {
    const { exchange, route } = this;
    clearTimeout(this.timer);
    this.answering = true;
    this.since = this.service.now;
    exchange.firstByte = performance.now();
    if (route.headerNames.length > 0) head.dropNames(route.headerNames);
    this.service.prepare(exchange, head);
    // what is short, or goes on piece by piece, is not worth changing; rewriting has no choice
    if (
      this.outlet === undefined &&
      ((route.buffering && (length < 0 || length >= 1024)) || route.bodyRewrites.length > 0)
    )
      this.outlet = this.service.content.outlet(exchange, route, head, length);
    if (this.outlet !== undefined) this.outlet.head(head, length);
    else exchange.relay(head, length, '');
    if (this.options.cutAfterHead && exchange.head.method === 'HEAD') {
      const { connection } = this;
      this.connection = undefined;
      connection?.abandon();
      this.gone = true;
      exchange.end('');
    }
  }

  onUpgrade(head: ResponseHead): void {
    this.answering = true;
    this.tunnel = true;
    this.requestDone = false;
    this.since = this.service.now;
    this.exchange.firstByte = performance.now();
    if (this.route.headerNames.length > 0) head.dropNames(this.route.headerNames);
    this.exchange.startTunnel(head);
    this.exchange.readBody();
  }

  onAnswer(bytes: Uint8Array, start: number, end: number): void {
    this.since = this.service.now;
    const more =
      this.outlet === undefined
        ? this.exchange.write(bytes, start, end)
        : this.outlet.body(bytes, start, end);
    if (more || this.held) return;
    this.held = true;
    this.connection?.pause();
  }

  onPause(): void {
    if (this.outlet !== undefined) this.outlet.pause();
    else this.exchange.flush();
  }

  onEnd(trailers: string): void {
    this.connection = undefined;
    if (this.gone) return;
    this.gone = true;
    if (this.outlet !== undefined) this.outlet.end(trailers);
    else this.exchange.end(trailers);
  }

  onUpstreamDrain(): void {
    this.since = this.service.now;
    this.exchange.resumeBody();
  }

  onFailure(code: ErrorCode, problem: string, fresh: boolean): void {
    this.connection = undefined;
    if (this.gone) return;
    const { head } = this;
    // a connection that was idle may have been closed by the upstream while the request was on its way (RFC 9112 9.5);
    // one that was new is a sign of a restart, or of a request that kills: it is tried once more
    const attempts = this.usedConnection ? reuseAttempts : 1;
    if (fresh && code === 'EDGE_UPSTREAM_CLOSED' && !this.bodyTouched && this.attempts <= attempts) {
      if (idempotent.has(head.method) && !head.hasBody && !this.wantsUpgrade) {
        this.pool.acquire(this, !this.usedConnection || this.attempts === reuseAttempts);
        return;
      }
    }
    this.failed(code, problem);
  }

  private failed(code: ErrorCode, problem: string): void {
    const { exchange } = this;
    this.gone = true;
    exchange.error = code;
    this.service.upstreamFailed(exchange, this.route, code, problem);
    this.outlet?.fail();
    if (exchange.answered) exchange.abort();
    else this.service.error(exchange, statusOf(code));
  }

  private tooLarge(): void {
    const { exchange, connection } = this;
    this.connection = undefined;
    this.gone = true;
    connection?.abandon();
    exchange.error = 'EDGE_BODY_SIZE';
    if (exchange.answered) exchange.abort();
    else this.service.error(exchange, 413);
  }
}

function statusOf(code: ErrorCode): number {
  switch (code) {
    case 'EDGE_UPSTREAM_TIMEOUT':
      return 504;
    case 'EDGE_UPSTREAM_UNHEALTHY':
    case 'EDGE_UPSTREAM_BUSY':
      return 503;
    default:
      return 502;
  }
}
