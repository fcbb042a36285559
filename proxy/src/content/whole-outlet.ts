import type { Outlet } from '../forward.js';
import type { ResponseHead } from '../http1/response-head.js';
import { compressNow, encode } from './compress.js';
import { Coding } from './negotiation.js';
import { type Replacement, Replacer } from './replacer.js';
import type { Sink } from './sink.js';

/** Octets up to which an answer is changed as a whole: a tenth of a millisecond, and a third of what streams cost. */
export const wholeBytes = 16_384;

/**
 * Changes a short answer of known length in one go, once all of it is there. Nothing is said before, so that an upstream
 * which breaks off gets an answer of its own, and the length of what is said is known.
 */
export class WholeOutlet implements Outlet {
  private response: ResponseHead | undefined;
  private readonly bytes: Buffer;
  private used = 0;

  /**
   * @param length octets of the answer
   * @param replacements in order
   * @param coding to compress with, {@link Coding.identity} for none
   * @param lines fields of the answer when it is not compressed
   */
  constructor(
    private readonly sink: Sink,
    length: number,
    private readonly replacements: readonly Replacement[],
    private readonly coding: number,
    private readonly lines: string,
  ) {
    this.bytes = Buffer.allocUnsafe(length);
  }

  /** The head stays as it is until the next answer on its connection, hence until `end`. */
  head(head: ResponseHead): void {
    this.response = head;
  }

  body(bytes: Uint8Array, start: number, end: number): boolean {
    this.bytes.set(bytes.subarray(start, end), this.used);
    this.used += end - start;
    return true;
  }

  pause(): void {}

  end(): void {
    const { response, sink } = this;
    if (response === undefined) return;
    let body: Buffer = this.bytes;
    for (const replacement of this.replacements) {
      const replacer = new Replacer(replacement);
      body = Buffer.concat([replacer.push(body), replacer.end()]);
    }
    const smaller = this.coding === Coding.identity ? body : compressNow(body, this.coding);
    if (smaller.length < body.length) sink.relay(response, smaller.length, encode(response, this.coding));
    else sink.relay(response, body.length, this.lines);
    sink.send(smaller.length < body.length ? smaller : body);
    sink.end('');
  }

  fail(): void {}
}
