import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { brotliDecompressSync, createGunzip, gunzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deferred, Stage, until } from './stage.js';

const text = 'The same words over and over again. '.repeat(200);
const long = text.repeat(20);
const noise = randomBytes(4000);
let held = deferred();
let sent = 0;
let aborted = false;

const answers: Record<string, (req: IncomingMessage, res: ServerResponse) => void> = {
  '/text': (_, res) => plain(res, {}),
  '/long': (_, res) =>
    res.writeHead(200, { 'Content-Type': 'text/css', 'Content-Length': long.length }).end(long),
  '/cut-short': (_, res) => {
    res.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': text.length });
    res.write(text.slice(0, 2000), () => res.destroy());
  },
  '/random': (_, res) => plain(res, { 'Content-Length': '4000' }, noise),
  '/chunked': (_, res) => {
    res.writeHead(200, { 'Content-Type': 'application/json' });
    res.write(text.slice(0, 50));
    res.end(text.slice(50));
  },
  '/tagged': (_, res) => plain(res, { ETag: '"v1"', Vary: 'Origin', 'Accept-Ranges': 'bytes' }),
  '/varies': (_, res) => plain(res, { Vary: 'Accept-Encoding' }),
  '/small': (_, res) =>
    res.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': 1000 }).end('x'.repeat(1000)),
  '/image': (_, res) => plain(res, { 'Content-Type': 'image/png' }),
  '/events': (_, res) => plain(res, { 'Content-Type': 'text/event-stream' }),
  '/coded': (_, res) => plain(res, { 'Content-Encoding': 'zstd' }),
  '/untouched': (_, res) => plain(res, { 'Cache-Control': 'public, no-transform' }),
  '/error': (_, res) => {
    res.statusCode = 500;
    plain(res, {});
  },
  '/pausing': (_, res) => {
    res.writeHead(200, { 'Content-Type': 'text/plain' });
    res.write('first words');
    held.promise.then(() => res.end(', last words'));
  },
  '/endless': (_, res) => {
    res.writeHead(200, { 'Content-Type': 'text/plain' });
    const more = () => {
      // hardly gets smaller: the buffers of sockets are full soon
      for (let room = true; room; sent += 65_536) room = res.write(randomBytes(49_152).toString('base64'));
    };
    res.on('drain', more);
    res.on('close', () => {
      aborted = true;
    });
    more();
  },
  '/dies': (_, res) => {
    res.writeHead(200, { 'Content-Type': 'text/plain' });
    res.write(text);
    held.promise.then(() => res.destroy());
  },
};

function plain(res: ServerResponse, headers: Record<string, string>, body: string | Buffer = text): void {
  res
    .writeHead(res.statusCode, { 'Content-Type': 'text/plain', 'Content-Length': text.length, ...headers })
    .end(body);
}

const test = suite<{ stage: Stage }>('compress');

test.before(async (context) => {
  context.stage = await Stage.open(
    (req, res) => (answers[(req.url ?? '').replace('/stream', '')] ?? ((_, none) => none.end()))(req, res),
    (upstream) => [
      { kind: 'proxy', path: '/', upstream },
      { kind: 'proxy', path: '/stream/', upstream, buffering: false },
    ],
  );
});

test.before.each(() => {
  held = deferred();
  sent = 0;
  aborted = false;
});

test.after(({ stage }) => stage.close());

const both = { 'accept-encoding': 'gzip, deflate, br' };

test('text gets smaller, in the coding the client likes best', async ({ stage }) => {
  for (const path of ['/text', '/chunked', '/error']) {
    const br = await stage.ask(path, { headers: both });
    assert.equal([br.headers['content-encoding'], br.headers.vary], ['br', 'Accept-Encoding'], path);
    assert.is(brotliDecompressSync(br.body).toString(), text);
    const gzip = await stage.ask(path, { headers: { 'accept-encoding': 'gzip;q=1.0, br;q=0.5' } });
    assert.is(gunzipSync(gzip.body).toString(), text);
    assert.ok(gzip.body.length < text.length / 5);
  }
});

