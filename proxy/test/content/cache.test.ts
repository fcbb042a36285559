import { once } from 'node:events';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { brotliDecompressSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CacheOptions } from '../../src/content/cache.js';
import { deferred, Stage, until } from './stage.js';

type Handler = (req: IncomingMessage, res: ServerResponse) => void;

/** Clocks that stand still until moved, by seconds. */
let skipped = 0;
const clocks = {
  now: () => performance.now() + skipped * 1000,
  wall: () => Date.now() + skipped * 1000,
};

/** Counts requests; the answer says which one it was. */
class Counter {
  asked = 0;
  seen: IncomingMessage[] = [];

  constructor(private readonly handler: Handler = (_, res) => res.end(`answer ${this.asked}`)) {}

  readonly take: Handler = (req, res) => {
    this.asked++;
    this.seen.push(req);
    req.resume();
    this.handler(req, res);
  };
}

const stages: Stage[] = [];

async function open(counter: Counter, cache: CacheOptions = {}, hosts = ['example.org']): Promise<Stage> {
  const stage = await Stage.open(
    counter.take,
    (upstream) => [
      { kind: 'proxy', path: '/', upstream, cache: { seconds: 60, maxObjectMi: 1 } },
      { kind: 'proxy', path: '/other/', upstream, replacePrefix: '/', cache: { seconds: 60 } },
      {
        kind: 'proxy',
        path: '/rewritten/',
        upstream,
        cache: { seconds: 60 },
        bodyRewrites: [{ find: 'answer', replace: 'rewritten', types: ['text/html'] }],
      },
    ],
    { cache: { ...clocks, ...cache }, hosts },
  );
  stages.push(stage);
  return stage;
}

const answering = (headers: Record<string, string | string[]>, status = 200): Counter => {
  const counter: Counter = new Counter((_, res) =>
    res.writeHead(status, headers).end(`answer ${counter.asked}`),
  );
  return counter;
};

const test = suite('cache');

test.before.each(() => {
  skipped = 0;
});

test.after.each(async () => {
  for (const stage of stages.splice(0)) await stage.close();
});

test('an answer is kept for as long as the route says, and tells its age', async () => {
  const counter = new Counter();
  const stage = await open(counter);
  assert.is((await stage.ask('/a')).text, 'answer 1');
  skipped = 59;
  const second = await stage.ask('/a');
  assert.equal([second.text, second.headers.age, second.status], ['answer 1', '59', 200]);
  assert.is(second.headers['content-length'], '8');
  const head = await stage.ask('/a', { method: 'HEAD' });
  assert.equal([head.headers['content-length'], head.text], ['8', '']);
  skipped = 61;
  assert.is((await stage.ask('/a')).text, 'answer 2');
  assert.equal([stage.cache.hits, counter.asked], [2, 2]);
});

test('what the answer says goes before the route: s-maxage, max-age, Expires', async () => {
  const date = (seconds: number) => new Date(Date.now() + seconds * 1000).toUTCString();
  for (const [headers, seconds] of [
    [{ 'Cache-Control': 'max-age=10, s-maxage=20' }, 20],
    [{ 'Cache-Control': 'public, Max-Age="10"' }, 10],
    [{ 'Cache-Control': 'max-age=100', Age: '70' }, 30],
    [{ 'Cache-Control': 'max-age=100', Expires: date(5) }, 100],
    [{ Expires: date(30) }, 30],
    [{ Date: date(-100), 'Cache-Control': 'max-age=150' }, 50],
  ] as const) {
    skipped = 0;
    const counter = answering(headers);
    const stage = await open(counter);
    await stage.ask('/a');
    skipped = seconds - 2;
    assert.is((await stage.ask('/a')).text, 'answer 1', JSON.stringify(headers));
    skipped = seconds + 2;
    assert.is((await stage.ask('/a')).text, 'answer 2', JSON.stringify(headers));
  }
});

