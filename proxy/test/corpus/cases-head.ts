import { type Case, get, head, host, many, no, one, own, shown } from './case.js';

/** Octets no line of a head may have, and those it may. */
const controls = [0, 1, 7, 8, 11, 12, 14, 27, 31, 127];

const octetCases: readonly Case[] = controls.flatMap((code): Case[] => {
  const octet = String.fromCharCode(code);
  const name = `octet ${code}`;
  return [
    no(`${name} in a value`, 400, get(`X-Case: a${octet}b`)),
    no(`${name} before a value`, 400, get(`X-Case: ${octet}b`)),
    no(`${name} behind a value`, 400, get(`X-Case: a${octet}`)),
    no(`${name} in a name`, 400, get(`X${octet}Case: a`)),
    no(`${name} in the target`, 400, head(`GET /ca${octet}se HTTP/1.1`)),
    no(`${name} in the method`, 400, head(`G${octet}T /case HTTP/1.1`)),
  ];
});

/** Characters of RFC 9110 5.6.2 that separate, and octets above 127. */
const separators = [
  '(',
  ')',
  ',',
  '/',
  ';',
  '<',
  '=',
  '>',
  '?',
  '@',
  '[',
  '\\',
  ']',
  '{',
  '}',
  '"',
  ' ',
  '\t',
  '\u00e9',
  '\u0080',
  '\u00ff',
];

const nameCases: readonly Case[] = [
  ...separators.map((octet) => no(`${shown(octet)} in a name`, 400, get(`X${octet}Case: a`))),
  ...['!', '#', '$', '%', '&', "'", '*', '+', '.', '^', '`', '|', '~', '0'].map((octet) =>
    one(`${octet} in a name`, get(`X${octet}Case: a`), {}, { has: [`\r\nx${octet}case: a\r\n`] }),
  ),
  no('an empty name', 400, get(': a')),
  no('a name of a space', 400, get(' : a')),
  no('a space before the colon', 400, get('X-Case : a')),
  no('a tab before the colon', 400, get('X-Case\t: a')),
  no('a line without a colon', 400, get('X-Case')),
  no('a line of spaces', 400, get('   ')),
  no('a space before the first field', 400, `GET /case HTTP/1.1\r\n Host: ${host}\r\n\r\n`),
  no('a tab before the first field', 400, `GET /case HTTP/1.1\r\n\tX: y\r\nHost: ${host}\r\n\r\n`),
  no('a space alone before the first field', 400, `GET /case HTTP/1.1\r\n \r\nHost: ${host}\r\n\r\n`),
  no('a folded value', 400, get('X-Case: a\r\n b')),
  no('a value folded by a tab', 400, get('X-Case: a\r\n\tb')),
  no('a folded empty value', 400, get('X-Case:\r\n b')),
  no('a folded Host', 400, `GET /case HTTP/1.1\r\nHost:\r\n ${host}\r\n\r\n`),
  no('a folded last line', 400, get('X-Case: a\r\n ')),
  one(
    'obs-text goes on octet by octet',
    get('X-Case: caf\u00c3\u00a9 \u00ff'),
    {},
    { has: ['x-case: caf\u00c3\u00a9 \u00ff\r\n'] },
  ),
  one('white space around a value goes', get('X-Case: \t a b \t '), {}, { has: ['\r\nx-case: a b\r\n'] }),
  one('a tab within a value', get('X-Case: a\tb'), {}, { has: ['\r\nx-case: a\tb\r\n'] }),
  one('an empty value', get('X-Case:'), {}, { has: ['\r\nx-case:'] }),
  one('a value of colons', get('X-Case: :a:b:'), {}, { has: ['\r\nx-case: :a:b:\r\n'] }),
  one(
    '__proto__ is a name like others',
    get('__proto__: a', 'constructor: b', 'hasOwnProperty: c'),
    {},
    { has: ['__proto__: a', 'constructor: b'] },
  ),
  one(
    'a field twice goes on twice',
    get('X-Case: a', 'X-Case: b'),
    {},
    { has: ['x-case: a\r\nx-case: b\r\n'] },
  ),
];

