import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RequestHead } from '../../src/http1/request-head.js';
import { webSocketAccept, webSocketKey } from '../../src/http2/connect-protocol.js';
import { HeadText, Verdict } from '../../src/http2/head-text.js';
import { Decoded, HpackDecoder } from '../../src/http2/hpack-decoder.js';
import { block, Flag, frame, get, RawClient, Type } from './frames.js';
import { Stage } from './stage.js';

const limits = { headBytes: 32_768, targetBytes: 8192 };
const usual = [':method', 'GET', ':scheme', 'https', ':authority', 'app.example.test', ':path', '/'];

/** Status of the refusal, 0 when the head was read; what was read. */
function read(raw: readonly string[], ended = true): { status: number; head: RequestHead; text: HeadText } {
  const text = new HeadText();
  const head = new RequestHead(limits, 100);
  const fields = Array.from({ length: raw.length / 2 }, (_, i): [string, string] => [
    raw[2 * i] ?? '',
    raw[2 * i + 1] ?? '',
  ]);
  const bytes = block(...fields);
  const decoder = new HpackDecoder(limits.headBytes);
  text.begin();
  assert.is(decoder.decode(bytes, 0, bytes.length, text), Decoded.whole);
  return { status: text.read(decoder, ended, 'https', head) === Verdict.fine ? 0 : head.status, head, text };
}

/** The usual request with some pseudo-fields replaced, and fields added. */
function request(...changes: readonly (readonly [string, string])[]): string[] {
  const raw = [...usual];
  for (const [name, value] of changes) {
    const at = name.startsWith(':') ? raw.indexOf(name) : -1;
    if (at >= 0) raw[at + 1] = value;
    else raw.push(name, value);
  }
  return raw;
}

test('what HTTP/2 forbids, and what could be read as something else, is refused', () => {
  const cases: [status: number, ...changes: [string, string][]][] = [
    [0],
    [0, ['te', 'trailers'], ['content-length', '0']],
    [0, ['host', 'APP.example.test']],
    [0, [':method', 'OPTIONS'], [':path', '*']],
    [400, ['host', 'other.example.test']],
    [400, ['host', 'app.example.test'], ['host', 'app.example.test']],
    [400, [':authority', 'user@app.example.test']],
    [400, [':authority', 'user:secret@app.example.test']],
    [400, [':authority', 'app.example.test/x']],
    [400, [':authority', '']],
    [400, [':scheme', 'http']],
    [400, [':scheme', 'foo']],
    [400, [':scheme', 'https://other/']],
    [400, [':path', '/a#b']],
    [400, [':path', 'a']],
    [400, [':path', '']],
    [400, [':path', 'https://other.example.test/']],
    [400, [':path', '*']],
    [400, [':path', '/a b']],
    [400, [':path', '/ HTTP/1.1\r\nHost: other.example.test\r\n\r\n']],
    [400, [':method', 'GET /x HTTP/1.1\r\nx:']],
    [400, [':authority', 'app.example.test\r\nx: y']],
    [400, ['x-a', 'b\r\nx-c: d']],
    [400, ['x-a', 'b\r\n\r\nGET /admin HTTP/1.1\r\n']],
    [400, ['x-a', 'b\nx-c: d']],
    [400, ['x-a', 'b\0']],
    [400, ['x-a: b\r\nx-c', 'd']],
    [400, ['x a', 'b']],
    [400, ['', 'b']],
    [400, ['connection', 'close']],
    [400, ['keep-alive', '1']],
    [400, ['proxy-connection', 'close']],
    [400, ['transfer-encoding', 'chunked']],
    [400, ['upgrade', 'h2c']],
    [400, ['http2-settings', 'AAMAAABkAARAAAAAAAIAAAAA']],
    [400, ['te', 'gzip']],
    [400, ['te', 'trailers, deflate;q=0.5']],
    [400, ['content-length', '1'], ['content-length', '1']],
    [400, ['content-length', '+1']],
    [400, [':status', '200']],
    [400, [':protocol', 'websocket']],
    [405, [':method', 'CONNECT']],
    [501, [':method', 'CONNECT'], [':protocol', 'connect-udp']],
    [400, [':method', 'CONNECT'], [':protocol', 'websocket']],
  ];
  for (const [status, ...changes] of cases)
    assert.is(read(request(...changes)).status, status, JSON.stringify(changes));
});

