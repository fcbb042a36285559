import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Field } from '../../src/core/fields.js';
import { INCOMPLETE, REFUSED } from '../../src/http1/field-list.js';
import { RequestHead, readLength, Upgrade } from '../../src/http1/request-head.js';

const limits = { headBytes: 32_768, targetBytes: 8192 };
const start = 'GET / HTTP/1.1\r\n';
const host = 'Host: a.example\r\n';
const plain = `${start}${host}\r\n`;
const post = (...lines: readonly string[]) =>
  `POST / HTTP/1.1\r\n${host}${lines.map((line) => `${line}\r\n`).join('')}\r\n`;

function read(octets: string, fields = 100): { head: RequestHead; length: number } {
  const head = new RequestHead(limits, fields);
  return { head, length: head.read(Buffer.from(octets, 'latin1')) };
}

/** Rows of RFC 9112 that two readers have been known to read differently: 0 is read, else the status of the refusal. */
const rows: readonly (readonly [name: string, status: number, octets: string])[] = [
  [
    'Content-Length and Transfer-Encoding (6.1, 6.3, 11.2)',
    400,
    post('Content-Length: 1', 'Transfer-Encoding: chunked'),
  ],
  ['two Content-Length, equal (6.3)', 400, post('Content-Length: 1', 'Content-Length: 1')],
  ['two Content-Length, unequal', 400, post('Content-Length: 1', 'Content-Length: 2')],
  ['Content-Length: 1, 1', 400, post('Content-Length: 1, 1')],
  ['Content-Length: +1', 400, post('Content-Length: +1')],
  ['Content-Length: 0x1', 400, post('Content-Length: 0x1')],
  ['Content-Length with white space behind it (RFC 9110 5.5)', 0, post('Content-Length: 1 ')],
  ['Transfer-Encoding with a space before the colon (5.1)', 400, post('Transfer-Encoding : chunked')],
  ['Transfer-Encoding: xchunked', 400, post('Transfer-Encoding: xchunked')],
  ['Transfer-Encoding: chunked, identity', 400, post('Transfer-Encoding: chunked, identity')],
  ['Transfer-Encoding: chunked twice', 400, post('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')],
  ['Transfer-Encoding behind a vertical tab', 400, post('Transfer-Encoding: \u000bchunked')],
  ['Transfer-Encoding: gzip, chunked (6.1)', 501, post('Transfer-Encoding: gzip, chunked')],
  [
    'Transfer-Encoding in HTTP/1.0 (6.1; CVE-2026-2835)',
    400,
    `POST / HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n`,
  ],
  ['a folded line (5.2)', 400, `${start}${host}X: a\r\n b\r\n\r\n`],
  ['line feeds alone (2.2)', 400, `GET / HTTP/1.1\nHost: a.example\n\n`],
  ['a carriage return in a value (CVE-2023-30589)', 400, `${start}${host}X: a\rb\r\n\r\n`],
  ['NUL in a value', 400, `${start}${host}X: a\u0000b\r\n\r\n`],
  ['octets 0x80 to 0xff in a value (RFC 9110 5.5)', 0, `${start}${host}X: \u0080\u00ff\r\n\r\n`],
  ['a space in a name', 400, `${start}${host}X Y: a\r\n\r\n`],
  ['an empty name', 400, `${start}${host}: a\r\n\r\n`],
  ['a space before the first field (2.2)', 400, `${start} X: a\r\n${host}\r\n`],
  ['a space before Content-Length (CVE-2024-27982)', 400, post(' Content-Length: 1')],
  ['CR LF CR X for the end of the head (CVE-2025-23167)', 400, `${start}${host}\rX`],
  ['no Host (3.2)', 400, `${start}\r\n`],
  ['two Hosts (3.2)', 400, `${start}${host}Host: b.example\r\n\r\n`],
  ['Host: a/b@c', 400, `${start}Host: a/b@c\r\n\r\n`],
  [
    'a target that names another host than Host (3.2.2)',
    400,
    `GET http://b.example/x HTTP/1.1\r\n${host}\r\n`,
  ],
  ['a target that names the same host', 0, `GET http://a.example/x HTTP/1.1\r\n${host}\r\n`],
  ["'#' in the target (3.2)", 400, `GET /#x HTTP/1.1\r\n${host}\r\n`],
  ['a space in the target (3)', 400, `GET /a b HTTP/1.1\r\n${host}\r\n`],
  ['a tab in the target', 400, `GET /a\tb HTTP/1.1\r\n${host}\r\n`],
  ['octet 0x80 in the target', 400, `GET /\u0080 HTTP/1.1\r\n${host}\r\n`],
  ['a GET with a body (RFC 9110 9.3.1)', 0, `${start}${host}Content-Length: 1\r\n\r\n`],
  ['HTTP/1.2 (2.3)', 505, `GET / HTTP/1.2\r\n${host}\r\n`],
  ['HTTP/9.9', 505, `GET / HTTP/9.9\r\n${host}\r\n`],
  ['one empty line before the request (2.2)', 0, `\r\n${plain}`],
  ['two empty lines before the request', 400, `\r\n\r\n${plain}`],
  ['the unknown method FOO', 0, `FOO / HTTP/1.1\r\n${host}\r\n`],
  ['PROPFIND', 0, `PROPFIND / HTTP/1.1\r\n${host}\r\n`],
  ['CONNECT (3.2.3)', 405, `CONNECT a.example:443 HTTP/1.1\r\n${host}\r\n`],
  ['a head of more than 32 KiB (RFC 6585 5)', 431, `${start}${host}X: ${'y'.repeat(32_768)}\r\n\r\n`],
  ['more than 100 fields', 431, `${start}${host}${'X: y\r\n'.repeat(100)}\r\n`],
  ['a target of more than 8 KiB', 414, `GET /${'x'.repeat(8192)} HTTP/1.1\r\n${host}\r\n`],
  ['an unknown expectation (RFC 9110 10.1.1)', 417, post('Expect: x', 'Content-Length: 1')],
  ['Connection that names Cookie (RFC 9110 7.6.1)', 400, `${start}${host}Connection: cookie\r\n\r\n`],
];