const line = `GET /case HTTP/1.1`;
const hostLine = `Host: ${host}`;

/** Ends of lines (RFC 9112 2.2). */
const endCases: readonly Case[] = [
  no('line feeds only', 400, `${line}\n${hostLine}\n\n`),
  no('a line feed behind the request line', 400, `${line}\n${hostLine}\r\n\r\n`),
  no('a line feed behind a field', 400, `${line}\r\n${hostLine}\n\r\n`),
  no('a line feed behind the last field', 400, `${line}\r\n${hostLine}\r\nX: y\n\r\n`),
  no('a line feed for the empty line', 400, `${line}\r\n${hostLine}\r\n\n`),
  no('a line feed between two fields', 400, `${line}\r\n${hostLine}\r\nX: y\nZ: z\r\n\r\n`),
  no('carriage returns only', 400, `${line}\r${hostLine}\r\r`),
  no('a carriage return behind the request line', 400, `${line}\r${hostLine}\r\n\r\n`),
  no(
    'a carriage return between two fields (CVE-2023-30589)',
    400,
    `${line}\r\n${hostLine}\r\nX: y\rZ: z\r\n\r\n`,
  ),
  no('a carriage return too many', 400, `${line}\r\r\n${hostLine}\r\n\r\n`),
  no('a carriage return too many behind a field', 400, `${line}\r\n${hostLine}\r\r\n\r\n`),
  {
    ...no('a carriage return within the end (CVE-2025-23167)', 400, `${line}\r\n${hostLine}\r\n\rX`),
    endless: true,
  },
  no('a carriage return and a letter within the end', 400, `${line}\r\n${hostLine}\r\n\rX: y\r\n\r\n`),
  no('LF CR in place of CR LF', 400, `${line}\n\r${hostLine}\n\r\n\r`),
  one('one empty line before a request', `\r\n${get()}`, { method: 'GET' }),
  no('two empty lines before a request', 400, `\r\n\r\n${get()}`),
  no('a line feed before a request', 400, `\n${get()}`),
  no('a carriage return before a request', 400, `\r${get()}`),
  no('a space before a request', 400, ` ${get()}`),
  no('a NUL before a request', 400, `\u0000${get()}`),
  no('a byte order mark before a request', 400, `\u00ef\u00bb\u00bf${get()}`),
  many('an empty line between two requests', `${get()}\r\n${get()}`, [
    { method: 'GET', target: '/case', body: '' },
    { method: 'GET', target: '/case', body: '' },
  ]),
  no('a TLS record', 400, '\u0016\u0003\u0001\u0000\u00a5\u0001\u0000\u0000\u00a1\u0003\u0003'),
  no('the preface of HTTP/2', 505, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  no('an answer for a request', 400, 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
];

/** Request lines (RFC 9112 3). */
const requestLines: readonly (readonly [string, number])[] = [
  ['GET /case HTTP/1.2', 505],
  ['GET /case HTTP/0.9', 505],
  ['GET /case HTTP/2.0', 505],
  ['GET /case HTTP/3.0', 505],
  ['GET /case HTTP/9.9', 505],
  ['GET /case HTTP/1.10', 400],
  ['GET /case HTTP/11.1', 400],
  ['GET /case HTTP/01.1', 400],
  ['GET /case HTTP/1', 400],
  ['GET /case HTTP/1.', 400],
  ['GET /case HTTP/.1', 400],
  ['GET /case HTTP/2', 400],
  ['GET /case HTTP/a.b', 400],
  ['GET /case http/1.1', 400],
  ['GET /case Http/1.1', 400],
  ['GET /case HTTPS/1.1', 400],
  ['GET /case HTTP /1.1', 400],
  ['GET /case HTTP/ 1.1', 400],
  ['GET /case HTTP/1.1 ', 400],
  ['GET /case HTTP/1.1\t', 400],
  ['GET /case HTTP/1.1 HTTP/1.1', 400],
  ['GET /case HTTP/1,1', 400],
  ['GET /case HTTP/1-1', 400],
  ['GET /case HTTP/-1.1', 400],
  ['GET /case HTTP/1.1x', 400],
  ['GET /case FTP/1.1', 400],
  ['GET /case', 400],
  ['GET /case ', 400],
  ['GET', 400],
  ['GET ', 400],
  ['GET HTTP/1.1', 400],
  ['GET  HTTP/1.1', 400],
  ['/case HTTP/1.1', 400],
  ['GET  /case HTTP/1.1', 400],
  ['GET /case  HTTP/1.1', 400],
  ['GET\t/case HTTP/1.1', 400],
  ['GET /case\tHTTP/1.1', 400],
  ['GET\u00a0/case HTTP/1.1', 400],
  ['GET /case a HTTP/1.1', 400],
  ['GET /a b c HTTP/1.1', 400],
  ['GET, /case HTTP/1.1', 400],
  ['"GET" /case HTTP/1.1', 400],
  ['G=T /case HTTP/1.1', 400],
  ['(GET) /case HTTP/1.1', 400],
  ['G\u00c9T /case HTTP/1.1', 400],
  [`${'M'.repeat(33)} /case HTTP/1.1`, 400],
  ['CONNECT app.example.test:443 HTTP/1.1', 405],
  ['CONNECT /case HTTP/1.1', 405],
  ['PRI * HTTP/1.1', 400],
];

const requestLineCases = requestLines.map(([text, status]) =>
  no(`the request line ${shown(text)}`, status, head(text)),
);

/** Methods that go on, and what the app makes of them is its business. */
const methods = [
  'HEAD',
  'OPTIONS',
  'PUT',
  'PATCH',
  'DELETE',
  'PROPFIND',
  'PROPPATCH',
  'REPORT',
  'MKCALENDAR',
  'MKCOL',
  'MOVE',
  'COPY',
  'LOCK',
  'UNLOCK',
  'SEARCH',
  'PURGE',
  'TRACE',
  'FOO',
  'get',
  'Get',
  'G',
  'M-SEARCH',
  'GET!',
  "G'T",
  'X_Y',
  'M'.repeat(32),
];

const methodCases = methods.map((method) => one(`the method ${method}`, head(`${method} /case HTTP/1.1`)));

/** Sizes of a head. */
const sizeCases: readonly Case[] = [
  own('an OPTIONS of the whole server', 204, head('OPTIONS * HTTP/1.1')),
  one('a target of 8192 octets', head(`GET /case?${'x'.repeat(8186)} HTTP/1.1`), {
    target: `/case?${'x'.repeat(8186)}`,
  }),
  no('a target of 8193 octets', 414, head(`GET /case?${'x'.repeat(8187)} HTTP/1.1`)),
  { ...no('a target without end', 414, `GET /${'x'.repeat(9000)}`), endless: true },
  no('a target larger than a head', 414, head(`GET /${'x'.repeat(40_000)} HTTP/1.1`)),
  one('100 fields', get(...Array.from({ length: 99 }, (_, i) => `X-${i}: y`))),
  no('101 fields', 431, get(...Array.from({ length: 100 }, (_, i) => `X-${i}: y`))),
  no('3000 fields', 431, get(...Array.from({ length: 3000 }, () => 'X: y'))),
  no('a head without end', 431, `${line}\r\n${hostLine}\r\nX-Case: ${'x'.repeat(33_000)}`),
  no('a value of 33,000 octets', 431, get(`X-Case: ${'x'.repeat(33_000)}`)),
  no('a name of 33,000 octets', 431, get(`${'x'.repeat(33_000)}: y`)),
  one('a value of 30,000 octets', get(`X-Case: ${'x'.repeat(30_000)}`)),
];

/** What a head may be made of, octet by octet and line by line. */
export const headCases: readonly Case[] = [
  ...octetCases,
  ...nameCases,
  ...endCases,
  ...requestLineCases,
  ...methodCases,
  ...sizeCases,
];
