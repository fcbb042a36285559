import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cut, IsoTime, jsonText, milliseconds } from '../../src/observe/json-text.js';

test('any text comes back from JSON as it was, and is ASCII in between', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) }),
    fc.string({
      unit: fc.constantFrom('"', '\\', '\n', '\r', '\0', '\u2028', '\x7f', '\xff', '\ud800', 'a'),
    }),
  );
  fc.assert(
    fc.property(hostile, (text) => {
      const written = jsonText(text);
      assert.match(written, /^[\x20-\x7e]*$/);
      assert.is(JSON.parse(`"${written}"`), text);
    }),
    { seed: 5, numRuns: 2000 },
  );
});

test('plain text is not copied', () => {
  assert.is(jsonText('Mozilla/5.0 (X11) ~'), 'Mozilla/5.0 (X11) ~');
  assert.is(jsonText(''), '');
});

test('cutting leaves no half of a pair', () => {
  assert.is(cut('abc', 3), 'abc');
  assert.is(cut('abcd', 3), 'abc');
  assert.is(cut('ab\u{1f600}', 3), 'ab');
});

test('milliseconds are what rounding gives, and always JSON', () => {
  for (const [value, text] of [
    [0, '0'],
    [-3, '0'],
    [Number.NaN, '0'],
    [0.0004, '0'],
    [0.0005, '0.001'],
    [1.05, '1.050'],
    [12.3456, '12.346'],
    [999.9999, '1000'],
    [3e9 + 0.5, '3000000000.500'],
  ] as const)
    assert.is(milliseconds(value), text);
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (value) => {
      assert.ok(Math.abs(JSON.parse(milliseconds(value)) - value) <= 0.000_501);
    }),
    { seed: 6 },
  );
});

test('times are those of Date, forwards, backwards and before 1970', () => {
  const clock = new IsoTime();
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 4e12 }), fc.nat(3), (time, turns) => {
      for (let turn = 0; turn <= turns; turn++)
        assert.is(clock.text(time + turn * 400), new Date(time + turn * 400).toISOString());
    }),
    { seed: 7 },
  );
  assert.is(clock.text(0.9), '1970-01-01T00:00:00.000Z');
});

test.run();