for (const [name, status, octets] of rows)
  test(name, () => {
    const { head, length } = read(octets);
    if (status === 0) assert.is(length, octets.length);
    else {
      assert.is(length, REFUSED);
      assert.is(head.status, status);
      assert.ok(head.problem.length > 0);
    }
  });

test('what was read is there', () => {
  const octets = 'POST /a/b?c=d HTTP/1.1\r\nHOST: A.Example:8443\r\ncontent-length:5\r\nX-One:  two \r\n\r\n';
  const { head, length } = read(`${octets}hello`);
  assert.is(length, octets.length);
  assert.equal([head.method, head.target, head.path, head.query], ['POST', '/a/b?c=d', '/a/b', 'c=d']);
  assert.equal(
    [head.host, head.authority, head.contentLength, head.chunked, head.hasBody],
    ['a.example', 'a.example:8443', 5, false, true],
  );
  assert.is(head.name(2), 'x-one');
  assert.is(head.value(2), 'two');
  // Host and framing are the proxy's to say
  assert.is(head.lines(), 'X-One: two\r\n');
});

test('the final dot of a host is no part of its name', () => {
  const { head } = read('GET / HTTP/1.1\r\nHost: A.example.:80\r\n\r\n');
  assert.equal([head.host, head.authority], ['a.example', 'a.example.:80']);
});

test('an absolute target becomes a path', () => {
  for (const [target, path, query] of [
    ['http://a.example', '/', ''],
    ['HTTP://A.EXAMPLE?x', '/', 'x'],
    ['https://a.example/b?c', '/b', 'c'],
  ]) {
    const { head } = read(`GET ${target} HTTP/1.1\r\n${host}\r\n`);
    assert.equal([head.path, head.query, head.host], [path, query, 'a.example']);
  }
});

