import {
  type Case,
  chunked,
  cut,
  get,
  head,
  many,
  no,
  one,
  oneThenNo,
  post,
  shown,
  smuggled,
} from './case.js';

/** A body that is whole in either reading, and a request to whoever reads it in the wrong one. */
const trap = `0\r\n\r\n${smuggled}`;
const five = 'Content-Length: 5';

/** Values of Transfer-Encoding, as they stand behind the colon, and what becomes of them. */
const codings: readonly (readonly [string, number])[] = [
  [' chunked', 0],
  ['chunked', 0],
  ['\tchunked', 0],
  ['   chunked', 0],
  [' \t chunked', 0],
  [' chunked ', 0],
  [' chunked\t', 0],
  [' Chunked', 0],
  [' CHUNKED', 0],
  [' chunKed', 0],
  ['', 400],
  [' ', 400],
  [' identity', 400],
  [' gzip', 400],
  [' xchunked', 400],
  [' chunkedx', 400],
  [' chunke', 400],
  [' chunked, identity', 400],
  [' chunked,identity', 400],
  [' identity, chunked', 400],
  [' chunked, chunked', 400],
  [' chunked,', 400],
  [' ,chunked', 400],
  [' , chunked', 400],
  [' chunked, ', 400],
  [' chunked;q=1', 400],
  [' chunked;', 400],
  [' chunked; a=b', 400],
  [' "chunked"', 400],
  [" 'chunked'", 400],
  [' chunked chunked', 400],
  [' chunk ed', 400],
  [' chunked, gzip', 400],
  [' cow, chunked', 400],
  [' cow', 400],
  [' x', 400],
  [' chun\u00ebked', 400],
  [' \u0085chunked', 400],
  [' \u00a0chunked', 400],
  [' chunked\u00a0', 400],
  [' chunked\u00ff', 400],
  [' \u000bchunked', 400],
  [' \u000cchunked', 400],
  [' chunked\u000b', 400],
  [' \u0000chunked', 400],
  [' chunked\u0000', 400],
  [' chun\u0000ked', 400],
  [' chunked\u007f', 400],
  [' chunked\u001f', 400],
  [' chunked\u0008', 400],
  [' chunked\r', 400],
  ['\r chunked', 400],
  ['\n chunked', 400],
  ['\r\n chunked', 400],
  ['\r\n\tchunked', 400],
  [' chunked\r\n identity', 400],
  [' chunked\r\n ', 400],
  [' :chunked', 400],
  [': chunked', 400],
  [' gzip, chunked', 501],
  [' gzip,chunked', 501],
  [' gzip , chunked', 501],
  [' GZIP, Chunked', 501],
  [' deflate, chunked', 501],
  [' br, chunked', 501],
  [' x-gzip, chunked', 501],
];

const codingCases = codings.flatMap(([value, status]): Case[] => {
  const name = `Transfer-Encoding:${shown(value)}`;
  const line = `Transfer-Encoding:${value}`;
  const alone =
    status === 0
      ? many(`${name} ends where it says`, post([line], `5\r\nhello\r\n0\r\n\r\n${smuggled}`), [
          { method: 'POST', target: '/case', body: 'hello' },
          { method: 'GET', target: '/smuggled', body: '' },
        ])
      : no(name, status, post([line], trap));
  return [
    alone,
    no(`${name} and Content-Length before it`, 400, post([five, line], trap)),
    no(`${name} and Content-Length behind it`, 400, post([line, `Content-Length: ${trap.length}`], trap)),
  ];
});

/** Names that somebody could take for Transfer-Encoding. */
const codingNames = [
  'Transfer-Encoding : chunked',
  'Transfer-Encoding\t: chunked',
  'Transfer-Encoding\u000b: chunked',
  'Transfer-Encoding\u0000: chunked',
  'Transfer-Encoding\r: chunked',
  'Transfer-Encoding\u00a0: chunked',
  '\u0000Transfer-Encoding: chunked',
  '\u00efTransfer-Encoding: chunked',
  ' Transfer-Encoding: chunked',
  '\tTransfer-Encoding: chunked',
  '\nTransfer-Encoding: chunked',
  '\rTransfer-Encoding: chunked',
  '(Transfer-Encoding: chunked',
  '"Transfer-Encoding": chunked',
  'Transfer Encoding: chunked',
  'Transfer\\Encoding: chunked',
  'Transfer-Encoding',
  'Transfer-Encoding chunked',
  'Transfer-Encoding=chunked',
  ': chunked',
  'X: y\nTransfer-Encoding: chunked',
  'X: y\rTransfer-Encoding: chunked',
  'X: y\r\r\nTransfer-Encoding: chunked',
  'X: y\n\rTransfer-Encoding: chunked',
  'X\r\nTransfer-Encoding: chunked',
  'X: y\u0000\r\nTransfer-Encoding: chunked',
] as const;

/** Values of Content-Length as they stand, and what becomes of them with a body of five octets. */
const lengths: readonly (readonly [string, boolean])[] = [
  [' 5', true],
  ['5', true],
  ['\t5\t', true],
  ['   5   ', true],
  [' 05', true],
  [' 000000000000005', true],
  [' 0000000000000005', false],
  ['', false],
  [' ', false],
  [' +5', false],
  [' -5', false],
  [' --5', false],
  [' 5 5', false],
  [' 5,5', false],
  [' 5, 5', false],
  [' 5, 6', false],
  [' 5,', false],
  [' ,5', false],
  [' 5;', false],
  [' 5;a', false],
  [' 5a', false],
  [' a5', false],
  [' 0x5', false],
  [' 0o5', false],
  [' 5.0', false],
  [' 5e0', false],
  [' 5_0', false],
  [' "5"', false],
  [" '5'", false],
  [' \u00b2', false],
  [' \u00d9\u00a5', false],
  [' 5\u00a0', false],
  [' 5\u000b', false],
  [' 5\u0000', false],
  [' \u00005', false],
  [' 5\r', false],
  ['\n 5', false],
  ['\r\n 5', false],
  [' 5\r\n 6', false],
  [' 9007199254740993', false],
  [' 18446744073709551621', false],
  [' 340282366920938463463374607431768211461', false],
  [' infinity', false],
  [' NaN', false],
  [' null', false],
  [' chunked', false],
];

