import { Field } from '../core/fields.js';
import type { Exchange } from '../exchange.js';
import { ResponseHead } from '../http1/response-head.js';
import { Condition, evaluate, readDate } from './conditions.js';
import { MemorySender, pieceBytes } from './sender.js';

/** Octets an answer takes besides its body and its head: objects, offsets, its place in the map. */
const overhead = 1024;

/** Fields that a 304 repeats (RFC 9110 15.4.5). */
const repeated = new Set([
  'cache-control',
  'content-location',
  'date',
  'etag',
  'expires',
  'last-modified',
  'vary',
]);

/** An answer that is kept. */
export class StoredAnswer {
  /** Read once, and only read from then on. */
  private readonly head: ResponseHead;
  private readonly notModified: string;
  private readonly tag: string;
  private readonly modified: number;
  /** Octets it takes. */
  readonly weight: number;

  /**
   * @param text its head as it goes to clients, without Age and framing
   * @param names of the fields it depends on
   * @param values of these in the request it answered
   * @param age seconds it had when it came
   * @param since milliseconds, when it came
   * @param until milliseconds, when it will be stale
   */
  constructor(
    text: string,
    private readonly body: Buffer,
    readonly names: readonly string[],
    readonly values: string,
    private readonly age: number,
    private readonly since: number,
    readonly until: number,
  ) {
    this.head = new ResponseHead(text.split('\r\n').length);
    if (this.head.read(Buffer.from(text, 'latin1')) <= 0)
      throw new TypeError(`a head that cannot be read again: ${this.head.problem}`);
    const { head } = this;
    // each client is told how old it is by now
    head.drop(Field.age);
    this.tag = head.get(Field.etag);
    this.modified = head.has(Field['last-modified']) ? readDate(head.get(Field['last-modified'])) : -1;
    let lines = '';
    for (let at = 0; at < head.count; at++)
      if (repeated.has(head.name(at)) && head.ids[at] !== Field.date)
        lines += `${head.name(at)}: ${head.value(at)}\r\n`;
    this.notModified = lines;
    this.weight = body.length + 2 * text.length + overhead;
  }

  /** Seconds since it was made. */
  ageAt(now: number): number {
    return this.age + Math.floor(Math.max(0, now - this.since) / 1000);
  }

  /** Answers GET or HEAD, conditional or not. */
  serve(exchange: Exchange, now: number): void {
    const { body, head } = this;
    const line = `Age: ${this.ageAt(now)}\r\n`;
    exchange.cached = true;
    const condition = head.status === 200 ? evaluate(exchange.head, this.tag, this.modified) : Condition.go;
    if (condition !== Condition.go) {
      exchange.start(condition, this.notModified + line, condition === Condition.failed ? 0 : -1);
      exchange.end('');
      return;
    }
    exchange.relay(head, body.length, line);
    if (exchange.head.method !== 'HEAD' && body.length > pieceBytes) {
      new MemorySender(exchange, body).go();
      return;
    }
    if (exchange.head.method !== 'HEAD') exchange.send(body);
    exchange.end('');
  }
}
