import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAddress } from '../../src/core/address.js';
import { ProxyError } from '../../src/core/errors.js';
import { encodeV2, MAX_HEADER, type ProxyHeader, readProxyHeader } from '../../src/l4/proxy-protocol.js';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const text = (line: string) => Buffer.from(line, 'latin1');
const hex = (...parts: string[]) => Buffer.from(parts.join('').replaceAll(' ', ''), 'hex');
const v2 = (command: string, body: string) => {
  const length = (body.replaceAll(' ', '').length / 2).toString(16).padStart(4, '0');
  return hex(SIGNATURE, command, length, body);
};

function header(bytes: Buffer): ProxyHeader {
  const read = readProxyHeader(bytes);
  if (read === 'need more' || read instanceof ProxyError) throw new Error(`${read}`);
  return read;
}

const show = ({ source, destination }: ProxyHeader) =>
  source && destination
    ? `${source.address} ${source.port} ${destination.address} ${destination.port}`
    : 'local';

const FOUR = v2('2111', 'c0000201 0a000001 d903 01bb');
const GOOD: [string, Buffer, string][] = [
  ['v1 IPv4', text('PROXY TCP4 192.0.2.1 10.0.0.1 55555 443\r\n'), '192.0.2.1 55555 10.0.0.1 443'],
  ['v1 IPv6', text('PROXY TCP6 2001:db8::1 ::1 1 65535\r\n'), '2001:db8::1 1 ::1 65535'],
  ['v1 unknown', text('PROXY UNKNOWN\r\n'), 'local'],
  ['v1 unknown with anything', text('PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n'), 'local'],
  ['v2 IPv4', FOUR, '192.0.2.1 55555 10.0.0.1 443'],
  ['v2 IPv6', v2('2121', `20010db8${'0'.repeat(23)}1 ${'0'.repeat(31)}2 0001 0002`), '2001:db8::1 1 ::2 2'],
  ['v2 local', v2('2000', ''), 'local'],
  ['v2 local with an address', v2('2011', 'c0000201 0a000001 d903 01bb'), 'local'],
  ['v2 unspecified', v2('2100', ''), 'local'],
  ['v2 Unix socket', v2('2131', '00'.repeat(216)), 'local'],
  [
    'v2 with extensions',
    v2('2111', `c0000201 0a000001 d903 01bb 030004 11223344 ${'04'.repeat(20)}`),
    '192.0.2.1 55555 10.0.0.1 443',
  ],
  [
    'v2 at its longest',
    v2('2111', `c0000201 0a000001 d903 01bb ${'00'.repeat(MAX_HEADER - 28)}`),
    '192.0.2.1 55555 10.0.0.1 443',
  ],
];

const BAD: [string, Buffer, RegExp][] = [
  ['TLS', hex('16 0301'), /does not begin with a PROXY header/],
  ['HTTP', text('PUT '), /does not begin/],
  ['lower case', text('proxy'), /does not begin/],
  ['nearly the signature', hex(SIGNATURE.slice(0, -2), '0b'), /does not begin/],
  ['v1 UDP', text('PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n'), /TCP4, TCP6 and UNKNOWN, not 'UDP4'/],
  ['v1 bare LF', text('PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n'), /ends with CR LF/],
  ['v1 two spaces', text('PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n'), /is not TCP4/],
  ['v1 too many', text('PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n'), /is not TCP4/],
  ['v1 too few', text('PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n'), /is not TCP4/],
  ['v1 other family', text('PROXY TCP4 ::1 ::1 1 2\r\n'), /is not TCP4/],
  ['v1 IPv4 as IPv6', text('PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n'), /is not TCP6/],
  ['v1 leading zero', text('PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n'), /is not TCP4/],
  ['v1 port', text('PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n'), /is not TCP4/],
  ['v1 zone', text('PROXY TCP6 fe80::1%1 fe80::1 1 2\r\n'), /is not TCP6/],
  ['v1 too long', text(`PROXY UNKNOWN ${'x'.repeat(107)}`), /107 bytes at most/],
  ['v2 version 1', v2('1111', 'c0000201 0a000001 d903 01bb'), /only 0x20 \(LOCAL\) and 0x21/],
  ['v2 command 2', v2('2211', 'c0000201 0a000001 d903 01bb'), /only 0x20/],
  ['v2 UDP', v2('2112', 'c0000201 0a000001 d903 01bb'), /0x12 do not fit a TCP connection/],
  ['v2 family 4', v2('2141', '00'), /0x41/],
  ['v2 too short', v2('2111', 'c0000201 0a000001 d903 01'), /11 bytes are too few/],
  ['v2 IPv6 too short', v2('2121', 'c0000201 0a000001 d903 01bb'), /12 bytes are too few/],
  ['v2 too long', hex(SIGNATURE, '2111', '0209'), /537 bytes; 536 are read at most/],
];

