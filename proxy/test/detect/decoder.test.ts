import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Decoder, separator } from '../../src/detect/decoder.js';

const decoder = new Decoder();

function decode(text: string, isQuery = false): string {
  decoder.decode(text, isQuery);
  return Buffer.from(decoder.bytes.subarray(0, decoder.length)).toString('latin1');
}

test('decodes to lower case, and as often as it takes', () => {
  assert.is(decode('/A%2fB'), '/a/b');
  assert.is(decode('/%252e%252E/'), '/../');
  assert.is(decode('/%25252e'), '/.');
  assert.is(decode('a+b%20c', true), 'a b c');
  assert.is(decode('/a+b'), '/a+b');
});

test('tells the separator of a query from an ampersand of a value', () => {
  assert.is(decode('a=1&b=%26', true), `a=1${String.fromCharCode(separator)}b=&`);
});

test('counts what an honest client has no reason to send', () => {
  const counted = (text: string) => {
    decoder.decode(text, false);
    const { controls, breaks, hiddenDots, broken, doubled, raw } = decoder;
    return { controls, breaks, hiddenDots, broken, doubled, raw };
  };
  const nothing = { controls: 0, breaks: 0, hiddenDots: 0, broken: 0, doubled: 0, raw: 0 };
  assert.equal(counted('/caf%C3%A9/%F0%9F%98%80%20x'), nothing);
  assert.equal(counted('/%00'), { ...nothing, controls: 1 });
  assert.equal(counted('/%0d%0a'), { ...nothing, breaks: 2 });
  assert.equal(counted('/%2e%2E%5c'), { ...nothing, hiddenDots: 3 });
  assert.equal(counted('/%zz%'), { ...nothing, broken: 2 });
  assert.equal(counted('/%u0041'), { ...nothing, broken: 1 });
  assert.equal(counted('/%253cx'), { ...nothing, doubled: 1 });
  assert.equal(counted('/<a>"` é'), { ...nothing, raw: 6 });
});

test('overlong UTF-8 gives way to what it stands for', () => {
  assert.is(decode('/%c0%ae%c0%ae%c0%afetc'), '/../etc');
  assert.ok(decoder.broken > 0 && decoder.hiddenDots > 0);
});

test('plain names and plain parameters are not special', () => {
  decoder.decode('/api/v1.0/docs/', false);
  assert.not.ok(decoder.special);
  decoder.decode('page=1&ordering=-updated_at', true);
  assert.not.ok(decoder.special);
  decoder.decode('file=../x', true);
  assert.ok(decoder.special);
});

test('any text: no exception, never longer than the text, and what encodeURIComponent does is undone', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.boolean(), (text, isQuery) => {
      decoder.decode(text, isQuery);
      assert.ok(decoder.length <= text.length);
      const plain = text.toLowerCase().replace(/[%\ud800-\udfff]/g, '');
      const latin = Buffer.from(plain)
        .toString('latin1')
        .replace(/[A-Z]/g, (c) => c.toLowerCase());
      // a byte C0 or C1 never stands in UTF-8
      assert.is(decode(encodeURIComponent(plain)), latin);
    }),
    { numRuns: 500 },
  );
});

test.run();
