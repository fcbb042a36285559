import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { badValue, Kind } from '../../src/http2/field-kind.js';
import { staticFields } from '../../src/http2/field-table.js';
import { Decoded, HpackDecoder } from '../../src/http2/hpack-decoder.js';
import { HpackEncoder, wholeField } from '../../src/http2/hpack-encoder.js';
import { codeLengths, codes, decodeHuffman } from '../../src/http2/huffman.js';
import { block } from './frames.js';

type Fields = [name: string, value: string][];

/** Reads one block after the other, as a connection does. */
class Reader {
  readonly decoder: HpackDecoder;
  kinds: number[] = [];
  /** Octets of the list that was shown, as RFC 7541 4.1 counts. */
  shown = 0;

  constructor(limit = 32_768) {
    this.decoder = new HpackDecoder(limit);
  }

  /** The fields of a block; how it ended when that is not well. */
  read(bytes: Buffer): Fields | number {
    const fields: Fields = [];
    this.kinds = [];
    this.shown = 0;
    const result = this.decoder.decode(bytes, 0, bytes.length, {
      onField: (kind, from, nameStart, nameEnd, valueStart, valueEnd) => {
        this.kinds.push(kind);
        this.shown += nameEnd - nameStart + valueEnd - valueStart + 32;
        fields.push([
          from.toString('latin1', nameStart, nameEnd),
          from.toString('latin1', valueStart, valueEnd),
        ]);
        return fields.length % 2 === 0;
      },
    });
    return result === Decoded.whole ? fields : result;
  }
}

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** Codes a text (RFC 7541 5.2). */
function huffman(text: string): Buffer {
  let bits = '';
  for (let at = 0; at < text.length; at++) {
    const symbol = text.charCodeAt(at);
    bits += (codes[symbol] as number).toString(2).padStart(codeLengths[symbol] as number, '0');
  }
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  return Buffer.from(
    Array.from({ length: bits.length / 8 }, (_, i) => Number.parseInt(bits.slice(8 * i, 8 * i + 8), 2)),
  );
}

function huffmanBack(bytes: Uint8Array): string | undefined {
  const out = Buffer.alloc(Math.ceil(bytes.length * 1.6) + 1);
  const end = decodeHuffman(bytes, 0, bytes.length, out, 0);
  return end < 0 ? undefined : out.toString('latin1', 0, end);
}

test('the examples of RFC 7541 C.2: each way to write a field', () => {
  assert.equal(new Reader().read(hex('400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572')), [
    ['custom-key', 'custom-header'],
  ]);
  assert.equal(new Reader().read(hex('040c 2f73 616d 706c 652f 7061 7468')), [[':path', '/sample/path']]);
  assert.equal(new Reader().read(hex('1008 7061 7373 776f 7264 0673 6563 7265 74')), [
    ['password', 'secret'],
  ]);
  assert.equal(new Reader().read(hex('82')), [[':method', 'GET']]);
});

const first: Fields = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'www.example.com'],
];
const third: Fields = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/index.html'],
  [':authority', 'www.example.com'],
  ['custom-key', 'custom-value'],
];

for (const [what, blocks] of [
  [
    'C.3: requests',
    [
      '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '8286 84be 5808 6e6f 2d63 6163 6865',
      '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
    ],
  ],
  [
    'C.4: requests with Huffman codes',
    [
      '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
      '8286 84be 5886 a8eb 1064 9cbf',
      '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
    ],
  ],
] as const)
  test(`the examples of RFC 7541 ${what}`, () => {
    const reader = new Reader();
    assert.equal(reader.read(hex(blocks[0])), first);
    assert.equal(reader.read(hex(blocks[1])), [...first, ['cache-control', 'no-cache']]);
    assert.equal(reader.read(hex(blocks[2])), third);
  });

