import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Replacement, Replacer } from '../../src/content/replacer.js';

/** Replaces in a text cut into pieces of these lengths, the last one as long as need be. */
function inPieces(
  text: Buffer,
  lengths: readonly number[],
  rules: readonly (readonly [Buffer, Buffer])[],
): Buffer {
  const replacers = rules.map(([find, replace]) => new Replacer(new Replacement(find, replace)));
  const through = (bytes: Buffer, from: number) => {
    let out = bytes;
    for (const replacer of replacers.slice(from)) out = replacer.push(out);
    return out;
  };
  const out: Buffer[] = [];
  let at = 0;
  for (const length of [...lengths, text.length]) {
    // a copy that is overwritten afterwards, as the real block is
    const piece = Buffer.from(text.subarray(at, at + length));
    out.push(Buffer.from(through(piece, 0)));
    piece.fill(0);
    at += length;
  }
  for (const [i, replacer] of replacers.entries()) out.push(through(replacer.end(), i + 1));
  return Buffer.concat(out);
}

const inWhole = (text: string, rules: readonly (readonly [string, string])[]) =>
  rules.reduce((whole, [find, replace]) => whole.split(find).join(replace), text);

test('however the text is cut, the result is that of the whole', () => {
  // few letters, so that texts overlap with themselves and each other
  const letters = (min: number, max: number) =>
    fc.array(fc.constantFrom('a', 'b', 'ä'), { minLength: min, maxLength: max }).map((list) => list.join(''));
  const rule = fc.tuple(letters(1, 6), letters(0, 6));
  fc.assert(
    fc.property(
      letters(0, 60),
      fc.array(rule, { minLength: 1, maxLength: 3 }),
      fc.array(fc.nat(7), { maxLength: 40 }),
      (text, rules, lengths) => {
        const bytes = rules.map(([find, replace]) => [Buffer.from(find), Buffer.from(replace)] as const);
        assert.is(inPieces(Buffer.from(text), lengths, bytes).toString(), inWhole(text, rules));
      },
    ),
    { seed: 7, numRuns: 5000 },
  );
});

test('only what may begin the text waits', () => {
  const replacer = new Replacer(new Replacement(Buffer.from('needle'), Buffer.from('pin')));
  assert.is(replacer.push(Buffer.from('hay nee')).toString(), 'hay ');
  assert.is(replacer.push(Buffer.from('d')).toString(), '');
  assert.is(replacer.push(Buffer.from('s, need')).toString(), 'needs, ');
  assert.is(replacer.push(Buffer.from('le.')).toString(), 'pin.');
  assert.is(replacer.end().toString(), '');
});

test('a text that resembles itself costs no more than its length', () => {
  const find = Buffer.from(`${'a'.repeat(5000)}b`);
  const text = Buffer.alloc(2_000_000, 'a');
  const started = performance.now();
  const out = inPieces(text, new Array(1999).fill(1000), [[find, Buffer.from('x')]]);
  assert.ok(out.equals(text));
  assert.ok(performance.now() - started < 5000);
});

test.run();
