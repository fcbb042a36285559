import { host, type Seen, shown, smuggled } from './case.js';

type Fields = readonly (readonly [name: string, value: string])[];

/** A request of HTTP/2 as it stands, and what may come of it. */
export interface StreamCase {
  readonly name: string;
  readonly fields: Fields;
  /** Pieces of the body; none: the request ends with its fields. */
  readonly data?: readonly string[];
  readonly trailers?: Fields;
  /** What must reach the upstream; 'nothing'; or 'harmless': at most one request, without what it was to smuggle. */
  readonly outcome: Seen | 'nothing' | 'harmless';
  /** Status in the log, where the proxy answers itself. */
  readonly status?: number;
  readonly has?: readonly string[];
  readonly hasNot?: readonly string[];
}

const usual: Fields = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', host],
  [':path', '/case'],
];

/** The usual request with pseudo-fields replaced, or taken out where the value is undefined, and fields added. */
function request(changes: Readonly<Record<string, string | undefined>>, ...more: Fields): Fields {
  const pseudo = usual.flatMap(([name, value]): Fields => {
    if (!(name in changes)) return [[name, value]];
    const other = changes[name];
    return other === undefined ? [] : [[name, other]];
  });
  return [...pseudo, ...more];
}

const seen = (changes: Partial<Seen> = {}): Seen => ({
  method: 'GET',
  target: '/case',
  body: '',
  ...changes,
});
const passes = (
  name: string,
  fields: Fields,
  changes: Partial<Seen> = {},
  more: Partial<StreamCase> = {},
): StreamCase => ({ name, fields, outcome: seen(changes), ...more });
const refused = (name: string, fields: Fields, more: Partial<StreamCase> = {}): StreamCase => ({
  name,
  fields,
  outcome: 'nothing',
  ...more,
});
const harmless = (name: string, fields: Fields, more: Partial<StreamCase> = {}): StreamCase => ({
  name,
  fields,
  outcome: 'harmless',
  hasNot: ['smuggled', 'x-evil'],
  ...more,
});
const posting = (...more: Fields): Fields => request({ ':method': 'POST' }, ...more);

const pseudoCases: readonly StreamCase[] = [
  passes('the usual request', usual),
  ...usual.map(([name, value]) => refused(`${name} twice`, [...usual.slice(0, 4), [name, value]])),
  ...usual.map(([name]) => refused(`${name} empty`, request({ [name]: '' }))),
  ...usual
    .filter(([name]) => name !== ':authority')
    .map(([name]) => refused(`no ${name}`, request({ [name]: undefined }))),
  refused('no :authority and no host', request({ ':authority': undefined })),
  passes('host in place of :authority', request({ ':authority': undefined }, ['host', host])),
  passes('host that says the same', [...usual, ['host', host]]),
  refused('host that says something else', [...usual, ['host', 'other.example.test']]),
  refused('host twice', [...usual, ['host', host], ['host', host]]),
  refused('host with a port that :authority has not', [...usual, ['host', `${host}:443`]]),
  refused('an unknown pseudo-field', [...usual, [':evil', 'x']]),
  refused(':status in a request', [...usual, [':status', '200']]),
  refused('a pseudo-field behind a field', [...usual.slice(0, 3), ['x-case', 'a'], [':path', '/case']]),
  refused(':path in capitals', request({ ':path': undefined }, [':Path', '/case'])),
  refused(':protocol without CONNECT', [...usual, [':protocol', 'websocket']]),
];

/** Values of pseudo-fields that would be another request, or none, in a request line. */
const forms: readonly (readonly [name: string, value: string])[] = [
  [':path', 'case'],
  [':path', '*'],
  [':path', `http://${host}/case`],
  [':path', 'http://evil.example/case'],
  [':path', `${host}:443`],
  [':path', '\\case'],
  [':path', '?case'],
  [':path', ' /case'],
  [':path', '/case '],
  [':path', '/ca se'],
  [':path', '/case\t'],
  [':path', '/case#x'],
  [':path', '/case\r\nX-Evil: y'],
  [':path', '/case\nX-Evil: y'],
  [':path', '/case\rX-Evil: y'],
  [':path', '/case\u0000'],
  [':path', '/case\u007f'],
  [':path', '/caf\u00c3\u00a9'],
  [':path', `/case HTTP/1.1\r\nHost: ${host}\r\n\r\nGET /smuggled`],
  [':path', '/case HTTP/1.1'],
  [':path', '/case%0d%0aX-Evil:%20y'],
  [':path', '/%2e%2e/case'],
  [':method', 'G ET'],
  [':method', 'GET /smuggled HTTP/1.1\r\nX-Evil:'],
  [':method', 'GET '],
  [':method', ' GET'],
  [':method', 'GET\t'],
  [':method', 'GET\r\n'],
  [':method', 'G\u0000T'],
  [':method', 'G:T'],
  [':method', 'G(T)'],
  [':method', 'G\u00c9T'],
  [':method', 'M'.repeat(40)],
  [':authority', `user@${host}`],
  [':authority', `user:secret@${host}`],
  [':authority', `${host}/x`],
  [':authority', `${host}?x`],
  [':authority', `${host}#x`],
  [':authority', `${host}:x`],
  [':authority', `${host} `],
  [':authority', ` ${host}`],
  [':authority', `${host}, other.example.test`],
  [':authority', `${host}\r\nX-Evil: y`],
  [':authority', `${host}\u0000`],
  [':authority', `${host}\\x`],
  [':authority', `http://${host}`],
  [':authority', 'app.ex\u00e4mple.test'],
  [':authority', 'app.evil.example'],
  [':scheme', 'http'],
  [':scheme', 'HTTPS'],
  [':scheme', 'foo'],
  [':scheme', 'https://evil.example/'],
  [':scheme', 'https\r\nX-Evil: y'],
];