const answers: Fields[] = [
  [
    [':status', '302'],
    ['cache-control', 'private'],
    ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'],
    ['location', 'https://www.example.com'],
  ],
  [
    [':status', '307'],
    ['cache-control', 'private'],
    ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'],
    ['location', 'https://www.example.com'],
  ],
  [
    [':status', '200'],
    ['cache-control', 'private'],
    ['date', 'Mon, 21 Oct 2013 20:13:22 GMT'],
    ['location', 'https://www.example.com'],
    ['content-encoding', 'gzip'],
    ['set-cookie', 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'],
  ],
];

for (const [what, blocks] of [
  [
    'C.5: a table of 256 octets that overflows',
    [
      `4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e
       1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
      '4803 3330 37c1 c0bf',
      `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d
       4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572
       7369 6f6e 3d31`,
    ],
  ],
  [
    'C.6: the same with Huffman codes',
    [
      `4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b
       97c8 e9ae 82ae 43d3`,
      '4883 640e ffc1 c0bf',
      `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf
       cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
    ],
  ],
] as const)
  test(`the examples of RFC 7541 ${what}`, () => {
    const reader = new Reader();
    assert.equal(reader.read(hex(`3fe101${blocks[0]}`)), answers[0]);
    assert.equal(reader.read(hex(blocks[1])), answers[1]);
    assert.equal(reader.read(hex(blocks[2])), answers[2]);
  });

test('what is no HPACK is refused', () => {
  for (const [what, text] of [
    ['index 0', '80'],
    ['an index behind the tables', 'be'],
    ['a name behind the tables', '7f00 0161'],
    ['an integer without end', 'ffff ffff ffff ffff'],
    ['an integer that is too large', 'ff80 8080 8001'],
    ['an integer that stops', 'ff80'],
    ['a text that stops', '0003 6161'],
    ['no text', '00'],
    ['a value that is missing', '0001 61'],
    ['a text longer than anything', '007f ffff ff7f 6161'],
    ['a size above the limit', '3fe2 1f'],
    ['a size behind a field', '8220'],
    ['three sizes', '2020 2082'],
    ['EOS', '0084 ffff ffff 0161'],
    ['padding of eight bits', '0082 1fff 0161'],
    ['padding of zeros', '0081 1800 0161'],
    ['a code that stops', '0081 fe01 61'],
  ] as const)
    assert.is(new Reader().read(hex(text)), Decoded.broken, what);
  assert.equal(new Reader().read(hex('20 3fe1 1f 82')), [[':method', 'GET']]);
  assert.equal(new Reader().read(hex('0081 1f 0161')), [['a', 'a']]);
});

test('an entry larger than the table empties it, and is read all the same', () => {
  const reader = new Reader();
  const large = 'v'.repeat(5000);
  const literal = (name: string, value: string) => {
    const bytes = block([name, value]);
    bytes[0] = 0x40;
    return bytes;
  };
  assert.equal(reader.read(literal('a', 'b')), [['a', 'b']]);
  assert.equal(reader.read(hex('be')), [['a', 'b']]);
  assert.equal(reader.read(literal('c', large)), [['c', large]]);
  assert.is(reader.read(hex('be')), Decoded.broken);
  // an entry may be named by the very field that pushes it out
  const own = new Reader();
  const name = 'n'.repeat(2000);
  own.read(literal(name, ''));
  const value = 'w'.repeat(2100);
  const renamed = Buffer.concat([hex('7e'), block(['', value]).subarray(2)]);
  assert.equal(own.read(renamed), [[name, value]]);
});

test('a list that is too long is read to its end, so that the next one can be; one that is far too long is not', () => {
  const reader = new Reader(1000);
  const many: Fields = Array.from({ length: 40 }, (_, i) => [`x-${i}`, 'a']);
  const bytes = Buffer.concat(
    many.map(([name, value]) => {
      const one = block([name, value]);
      one[0] = 0x40;
      return one;
    }),
  );
  assert.is(reader.read(bytes), Decoded.tooLong);
  assert.ok(reader.shown <= 1000);
  assert.equal(reader.read(hex('be')), [['x-39', 'a']]);
  assert.equal(reader.read(hex('e5')), [['x-0', 'a']]);
  assert.is(reader.read(Buffer.alloc(60, 0xbe)), Decoded.tooLong);
  assert.ok(reader.shown <= 1000);
  // 1 octet each, 300 in the table
  reader.read(Buffer.concat([hex('40'), block(['big', 'b'.repeat(300)]).subarray(1)]));
  assert.is(reader.read(Buffer.alloc(100, 0xbe)), Decoded.flood);
  assert.is(
    new Reader(1000).read(block(...Array.from({ length: 200 }, (): [string, string] => ['', '']))),
    Decoded.flood,
  );
});

test('names and values that no field may have are marked, in tables as well', () => {
  const reader = new Reader();
  const add = (name: string, value: string) => {
    const bytes = block([name, value]);
    bytes[0] = 0x40;
    return bytes;
  };
  for (const [name, value, kind] of [
    ['x-a', 'b', Kind.plain],
    ['x-a', 'b\tc \xff', Kind.plain],
    ['X-a', 'b', Kind.unnamed],
    ['x a', 'b', Kind.unnamed],
    ['', 'b', Kind.unnamed],
    ['x:', 'b', Kind.unnamed],
    ['x-\xe9', 'b', Kind.unnamed],
    [':path', '/', Kind.path],
    [':pathology', '/', Kind.pseudo],
    [':authorityx', '/', Kind.pseudo],
    [':', '/', Kind.pseudo],
    [':status', '200', Kind.pseudo],
    ['cookie', 'a', Kind.cookie],
    ['transfer-encoding', 'a', Kind.forbidden],
    ['x-a', 'b\r', Kind.plain | badValue],
    ['x-a', '\0', Kind.plain | badValue],
    ['x-a', ' b', Kind.plain | badValue],
    ['x-a', 'b ', Kind.plain | badValue],
    [':path', '/\n', Kind.path | badValue],
  ] as const) {
    reader.read(add(name, value));
    assert.equal(reader.kinds, [kind], JSON.stringify([name, value]));
    reader.read(hex('be'));
    assert.equal(reader.kinds, [kind], JSON.stringify([name, value]));
    // the same name with another value
    reader.read(hex('7e0163'));
    assert.equal(reader.kinds, [kind & 63], JSON.stringify([name, value]));
  }
});

const octets = fc
  .array(fc.integer({ min: 0, max: 255 }), { maxLength: 200 })
  .map((list) => String.fromCharCode(...list));

test('every text that is coded is decoded', () => {
  for (let octet = 0; octet < 256; octet++)
    assert.is(huffmanBack(huffman(String.fromCharCode(octet))), String.fromCharCode(octet));
  fc.assert(
    fc.property(octets, (text) => {
      assert.is(huffmanBack(huffman(text)), text);
    }),
    { seed: 11, numRuns: 2000 },
  );
});

test('what is decoded has one code: nothing else is taken for it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
      const text = huffmanBack(bytes);
      if (text !== undefined) assert.equal(huffman(text), Buffer.from(bytes));
    }),
    { seed: 12, numRuns: 20_000 },
  );
});

