import type { IncomingMessage, ServerResponse } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ConfigInput } from '../../src/config/schema.js';
import { type RunningEdge, startEdge } from '../support/edge.js';
import { RawClient } from '../support/raw-client.js';
import { App } from './support/app.js';
import { ask, askHttp2, closeClients, openHttp2 } from './support/client.js';
import { canonicalPath, signatureProblem, signGet } from './support/sigv4.js';

const test = suite('media');
const host = 'docs.example.org';
const storeHost = 'seaweedfs-filer.storage.svc.cluster.local:8333';
let opened: { close(): Promise<unknown> }[] = [];

test.after.each(async () => {
  closeClients();
  await Promise.all(opened.map((one) => one.close()));
  opened = [];
});

/** Signs for whoever has a session, as the apps of La Suite do: for the store's own host and path. */
async function authorize(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(String(request.headers['x-original-url']));
  const session = request.headers.cookie ?? '';
  if (session.includes('nobody'))
    response.writeHead(401, { 'www-authenticate': 'Bearer' }).end('sign in first');
  else if (session.includes('bob'))
    response.writeHead(403, { 'content-type': 'text/plain' }).end('not yours');
  else {
    const path = canonicalPath(`/sunbeam-docs/${url.pathname.slice('/media/'.length)}`);
    response.writeHead(200, await signGet(storeHost, path)).end('{}');
  }
}

/** Objects for who has a valid signature. */
function store(request: IncomingMessage, response: ServerResponse): void {
  const problem = signatureProblem({
    method: request.method ?? '',
    url: request.url ?? '',
    headers: request.headers,
  });
  if (problem !== '') {
    response.writeHead(403).end(problem);
    return;
  }
  const text = 'the object itself';
  response.setHeader('ETag', '"1"');
  response.setHeader('Content-Type', 'image/png');
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
  else if (range !== null)
    response
      .writeHead(206, { 'Content-Range': `bytes ${range[1]}-${range[2]}/${text.length}` })
      .end(text.slice(Number(range[1]), Number(range[2]) + 1));
  else response.writeHead(200, { 'Content-Length': text.length }).end(text);
}

interface Stage {
  readonly running: RunningEdge;
  readonly app: App;
  readonly store: App;
}

async function stage(
  app = new App((...args) => void authorize(...args)),
  keeper = new App(store),
): Promise<Stage> {
  await Promise.all([app.listen(), keeper.listen()]);
  const media = (path: string): NonNullable<ConfigInput['hosts'][number]['routes']>[number] => ({
    kind: 'media',
    path,
    upstream: keeper.origin,
    upstreamHost: storeHost,
    strip: '/media/',
    prepend: '/sunbeam-docs/',
    rawPath: true,
    authorize: {
      url: `${app.origin}/api/v1.0/documents/media-auth/`,
      captureHeaders: ['Authorization', 'X-Amz-Date', 'X-Amz-Content-SHA256'],
    },
    responseHeaders: { 'Content-Security-Policy': "default-src 'none'" },
  });
  const running = await startEdge({
    hosts: [{ name: host, routes: [media('/media/'), media('/media/files/')] }],
  });
  opened.push({ close: () => running.stop() }, app, keeper);
  return { running, app, store: keeper };
}

const keys = [
  'a.png',
  'files/a/b/c.png',
  'with space.png',
  'a+b.png',
  'ünï/日本 😀.png',
  "(!*~'()).png",
  'a&b=c;d,e@f:g$h.png',
  'per%cent.png',
  'question?hash#.png',
];
test('a signature holds for every key, octet for octet', async () => {
  const { running, store } = await stage();
  for (const key of keys) {
    const path = key.split('/').map(encodeURIComponent).join('/');
    const { status, text } = await ask(running, {
      host,
      path: `/media/${path}`,
      headers: { cookie: 'session=ann' },
    });
    assert.equal([status, text], [200, 'the object itself'], key);
    assert.is(store.last.url, `/sunbeam-docs/${path}`);
  }
  const odd = '/media/a%2Fb%2fc/%7Eann/%41.png';
  assert.is((await ask(running, { host, path: odd })).text, 'the object itself');
  assert.is(store.last.url, odd.replace('/media/', '/sunbeam-docs/'), 'as it came: not even ~ is decoded');
  const session = openHttp2(running, host);
  assert.is((await askHttp2(session, { host, path: '/media/%C3%BC%20x.png' })).text, 'the object itself');
});