test('close and keep-alive (RFC 9112 9.3)', () => {
  const cases: [string, string, boolean][] = [
    ['1.1', '', false],
    ['1.1', 'close', true],
    ['1.1', 'Close', true],
    ['1.1', 'keep-alive, close', true],
    ['1.1', 'close, keep-alive', true],
    ['1.1', 'close\r\nConnection: keep-alive', true],
    ['1.1', 'keep-alive\r\nConnection: close', true],
    ['1.0', '', true],
    ['1.0', 'keep-alive', false],
    ['1.0', 'Keep-Alive', false],
    ['1.0', 'close\r\nConnection: keep-alive', true],
    ['1.0', 'foo', true],
  ];
  for (const [version, value, close] of cases) {
    const line = value === '' ? '' : `Connection: ${value}\r\n`;
    assert.is(
      read(`GET / HTTP/${version}\r\n${host}${line}\r\n`).head.close,
      close,
      `HTTP/${version} ${value}`,
    );
  }
});

test('upgrades: only to WebSocket, and only when the connection says so', () => {
  const upgrade = (...lines: string[]) =>
    read(`${start}${host}${lines.map((line) => `${line}\r\n`).join('')}\r\n`).head.upgrade;
  assert.is(upgrade('Upgrade: websocket', 'Connection: Upgrade'), Upgrade.webSocket);
  assert.is(upgrade('Upgrade: WebSocket', 'Connection: keep-alive, upgrade'), Upgrade.webSocket);
  assert.is(upgrade('Upgrade: websocket'), Upgrade.none);
  assert.is(upgrade('Connection: Upgrade'), Upgrade.none);
  assert.is(upgrade('Upgrade: h2c', 'Connection: Upgrade'), Upgrade.other);
  assert.is(upgrade('Upgrade: websocket, h2c', 'Connection: Upgrade'), Upgrade.other);
});

test('octet by octet the outcome is that of one piece', () => {
  for (const [name, , octets] of rows) {
    const bytes = Buffer.from(octets, 'latin1');
    const whole = read(octets).length;
    const head = new RequestHead(limits, 100);
    let outcome: number = INCOMPLETE;
    for (let end = 1; end <= bytes.length && outcome === INCOMPLETE; end++)
      outcome = head.read(bytes, 0, end);
    assert.is(outcome, whole, name);
  }
});

test('a head is found anywhere in a block, and nothing behind it is looked at', () => {
  const head = new RequestHead(limits, 100);
  const bytes = Buffer.from(`xxxx${plain}\u0000\u0000`, 'latin1');
  assert.is(head.read(bytes, 4), plain.length);
  assert.is(head.read(bytes, 4, 4 + plain.length - 1), INCOMPLETE);
});

test('nothing is left of the request before', () => {
  const head = new RequestHead(limits, 100);
  head.read(
    Buffer.from(post('Content-Length: 5', 'Cookie: a=b', 'Expect: 100-continue', 'Connection: close')),
  );
  head.read(Buffer.from(plain));
  assert.equal(
    [head.contentLength, head.close, head.expectContinue, head.has(Field.cookie), head.count],
    [-1, false, false, false, 1],
  );
  assert.is(head.get(Field.cookie), '');
});

test('readLength takes digits and nothing else', () => {
  for (const [text, length] of [
    ['0', 0],
    ['5', 5],
    ['005', 5],
    ['999999999999999', 999_999_999_999_999],
  ] as const)
    assert.is(readLength(text), length);
  for (const text of ['', ' 1', '1 ', '+1', '-1', '1.0', '1e1', '0x1', '1,1', '9999999999999999', '\u0661'])
    assert.is(readLength(text), -1, text);
});

test.run();
