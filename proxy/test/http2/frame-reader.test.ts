import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FrameReader, type FrameSink } from '../../src/http2/frame-reader.js';
import { Code, preface } from '../../src/http2/protocol.js';
import { frame, Type } from './frames.js';

/** Writes down what it is told. */
class Notes implements FrameSink {
  readonly lines: string[] = [];
  private body = '';

  onFrame(type: number, flags: number, stream: number, bytes: Buffer, start: number, end: number): void {
    this.lines.push(`${type} ${flags} ${stream} ${bytes.toString('hex', start, end)}`);
  }
  onData(flags: number, stream: number, length: number): void {
    this.body = `data ${flags} ${stream} ${length} `;
  }
  onDataPiece(bytes: Buffer, start: number, end: number): void {
    assert.ok(end > start);
    this.body += bytes.toString('hex', start, end);
  }
  onDataEnd(padding: number): void {
    this.lines.push(`${this.body} ${padding}`);
  }
  onBroken(code: number): void {
    this.lines.push(`broken ${code}`);
  }
}

/** What is told of bytes that come in pieces of these lengths. */
function told(bytes: Buffer, lengths: readonly number[] = []): string[] {
  const notes = new Notes();
  const reader = new FrameReader(notes);
  let at = 0;
  for (const length of lengths) {
    reader.read(bytes.subarray(at, at + length));
    at += length;
  }
  reader.read(bytes.subarray(at));
  return notes.lines;
}

const padded = (pad: number, body: string, behind = pad) =>
  Buffer.concat([Buffer.from([pad]), Buffer.from(body), Buffer.alloc(behind)]);

test('frames are told as they come; padding is none of the body', () => {
  assert.equal(
    told(
      Buffer.concat([
        preface,
        frame(Type.settings, 0, 0, 'abcdef'),
        frame(Type.data, 1, 3, 'xyz'),
        frame(Type.data, 8, 5, padded(4, 'xyz')),
        frame(Type.data, 8, 5, padded(0, '')),
        frame(Type.data, 8, 5, padded(2, '')),
        frame(Type.data, 0, 7),
        frame(99, 255, 0x7fffffff, ''),
      ]),
    ),
    [
      '4 0 0 616263646566',
      'data 1 3 3 78797a 0',
      'data 8 5 8 78797a 5',
      'data 8 5 1  1',
      'data 8 5 3  3',
      'data 0 7 0  0',
      '99 255 2147483647 ',
    ],
  );
});

test('what is no HTTP/2 is told once, and nothing behind it', () => {
  const ping = frame(Type.ping, 0, 0, '12345678');
  for (const [bytes, code] of [
    [Buffer.from('GET / HTTP/1.1\r\n\r\nxxxxxxxxxxxxxxxxxxxx'), Code.protocol],
    [Buffer.concat([preface.subarray(0, 23), Buffer.from('x'), ping]), Code.protocol],
    [Buffer.concat([preface, frame(Type.headers, 0, 1, Buffer.alloc(16_385)), ping]), Code.frameSize],
    [Buffer.concat([preface, frame(Type.data, 0, 1, Buffer.alloc(16_385)), ping]), Code.frameSize],
    [Buffer.concat([preface, frame(Type.data, 8, 1), ping]), Code.frameSize],
    [Buffer.concat([preface, frame(Type.data, 8, 1, padded(4, '', 3)), ping]), Code.protocol],
  ] as const)
    assert.equal(told(bytes), [`broken ${code}`]);
});

test('it makes no difference where the pieces end', () => {
  const anyFrame = fc
    .tuple(
      fc.constantFrom(0, 0, 0, 1, 4, 6, 9, 77),
      fc.constantFrom(0, 1, 4, 5, 8, 9),
      fc.integer({ min: 0, max: 9 }),
      fc.uint8Array({ maxLength: 60 }),
    )
    .map(([type, flags, stream, payload]) => frame(type, flags, stream, payload));
  fc.assert(
    fc.property(
      fc.array(anyFrame, { maxLength: 12 }),
      fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 60 }),
      (frames, lengths) => {
        const bytes = Buffer.concat([preface, ...frames]);
        assert.equal(told(bytes, lengths), told(bytes));
      },
    ),
    { seed: 21, numRuns: 2000 },
  );
});

test.run();
