import { Field } from '../core/fields.js';
import type { Exchange } from '../exchange.js';
import { type ByteRange, Condition, evaluate, rangeHolds, readRange } from './conditions.js';
import { type FileFacts, MemorySender, pieceBytes } from './sender.js';

/** One form of something served: in one coding, with its own validators. All that does not change is written once. */
export class Representation {
  /**
   * @param size octets
   * @param tag strong entity tag in its quotes; another coding has another one (RFC 9110 8.8.3.3)
   * @param modified milliseconds, -1 when that is nobody's business
   * @param about fields that a 304 repeats: ETag, Last-Modified, Cache-Control, Vary
   * @param form fields about the body: Content-Type, Content-Encoding and the like
   * @param bytes the body, when it is kept in memory
   * @param facts where it is otherwise
   */
  constructor(
    readonly size: number,
    readonly tag: string,
    readonly modified: number,
    readonly about: string,
    readonly form: string,
    readonly bytes: Buffer | undefined,
    readonly facts: FileFacts | undefined,
  ) {}
}

/** Sends octets `range` of a body that is not in memory, once the head is sent by `start`. */
export type SendFile = (representation: Representation, range: ByteRange, start: () => void) => void;

const whole = (size: number): ByteRange => ({ first: 0, last: size - 1 });

/**
 * Answers GET or HEAD with a representation, or with what its conditions and its range make of that: 304, 412, 206, 416.
 * A range counts in the octets of the representation that was chosen, its coding included (RFC 9110 14.1.2).
 */
export function answerWith(
  exchange: Exchange,
  representation: Representation,
  lines: string,
  sendFile: SendFile | undefined,
): void {
  const { head } = exchange;
  const { size, tag, modified, about, form, bytes } = representation;
  const condition = evaluate(head, tag, modified);
  if (condition !== Condition.go) {
    exchange.start(condition, about + lines, condition === Condition.failed ? 0 : -1);
    exchange.end('');
    return;
  }
  let range = whole(size);
  let status = 200;
  let extent = '';
  if (head.has(Field.range) && head.method === 'GET' && rangeHolds(head, tag, modified)) {
    const wanted = readRange(head.get(Field.range), size);
    if (wanted === 'none') {
      exchange.answer(416, `Content-Range: bytes */${size}\r\n${lines}`, '');
      return;
    }
    if (wanted !== undefined) {
      range = wanted;
      status = 206;
      extent = `Content-Range: bytes ${range.first}-${range.last}/${size}\r\n`;
    }
  }
  const length = range.last + 1 - range.first;
  const start = () => exchange.start(status, about + form + extent + lines, length);
  if (head.method === 'HEAD' || length === 0) {
    start();
    exchange.end('');
  } else if (bytes !== undefined) {
    start();
    const part = length === size ? bytes : bytes.subarray(range.first, range.last + 1);
    if (length > pieceBytes) new MemorySender(exchange, part).go();
    else {
      exchange.send(part);
      exchange.end('');
    }
  } else if (sendFile !== undefined) sendFile(representation, range, start);
}
