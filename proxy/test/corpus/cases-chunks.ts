import { type Case, chunked, cut, many, one, oneThenNo, no as refused, shown, smuggled } from './case.js';

/** A body that breaks off: whatever part of it was sent on, no whole request may come of it. */
const no = (name: string, octets: string): Case => refused(name, 400, octets);

/** First size lines of a chunk of five octets. */
const sizes: readonly (readonly [string, boolean])[] = [
  ['5\r\n', true],
  ['05\r\n', true],
  ['0000000000005\r\n', true],
  ['5;\r\n', true],
  ['5;a\r\n', true],
  ['5;a=b\r\n', true],
  ['5;a="b;c"\r\n', true],
  ['5;a=b;c=d\r\n', true],
  ['5; a = b\r\n', true],
  ['5;\u00e9\r\n', true],
  ['5;\t\r\n', true],
  [`5;${'x'.repeat(255)}\r\n`, true],
  [`5;${'x'.repeat(257)}\r\n`, false],
  [`5;${'x'.repeat(20_000)}\r\n`, false],
  ['00000000000005\r\n', false],
  ['00000000000000005\r\n', false],
  ['10000000000000005\r\n', false],
  ['100000005\r\n', false],
  ['\r\n5\r\n', false],
  ['\r\n', false],
  ['', false],
  [' 5\r\n', false],
  ['\t5\r\n', false],
  ['5 \r\n', false],
  ['5\t\r\n', false],
  ['5 ;a\r\n', false],
  ['5\u000b\r\n', false],
  ['5\u0000\r\n', false],
  ['5\u00a0\r\n', false],
  ['5\n', false],
  ['5\r', false],
  ['5\r\r\n', false],
  ['5\n\r\n', false],
  ['5\r\n\n', false],
  ['0x5\r\n', false],
  ['0X5\r\n', false],
  ['x5\r\n', false],
  ['5h\r\n', false],
  ['g\r\n', false],
  ['+5\r\n', false],
  ['-5\r\n', false],
  ['5,\r\n', false],
  ['5_\r\n', false],
  ['5.\r\n', false],
  ['5e0\r\n', false],
  ['"5"\r\n', false],
  [';5\r\n', false],
  [';\r\n', false],
  ['5;a\n', false],
  ['5;a\r', false],
  ['5;a\n\r\n', false],
  ['5;a\rb\r\n', false],
  ['5;a\nb\r\n', false],
  ['5;a="b\r\nc"\r\n', false],
  ['5;a\u0000\r\n', false],
  ['5;a\u007f\r\n', false],
  ['5;a\u0008\r\n', false],
  ['4\r\n', false],
  ['6\r\n', false],
  ['\u00d9\u00a5\r\n', false],
];

const sizeCases = sizes.map(([line, good]) => {
  const name = `the chunk size ${shown(line.length > 40 ? `${line.slice(0, 8)}… of ${line.length}` : line)}`;
  const octets = chunked(`${line}hello\r\n0\r\n\r\n`);
  // '5e0' is a size: more follows than there is
  return good
    ? one(name, octets, { body: 'hello' })
    : line === '5e0\r\n' || line === '100000005\r\n'
      ? cut(name, octets)
      : no(name, octets);
});

/** What stands in the place of the last chunk and the trailers. */
const ends: readonly (readonly [string, boolean])[] = [
  ['0\r\n\r\n', true],
  ['00\r\n\r\n', true],
  ['0;a=b\r\n\r\n', true],
  ['0\r\nX-Sum: 1\r\n\r\n', true],
  ['0\r\nX-Sum:1\r\nX-Other: 2\r\n\r\n', true],
  ['0\r\nX-Sum:\r\n\r\n', true],
  ['0\r\nx\r\n\r\n', false],
  ['0\r\nContent-Length: 5\r\n\r\n', false],
  ['0\r\ncontent-length: 0\r\n\r\n', false],
  ['0\r\nTransfer-Encoding: chunked\r\n\r\n', false],
  ['0\r\nX-Sum : 1\r\n\r\n', false],
  ['0\r\n X-Sum: 1\r\n\r\n', false],
  ['0\r\nX-Sum: 1\r\n 2\r\n\r\n', false],
  ['0\r\nX-Sum: 1\n\r\n\r\n', false],
  ['0\r\nX-Sum: 1\rX: 2\r\n\r\n', false],
  ['0\r\nX-Sum: \u0000\r\n\r\n', false],
  ['0\r\n: 1\r\n\r\n', false],
  [`0\r\n${smuggled}`, false],
  [`0\r\nX: ${'y'.repeat(9000)}\r\n\r\n`, false],
  [`0\r\n${'X: y\r\n'.repeat(40)}\r\n`, false],
  ['-0\r\n\r\n', false],
  ['0x0\r\n\r\n', false],
  ['0 \r\n\r\n', false],
  ['0\n\r\n', false],
  ['0\r\r\n\r\n', false],
];