test('the app is told what is asked for, and the store nothing about the client', async () => {
  const { running, app, store } = await stage();
  const fields = {
    ...{ cookie: 'session=ann', referer: 'https://docs.example.org/', origin: 'https://docs.example.org' },
    ...{
      authorization: 'AWS4-HMAC-SHA256 forged',
      'x-amz-date': '20200101T000000Z',
      'x-amz-acl': 'public-read',
    },
    ...{
      'x-amz-security-token': 'forged',
      'x-amz-content-sha256': 'forged',
      'x-amz-copy-source': '/other/key',
    },
    ...{
      'x-forwarded-for': '10.0.0.1',
      'x-real-ip': '10.0.0.1',
      forwarded: 'for=10.0.0.1',
      'x-auth-user': 'root',
    },
    ...{
      'user-agent': 'test',
      accept: 'image/*',
      'accept-encoding': 'gzip',
      'x-amz_date': 'twin',
      range: 'bytes=4-9',
    },
    ...{ 'if-range': '"0"', 'x-http-method-override': 'DELETE' },
  };
  const path = '/media/a.png?X-Amz-Signature=forged&versionId=2';
  const { status, text } = await ask(running, { host, path, headers: fields });
  assert.equal([status, text], [206, 'object'], text);
  const asked = app.last;
  assert.equal([asked.method, asked.url], ['GET', '/api/v1.0/documents/media-auth/']);
  assert.is(asked.headers.host, host);
  assert.is(asked.headers.cookie, 'session=ann');
  assert.is(asked.headers['x-original-url'], `https://${host}${path}`);
  assert.is(asked.headers['x-original-method'], 'GET');
  assert.is(asked.headers['x-forwarded-for'], '127.0.0.1');
  assert.is(asked.headers['x-forwarded-proto'], 'https');
  const { url, headers } = store.last;
  assert.is(url, '/sunbeam-docs/a.png');
  assert.is(headers.host, storeHost);
  const names = Object.keys(headers).sort();
  const allowed = [
    'authorization',
    'host',
    'if-range',
    'range',
    'traceparent',
    'via',
    'x-amz-content-sha256',
  ];
  assert.equal(names, [...allowed, 'x-amz-date', 'x-request-id']);
});

test('answers carry the headers of the route; conditions are passed on', async () => {
  const { running } = await stage();
  const full = await ask(running, { host, path: '/media/a.png' });
  assert.is(full.headers['content-security-policy'], "default-src 'none'");
  assert.is(full.headers['content-type'], 'image/png');
  const headers = { 'if-none-match': '"1"' };
  assert.is((await ask(running, { host, path: '/media/a.png', headers })).status, 304);
});