test('what is not for everybody is not kept', async () => {
  for (const headers of [
    { 'Cache-Control': 'private' },
    { 'Cache-Control': 'max-age=60, private="x"' },
    { 'Cache-Control': 'No-Store' },
    { 'Cache-Control': 'no-cache' },
    { 'Cache-Control': 'max-age=0' },
    { 'Cache-Control': 'max-age=many' },
    { 'Cache-Control': 'max-age' },
    { Expires: '0' },
    { Pragma: 'no-cache' },
    { Vary: '*' },
    { 'Set-Cookie': 'a=b' },
    { 'Set-Cookie': ['a=b', 'c=d'], 'Cache-Control': 'public, max-age=60' },
  ]) {
    const stage = await open(answering(headers));
    await stage.ask('/a');
    assert.is((await stage.ask('/a')).text, 'answer 2', JSON.stringify(headers));
  }
  for (const status of [201, 302, 403, 404, 500, 503]) {
    const stage = await open(answering({}, status));
    await stage.ask('/a');
    assert.is((await stage.ask('/a')).text, 'answer 2', String(status));
  }
  const gone = await open(answering({ 'Cache-Control': 'max-age=60' }, 404));
  await gone.ask('/a');
  const again = await gone.ask('/a');
  assert.equal([again.status, again.text], [404, 'answer 1'], 'unless it says so');
});

test('requests with credentials, ranges, bodies or a wish of their own go to the upstream', async () => {
  const counter = new Counter();
  const stage = await open(counter);
  await stage.ask('/a');
  for (const headers of [
    { authorization: 'Bearer x' },
    { cookie: 'a=b' },
    { range: 'bytes=0-1' },
    { 'cache-control': 'no-store' },
    { 'if-match': '"x"' },
  ] as Record<string, string>[])
    assert.is.not((await stage.ask('/a', { headers })).text, 'answer 1', JSON.stringify(headers));
  assert.is.not((await stage.ask('/a', { headers: { 'content-length': '1' }, body: 'x' })).text, 'answer 1');
  assert.is((await stage.ask('/a')).text, 'answer 1', 'and leave what is kept alone');
  const fresh = await stage.ask('/a', { headers: { 'cache-control': 'no-cache' } });
  assert.is.not(fresh.text, 'answer 1');
  assert.is((await stage.ask('/a')).text, fresh.text, 'what came fresh is kept instead');
  const count = counter.asked;
  skipped = 30;
  assert.is((await stage.ask('/a', { headers: { 'cache-control': 'max-age=40' } })).text, fresh.text);
  await stage.ask('/a', { headers: { 'cache-control': 'max-age=20' } });
  assert.is(counter.asked, count + 1);
  const only = await stage.ask('/unknown', { headers: { 'cache-control': 'only-if-cached' } });
  assert.equal([only.status, counter.asked], [504, count + 1]);
});

test('answers with credentials are not kept for those without', async () => {
  for (const headers of [{ authorization: 'Bearer x' }, { cookie: 'a=b' }] as Record<string, string>[]) {
    const stage = await open(answering({ 'Cache-Control': 'public, max-age=60' }));
    assert.is((await stage.ask('/a', { headers })).text, 'answer 1');
    assert.is((await stage.ask('/a')).text, 'answer 2');
  }
});

test('CVE-2026-2836: the key is scheme, host and target, never the path alone', async () => {
  const counter: Counter = new Counter((req, res) => res.end(`${req.headers.host} ${req.url}`));
  const stage = await open(counter, {}, ['example.org', 'docs.example.org']);
  for (let round = 0; round < 2; round++) {
    assert.is((await stage.ask('/a')).text, 'example.org /a');
    assert.is((await stage.ask('/a', { host: 'docs.example.org' })).text, 'docs.example.org /a');
    assert.is((await stage.ask('/a?b=1')).text, 'example.org /a?b=1');
    assert.is((await stage.ask('/a?b=2')).text, 'example.org /a?b=2');
    assert.is((await stage.ask('/other/a')).text, 'example.org /a');
    // the port is part of the host: apps make links of it
    assert.is((await stage.ask('/a', { host: 'example.org:8443' })).text, 'example.org:8443 /a');
  }
  assert.is(counter.asked, 6);
});

test('CVE-2025-4366: a hit leaves nothing of the request behind on the connection', async () => {
  const counter = new Counter();
  const stage = await open(counter);
  await stage.ask('/a');
  const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: example.org\r\n\r\n';
  const all = await stage.raw(
    `GET /a HTTP/1.1\r\nHost: example.org\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}` +
      'GET /a HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n',
  );
  assert.is(all.split('HTTP/1.1 200').length - 1, 2, 'two requests, two answers');
  assert.not.ok(counter.seen.some((req) => req.url === '/smuggled'));
});