const endCases = ends.map(([end, good]) => {
  const name = `the end ${shown(end.length > 60 ? `${end.slice(0, 20)}… of ${end.length}` : end)}`;
  const octets = chunked(`5\r\nhello\r\n${end}`);
  return good ? one(name, octets, { body: 'hello' }) : no(name, octets);
});

/** Trailers that would change what the app believes of the request. */
const trailers = [
  'Host: evil.example.test',
  'Cookie: a=b',
  'Authorization: Basic eDp5',
  'X-Forwarded-For: 192.0.2.1',
  'X-Forwarded-Proto: http',
  'X_Forwarded_For: 192.0.2.1',
  'X-Real-IP: 192.0.2.1',
  'X-Auth-User: root',
  'X_Auth_User: root',
  'Forwarded: for=192.0.2.1',
  'Via: 1.1 other',
  'Connection: close',
  'Te: trailers',
  'Trailer: X',
  'Content-Type: text/html',
  'Content-Encoding: gzip',
  'Range: bytes=0-1',
  'Expect: 100-continue',
  'Upgrade: websocket',
  'Proxy-Authorization: Basic eDp5',
  'X-Request-Id: 0123456789abcdef',
  'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
] as const;

/** Bodies in chunks (RFC 9112 7.1). */
export const chunkCases: readonly Case[] = [
  ...sizeCases,
  ...endCases,
  ...trailers.map((line) =>
    one(
      `the trailer ${line}`,
      chunked(`5\r\nhello\r\n0\r\n${line}\r\nX-Sum: 1\r\n\r\n`),
      { body: 'hello' },
      {
        has: ['0\r\nx-sum: 1\r\n\r\n'],
      },
    ),
  ),
  one('many chunks', chunked(`${'1\r\na\r\n'.repeat(500)}0\r\n\r\n`), { body: 'a'.repeat(500) }),
  one('a chunk that looks like the end', chunked('5\r\n0\r\n\r\n\r\n0\r\n\r\n'), { body: '0\r\n\r\n' }),
  one(
    'a chunk that looks like a request',
    chunked(`${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`),
    {
      body: smuggled,
    },
  ),
  one(
    'sizes in capitals',
    chunked(`A\r\n${'x'.repeat(10)}\r\n0\r\n\r\n`),
    { body: 'x'.repeat(10) },
    { has: ['\r\na\r\n'] },
  ),
  one('no chunk at all', chunked('0\r\n\r\n')),
  one(
    'extensions over all chunks within the limit',
    chunked(`${'1;abcd\r\nx\r\n'.repeat(64)}0\r\n\r\n`),
    { body: 'x'.repeat(64) },
    { hasNot: ['abcd'] },
  ),
  no(
    'extensions over all chunks above the limit (CVE-2024-22019)',
    chunked(`${'1;abcd\r\nx\r\n'.repeat(65)}0\r\n\r\n`),
  ),
  no('data longer than its chunk', chunked('5\r\nhello!\r\n0\r\n\r\n')),
  no('data with a line feed only', chunked('5\r\nhello\n0\r\n\r\n')),
  no('data with a carriage return only', chunked('5\r\nhello\r0\r\n\r\n')),
  no('data without an end of line', chunked('5\r\nhello0\r\n\r\n')),
  no('a chunk behind data that is too long hides a request', chunked(`5\r\nhello${smuggled}0\r\n\r\n`)),
  cut('no last chunk', chunked('5\r\nhello\r\n')),
  cut('half a chunk', chunked('5\r\nhel')),
  cut('half a size', chunked('5')),
  cut('no chunk', chunked('')),
  cut('no end of the trailers', chunked('0\r\nX-Sum: 1\r\n')),
  cut('a last chunk without an empty line', chunked('0\r\n')),
  many('a request behind the last chunk', chunked(`0\r\n\r\n${smuggled}`), [
    { method: 'POST', target: '/case', body: '' },
    { method: 'GET', target: '/smuggled', body: '' },
  ]),
  oneThenNo('octets behind the last chunk', chunked('0\r\n\r\n\u0000')),
  oneThenNo('a second last chunk', chunked('0\r\n\r\n0\r\n\r\n')),
];
