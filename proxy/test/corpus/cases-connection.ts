import {
  type Case,
  chunked,
  get,
  head,
  host,
  many,
  no,
  one,
  oneThenNo,
  own,
  post,
  smuggled,
} from './case.js';

/** Fields a client must not be able to take away from the proxy or the app by naming them. */
const guarded = [
  'Host',
  'Content-Length',
  'Transfer-Encoding',
  'Authorization',
  'Cookie',
  'Origin',
  'Content-Type',
  'Content-Encoding',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Forwarded-Port',
  'X-Real-IP',
  'X-Request-Id',
  'Via',
  'Forwarded',
  'traceparent',
  'Expect',
  'X-Auth-User',
  'x-auth-anything',
  'CF-Connecting-IP',
  'X-Original-URL',
] as const;

/** Fields of the connection, or that only the proxy may say: none of a client's own gets through. */
const dropped = [
  'Keep-Alive: timeout=5',
  'Proxy-Connection: keep-alive',
  'Proxy-Authorization: Basic eDp5',
  'Proxy-Authenticate: Basic',
  'TE: gzip',
  'Trailer: X-Sum',
  'Upgrade: h2c',
  'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
  'Forwarded: for=192.0.2.66',
  'X-Forwarded-For: 192.0.2.66',
  'X-Forwarded-Host: evil.example',
  'X-Forwarded-Proto: gopher',
  'X-Forwarded-Port: 6666',
  'X-Forwarded-Server: evil.example',
  'X-Forwarded-Prefix: /evil',
  'X-Forwarded-Scheme: gopher',
  'X-Forwarded-Protocol: gopher',
  'X-Forwarded-Ssl: evil',
  'X-Real-IP: 192.0.2.66',
  'X-Client-IP: 192.0.2.66',
  'X-Cluster-Client-IP: 192.0.2.66',
  'True-Client-IP: 192.0.2.66',
  'CF-Connecting-IP: 192.0.2.66',
  'X-Original-URL: /evil',
  'X-Original-URI: /evil',
  'X-Original-Method: EVIL',
  'X-Rewrite-URL: /evil',
  'X-Request-Id: eeeevvvviiiillll',
  'X-Auth-User: evil',
  'X-Auth-Groups: evil',
] as const;

const twins = dropped
  .filter((line) => line.slice(0, line.indexOf(':')).includes('-'))
  .map((line) => `${line.slice(0, line.indexOf(':')).replaceAll('-', '_')}${line.slice(line.indexOf(':'))}`);

const fieldCases: readonly Case[] = [
  ...guarded.map((name) => no(`Connection: ${name}`, 400, get('X-Case: a', `Connection: ${name}`))),
  no('Connection: close, host', 400, get('Connection: close, host')),
  no('Connection: CONTENT-LENGTH', 400, post(['Content-Length: 5', 'Connection: CONTENT-LENGTH'], 'hello')),
  no('a second Connection names Cookie', 400, get('Connection: keep-alive', 'Connection: cookie')),
  ...[...dropped, ...twins].map((line) =>
    one(`${line} does not go on`, get(line), {}, { hasNot: [`\r\n${line.toLowerCase()}`] }),
  ),
  ...dropped.map((line) =>
    one(
      `${line} in capitals does not go on`,
      get(line.toUpperCase()),
      {},
      { hasNot: [`\r\n${line.toLowerCase()}`] },
    ),
  ),
  one(
    'Connection takes what it names with it',
    get('X-Hop: secret', 'Connection: X-Hop'),
    {},
    { hasNot: ['x-hop', 'connection'] },
  ),
  one(
    'Connection takes twins of what it names',
    get('X_Hop: secret', 'Connection: x-hop'),
    {},
    { hasNot: ['x_hop', 'secret'] },
  ),
  one(
    'Connection with commas and spaces',
    get('X-Hop: secret', 'Connection: , ,keep-alive ,, X-Hop,'),
    {},
    { hasNot: ['secret'] },
  ),
  one(
    'two Connection lines',
    get('X-Hop: secret', 'Connection: keep-alive', 'Connection: x-hop'),
    {},
    { hasNot: ['secret'] },
  ),
  one(
    'Connection: te, trailers wanted',
    get('TE: trailers', 'Connection: TE'),
    {},
    { has: ['\r\nte: trailers\r\n'] },
  ),
  one(
    'TE: trailers, deflate becomes trailers alone',
    get('TE: trailers, deflate;q=0.5', 'Connection: TE'),
    {},
    { has: ['\r\nte: trailers\r\n'], hasNot: ['deflate'] },
  ),
  one('TE: chunked does not go on', get('TE: chunked', 'Connection: TE'), {}, { hasNot: ['\r\nte:'] }),
  one('a name with an underscore that nobody guards goes on', get('X_Case: a'), {}, { has: ['x_case: a'] }),
  one('Via of others goes on', get('Via: 1.0 other'), {}, { has: ['via: 1.0 other\r\n'] }),
  own('our own Via is a loop', 508, get('Via: 1.1 edge.example.test')),
  one(
    'cookies go on as they are',
    get('Cookie: a=b; c="d e"', 'Cookie: f=g'),
    {},
    { has: ['cookie: a=b; c="d e"\r\n', 'cookie: f=g\r\n'] },
  ),
];

