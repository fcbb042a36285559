import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HelloReader, MAX_HELLO } from '../../src/l4/sni-peek.js';
import { extension, grease, hello, record, records, serverName, vector } from './support/hello.js';
import { folder, installed, stopAll } from './support/programs.js';
import { closeAll } from './support/sockets.js';

const test = suite('sni peek');
test.after(async () => {
  closeAll();
  await stopAll();
});

/** The answer in one word, when the bytes come in pieces of so many. */
function read(bytes: Buffer, piece = bytes.length): string {
  const reader = new HelloReader();
  for (let at = 0; at < bytes.length; at += piece) {
    const answer = reader.push(bytes.subarray(at, at + piece));
    if (typeof answer === 'object') return answer.serverName ?? 'no name';
    if (answer === 'not tls') return answer;
  }
  return 'need more';
}

const NAME = 'turn.example.org';
const padding = (bytes: number) => extension(21, Buffer.alloc(bytes));

test('finds the name among whatever else is there', () => {
  const outer = extension(0xfe0d, Buffer.from('0000010001'.padEnd(400, 'ab'), 'hex'));
  for (const [extensions, answer] of [
    [[serverName(NAME)], NAME],
    [[grease, padding(1500), serverName(NAME), grease], NAME],
    [[outer, serverName('public-name.example')], 'public-name.example'],
    [[serverName('TURN.Example.ORG.')], NAME],
    [[serverName('xn--bcher-kva.example')], 'xn--bcher-kva.example'],
    [[grease], 'no name'],
    [[], 'no name'],
    [undefined, 'no name'],
    [[serverName('other kind', 1)], 'no name'],
    [[serverName('')], 'no name'],
    [[serverName('.')], 'no name'],
    [[serverName('a b')], 'no name'],
    [[serverName('a\r\nb')], 'no name'],
    [[serverName('bücher.example')], 'no name'],
    [[serverName('x'.repeat(254))], 'no name'],
    // a list that promises more than there is
    [[extension(0, Buffer.from('ffff00000161', 'hex'))], 'no name'],
    [[extension(0)], 'no name'],
  ] as const) {
    const bytes = records(hello(extensions && [...extensions]));
    for (const piece of [bytes.length, 1, 7]) assert.is(read(bytes, piece), answer, `${answer} by ${piece}`);
  }
});

test('a hello may be cut into records anywhere', () => {
  const message = hello([grease, serverName(NAME)]);
  for (const size of [1, 2, 3, 4, 5, 100, message.length - 1])
    for (const piece of [1, 6, 10_000])
      assert.is(read(records(message, size), piece), NAME, `${size} by ${piece}`);
});

test('it is answered at its last byte, whatever follows', () => {
  const bytes = records(hello([serverName(NAME)]));
  assert.is(read(bytes.subarray(0, -1)), 'need more');
  assert.is(read(Buffer.concat([bytes, Buffer.from('1703030001', 'hex')])), NAME);
});

test('what is no hello is known at the first wrong byte', () => {
  const good = records(hello([serverName(NAME)]));
  const changed = (at: number, value: number) => {
    const copy = Buffer.from(good.subarray(0, at + 1));
    copy[at] = value;
    return copy;
  };
  for (const [what, bytes] of [
    ['HTTP', Buffer.from('G')],
    ['SSH', Buffer.from('S')],
    ['an alert', changed(0, 21)],
    ['SSL 2', changed(0, 0x80)],
    ['version 4', changed(1, 4)],
    ['version 3.5', changed(2, 5)],
    ['a record too long', changed(3, 0x41)],
    ['a record of 16,385', Buffer.from('1603014001', 'hex')],
    ['an empty record', Buffer.from('1603010000', 'hex')],
    ['a server hello', changed(5, 2)],
    ['a message too long', Buffer.from('16030140000100ffff', 'hex')],
    ['another kind of record before the end', Buffer.from('16030100020100' + '17', 'hex')],
  ] as const) {
    assert.is(read(bytes), 'not tls', what);
    assert.is(read(bytes, 1), 'not tls', what);
  }
});

test('lengths that do not fit together are not tls', () => {
  const message = hello([serverName(NAME)]);
  for (const at of [4 + 34, 4 + 34 + 33, 4 + 34 + 33 + 10, 4 + 34 + 33 + 12]) {
    const copy = Buffer.from(message);
    copy[at] = (copy[at] ?? 0) + 1;
    assert.is(read(records(copy)), 'not tls', `byte ${at}`);
  }
});

test('no more than 16 KiB are read', () => {
  const room = MAX_HELLO - 5 - hello([serverName(NAME), padding(0)]).length;
  assert.is(read(records(hello([padding(room), serverName(NAME)]))), NAME);
  assert.is(read(records(hello([padding(room + 1), serverName(NAME)]))), 'not tls');
  // the headers of tiny records count as well
  assert.is(read(records(hello([padding(3000), serverName(NAME)]), 1), 1), 'not tls');
});

test('nothing makes it throw, and pieces make no difference', () => {
  const base = records(hello([grease, vectorName(), padding(40)]));
  const changed = fc
    .tuple(fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { maxLength: 5 }), fc.nat(base.length))
    .map(([edits, cut]) => {
      const copy = Buffer.from(base);
      for (const [at, value] of edits) copy[at] = value;
      return copy.subarray(0, base.length - cut + 20);
    });
  const wild = fc
    .uint8Array({ maxLength: 300 })
    .map((bytes) => Buffer.concat([Buffer.from('160301', 'hex'), bytes]));
  fc.assert(
    fc.property(fc.oneof(changed, wild), fc.integer({ min: 1, max: 50 }), (bytes, piece) => {
      assert.is(read(bytes, piece), read(bytes));
    }),
    { seed: 31, numRuns: 20_000 },
  );
});

function vectorName(): Buffer {
  return extension(0, vector(2, Buffer.of(0), vector(2, Buffer.from(NAME))));
}

for (const [what, args] of [
  ['TLS 1.3', ['-tls1_3']],
  ['TLS 1.2', ['-tls1_2']],
  ['every version and cipher', ['-cipher', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0']],
  ['application protocols', ['-alpn', Array.from({ length: 150 }, (_, index) => `protocol-${index}`).join()]],
  ['many key shares', ['-groups', 'X25519:P-256:X448:P-521:ffdhe2048:ffdhe8192']],
] as const) {
  test(`openssl with ${what}`, async () => {
    if (!installed('openssl')) return;
    const client = (name: readonly string[]) =>
      record('openssl', (port) => ['s_client', '-connect', `127.0.0.1:${port}`, ...name, ...args]);
    const named = await client(['-servername', NAME]);
    for (const piece of [named.length, 1, 100])
      assert.is(read(named, piece), NAME, `${named.length} by ${piece}`);
    assert.is(read(await client(['-noservername'])), 'no name');
  });
}

test('a browser, with its key share that fills more than a segment', async () => {
  if (!installed('chromium')) return;
  const bytes = await record('chromium', (port) => [
    ...['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${folder()}`],
    ...[`--host-resolver-rules=MAP ${NAME} 127.0.0.1`, '--disable-background-networking'],
    `https://${NAME}:${port}/`,
  ]);
  assert.ok(bytes.length > 500, `${bytes.length} bytes`);
  for (const piece of [bytes.length, 1, 536]) assert.is(read(bytes, piece), NAME);
});

test.run();
