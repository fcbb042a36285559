import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BodyReader, type BodySink, bodyOf } from '../../src/http1/body-reader.js';
import { REFUSED } from '../../src/http1/field-list.js';

class Taking implements BodySink {
  text = '';
  onBody(bytes: Uint8Array, start: number, end: number): void {
    this.text += Buffer.from(bytes.subarray(start, end)).toString('latin1');
  }
}

function readChunked(octets: string, step = octets.length, direction: number = bodyOf.request) {
  const reader = new BodyReader(direction);
  const taking = new Taking();
  const bytes = Buffer.from(octets, 'latin1');
  reader.startChunked();
  let at = 0;
  while (at < bytes.length && !reader.done) {
    const next = reader.read(bytes, at, Math.min(bytes.length, at + step), taking);
    if (next === REFUSED) return { refused: reader.problem, body: taking.text, reader, at };
    at = next;
  }
  return { refused: '', body: taking.text, reader, at };
}

/** Rows of chunked bodies (RFC 9112 7.1): what is inside, or undefined where it is refused. */
const rows: readonly (readonly [name: string, octets: string, body: string | undefined])[] = [
  ['a chunk', '5\r\nhello\r\n0\r\n\r\n', 'hello'],
  ['an extension, which goes', '5;a=b\r\nhello\r\n0\r\n\r\n', 'hello'],
  ['extensions of 256 octets', `5;${'x'.repeat(256)}\r\nhello\r\n0\r\n\r\n`, 'hello'],
  ['extensions of 257 octets (CVE-2024-22019)', `5;${'x'.repeat(257)}\r\nhello\r\n0\r\n\r\n`, undefined],
  ['a size that a line feed ends', '5\nhello\r\n0\r\n\r\n', undefined],
  ['the size 0x1', '0x1\r\nh\r\n0\r\n\r\n', undefined],
  ['a space behind the size', '5 \r\nhello\r\n0\r\n\r\n', undefined],
  ['a size of 17 digits', '00000000000000005\r\nhello\r\n0\r\n\r\n', undefined],
  ['no CR LF behind the data', '5\r\nhello0\r\n\r\n', undefined],
  ['a trailer', '0\r\nX: y\r\n\r\n', ''],
  ['Content-Length in a trailer (7.1.2)', '0\r\nContent-Length: 5\r\n\r\n', undefined],
  ['Transfer-Encoding in a trailer', '0\r\nTransfer-Encoding: chunked\r\n\r\n', undefined],
  ['a trailer that is no field', '0\r\nx\r\n\r\n', undefined],
  ['trailers of more than 8 KiB', `0\r\nX: ${'y'.repeat(8200)}\r\n\r\n`, undefined],
];

for (const [name, octets, body] of rows)
  for (const step of [octets.length, 1, 2, 3])
    test(`${name}, ${step === octets.length ? 'in one piece' : `${step} at a time`}`, () => {
      const outcome = readChunked(octets, step);
      assert.is(outcome.refused !== '', body === undefined, outcome.refused);
      if (body === undefined) return;
      assert.is(outcome.body, body);
      assert.is(outcome.at, octets.length);
      assert.ok(outcome.reader.done);
      assert.is(outcome.reader.total, body.length);
    });

test('what is behind the end is not read', () => {
  const { at, reader } = readChunked('0\r\n\r\nGET / HTTP/1.1\r\n');
  assert.is(at, 5);
  assert.ok(reader.done);
});

test('trailers go on, but none about routing, framing and credentials (RFC 9110 6.5.1)', () => {
  const names = [
    'Host',
    'Cookie',
    'Set-Cookie',
    'Authorization',
    'Content-Type',
    'Content-Encoding',
    'Range',
    'Cache-Control',
    'TE',
    'Connection',
    'Via',
  ];
  const octets = `0\r\n${names.map((name) => `${name}: x\r\n`).join('')}X-Sum: 1\r\n\r\n`;
  for (const direction of [bodyOf.request, bodyOf.response])
    assert.is(readChunked(octets, octets.length, direction).reader.trailers, 'X-Sum: 1\r\n');
});

test('a body of a length takes so much and no more', () => {
  const reader = new BodyReader(bodyOf.request);
  const taking = new Taking();
  const bytes = Buffer.from('helloGET');
  reader.startLength(5);
  assert.is(reader.read(bytes, 0, 3, taking), 3);
  assert.not.ok(reader.done);
  assert.is(reader.read(bytes, 3, 8, taking), 5);
  assert.ok(reader.done);
  assert.is(taking.text, 'hello');
});

test('a body of length 0 is done before it begins', () => {
  const reader = new BodyReader(bodyOf.request);
  reader.startLength(0);
  assert.ok(reader.done);
});

test('a body that the end of the connection ends takes everything', () => {
  const reader = new BodyReader(bodyOf.response);
  const taking = new Taking();
  reader.startUntilClose();
  assert.ok(reader.untilClose);
  assert.is(reader.read(Buffer.from('hello'), 0, 5, taking), 5);
  assert.not.ok(reader.done);
});

test('a reader that is used again remembers nothing', () => {
  const reader = new BodyReader(bodyOf.request);
  const taking = new Taking();
  reader.startChunked();
  const broken = Buffer.from('5;abc\r\nhel');
  reader.read(broken, 0, broken.length, taking);
  reader.startChunked();
  const bytes = Buffer.from('2\r\nhi\r\n0\r\n\r\n');
  assert.is(reader.read(bytes, 0, bytes.length, taking), bytes.length);
  assert.equal([taking.text, reader.total, reader.trailers], ['helhi', 2, '']);
});

test.run();