const expectCases: readonly Case[] = [
  one('Expect without a body', get('Expect: 100-continue'), {}, { hasNot: ['expect'] }),
  one(
    'Expect with the body behind it',
    post(['Expect: 100-continue', 'Content-Length: 5'], 'hello'),
    { body: 'hello' },
    { has: ['expect: 100-continue\r\n'] },
  ),
  one('Expect in capitals', post(['Expect: 100-CONTINUE', 'Content-Length: 5'], 'hello'), { body: 'hello' }),
  one('Expect with chunks', chunked('5\r\nhello\r\n0\r\n\r\n', 'Expect: 100-continue'), { body: 'hello' }),
  no('Expect of something else', 417, get('Expect: 200-ok')),
  no('Expect of two things', 417, get('Expect: 100-continue, 200-ok')),
  no(
    'Expect twice',
    417,
    post(['Expect: 100-continue', 'Expect: 100-continue', 'Content-Length: 5'], 'hello'),
  ),
  no('Expect of nothing', 417, get('Expect:')),
  no('Expect with a parameter', 417, get('Expect: 100-continue;q=1')),
  one(
    'Expect in HTTP/1.0 is nothing',
    head('POST /case HTTP/1.0', 'Connection: keep-alive', 'Expect: 100-continue', 'Content-Length: 5') +
      'hello',
    { body: 'hello' },
    { hasNot: ['expect'] },
  ),
];

const handshake = [
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];
const socket = (...lines: readonly string[]) => head('GET /socket HTTP/1.1', ...lines);
const asked = { method: 'GET', target: '/socket', body: '' };

const upgradeCases: readonly Case[] = [
  one(
    'Upgrade: h2c is no upgrade',
    get('Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'),
    {},
    { hasNot: ['upgrade', 'http2-settings', 'h2c'] },
  ),
  one('Upgrade without Connection', get('Upgrade: websocket'), {}, { hasNot: ['upgrade'] }),
  one('Connection: upgrade without Upgrade', get('Connection: upgrade'), {}, { hasNot: ['upgrade'] }),
  one('a WebSocket where none may be', get(...handshake), {}, { hasNot: ['\r\nupgrade'] }),
  one('Upgrade to TLS', get('Upgrade: TLS/1.0', 'Connection: Upgrade'), {}, { hasNot: ['upgrade'] }),
  one(
    'Upgrade to two protocols',
    socket('Upgrade: h2c, websocket', 'Connection: Upgrade'),
    { target: '/socket' },
    { hasNot: ['upgrade'] },
  ),
  one(
    'Upgrade in two lines',
    socket('Upgrade: h2c', 'Upgrade: websocket', 'Connection: Upgrade'),
    { target: '/socket' },
    { hasNot: ['upgrade'] },
  ),
  one(
    'Upgrade in HTTP/1.0',
    head('GET /socket HTTP/1.0', ...handshake),
    { target: '/socket' },
    { hasNot: ['\r\nupgrade'] },
  ),
  {
    ...many(
      'a WebSocket that the upstream does not want ends the connection',
      socket(...handshake),
      [asked],
      { has: ['upgrade: websocket\r\n'] },
    ),
    closes: true,
  },
  {
    ...many(
      'a request behind a WebSocket that failed is none (CVE-2026-2833)',
      socket(...handshake) + smuggled,
      [asked],
    ),
    closes: true,
  },
  {
    ...many('nor is one behind a WebSocket where none may be', get(...handshake) + smuggled, [
      { ...asked, target: '/case' },
    ]),
    closes: true,
  },
  {
    ...own('a WebSocket with a body', 400, `${socket(...handshake, 'Content-Length: 5')}hello`),
    closes: true,
  },
  {
    ...own(
      'a WebSocket with chunks',
      400,
      `${socket(...handshake, 'Transfer-Encoding: chunked')}0\r\n\r\n${smuggled}`,
    ),
    closes: true,
  },
  { ...own('a WebSocket by POST', 400, head('POST /socket HTTP/1.1', ...handshake)), closes: true },
  {
    ...own(
      'a WebSocket of version 8',
      400,
      socket(handshake[0] ?? '', handshake[1] ?? '', 'Sec-WebSocket-Version: 8', handshake[3] ?? ''),
    ),
    closes: true,
  },
  { ...own('a WebSocket without a key', 400, socket(...handshake.slice(0, 3))), closes: true },
  {
    ...own('a WebSocket with a short key', 400, socket(...handshake.slice(0, 3), 'Sec-WebSocket-Key: YQ==')),
    closes: true,
  },
  { ...own('a WebSocket with two keys', 400, socket(...handshake, handshake[3] ?? '')), closes: true },
];