const formCases: readonly StreamCase[] = [
  ...forms.map(([name, value]) => refused(`${name} ${shown(value)}`, request({ [name]: value }))),
  passes(':path with a query', request({ ':path': '/case?a=b' }), { target: '/case?a=b' }),
  passes(':path with an encoded line in the query', request({ ':path': '/case?a=%0d%0aX-Evil:%20y' }), {
    target: '/case?a=%0d%0aX-Evil:%20y',
  }),
  passes(':path with two slashes', request({ ':path': '//case' }), {}),
  passes(':path with dots', request({ ':path': '/a/../case' }), {}),
  passes(
    ':authority in capitals',
    request({ ':authority': 'APP.example.test' }),
    {},
    { has: [`\r\nHost: ${host}\r\n`] },
  ),
  passes(
    ':authority with a port',
    request({ ':authority': `${host}:443` }),
    {},
    { has: [`\r\nHost: ${host}:443\r\n`] },
  ),
  passes(':method of WebDAV', request({ ':method': 'PROPFIND' }), { method: 'PROPFIND' }),
];

/** Values and names that would be lines of their own. */
const lines = [
  'a\r\nX-Evil: y',
  'a\nX-Evil: y',
  'a\rX-Evil: y',
  `a\r\n\r\n${smuggled}`,
  'a\u0000X-Evil',
  'a\r\n X-Evil',
  '\r\nX-Evil: y',
  'a\u0008X-Evil',
  'a\u007fX-Evil',
];
const names = [
  'x-case\r\nx-evil',
  'x-case\nx-evil',
  'x-case\u0000x-evil',
  'x-case: a\r\nx-evil',
  'x-evil:',
  'x-evil ',
  ' x-evil',
  'x evil',
  'x-evil\t',
  'x-evil\u00e9',
  'x-evil(',
  'x-case:x-evil',
  '',
  'X-Evil',
];

const fieldCases: readonly StreamCase[] = [
  ...lines.map((value) => harmless(`a value ${shown(value.slice(0, 30))}`, [...usual, ['x-case', value]])),
  ...names.map((name) => harmless(`a name ${shown(name)}`, [...usual, [name, 'a']])),
  harmless('a cookie of two lines', [...usual, ['cookie', 'a=b\r\nX-Evil: y']]),
  harmless('a Content-Length of two lines', posting(['content-length', '5\r\nX-Evil: y']), {
    data: ['hello'],
  }),
  ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'].map((name) =>
    refused(`the field ${name}`, posting([name, name === 'transfer-encoding' ? 'chunked' : 'x']), {
      data: [`0\r\n\r\n${smuggled}`],
    }),
  ),
  refused('the field http2-settings', [...usual, ['http2-settings', 'AAMAAABkAARAAAAAAAIAAAAA']]),
  refused('te of something else', [...usual, ['te', 'gzip']]),
  passes('te: trailers', [...usual, ['te', 'trailers']]),
  refused('Transfer-Encoding in capitals', posting(['Transfer-Encoding', 'chunked']), {
    data: [`0\r\n\r\n${smuggled}`],
  }),
  passes(
    'transfer_encoding is no coding',
    posting(['transfer_encoding', 'chunked'], ['content-length', '5']),
    { method: 'POST', body: 'hello' },
    { data: ['hello'], hasNot: ['transfer_encoding', 'transfer-encoding'] },
  ),
  passes(
    'content_length is no length',
    posting(['content_length', '3']),
    { method: 'POST', body: 'hello' },
    { data: ['hello'], hasNot: ['content_length', 'content-length'] },
  ),
  ...[
    'x-forwarded-for',
    'x_forwarded_for',
    'x-real-ip',
    'forwarded',
    'x-auth-user',
    'x_auth_user',
    'cf-connecting-ip',
    'proxy-authorization',
    'x-original-url',
  ].map((name) =>
    passes(
      `the field ${name} does not go on`,
      [...usual, [name, '192.0.2.66']],
      {},
      { hasNot: ['192.0.2.66'] },
    ),
  ),
  passes(
    'crumbs of cookies are one line (RFC 9113 8.2.3)',
    [...usual, ['cookie', 'a=b'], ['cookie', 'c=d'], ['cookie', 'e=f']],
    {},
    { has: ['\r\ncookie: a=b; c=d; e=f\r\n'] },
  ),
  passes(
    'obs-text in a value',
    [...usual, ['x-case', 'caf\u00c3\u00a9']],
    {},
    { has: ['x-case: caf\u00c3\u00a9\r\n'] },
  ),
  refused('an Expect of something else', posting(['expect', 'x'], ['content-length', '5']), {
    data: ['hello'],
    status: 417,
  }),
  passes(
    'Expect',
    posting(['expect', '100-continue'], ['content-length', '5']),
    { method: 'POST', body: 'hello' },
    { data: ['hello'] },
  ),
];

