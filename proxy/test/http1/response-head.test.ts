import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { INCOMPLETE, REFUSED } from '../../src/http1/field-list.js';
import { ResponseHead } from '../../src/http1/response-head.js';

function read(octets: string): { head: ResponseHead; length: number } {
  const head = new ResponseHead();
  return { head, length: head.read(Buffer.from(octets, 'latin1')) };
}

const good: readonly (readonly [string, number])[] = [
  ['HTTP/1.1 200 OK\r\n\r\n', 200],
  ['HTTP/1.1 200 \r\n\r\n', 200],
  ['HTTP/1.1 200\r\n\r\n', 200],
  ['HTTP/1.0 404 Not Found\r\nX: y\r\n\r\n', 404],
  ['HTTP/1.1 599 caf\u00e9 \t ok\r\n\r\n', 599],
  ['HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n', 101],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n', 200],
  ['HTTP/1.1 200 OK\r\nContent-Length:  5 \r\n\r\nhello', 200],
];

for (const [octets, status] of good)
  test(`read: ${JSON.stringify(octets)}`, () => {
    const { head, length } = read(octets);
    assert.is(length, octets.indexOf('\r\n\r\n') + 4);
    assert.is(head.status, status);
  });

const ok = 'HTTP/1.1 200 OK\r\n';
const bad: readonly string[] = [
  'HTTP/2.0 200 OK\r\n\r\n',
  'HTTP/0.9 200 OK\r\n\r\n',
  'http/1.1 200 OK\r\n\r\n',
  'HTTP/1.1  200 OK\r\n\r\n',
  'HTTP/1.1 20 OK\r\n\r\n',
  'HTTP/1.1 2000 OK\r\n\r\n',
  'HTTP/1.1 099 OK\r\n\r\n',
  'HTTP/1.1 600 OK\r\n\r\n',
  'HTTP/1.1 2x0 OK\r\n\r\n',
  'HTTP/1.x 200 OK\r\n\r\n',
  'HTTP/1.1 200 O\u0000K\r\n\r\n',
  'HTTP/1.1 200 OK\n\n',
  'HTTP/1.1 200 OK\rX: y\r\n\r\n',
  'ICY 200 OK\r\n\r\n',
  '<html>hello</html>\r\n\r\n',
  '\r\nHTTP/1.1 200 OK\r\n\r\n',
  `${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`,
  `${ok}Content-Length: 5\r\nContent-Length: 5\r\n\r\n`,
  `${ok}Content-Length: 5, 5\r\n\r\n`,
  `${ok}Content-Length: -5\r\n\r\n`,
  `${ok}Content-Length:\r\n\r\n`,
  `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n`,
  `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`,
  'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
  `${ok}X : y\r\n\r\n`,
  `${ok} X: y\r\n\r\n`,
  `${ok}X: a\r\n b\r\n\r\n`,
  `${ok}X: a\nY: b\r\n\r\n`,
  `${ok}X: a\rY: b\r\n\r\n`,
  `${ok}X: \u0000\r\n\r\n`,
  `${ok}Location: /\u0008\r\n\r\n`,
  `${ok}${'X: y\r\n'.repeat(201)}\r\n`,
  `${ok}X: ${'y'.repeat(70_000)}`,
];

for (const octets of bad)
  test(`refused: ${JSON.stringify(octets.slice(0, 70))}`, () => {
    const { head, length } = read(octets);
    assert.is(length, REFUSED);
    assert.ok(head.problem.length > 0);
  });

test('a head that is not whole is waited for, octet by octet', () => {
  const octets = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\n');
  const head = new ResponseHead();
  for (let end = 0; end < octets.length; end++)
    assert.is(head.read(octets, 0, end), INCOMPLETE, `${end} octets`);
  assert.is(head.read(octets), octets.length);
  assert.is(head.contentLength, 5);
});

test('fields of the connection stay with the connection', () => {
  const { head } = read(
    `${ok}Connection: close, X-Hop\r\nX-Hop: a\r\nKeep-Alive: timeout=9\r\nProxy-Authenticate: b\r\nTrailer: X\r\nUpgrade: h2c\r\nX-Request-Id: c\r\nAlt-Svc: h3\r\nX-Case: d\r\n\r\n`,
  );
  assert.is(head.lines(), 'X-Case: d\r\n');
  assert.is(head.close, true);
  assert.is(head.keepAlive, 9);
});

test('an upstream cannot take away by Connection what the client relies on', () => {
  const { head } = read(`${ok}Connection: Content-Type\r\nContent-Type: text/html\r\n\r\n`);
  assert.is(head.lines(), 'Content-Type: text/html\r\n');
});

test('close goes before keep-alive', () => {
  for (const lines of [
    'Connection: close\r\nConnection: keep-alive',
    'Connection: keep-alive, close',
    'Connection: close, keep-alive',
  ])
    assert.is(read(`${ok}${lines}\r\n\r\n`).head.close, true, lines);
  assert.is(read('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n').head.close, false);
  assert.is(read('HTTP/1.0 200 OK\r\n\r\n').head.close, true);
});

test.run();