test('Vary: each kind of request has its own answer', async () => {
  const counter: Counter = new Counter((req, res) => {
    const { 'accept-language': language = 'none', 'x-mode': mode = 'none' } = req.headers;
    res.setHeader('Vary', ['Accept-Language', 'x-Mode']);
    res.end(`${language} ${mode}`);
  });
  const stage = await open(counter);
  for (let round = 0; round < 2; round++)
    for (const headers of [
      {},
      { 'accept-language': 'de' },
      { 'accept-language': 'de', 'x-mode': 'dark' },
      { 'x-mode': 'dark' },
      { 'x-mode': '' },
    ] as Record<string, string>[]) {
      const { text } = await stage.ask('/a', { headers });
      assert.is(text, `${headers['accept-language'] ?? 'none'} ${headers['x-mode'] ?? 'none'}`);
    }
  assert.is(counter.asked, 5);
  for (let kind = 0; kind < 100; kind++) await stage.ask('/a', { headers: { 'x-mode': String(kind) } });
  assert.is(stage.cache.size, 1);
  assert.ok(stage.cache.bytes < 50_000, `${stage.cache.bytes} octets for any number of kinds`);
});

test('conditions are answered from what is kept, and do not keep it from being fetched', async () => {
  const counter = answering({
    ETag: '"v1"',
    'Last-Modified': 'Sun, 06 Nov 1994 08:49:37 GMT',
    'Cache-Control': 'max-age=60',
  });
  const stage = await open(counter);
  const first = await stage.ask('/a', { headers: { 'if-none-match': '"v1"' } });
  assert.equal([first.status, first.text], [200, 'answer 1']);
  assert.is(counter.seen[0]?.headers['if-none-match'], undefined);
  const same = await stage.ask('/a', { headers: { 'if-none-match': 'W/"v1"' } });
  assert.equal([same.status, same.text, same.headers.etag], [304, '', '"v1"']);
  assert.is(same.headers['cache-control'], 'max-age=60');
  const since = await stage.ask('/a', { headers: { 'if-modified-since': 'Sun, 06 Nov 1994 08:49:37 GMT' } });
  assert.is(since.status, 304);
  assert.is((await stage.ask('/a', { headers: { 'if-none-match': '"v2"' } })).status, 200);
  assert.is(counter.asked, 1);
});

test('what was replaced and compressed is kept as it is, by coding', async () => {
  const body = 'answer '.repeat(1000);
  const counter: Counter = new Counter((_, res) => {
    res.writeHead(200, { 'Content-Type': 'text/html', 'Content-Length': body.length }).end(body);
  });
  const stage = await open(counter);
  for (let round = 0; round < 2; round++) {
    const br = await stage.ask('/rewritten/a', { headers: { 'accept-encoding': 'br' } });
    assert.is(br.headers['content-encoding'], 'br');
    assert.is(brotliDecompressSync(br.body).toString(), body.replaceAll('answer', 'rewritten'));
    const plain = await stage.ask('/rewritten/a');
    assert.equal([plain.headers['content-encoding'], plain.headers.vary], [undefined, 'Accept-Encoding']);
    assert.is(plain.text, body.replaceAll('answer', 'rewritten'));
  }
  assert.is(counter.asked, 2);
});

test('one fetches for all who ask at the same time', async () => {
  const gate = deferred();
  const counter: Counter = new Counter((_, res) =>
    gate.promise.then(() => res.end(`answer ${counter.asked}`)),
  );
  const stage = await open(counter);
  const all = Array.from({ length: 50 }, () => stage.ask('/a'));
  await until(() => stage.cache.joined === 49);
  gate.resolve();
  for (const answer of await Promise.all(all)) assert.is(answer.text, 'answer 1');
  assert.is(counter.asked, 1);
});

