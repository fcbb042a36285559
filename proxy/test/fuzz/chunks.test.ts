import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BodyReader, type BodySink, bodyOf } from '../../src/http1/body-reader.js';
import { REFUSED } from '../../src/http1/field-list.js';
import { mutate, Random } from './random.js';
import { readChunked } from './reference.js';

const seed = 7112;

class Taking implements BodySink {
  text = '';
  onBody(bytes: Uint8Array, start: number, end: number): void {
    this.text += Buffer.from(bytes.subarray(start, end)).toString('latin1');
  }
}

/** A body in chunks, with what is allowed and seldom seen. */
function body(random: Random): string {
  let out = '';
  for (let left = random.below(5); left > 0; left--) {
    const data = Array.from({ length: 1 + random.below(20) }, () =>
      String.fromCharCode(random.below(256)),
    ).join('');
    const size = data.length.toString(16);
    const extension = random.below(4) === 0 ? `;${'e'.repeat(random.below(90))}` : '';
    out += `${random.below(3) === 0 ? '0' : ''}${random.below(2) === 0 ? size.toUpperCase() : size}${extension}\r\n${data}\r\n`;
  }
  const trailers = random.below(3) === 0 ? 'X-Sum: 1\r\nCookie: a=b\r\n' : '';
  return `${out}0${random.below(5) === 0 ? ';last' : ''}\r\n${trailers}\r\n`;
}

interface Outcome {
  readonly result: 'body' | 'refused' | 'incomplete';
  readonly body: string;
  /** Octets with framing; 0 unless whole. */
  readonly length: number;
  readonly trailers: string;
}

/** Reads in pieces of random sizes. */
function read(octets: string, random: Random | undefined): Outcome {
  const bytes = Buffer.from(octets, 'latin1');
  const reader = new BodyReader(bodyOf.request);
  const taking = new Taking();
  reader.startChunked();
  let at = 0;
  while (at < bytes.length && !reader.done) {
    const end = random === undefined ? bytes.length : Math.min(bytes.length, at + 1 + random.below(6));
    const next = reader.read(bytes, at, end, taking);
    if (next === REFUSED) return { result: 'refused', body: '', length: 0, trailers: '' };
    assert.ok(next === end || reader.done, 'a reader takes all there is');
    at = next;
  }
  return reader.done
    ? { result: 'body', body: taking.text, length: at, trailers: reader.trailers }
    : { result: 'incomplete', body: taking.text, length: 0, trailers: '' };
}

const literal = (text: string) =>
  text.replaceAll(/[^\w\u0080-\u00ff]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);

test('the fast reader of chunks and the slow one agree about 60,000 bodies, in one piece and in many', () => {
  const random = new Random(seed);
  const counts = { body: 0, refused: 0, incomplete: 0 };
  for (let round = 0; round < 60_000; round++) {
    const octets = mutate(body(random), random, 2) + (random.below(3) === 0 ? 'GET / HTTP/1.1\r\n' : '');
    const whole = read(octets, undefined);
    const shown = JSON.stringify(octets);
    assert.equal(read(octets, random), whole, shown);
    const slow = readChunked(octets);
    counts[whole.result]++;
    if (typeof slow !== 'string') {
      assert.is(whole.result, 'body', shown);
      assert.is(whole.body, slow.body, shown);
      assert.is(whole.length, slow.length, shown);
      const kept = slow.trailers.filter(([name]) =>
        /^x-(?!auth|real|forwarded|request|client|cluster|original|rewrite)/i.test(name),
      );
      for (const [name, value] of kept)
        assert.match(whole.trailers, new RegExp(`^${literal(name)}: ?${literal(value)}\r$`, 'm'), shown);
      assert.not.match(whole.trailers, /^(?:cookie|host|content-length|transfer-encoding):/im, shown);
    } else if (slow === 'refused') assert.is.not(whole.result, 'body', shown);
    else assert.is.not(whole.result, 'body', shown);
  }
  assert.ok(Math.min(...Object.values(counts)) > 1000, JSON.stringify(counts));
});

test('a body of a known length ends where it says, in whatever pieces it comes', () => {
  const random = new Random(seed + 1);
  for (let round = 0; round < 2000; round++) {
    const length = random.below(50);
    const bytes = Buffer.alloc(length + random.below(20), 97);
    const reader = new BodyReader(bodyOf.request);
    const taking = new Taking();
    reader.startLength(length);
    let at = 0;
    while (at < bytes.length && !reader.done)
      at = reader.read(bytes, at, Math.min(bytes.length, at + 1 + random.below(9)), taking);
    assert.is(at, length);
    assert.is(taking.text.length, length);
    assert.ok(reader.done);
  }
});

test.run();