const hello = { method: 'POST', body: 'hello' };

const bodyCases: readonly StreamCase[] = [
  passes('a body with its length', posting(['content-length', '5']), hello, {
    data: ['hello'],
    has: ['content-length: 5'],
  }),
  passes('a body without a length', posting(), hello, {
    data: ['hello'],
    has: ['transfer-encoding: chunked'],
  }),
  passes('a body in pieces', posting(['content-length', '5']), hello, { data: ['he', '', 'l', 'lo'] }),
  passes('an empty body', posting(), { method: 'POST' }, { data: [''] }),
  passes('a body of length 0', posting(['content-length', '0']), { method: 'POST' }, { data: [''] }),
  passes('a GET with a body', request({}, ['content-length', '5']), { body: 'hello' }, { data: ['hello'] }),
  passes(
    'a body that looks like the last chunk',
    posting(),
    { method: 'POST', body: `0\r\n\r\n${smuggled}` },
    { data: [`0\r\n\r\n${smuggled}`] },
  ),
  passes(
    'a body that looks like a request',
    posting(['content-length', `${smuggled.length}`]),
    { method: 'POST', body: smuggled },
    { data: [smuggled] },
  ),
  refused('a length with no body', posting(['content-length', '5'])),
  refused('a length above the body', posting(['content-length', '6']), { data: ['hello'] }),
  refused('a length below the body', posting(['content-length', '4']), { data: ['hello'] }),
  refused('a length of 0 with a body', posting(['content-length', '0']), { data: [smuggled] }),
  refused('a length below a body that hides a request', posting(['content-length', '5']), {
    data: [`hello${smuggled}`],
  }),
  refused('two lengths', posting(['content-length', '5'], ['content-length', '5']), { data: ['hello'] }),
  refused('two lengths that differ', posting(['content-length', '5'], ['content-length', '4']), {
    data: ['hello'],
  }),
  ...['+5', '-5', '5,5', '5, 5', '0x5', '5 5', '', 'five', '5.0', '18446744073709551621'].map((length) =>
    refused(`the length '${length}'`, posting(['content-length', length]), { data: ['hello'] }),
  ),
  passes('trailers', posting(), hello, {
    data: ['hello'],
    trailers: [['x-sum', '1']],
    has: ['0\r\nx-sum: 1\r\n\r\n'],
  }),
  passes('trailers that may not be', posting(), hello, {
    data: ['hello'],
    trailers: [
      ['x-auth-user', 'root'],
      ['cookie', 'a=b'],
      ['x-sum', '1'],
    ],
    hasNot: ['root', 'a=b'],
  }),
  harmless('trailers of two lines', posting(), { data: ['hello'], trailers: [['x-sum', '1\r\nX-Evil: y']] }),
  harmless('trailers that end in a request', posting(), {
    data: ['hello'],
    trailers: [['x-sum', `1\r\n\r\n${smuggled}`]],
  }),
  refused('a pseudo-field in trailers', posting(), { data: ['hello'], trailers: [[':path', '/smuggled']] }),
];

const connect = (...more: Fields): Fields => [[':method', 'CONNECT'], ...more];
const toSocket = connect(
  [':protocol', 'websocket'],
  [':scheme', 'https'],
  [':authority', host],
  [':path', '/socket'],
);

const connectCases: readonly StreamCase[] = [
  refused('CONNECT', connect([':authority', `${host}:443`])),
  refused('CONNECT with a path', connect([':scheme', 'https'], [':authority', host], [':path', '/case'])),
  refused(
    'CONNECT of another protocol',
    connect([':protocol', 'connect-udp'], [':scheme', 'https'], [':authority', host], [':path', '/socket']),
    { data: [''] },
  ),
  refused(
    'CONNECT of a protocol of two lines',
    connect(
      [':protocol', 'websocket\r\nX-Evil: y'],
      [':scheme', 'https'],
      [':authority', host],
      [':path', '/socket'],
    ),
    { data: [''] },
  ),
  refused('a WebSocket with a length', [...toSocket, ['content-length', '5']], { data: ['hello'] }),
  refused('a WebSocket that ends where it begins', toSocket),
  {
    name: 'nothing goes on before a WebSocket stands (CVE-2026-2833)',
    fields: toSocket,
    data: [smuggled],
    outcome: { method: 'GET', target: '/socket', body: '' },
    status: 501,
    has: ['upgrade: websocket\r\n', 'sec-websocket-version: 13'],
  },
];

/** What HTTP/2 can say and HTTP/1.1 must not repeat. */
export const streamCases: readonly StreamCase[] = [
  ...pseudoCases,
  ...formCases,
  ...fieldCases,
  ...bodyCases,
  ...connectCases,
];