test('nobody waits for an answer that turns out to be somebody’s own', async () => {
  const gate = deferred();
  const rest = deferred();
  const counter: Counter = new Counter((_, res) => {
    const mine = counter.asked;
    gate.promise.then(() => {
      res.writeHead(200, { 'Cache-Control': 'private' });
      res.write(`answer ${mine}`);
      if (mine === 1) rest.promise.then(() => res.end());
      else res.end();
    });
  });
  const stage = await open(counter);
  const first = stage.ask('/a');
  await until(() => counter.asked === 1);
  const others = Array.from({ length: 5 }, () => stage.ask('/a'));
  await until(() => stage.cache.joined === 5);
  gate.resolve();
  // though the first one is not complete
  assert.equal(
    (await Promise.all(others)).map(({ text }) => text).sort(),
    [2, 3, 4, 5, 6].map((n) => `answer ${n}`),
  );
  assert.is((await stage.ask('/a')).text, 'answer 7', 'nor does the next one');
  assert.is(stage.cache.joined, 5);
  rest.resolve();
  assert.is((await first).text, 'answer 1');
});

test('when the one who fetches leaves, the next one does', async () => {
  const gates = [deferred(), deferred()];
  const counter: Counter = new Counter((_, res) => {
    const mine = counter.asked;
    gates[mine - 1]?.promise.then(() => res.end(`answer ${mine}`));
  });
  const stage = await open(counter);
  const leaving = connect(stage.port, '127.0.0.1');
  leaving.write('GET /a HTTP/1.1\r\nHost: example.org\r\n\r\n');
  await until(() => counter.asked === 1);
  const others = Array.from({ length: 5 }, () => stage.ask('/a'));
  await until(() => stage.cache.joined === 5);
  // a half-closed client still waits for its answer
  leaving.resetAndDestroy();
  await until(() => counter.asked === 2);
  gates[1]?.resolve();
  for (const { text } of await Promise.all(others)) assert.is(text, 'answer 2');
});

test('when the upstream fails nobody waits any longer, and the next request asks again', async () => {
  for (const early of [true, false]) {
    const gate = deferred();
    let well = false;
    const counter: Counter = new Counter((req, res) => {
      if (well) {
        res.end(`answer ${counter.asked}`);
        return;
      }
      if (!early) res.writeHead(200, { 'Content-Length': 100 }).write('begun');
      gate.promise.then(() => req.socket.destroy());
    });
    const stage = await open(counter);
    const outcome = () =>
      stage.ask('/a').then(
        ({ status }) => status,
        (error: NodeJS.ErrnoException) => error.code,
      );
    const first = outcome();
    await until(() => counter.asked === 1);
    const others = Array.from({ length: 3 }, outcome);
    await until(() => stage.cache.joined === 3);
    const started = performance.now();
    gate.resolve();
    const failure = early ? 502 : 'ECONNRESET';
    assert.equal([await first, ...(await Promise.all(others))], new Array(4).fill(failure));
    assert.ok(performance.now() - started < 2500, `${performance.now() - started} ms`);
    well = true;
    assert.is((await stage.ask('/a')).status, 200);
  }
});

test('nobody waits for ever, nor in a crowd', async () => {
  const gate = deferred();
  const counter: Counter = new Counter((_, res) => {
    const mine = counter.asked;
    if (mine === 1) gate.promise.then(() => res.end('answer 1'));
    else res.end(`answer ${mine}`);
  });
  const stage = await open(counter, { waitTime: 500, waiters: 1, now: () => performance.now() });
  const first = stage.ask('/a');
  await until(() => counter.asked === 1);
  const patient = stage.ask('/a');
  await until(() => stage.cache.joined === 1);
  assert.is((await stage.ask('/a')).text, 'answer 2', 'one too many goes at once');
  assert.is((await patient).text, 'answer 3', 'and one who has waited long enough');
  gate.resolve();
  assert.is((await first).text, 'answer 1');
});