const three = [1, 2, 3].map((n) => ({ method: 'GET', target: `/case/${n}`, body: '' }));
const ofThree = three.map(({ target }) => head(`GET ${target} HTTP/1.1`));

const pipelineCases: readonly Case[] = [
  many('three requests at once', ofThree.join(''), three),
  many(
    'fifty requests at once',
    get().repeat(50),
    Array.from({ length: 50 }, () => ({ method: 'GET', target: '/case', body: '' })),
  ),
  many(
    'bodies of all kinds in a row',
    `${post(['Content-Length: 5'], 'hello')}${chunked('2\r\nhi\r\n0\r\n\r\n')}${get()}`,
    [
      { method: 'POST', target: '/case', body: 'hello' },
      { method: 'POST', target: '/case', body: 'hi' },
      { method: 'GET', target: '/case', body: '' },
    ],
  ),
  {
    ...many('nothing behind Connection: close', get('Connection: close') + smuggled, [
      { method: 'GET', target: '/case', body: '' },
    ]),
    closes: true,
  },
  {
    ...many('close goes before keep-alive', get('Connection: keep-alive, close') + smuggled, [
      { method: 'GET', target: '/case', body: '' },
    ]),
    closes: true,
  },
  {
    ...many(
      'close goes before keep-alive in another line',
      get('Connection: close', 'Connection: keep-alive') + smuggled,
      [{ method: 'GET', target: '/case', body: '' }],
    ),
    closes: true,
  },
  {
    ...many('nothing behind HTTP/1.0', head('GET /case HTTP/1.0') + smuggled, [
      { method: 'GET', target: '/case', body: '' },
    ]),
    closes: true,
  },
  {
    ...many(
      'HTTP/1.0 with close and keep-alive',
      head('GET /case HTTP/1.0', 'Connection: keep-alive, close') + smuggled,
      [{ method: 'GET', target: '/case', body: '' }],
    ),
    closes: true,
  },
  many(
    'HTTP/1.0 with keep-alive',
    head('GET /case/1 HTTP/1.0', 'Connection: Keep-Alive') +
      head('GET /case/2 HTTP/1.0', 'Connection: keep-alive'),
    three.slice(0, 2),
  ),
  {
    ...many(
      'a body of HTTP/1.0 that the end of the connection would end (CVE-2026-2835)',
      head('POST /case HTTP/1.0') + smuggled,
      [{ method: 'POST', target: '/case', body: '' }],
    ),
    closes: true,
  },
  oneThenNo('a request and half of nonsense', `${get()}\u0000\u0001`, {}),
  oneThenNo('a request and one without Host', `${get()}GET /smuggled HTTP/1.1\r\n\r\n`, {}),
  oneThenNo(
    'a request and one in HTTP/2.0',
    `${get()}GET /smuggled HTTP/2.0\r\nHost: ${host}\r\n\r\n`,
    {},
    505,
  ),
  no('nonsense and a request', 400, `\u0000${get()}`),
  no('a bad request and a good one', 400, get('X : y') + smuggled),
  own(
    'an unknown host and its body',
    421,
    `POST /case HTTP/1.1\r\nHost: evil.example\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
  ),
  {
    ...own(
      'an unknown host and its chunks',
      421,
      `POST /case HTTP/1.1\r\nHost: evil.example\r\nTransfer-Encoding: chunked\r\n\r\n${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`,
    ),
    closes: true,
  },
  {
    ...own(
      'a body that is larger than its route takes',
      413,
      head('POST /small HTTP/1.1', 'Content-Length: 1048577') + smuggled,
    ),
    closes: true,
  },
];

/** What belongs to the connection, and what follows on it. */
export const connectionCases: readonly Case[] = [
  ...fieldCases,
  ...expectCases,
  ...upgradeCases,
  ...pipelineCases,
];