test('HEAD is a GET that is broken off', async () => {
  const { running, app, store } = await stage();
  for (let i = 0; i < 3; i++) {
    const { status, headers, text } = await ask(running, { host, path: '/media/a.png', method: 'HEAD' });
    assert.equal([status, headers['content-length'], text], [200, '17', '']);
  }
  assert.ok(store.asked.every(({ method }) => method === 'GET'));
  assert.is(app.last.headers['x-original-method'], 'HEAD');
  // on one connection: what was broken off leaves nothing behind
  const client = await RawClient.tls(running.https, running.certificate.ca, host);
  const head = (method: string) => `${method} /media/a.png HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  client.send(head('HEAD') + head('GET'));
  const answer = await client.until((text) => text.endsWith('the object itself'));
  assert.is(answer.match(/^HTTP\/1.1 200 /gm)?.length, 2);
  client.close();
  const session = openHttp2(running, host);
  assert.is(
    (await askHttp2(session, { host, path: '/media/a.png', method: 'HEAD' })).headers['content-length'],
    '17',
  );
});

test('HEAD of a large object does not fetch it', async () => {
  const length = 200e6;
  let sent = (_octets: number) => {};
  const octets = new Promise<number>((done) => (sent = done));
  const large = new App((request, response) => {
    const { socket } = request;
    socket.once('close', () => sent(socket.bytesWritten));
    response.writeHead(200, { 'Content-Length': length });
    const piece = Buffer.alloc(1e6);
    const more = () => {
      while (!socket.destroyed && response.write(piece));
    };
    response.on('drain', more);
    more();
  });
  const { running } = await stage(undefined, large);
  const { status, headers } = await ask(running, { host, path: '/media/a.mp4', method: 'HEAD' });
  assert.equal([status, headers['content-length']], [200, String(length)]);
  assert.ok((await octets) < 20e6, `${await octets} octets`);
});

test('what the app refuses is told as it says', async () => {
  const { running, store } = await stage();
  const request = (name: string) =>
    ask(running, { host, path: '/media/a.png', headers: { cookie: `session=${name}` } });
  const stranger = await request('nobody');
  assert.equal([stranger.status, stranger.text], [401, 'sign in first']);
  assert.is(stranger.headers['www-authenticate'], 'Bearer');
  const other = await request('bob');
  assert.equal([other.status, other.text, other.headers['content-type']], [403, 'not yours', 'text/plain']);
  assert.is(store.asked.length, 0);
});

test('other methods are answered with 405, and nobody is asked', async () => {
  const { running, app, store } = await stage();
  for (const method of ['PUT', 'POST', 'DELETE', 'OPTIONS']) {
    const { status, headers } = await ask(running, { host, path: '/media/a.png', method });
    assert.equal([status, headers.allow], [405, 'GET, HEAD'], method);
  }
  assert.equal([app.asked.length, store.asked.length], [0, 0]);
});

const failing: Readonly<Record<string, () => App>> = {
  'answers 500': () => new App((_, response) => void response.writeHead(500).end()),
  redirects: () => new App((_, response) => void response.writeHead(302, { location: '/' }).end()),
  'answers 404': () => new App((_, response) => void response.writeHead(404).end()),
  'breaks off': () => new App((request) => void request.socket.destroy()),
  'goes on and on': () => new App((_, response) => void response.end('x'.repeat(70_000))),
  'says nothing for 5 s': () => new App(() => {}),
};
for (const [what, make] of Object.entries(failing))
  test(`an app that ${what} is a 502`, async () => {
    const { running, store } = await stage(make());
    assert.is((await ask(running, { host, path: '/media/a.png' })).status, 502);
    assert.is(store.asked.length, 0);
  });

test('an app that allows without signing leaves the answer to the store', async () => {
  const { running, store } = await stage(new App((_, response) => void response.end()));
  const headers = { authorization: 'AWS4-HMAC-SHA256 own', 'x-amz-date': '20200101T000000Z' };
  const { status, text } = await ask(running, { host, path: '/media/a.png', headers });
  assert.equal([status, text], [403, 'no signature']);
  assert.is(store.last.headers.authorization, undefined);
});

test('a path that leaves the bucket is refused before anybody is asked', async () => {
  const { running, app } = await stage();
  for (const path of [
    '/media/%2e%2e/other/x',
    '/media/..%2fother/x',
    '/media/a/%2E%2E/%2E%2E/%2E%2E/x',
    '/media/%00',
  ]) {
    const client = await RawClient.tls(running.https, running.certificate.ca, host);
    const answer = await client
      .send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
      .end();
    assert.match(answer, /^HTTP\/1.1 40[04] /, path);
  }
  assert.is(app.asked.length, 0);
});

test.run();
