import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ConfigInput } from '../../src/config/schema.js';
import { ask as request } from '../../src/upstream/ask.js';
import { UpstreamPool } from '../../src/upstream/pool.js';
import { freePort } from '../l4/support/sockets.js';
import { type RunningEdge, startEdge } from '../support/edge.js';
import { App } from './support/app.js';
import { ask, askHttp2, closeClients, openHttp2, type Reply } from './support/client.js';
import { skip } from './support/time.js';

/** Apps that are many, slow, dead, or come back. */
const test = suite('upstreams');
let opened: { close(): Promise<unknown> }[] = [];

test.after.each(async () => {
  closeClients();
  await Promise.all(opened.map((one) => one.close()));
  opened = [];
});

type Timeouts = { connect?: number; response?: number; idle?: number };

/** A proxy in front of `app.test:PORT`, whose addresses `lookup` tells. */
async function stage(
  upstream: string,
  lookup: (name: string) => Promise<readonly string[]>,
  timeouts: Timeouts = {},
  more: Partial<ConfigInput> = {},
): Promise<RunningEdge> {
  const running = await startEdge(
    {
      hosts: [{ name: 'app.example.org', routes: [{ kind: 'proxy', path: '/', upstream, timeouts }] }],
      ...more,
    },
    { lookup },
  );
  opened.push({ close: () => running.stop() });
  return running;
}

/** Apps on one port of several addresses, each of which says which one it is. */
async function appsOn(
  hosts: readonly string[],
  make = (host: string) => new App((_, response) => void response.end(host)),
) {
  const apps: App[] = [];
  let port = 0;
  for (const host of hosts) {
    const app = await make(host).listen(port, host);
    port = app.port;
    apps.push(app);
    opened.push(app);
  }
  return { apps, port };
}

const forget = async (app: App) => {
  opened = opened.filter((one) => one !== app);
  await app.close();
};