const lengthCases = lengths.map(([value, good]) => {
  const name = `Content-Length:${shown(value)}`;
  const octets = post([`Content-Length:${value}`], 'hello');
  return good ? one(name, octets, { body: 'hello' }) : no(name, 400, octets);
});

const lengthNames = [
  'Content-Length : 5',
  'Content-Length\t: 5',
  'Content-Length\u0000: 5',
  ' Content-Length: 5',
  '\u0000Content-Length: 5',
  'Content Length: 5',
  'X: y\nContent-Length: 5',
  'X: y\rContent-Length: 5',
  'X:\r\n Content-Length: 5',
] as const;

const pairs: readonly (readonly [string, string])[] = [
  [five, five],
  [five, 'Content-Length: 6'],
  ['Content-Length: 6', five],
  [five, 'content-length: 0'],
  ['Content-Length: 0', five],
  [five, 'Content-Length:'],
  [five, 'Content-Length: +5'],
  ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
  ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
  ['Transfer-Encoding: identity', 'Transfer-Encoding: chunked'],
  ['Transfer-Encoding: gzip', 'Transfer-Encoding: chunked'],
  ['Transfer-Encoding: chunked', 'transfer-encoding: x'],
  ['Transfer-Encoding:', 'Transfer-Encoding: chunked'],
];

const others: readonly Case[] = [
  ...['Content_Length: 5', 'content_length: 5', 'Content_length: 5'].map((line) =>
    oneThenNo(`${line} is no length`, post([line], '\u0000hello')),
  ),
  ...['Transfer_Encoding: chunked', 'transfer_encoding: chunked'].map((line) =>
    oneThenNo(`${line} is no coding`, post([line], '0\r\n\r\n'), {}),
  ),
  one(
    'Transfer_Encoding beside a length',
    post(['Transfer_Encoding: chunked', 'Content-Length: 5'], '0\r\n\r\n'),
    {
      body: '0\r\n\r\n',
    },
    { hasNot: ['transfer_encoding', 'transfer-encoding'] },
  ),
  one(
    'Content_Length beside a coding',
    chunked('5\r\nhello\r\n0\r\n\r\n', 'Content_Length: 3'),
    { body: 'hello' },
    {
      hasNot: ['content_length', 'content-length'],
    },
  ),
  one('a body that looks like a request', post([`Content-Length: ${smuggled.length}`], smuggled), {
    body: smuggled,
  }),
  one('a body that looks like chunks', post([`Content-Length: ${trap.length}`], trap), { body: trap }),
  one('a GET with a body', `${head('GET /case HTTP/1.1', five)}hello`, { body: 'hello' }),
  one('a DELETE with a body', `${head('DELETE /case HTTP/1.1', five)}hello`, { body: 'hello' }),
  one('a GET with a chunked body', `${get('Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`, {
    body: 'hello',
  }),
  one('a POST without framing has no body', post([], '')),
  one('a POST of length 0', post(['Content-Length: 0'], ''), {}, { has: ['content-length: 0'] }),
  many('what follows a POST without framing is a request', post([], smuggled), [
    { method: 'POST', target: '/case', body: '' },
    { method: 'GET', target: '/smuggled', body: '' },
  ]),
  many('what is behind the length is a request', post([five], `hello${smuggled}`), [
    { method: 'POST', target: '/case', body: 'hello' },
    { method: 'GET', target: '/smuggled', body: '' },
  ]),
  oneThenNo('a body longer than its length', post(['Content-Length: 3'], 'hel\u0000o'), { body: 'hel' }),
  oneThenNo('a body longer by spaces', post([five], 'hello   \r\n'), { body: 'hello' }),
  one('an empty line behind a body, of old clients', post([five], 'hello\r\n'), { body: 'hello' }),
  cut('a body shorter than its length', post(['Content-Length: 6'], 'hello')),
  cut('a length without a body', post(['Content-Length: 1'], '')),
  no('a coding in HTTP/1.0', 400, head('POST /case HTTP/1.0', 'Transfer-Encoding: chunked') + trap),
  no(
    'a coding in HTTP/1.0 that goes on (CVE-2026-2835)',
    400,
    head('POST /case HTTP/1.0', 'Connection: keep-alive', 'Transfer-Encoding: chunked') + trap,
  ),
  no('both in HTTP/1.0', 400, head('POST /case HTTP/1.0', 'Transfer-Encoding: chunked', five) + trap),
];

/** Where a body ends, by everybody's reading. */
export const framingCases: readonly Case[] = [
  ...codingCases,
  ...codingNames.map((line) => no(`the line ${shown(line)}`, 400, post([line], trap))),
  ...codingNames.map((line) => no(`the line ${shown(line)} beside a length`, 400, post([five, line], trap))),
  ...lengthCases,
  ...lengthNames.map((line) => no(`the line ${shown(line)}`, 400, post([line], 'hello'))),
  ...pairs.map(([a, b]) => no(`${a} and ${b}`, 400, post([a, b], trap))),
  ...others,
];