test('the body is as long as the client says, or as it turns out to be', () => {
  const length = read(request([':method', 'PUT'], ['content-length', '7']), false);
  assert.equal([length.status, length.head.contentLength, length.head.chunked], [0, 7, false]);
  const open = read(request([':method', 'PUT']), false);
  assert.equal([open.status, open.head.contentLength, open.head.chunked], [0, -1, true]);
  const none = read(request([':method', 'PUT']));
  assert.equal([none.status, none.head.hasBody], [0, false]);
});

test('a WebSocket becomes the upgrade that an HTTP/1.1 server knows', () => {
  const { status, head, text } = read(
    request(
      [':method', 'CONNECT'],
      [':protocol', 'websocket'],
      ['sec-websocket-version', '13'],
      ['sec-websocket-protocol', 'chat'],
      ['sec-websocket-key', 'mine'],
    ),
    false,
  );
  assert.is(status, 0);
  assert.ok(text.webSocket);
  assert.equal([head.method, head.hasBody, head.upgrade], ['GET', false, 1]);
  assert.match(head.lines(), /sec-websocket-protocol: chat\r\n/);
  assert.is(head.lines().match(/sec-websocket-version: 13\r\n/g)?.length, 1);
  const keys = head.lines().match(/sec-websocket-key: (.+)\r\n/);
  assert.is(Buffer.from(keys?.[1] ?? '', 'base64').length, 16);
  const length = read(
    request([':method', 'CONNECT'], [':protocol', 'websocket'], ['content-length', '5']),
    false,
  );
  assert.is(length.status, 400);
  // the example of RFC 6455 1.3
  assert.is(webSocketAccept('dGhlIHNhbXBsZSBub25jZQ=='), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  assert.is.not(webSocketKey(), webSocketKey());
});

test('no field whatever comes out as more than it was', () => {
  const octets = fc
    .array(fc.integer({ min: 0, max: 255 }), { maxLength: 12 })
    .map((codes) => String.fromCharCode(...codes));
  const nasty = fc.constantFrom(
    '\r\n',
    '\r\n\r\n',
    'x: y',
    ':',
    '\0',
    ' ',
    'chunked',
    '5',
    'cookie',
    'host',
    'content-length',
  );
  const text = fc.array(fc.oneof(octets, nasty), { maxLength: 4 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(text, text), { maxLength: 6 }),
      text,
      text,
      fc.boolean(),
      (fields, path, authority, ended) => {
        const raw = request([':path', path], [':authority', authority]);
        for (const [name, value] of fields) raw.push(name, value);
        const { status, head } = read(raw, ended);
        if (status !== 0) return;
        assert.is(head.target, path);
        const crumbs = fields.filter(([name]) => name === 'cookie').length;
        const hosts = fields.filter(([name]) => name === 'host').length;
        const framing = !ended && !fields.some(([name]) => name === 'content-length') ? 1 : 0;
        assert.is(head.count, 1 + fields.length - Math.max(0, crumbs - 1) - hosts + framing);
        for (const [name, value] of fields)
          if (name !== 'cookie') assert.ok(head.text.includes(`\r\n${name}: ${value}\r\n`));
      },
    ),
    { seed: 7, numRuns: 2000 },
  );
});