const count = (replies: readonly Reply[]) => {
  const counts: Record<string, number> = {};
  for (const { status, text } of replies) {
    const key = status === 200 ? text : String(status);
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
};

const hosts = ['127.0.0.11', '127.0.0.12', '127.0.0.13'];

test('requests go where the fewest are under way', async () => {
  const releases: (() => void)[] = [];
  const { apps, port } = await appsOn(
    hosts,
    (host) => new App((_, response) => void releases.push(() => response.end(host))),
  );
  const running = await stage(`http://app.test:${port}`, async () => hosts);
  const replies = Array.from({ length: 12 }, (_, i) => ask(running, { path: `/${i}` }));
  await Promise.all(apps.map((app) => app.until(4)));
  assert.equal(
    apps.map(({ asked }) => asked.length),
    [4, 4, 4],
  );
  // one of them gets free: the next ones go there
  for (const release of releases) release();
  assert.equal(count(await Promise.all(replies)), { '127.0.0.11': 4, '127.0.0.12': 4, '127.0.0.13': 4 });
});

test('an address that is dead is skipped, and comes back', async () => {
  const { apps, port } = await appsOn(hosts);
  const running = await stage(`http://app.test:${port}`, async () => hosts);
  await forget(apps[1] as App);
  const first = await Promise.all(Array.from({ length: 30 }, () => ask(running)));
  assert.is(first.filter(({ status }) => status === 200).length, 30, 'no request is lost');
  assert.is(count(first)['127.0.0.12'], undefined);
  const { endpoints } = await upstreamState(running);
  assert.equal(
    endpoints.map(({ healthy }) => healthy),
    [true, false, true],
  );
  const again = await new App((_, response) => void response.end('back')).listen(port, '127.0.0.12');
  opened.push(again);
  await skip(running.edge, 61_000);
  const later = await Promise.all(Array.from({ length: 30 }, () => ask(running)));
  assert.ok((count(later).back ?? 0) >= 5, JSON.stringify(count(later)));
});

async function upstreamState(running: RunningEdge) {
  const [[, pool] = []] = running.edge.service.upstreams.all;
  assert.ok(pool);
  return { endpoints: pool?.state ?? [] };
}

test('what is under way is counted rightly, whatever becomes of connections', async () => {
  const { apps, port } = await appsOn(['127.0.0.11']);
  let later = 0;
  const now = () => performance.now() + later;
  const pool = new UpstreamPool('app.test', port, now, async () => ['127.0.0.11']);
  const question = { target: '/', host: 'app.test', lines: '', time: 1000, limit: 1000 };
  const state = () => {
    const [endpoint] = pool.state;
    return [endpoint?.active, endpoint?.idle];
  };
  await Promise.all([request(pool, question), request(pool, question)]);
  assert.equal(state(), [0, 2]);
  later += 100_000;
  // too old: found when one is wanted, before the sweep comes by
  await request(pool, question);
  assert.equal(state(), [0, 1]);
  later += 100_000;
  pool.sweep(now());
  assert.equal(state(), [0, 0]);
  for (const app of apps) await forget(app);
  await request(pool, question).catch(() => {});
  assert.equal(state(), [0, 0]);
  pool.close();
});

test('names are asked about once in 10 s, and kept while the name service is down', async () => {
  const { port } = await appsOn(['127.0.0.11']);
  let asked = 0;
  let down = false;
  const running = await stage(`http://app.test:${port}`, async (name) => {
    assert.is(name, 'app.test');
    asked++;
    if (down) throw new Error('SERVFAIL');
    return ['127.0.0.11'];
  });
  const together = await Promise.all(Array.from({ length: 20 }, () => ask(running)));
  assert.ok(together.every(({ status }) => status === 200));
  assert.is(asked, 1, 'several at once ask once');
  await skip(running.edge, 9000);
  await ask(running);
  assert.is(asked, 1);
  await skip(running.edge, 1500);
  assert.is((await ask(running)).status, 200);
  assert.is(asked, 2);
  down = true;
  await skip(running.edge, 11_000);
  assert.is((await ask(running)).status, 200);
  assert.is((await ask(running)).status, 200);
  assert.is(asked, 3);
});

test('a name nobody knows is a 502 at once', async () => {
  const running = await stage('http://nowhere.test:80', async () => {
    throw new Error('ENOTFOUND nowhere.test');
  });
  const began = performance.now();
  assert.is((await ask(running)).status, 502);
  assert.ok(performance.now() - began < 1000);
});

test('addresses that change are followed', async () => {
  const { apps, port } = await appsOn(['127.0.0.11', '127.0.0.12']);
  let address = '127.0.0.11';
  const running = await stage(`http://app.test:${port}`, async () => [address]);
  assert.is((await ask(running)).text, '127.0.0.11');
  address = '127.0.0.12';
  await forget(apps[0] as App);
  // no time has passed: the failure itself makes it look again
  assert.is((await ask(running)).text, '127.0.0.12');
});

test('an upstream that restarts: requests wait for it as long as a connection may take', async () => {
  const port = await freePort();
  const running = await stage(`http://127.0.0.1:${port}`, async () => [], { connect: 5 });
  const replies = Array.from({ length: 20 }, (_, i) =>
    ask(running, i % 2 === 0 ? {} : { method: 'POST', body: 'x' }),
  );
  await new Promise((done) => setTimeout(done, 600));
  const app = await new App().listen(port);
  opened.push(app);
  assert.equal(count(await Promise.all(replies)), { 'GET /': 10, 'POST /': 10 });
  assert.is(app.asked.length, 20, 'none was sent twice');
});

test('many requests to a dead upstream are told soon, and it costs others nothing', async () => {
  const port = await freePort();
  const well = await new App().listen();
  opened.push(well);
  const running = await stage(
    `http://127.0.0.1:${port}`,
    async () => [],
    {},
    {
      hosts: [
        {
          name: 'app.example.org',
          routes: [
            { kind: 'proxy', path: '/', upstream: `http://127.0.0.1:${port}`, timeouts: { connect: 1 } },
            { kind: 'proxy', path: '/well', upstream: well.origin },
          ],
        },
      ],
    },
  );
  const sessions = Array.from({ length: 5 }, () => openHttp2(running));
  const began = performance.now();
  let slowest = 0;
  const replies: Promise<Reply>[] = [];
  for (const session of sessions) {
    for (let i = 0; i < 90; i++) replies.push(askHttp2(session));
    const asked = performance.now();
    assert.is((await askHttp2(session, { path: '/well' })).status, 200);
    slowest = Math.max(slowest, performance.now() - asked);
  }
  const counts = count(await Promise.all(replies));
  const took = performance.now() - began;
  // 64 wait whether it comes back within the second that a connection may take; the others are told at once
  assert.equal(Object.keys(counts).sort(), ['502', '503'], JSON.stringify(counts));
  assert.ok((counts['503'] ?? 0) >= 250, JSON.stringify(counts));
  assert.ok(took < 6000 && slowest < 1500, `${took} ms, ${slowest} ms`);
});

test('an upstream that takes too long is a 504, and others pass meanwhile', async () => {
  const app = await new App((request, response) => {
    if (request.url !== '/stuck') response.end('ok');
  }).listen();
  opened.push(app);
  const running = await stage(app.origin, async () => [], { response: 1 });
  const stuck = Array.from({ length: 40 }, () => ask(running, { path: '/stuck' }));
  for (let i = 0; i < 50; i++) assert.is((await ask(running)).text, 'ok');
  assert.equal(count(await Promise.all(stuck)), { 504: 40 });
  assert.equal(
    (await upstreamState(running)).endpoints.map(({ active }) => active),
    [0],
  );
});

test('an answer that stops half-way is broken off, so that the client can tell', async () => {
  const app = await new App((_, response) => {
    response.writeHead(200, { 'Content-Length': 100 });
    response.write('half');
  }).listen();
  opened.push(app);
  const running = await stage(app.origin, async () => [], { idle: 1 });
  const http1 = await ask(running).then(
    () => 'complete',
    () => 'broken off',
  );
  const http2 = await askHttp2(openHttp2(running)).then(
    () => 'complete',
    () => 'broken off',
  );
  assert.equal([http1, http2], ['broken off', 'broken off']);
});

test('a connection that its upstream closes while it is idle costs no request', async () => {
  // node closes after 20 ms of silence, and says nothing about it
  const app = await new App((_, response) => {
    response.removeHeader('keep-alive');
    response.end('ok');
  }).listen();
  app.server.keepAliveTimeout = 20;
  opened.push(app);
  const running = await stage(app.origin, async () => []);
  for (let i = 0; i < 60; i++) {
    await new Promise((done) => setTimeout(done, 15 + (i % 10)));
    const replies = await Promise.all([ask(running), ask(running), ask(running, { method: 'DELETE' })]);
    assert.ok(
      replies.every(({ status }) => status === 200),
      `round ${i}: ${replies.map(({ status }) => status)}`,
    );
  }
});

test.run();
