import { type ErrorCode, ProxyError } from '../core/errors.js';
import type { ResponseHead } from '../http1/response-head.js';
import type { Asker, UpstreamConnection } from './connection.js';
import type { Customer, UpstreamPool } from './pool.js';

/** A question the proxy asks for itself: whoami, an auth sub-request. */
export interface Question {
  readonly target: string;
  readonly host: string;
  /** Further fields, as lines. */
  readonly lines: string;
  /** Milliseconds for everything. */
  readonly time: number;
  /** Most octets of the answer's body. */
  readonly limit: number;
}

/** What came back. */
export interface Reply {
  readonly status: number;
  /** Fields with their names in lower case. */
  readonly fields: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

/** Asks an upstream with GET. Fails with a ProxyError when there is no whole answer in time. */
export function ask(pool: UpstreamPool, question: Question): Promise<Reply> {
  return new Promise((resolve, reject) => new Asking(pool, question, resolve, reject).start());
}

class Asking implements Asker, Customer {
  readonly headOnly = false;
  readonly wantsUpgrade = false;
  readonly connectTime: number;
  gone = false;
  private connection: UpstreamConnection | undefined = undefined;
  private status = 0;
  private fields: [string, string][] = [];
  private readonly pieces: Buffer[] = [];
  private length = 0;
  private again = true;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly pool: UpstreamPool,
    private readonly question: Question,
    private readonly resolve: (reply: Reply) => void,
    private readonly reject: (error: ProxyError) => void,
  ) {
    this.connectTime = question.time;
    this.timer = setTimeout(
      () => this.fail('EDGE_UPSTREAM_TIMEOUT', `no answer within ${question.time / 1000} s`),
      question.time,
    );
  }

  start(): void {
    this.pool.acquire(this);
  }

  onConnection(connection: UpstreamConnection, used: boolean): void {
    this.connection = connection;
    this.again = used;
    const { target, host, lines } = this.question;
    connection.ask(this, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${lines}\r\n`, true);
  }

  onNoConnection(code: ErrorCode, problem: string): void {
    this.fail(code, problem);
  }

  onInterim(): void {}
  onUpgrade(): void {}
  onPause(): void {}
  onUpstreamDrain(): void {}

  onHead(head: ResponseHead): void {
    this.status = head.status;
    for (let at = 0; at < head.count; at++) this.fields.push([head.name(at), head.value(at)]);
  }

  onAnswer(bytes: Uint8Array, start: number, end: number): void {
    this.length += end - start;
    if (this.length > this.question.limit)
      this.fail('EDGE_UPSTREAM_HEAD', `an answer of more than ${this.question.limit} octets`);
    else this.pieces.push(Buffer.from(bytes.subarray(start, end)));
  }

  onEnd(): void {
    if (this.gone) return;
    this.gone = true;
    clearTimeout(this.timer);
    this.resolve({ status: this.status, fields: this.fields, body: Buffer.concat(this.pieces) });
  }

  onFailure(code: ErrorCode, problem: string, fresh: boolean): void {
    this.connection = undefined;
    if (this.gone) return;
    if (fresh && this.again && code === 'EDGE_UPSTREAM_CLOSED') {
      this.again = false;
      this.pool.acquire(this, true);
      return;
    }
    this.fail(code, problem);
  }

  private fail(code: ErrorCode, problem: string): void {
    if (this.gone) return;
    this.gone = true;
    clearTimeout(this.timer);
    const { connection } = this;
    this.connection = undefined;
    connection?.abandon();
    this.reject(new ProxyError(code, problem));
  }
}