test('a body larger than the route allows, or without a clear end, is not kept', async () => {
  const large = 'x'.repeat(1_048_577);
  for (const [name, handler] of [
    ['announced', (res) => res.writeHead(200, { 'Content-Length': large.length }).end(large)],
    ['unannounced', (res) => res.write(large.slice(0, 5)) && res.end(large.slice(5))],
    ['ended by closing', (res) => res.socket?.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nx')],
  ] as [string, (res: ServerResponse) => void][]) {
    const counter: Counter = new Counter((_, res) => handler(res));
    const stage = await open(counter);
    const { body } = await stage.ask('/a');
    await stage.ask('/a');
    assert.is(counter.asked, 2, name);
    assert.is(body.length, name === 'ended by closing' ? 1 : large.length);
    assert.ok(stage.cache.bytes < 5000);
  }
});

test('a large answer is served whole, at the pace of the client', async () => {
  const large = Buffer.alloc(1_000_000, 'abcdefghij');
  const counter: Counter = new Counter((_, res) => res.end(large));
  const stage = await open(counter);
  await stage.ask('/a');
  const { body } = await stage.ask('/a');
  assert.ok(body.equals(large));
  assert.is(counter.asked, 1);
});

test('memory is bounded, and the longest unused goes first', async () => {
  const counter: Counter = new Counter((_, res) => res.end(Buffer.alloc(100_000)));
  const stage = await open(counter, { maxBytes: 1_000_000 });
  await stage.ask('/favourite');
  for (let at = 0; at < 30; at++) {
    await stage.ask(`/${at}`);
    await stage.ask('/favourite');
    assert.ok(stage.cache.bytes <= 1_000_000);
  }
  assert.is(counter.asked, 31, 'what is used stays');
  assert.is(stage.cache.size, 9);
  await stage.ask('/0');
  assert.is(counter.asked, 32);
  stage.cache.clear();
  assert.equal([stage.cache.bytes, stage.cache.size], [0, 0]);
});

test('a request that changes things makes what is kept untrue, and what is on its way', async () => {
  const gate = deferred();
  const counter: Counter = new Counter((req, res) => {
    const mine = counter.asked;
    if (req.method === 'POST') res.writeHead(req.headers['x-fail'] === undefined ? 204 : 403).end();
    else if (req.url === '/slow' && mine === 1) gate.promise.then(() => res.end('answer 1'));
    else res.end(`answer ${mine}`);
  });
  const stage = await open(counter);
  const slow = stage.ask('/slow');
  await until(() => counter.asked === 1);
  assert.is((await stage.ask('/slow', { method: 'POST', body: 'x' })).status, 204);
  gate.resolve();
  assert.is((await slow).text, 'answer 1');
  assert.is((await stage.ask('/slow')).text, 'answer 3');
  assert.is(
    (await stage.ask('/slow', { method: 'POST', headers: { 'x-fail': '1' }, body: 'x' })).status,
    403,
  );
  assert.is((await stage.ask('/slow')).text, 'answer 3', 'a refused one changes nothing');
  await stage.ask('/slow', { method: 'POST', body: 'x' });
  assert.is((await stage.ask('/slow')).text, 'answer 6');
  assert.is((await stage.ask('/slow', { method: 'OPTIONS' })).text, 'answer 7');
  assert.is((await stage.ask('/slow')).text, 'answer 6');
});

test('a hundred requests on one connection: hits and misses keep their order', async () => {
  const counter: Counter = new Counter((req, res) => res.end(`answer to ${req.url}.`));
  const stage = await open(counter);
  await stage.ask('/1');
  const paths = Array.from({ length: 100 }, (_, at) => `/${at % 3}`);
  const last = paths.length - 1;
  const all = await stage.raw(
    paths
      .map(
        (path, at) =>
          `GET ${path} HTTP/1.1\r\nHost: example.org\r\n${at === last ? 'Connection: close\r\n' : ''}\r\n`,
      )
      .join(''),
  );
  assert.equal(
    [...all.matchAll(/answer to (\/\d)\./g)].map((match) => match[1]),
    paths,
  );
  assert.equal(counter.seen.map((req) => req.url).sort(), ['/0', '/1', '/2']);
});

test('an answer that came is complete for those who leave early too', async () => {
  const gate = deferred();
  const counter: Counter = new Counter((_, res) => {
    res.write('begun, ');
    gate.promise.then(() => res.end('ended'));
  });
  const stage = await open(counter);
  const leaving = request({ port: stage.port, path: '/a', headers: { host: 'example.org' } });
  leaving.on('error', () => {});
  leaving.end();
  const [answer] = (await once(leaving, 'response')) as [IncomingMessage];
  answer.on('error', () => {});
  await once(answer, 'data');
  leaving.socket?.resetAndDestroy();
  await until(() => stage.service.connections.size === 0);
  gate.resolve();
  assert.is((await stage.ask('/a')).text, 'begun, ended', 'half of it is never kept');
  assert.is(counter.asked, 2);
});

test.run();