test('on the wire: what is malformed is reset, what is refused is answered, and neither reaches a handler', async () => {
  const stage = await Stage.open({ handle: (exchange) => exchange.answer(200, '', 'ok') });
  const plain: [string, string][] = [
    [':method', 'GET'],
    [':scheme', 'https'],
    [':authority', 'app.example.test'],
    [':path', '/'],
  ];
  const rows: [what: string, fields: Buffer, outcome: string][] = [
    ['host differs', get('/', ['host', 'other.example.test']), '400'],
    ['userinfo', get('/', [':authority', 'u@app.example.test']), '400'],
    ['slash in authority', get('/', [':authority', 'app.example.test/x']), '400'],
    ['scheme foo', get('/', [':scheme', 'foo']), '400'],
    ['scheme http', get('/', [':scheme', 'http']), '400'],
    ['fragment', get('/a#b'), '400'],
    ['space in path', get('/a b'), '400'],
    ['space in method', get('/', [':method', 'GET /x']), '400'],
    ['CONNECT', block([':method', 'CONNECT'], [':authority', 'other.example.test:443']), '405'],
    ['upper case', get('/', ['X-A', 'b']), 'reset 1'],
    ['no name', get('/', ['', 'b']), 'reset 1'],
    ['space in a name', get('/', ['x a', 'b']), 'reset 1'],
    ['line end in a name', get('/', ['x-a: b\r\nx-c', 'd']), 'reset 1'],
    ['line end in a value', get('/', ['x-a', 'b\r\nx-c: d']), 'reset 1'],
    ['NUL in a value', get('/', ['x-a', 'b\0c']), 'reset 1'],
    ['DEL in a value', get('/', ['x-a', 'b\x7f']), 'reset 1'],
    ['space before a value', get('/', ['x-a', ' b']), 'reset 1'],
    ['tab behind a value', get('/', ['x-a', 'b\t']), 'reset 1'],
    ['line end in a cookie', get('/', ['cookie', 'a=b\r\nx-c: d']), 'reset 1'],
    ['line end in the path', get('/ HTTP/1.1\r\nx: y'), 'reset 1'],
    ['connection', get('/', ['connection', 'close']), 'reset 1'],
    ['transfer-encoding', get('/', ['transfer-encoding', 'chunked']), 'reset 1'],
    ['te gzip', get('/', ['te', 'gzip']), 'reset 1'],
    ['unknown pseudo-field', get('/', [':other', 'b']), 'reset 1'],
    ['status', get('/', [':status', '200']), 'reset 1'],
    ['pseudo twice', block(...plain, [':path', '/b']), 'reset 1'],
    ['pseudo after field', block(...plain.slice(0, 3), ['x-a', 'b'], [':path', '/']), 'reset 1'],
    ['pseudo after cookie', block(...plain.slice(0, 3), ['cookie', 'b'], [':path', '/']), 'reset 1'],
    ['two hosts', get('/', ['host', 'app.example.test'], ['host', 'app.example.test']), 'reset 1'],
    ['two lengths', get('/', ['content-length', '0'], ['content-length', '0']), 'reset 1'],
    ['length without body', get('/', ['content-length', '5']), 'reset 1'],
    ['no method', block(...plain.slice(1)), 'reset 1'],
    ['no scheme', block(...plain.filter(([name]) => name !== ':scheme')), 'reset 1'],
    ['no path', block(...plain.slice(0, 3)), 'reset 1'],
    ['no authority', block(...plain.filter(([name]) => name !== ':authority')), 'reset 1'],
    ['no slash', get('a'), 'reset 1'],
    ['absolute path', get('https://other.example.test/'), 'reset 1'],
    ['nothing at all', block(), 'reset 1'],
    [
      'many fields',
      get('/', ...Array.from({ length: 110 }, (_, i): [string, string] => [`x-${i}`, 'a'])),
      '431',
    ],
    [
      'very many fields',
      get('/', ...Array.from({ length: 300 }, (_, i): [string, string] => [`x-${i}`, 'a'])),
      '431',
    ],
    [
      'more than a head may have',
      get('/', ...Array.from({ length: 1500 }, (_, i): [string, string] => [`x-${i}`, ''])),
      '431',
    ],
    ['long path', get(`/${'a'.repeat(9000)}`), '414'],
  ];
  try {
    for (const [what, fields, outcome] of rows) {
      const client = await RawClient.open(stage.port, stage.certificate.ca);
      const refused = stage.refused.length;
      client.send(frame(Type.headers, Flag.endStream | Flag.endHeaders, 1, fields));
      const end = await client.outcome(1);
      if (/^\d/.test(outcome)) {
        assert.is(end, 'ended', what);
        assert.match(client.body(1), new RegExp(`^${outcome} `), what);
      } else assert.is(end, outcome, what);
      assert.is(stage.refused.length, refused + 1, what);
      // the connection goes on
      client.send(frame(Type.headers, Flag.endStream | Flag.endHeaders, 3, get()));
      assert.is(await client.outcome(3), 'ended', what);
      client.end();
    }
    assert.is(stage.handled.length, rows.length);
  } finally {
    await stage.close();
  }
});

test('refused heads are counted: a client has 200 in ten seconds', async () => {
  const stage = await Stage.open({ handle: (exchange) => exchange.answer(200, '', 'ok') });
  try {
    const client = await RawClient.open(stage.port, stage.certificate.ca);
    const refused = get('/', ['host', 'other.example.test']);
    for (let i = 0; i < 300; i++)
      client.send(frame(Type.headers, Flag.endStream | Flag.endHeaders, 2 * i + 1, refused));
    assert.ok(await client.until(() => client.closed, 1000));
    assert.is(stage.refused.length, 201);
    client.end();
  } finally {
    await stage.close();
  }
});

test.run();