const token = fc
  .array(fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789-_.'), { minLength: 1, maxLength: 40 })
  .map((list) => list.join(''));
const known = fc.constantFrom(...staticFields.slice(15).map(([name]) => name));

test('the table is what a plain one would be, whatever is added and asked for', () => {
  const add = fc.tuple(
    fc.constant('add' as const),
    fc.integer({ min: 0, max: 30 }),
    fc.integer({ min: 0, max: 900 }),
  );
  const use = fc.tuple(fc.constant('use' as const), fc.integer({ min: 0, max: 12 }), fc.constant(0));
  const rename = fc.tuple(
    fc.constant('rename' as const),
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 0, max: 90 }),
  );
  const resize = fc.tuple(fc.constant('resize' as const), fc.integer({ min: 0, max: 4096 }), fc.constant(0));
  const step = fc.oneof(
    { arbitrary: add, weight: 20 },
    { arbitrary: use, weight: 40 },
    { arbitrary: rename, weight: 10 },
    { arbitrary: resize, weight: 1 },
  );
  const integer = (value: number, first: number, mask: number) => {
    if (value < mask) return Buffer.from([first | value]);
    const octets = [first | mask];
    let rest = value - mask;
    for (; rest >= 128; rest >>= 7) octets.push((rest & 127) | 128);
    return Buffer.from([...octets, rest]);
  };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const reader = new Reader();
      let model: Fields = [];
      let limit = 4096;
      const evict = () => {
        let size = 0;
        model = model.filter(([name, value]) => {
          size += name.length + value.length + 32;
          return size <= limit;
        });
      };
      let count = 0;
      for (const [what, a, b] of steps) {
        const text = (length: number, of: number) => String.fromCharCode(97 + (of % 26)).repeat(length);
        if (what === 'resize') {
          assert.equal(reader.read(integer(a, 0x20, 31)), []);
          limit = a;
        } else if (what === 'add') {
          const field: [string, string] = [text(a, count), text(b, count + 1)];
          const bytes = block(field);
          bytes[0] = 0x40;
          assert.equal(reader.read(bytes), [field]);
          model.unshift(field);
        } else if (a < model.length) {
          const known = model[a] as [string, string];
          if (what === 'use') assert.equal(reader.read(integer(62 + a, 0x80, 127)), [known]);
          else {
            const field: [string, string] = [known[0], text(b, count)];
            assert.equal(
              reader.read(Buffer.concat([integer(62 + a, 0x40, 63), block(['', field[1]]).subarray(2)])),
              [field],
            );
            model.unshift(field);
          }
        } else if (what === 'use') assert.is(reader.read(integer(62 + a, 0x80, 127)), Decoded.broken);
        evict();
        count++;
      }
    }),
    { seed: 15, numRuns: 1000 },
  );
});

test('what the encoder writes the decoder reads', () => {
  const reader = new Reader();
  const encoder = new HpackEncoder(64);
  let begun = false;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.oneof(token, known), octets), { maxLength: 20 }),
      fc.integer({ min: 100, max: 599 }),
      (fields, status) => {
        encoder.begin(0, !begun);
        begun = true;
        encoder.status(status);
        for (const [at, [name, value]] of fields.entries())
          if (at % 2 === 0) encoder.field(name, value);
          else encoder.whole(wholeField(name, value));
        encoder.contentLength(status * 1000);
        assert.equal(reader.read(encoder.bytes.subarray(0, encoder.length)), [
          [':status', String(status)],
          ...fields,
          ['content-length', String(status * 1000)],
        ]);
      },
    ),
    { seed: 13, numRuns: 1000 },
  );
});

test('no octets whatever make the decoder throw, or read on without end', () => {
  const reader = new Reader(2000);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const result = reader.read(Buffer.from(bytes));
      if (typeof result !== 'number')
        assert.ok(result.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0) <= 2000);
    }),
    { seed: 14, numRuns: 20_000 },
  );
});

test.run();