test('a long one on its way, a short one as a whole', async ({ stage }) => {
  const short = await stage.ask('/text', { headers: both });
  assert.is(short.headers['content-length'], String(short.body.length));
  for (const [coding, decode] of [
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const) {
    const answer = await stage.ask('/long', { headers: { 'accept-encoding': coding } });
    assert.equal([answer.headers['content-encoding'], answer.headers['content-length']], [coding, undefined]);
    assert.is(decode(answer.body).toString(), long);
  }
  const random = await stage.ask('/random', { headers: both });
  assert.equal([random.headers['content-encoding'], random.headers.vary], [undefined, 'Accept-Encoding']);
  assert.ok(random.body.equals(noise), 'what does not get smaller goes as it is');
  assert.is((await stage.ask('/cut-short', { headers: both })).status, 502, 'nothing was said yet');
});

test('what is not worth it or not allowed goes as it is', async ({ stage }) => {
  for (const path of ['/small', '/image', '/events', '/untouched', '/stream/text']) {
    const { headers } = await stage.ask(path, { headers: both });
    assert.equal([headers['content-encoding'], headers.vary], [undefined, undefined], path);
    assert.ok(headers['content-length']);
  }
  assert.is((await stage.ask('/coded', { headers: both })).headers['content-encoding'], 'zstd');
  for (const fields of [{}, { 'accept-encoding': 'zstd' }, { 'accept-encoding': 'identity, br;q=0' }]) {
    const plain = await stage.ask('/text', { headers: fields });
    assert.is(plain.text, text);
    assert.equal([plain.headers['content-encoding'], plain.headers.vary], [undefined, 'Accept-Encoding']);
  }
  const head = await stage.ask('/text', { method: 'HEAD', headers: both });
  assert.equal(
    [head.headers['content-encoding'], head.headers['content-length']],
    [undefined, String(text.length)],
  );
});

test('a tag becomes weak, other fields that are no longer true go', async ({ stage }) => {
  const { headers } = await stage.ask('/tagged', { headers: both });
  assert.is(headers.etag, 'W/"v1"');
  assert.is(headers.vary, 'Origin, Accept-Encoding');
  assert.is(headers['accept-ranges'], undefined);
  assert.is((await stage.ask('/varies', { headers: both })).headers.vary, 'Accept-Encoding');
});

test('BREACH: credentials and another site do not go together', async ({ stage }) => {
  const coding = async (fields: Record<string, string>) =>
    (await stage.ask('/text', { headers: { ...both, ...fields } })).headers['content-encoding'];
  const cookie = 'session=1';
  assert.is(await coding({ cookie, 'sec-fetch-site': 'same-origin' }), 'br');
  assert.is(await coding({ cookie, 'sec-fetch-site': 'none' }), 'br');
  assert.is(await coding({ 'sec-fetch-site': 'cross-site' }), 'br', 'nothing secret in it');
  for (const fields of [{}, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]) {
    assert.is(await coding({ cookie, ...fields }), undefined);
    assert.is(await coding({ authorization: 'Basic eDp5', ...fields }), undefined);
  }
});

test('what was said so far arrives while the upstream pauses', async ({ stage }) => {
  const sentRequest = request({
    port: stage.port,
    path: '/pausing',
    headers: { host: 'example.org', 'accept-encoding': 'gzip' },
  });
  sentRequest.end();
  const [answer] = (await once(sentRequest, 'response')) as [IncomingMessage];
  assert.is(answer.headers['content-encoding'], 'gzip');
  const words = answer.pipe(createGunzip());
  const [first] = (await once(words, 'data')) as [Buffer];
  assert.is(first.toString(), 'first words');
  held.resolve();
  const [last] = (await once(words, 'data')) as [Buffer];
  assert.is(last.toString(), ', last words');
});

test('a client that does not read holds the upstream back, and ends it by leaving', async ({ stage }) => {
  const socket = connect(stage.port, '127.0.0.1');
  socket.write('GET /endless HTTP/1.1\r\nHost: example.org\r\nAccept-Encoding: br\r\n\r\n');
  await once(socket, 'readable');
  // it is still when nothing has been sent for a while
  let before = -1;
  while (before !== sent) {
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  assert.ok(sent < 20_000_000, `held back after ${sent}`);
  const stopped = sent;
  socket.resume();
  await until(() => sent > stopped + 2_000_000);
  socket.destroy();
  await until(() => aborted && stage.service.connections.size === 0);
});

test('an upstream that dies breaks the answer off', async ({ stage }) => {
  const sentRequest = request({ port: stage.port, path: '/dies', headers: { host: 'example.org', ...both } });
  sentRequest.end();
  const [answer] = (await once(sentRequest, 'response')) as [IncomingMessage];
  answer.resume();
  held.resolve();
  const [error] = (await once(answer, 'error')) as [NodeJS.ErrnoException];
  assert.is(error.code, 'ECONNRESET');
});

test.run();
