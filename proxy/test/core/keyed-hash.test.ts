import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { KeyedHash, TextWords } from '../../src/core/keyed-hash.js';

const MASK = 0xffffffffn;
const rotate = (value: bigint, bits: bigint) => ((value << bits) | (value >> (32n - bits))) & MASK;

/** HalfSipHash with 64 bits of result, written down from its definition: slow and plain. */
function reference(key: Uint8Array, message: Uint8Array, rounds: number, finals: number): string {
  const read = (bytes: Uint8Array, at: number) => BigInt(new DataView(bytes.buffer).getUint32(at, true));
  const [k0, k1] = [read(key, 0), read(key, 4)];
  const v = [k0, k1 ^ 0xeen, 0x6c796765n ^ k0, 0x74656462n ^ k1] as [bigint, bigint, bigint, bigint];
  const round = () => {
    v[0] = (v[0] + v[1]) & MASK;
    v[1] = rotate(v[1], 5n) ^ v[0];
    v[0] = rotate(v[0], 16n);
    v[2] = (v[2] + v[3]) & MASK;
    v[3] = rotate(v[3], 8n) ^ v[2];
    v[0] = (v[0] + v[3]) & MASK;
    v[3] = rotate(v[3], 7n) ^ v[0];
    v[2] = (v[2] + v[1]) & MASK;
    v[1] = rotate(v[1], 13n) ^ v[2];
    v[2] = rotate(v[2], 16n);
  };
  const padded = new Uint8Array((Math.floor(message.length / 4) + 1) * 4);
  padded.set(message);
  padded[padded.length - 1] = message.length & 0xff;
  for (let at = 0; at < padded.length; at += 4) {
    v[3] ^= read(padded, at);
    for (let count = 0; count < rounds; count++) round();
    v[0] ^= read(padded, at);
  }
  v[2] ^= 0xeen;
  for (let count = 0; count < finals; count++) round();
  const low = v[1] ^ v[3];
  v[1] ^= 0xddn;
  for (let count = 0; count < finals; count++) round();
  const out = Buffer.alloc(8);
  out.writeUInt32LE(Number(low), 0);
  out.writeUInt32LE(Number(v[1] ^ v[3]), 4);
  return out.toString('hex');
}

const seed = Uint8Array.from({ length: 8 }, (_, index) => index);

test('the reference gives the published vector of HalfSipHash-2-4', () => {
  assert.is(reference(seed, new Uint8Array(0), 2, 4), '218d1f59b9b83cc8');
});

test('the hash is HalfSipHash-1-3', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 8, maxLength: 8 }),
      fc.array(fc.integer(), { maxLength: 60 }),
      (key, list) => {
        const words = Int32Array.from(list);
        const hash = new KeyedHash(key);
        hash.digest(words, words.length);
        const out = Buffer.alloc(8);
        out.writeUInt32LE(hash.lo, 0);
        out.writeUInt32LE(hash.hi, 4);
        assert.is(out.toString('hex'), reference(key, new Uint8Array(words.buffer.slice(0)), 1, 3));
      },
    ),
    { seed: 1, numRuns: 300 },
  );
});

test('other seeds give other keys', () => {
  const [a, b] = [new KeyedHash(), new KeyedHash()];
  a.digest(new Int32Array(3), 3);
  b.digest(new Int32Array(3), 3);
  assert.not.equal([a.hi, a.lo], [b.hi, b.lo]);
});

test('no two well-formed texts are packed alike', () => {
  const packed = (text: string) => {
    const words = new TextWords();
    words.pack(text);
    return words.words.slice(0, words.count).join();
  };
  const characters = fc.constantFrom('a', 'b', '\0', '\xff', 'Ā', '\u{1f600}');
  const text = fc.array(characters, { maxLength: 6 }).map((list) => list.join(''));
  fc.assert(
    fc.property(text, text, (a, b) => assert.is(packed(a) === packed(b), a === b)),
    { seed: 2, numRuns: 5000 },
  );
  // zeros at the end, and bytes that look like the words of a longer one
  assert.is.not(packed('ab'), packed('ab\0'));
  assert.is.not(packed(''), packed('\0\0\0\0'));
});

test('a part of a text is packed as if it stood alone, of any length', () => {
  const [a, b] = [new TextWords(), new TextWords()];
  a.pack('\xff'.repeat(100));
  for (const value of ['', 'x', 'abcd', 'abcde', 'x'.repeat(4000), 'ſ'.repeat(4001)]) {
    a.pack(value);
    b.pack(`session=${value}; other=1`, 8, 8 + value.length);
    assert.equal(a.words.slice(0, a.count), b.words.slice(0, b.count));
  }
});

test.run();