for (const [name, bytes, shown] of GOOD) {
  test(`${name}: read, with what follows left alone, and in any number of pieces`, () => {
    for (const behind of ['', 'x', 'PROXY ']) {
      const read = header(Buffer.concat([bytes, text(behind)]));
      assert.is(show(read), shown);
      assert.is(read.length, bytes.length);
    }
    for (let length = 0; length < bytes.length; length++)
      assert.is(readProxyHeader(bytes.subarray(0, length)), 'need more', `${length} bytes`);
  });
}

for (const [name, bytes, message] of BAD) {
  test(`${name}: refused`, () => {
    const read = readProxyHeader(bytes);
    assert.instance(read, ProxyError);
    assert.is((read as ProxyError).code, 'EDGE_PROXY_PROTOCOL');
    assert.match((read as ProxyError).message, message);
  });
}

test('a line of 107 bytes is read, one of 108 is not', () => {
  const line = (length: number) => text(`PROXY UNKNOWN ${'x'.repeat(length - 16)}\r\n`);
  assert.is(header(line(107)).length, 107);
  assert.instance(readProxyHeader(line(108)), ProxyError);
});

test('control bytes of a stranger do not get into messages', () => {
  const read = readProxyHeader(text('PROXY \x1b[31m\0 1 2\r\n'));
  assert.match((read as ProxyError).message, /not '\?\[31m\?'/);
});

test('what is written reads back; mixed families travel as IPv6', () => {
  const endpoint = fc.record({
    address: fc.oneof(fc.ipV4(), fc.ipV6()).map((address) => parseAddress(address)),
    port: fc.integer({ min: 0, max: 65535 }),
  });
  fc.assert(
    fc.property(endpoint, endpoint, (source, destination) => {
      const bytes = encodeV2(source, destination);
      const four = source.address.version === 4 && destination.address.version === 4;
      assert.is(bytes.length, four ? 28 : 52);
      const read = header(bytes);
      assert.is(show(read), show({ length: 0, source, destination }));
      assert.is(read.length, bytes.length);
    }),
    { seed: 21, numRuns: 1000 },
  );
});

test('nothing makes the reader throw, or read past the end', () => {
  const all = [...GOOD, ...BAD].map(([, bytes]) => bytes);
  const changed = fc
    .tuple(
      fc.constantFrom(...all),
      fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { maxLength: 4 }),
      fc.nat(600),
    )
    .map(([bytes, edits, cut]) => {
      const copy = Buffer.from(bytes);
      for (const [at, value] of edits) if (at < copy.length) copy[at] = value;
      return copy.subarray(0, cut);
    });
  const any = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.oneof(changed, any), (bytes) => {
      const read = readProxyHeader(bytes);
      if (read === 'need more') return;
      if (read instanceof ProxyError) {
        // an error is final: no continuation would have been read
        assert.instance(readProxyHeader(Buffer.concat([bytes, Buffer.alloc(600)])), ProxyError);
        return;
      }
      assert.ok(read.length <= bytes.length && read.length <= MAX_HEADER);
      // what lies behind the header makes no difference
      const alone = header(Buffer.from(bytes.subarray(0, read.length)));
      assert.is(show(alone), show(read));
    }),
    { seed: 22, numRuns: 20_000 },
  );
});

test.run();
