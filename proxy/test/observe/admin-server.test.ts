import { connect } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { AdminServer, type AdminSources } from '../../src/observe/admin-server.js';
import { expositionOf } from '../../src/observe/exposition.js';
import { Metrics } from '../../src/observe/metrics.js';
import { parseExposition } from './exposition-parser.js';
import { finished, routeOf, tableOf } from './support.js';

const table = tableOf(
  ['docs.example.org', '/', { gate: { groups: ['staff'] } }],
  ['docs.example.org', '/api', { class: 'api', methods: ['GET', 'POST'] }],
  ['docs.example.org', '/old', { kind: 'redirect', to: '/new', status: 301 }],
);

async function withServer(
  change: Partial<AdminSources>,
  run: (base: string, port: number, metrics: Metrics) => Promise<void>,
): Promise<void> {
  const metrics = new Metrics();
  metrics.adopt(table.routes);
  const registry = expositionOf(metrics);
  const server = new AdminServer({
    version: '1.2.3',
    readiness: () => ({ ready: true, missing: [] }),
    metrics: () => registry.metrics(),
    routes: () => table.routes,
    series: metrics.series,
    upstreams: () => [
      { name: 'app:8000', endpoints: [{ address: '10.0.0.1:8000', idle: 1, active: 2, healthy: true }] },
    ],
    clients: () => [{ client: '192.0.2.9', leftMs: 59_001, reasons: ['misses', 'burst'] }],
    ...change,
  });
  const port = await server.listen(0, '127.0.0.1');
  try {
    await run(`http://127.0.0.1:${port}`, port, metrics);
  } finally {
    await server.close();
  }
}

test('alive as long as the loop turns, ready or not', async () => {
  const missing = ['no certificate for docs.example.org', 'no routes'];
  await withServer({ readiness: () => ({ ready: false, missing }) }, async (base) => {
    const alive = await fetch(`${base}/healthz`);
    assert.is(alive.status, 200);
    const health = (await alive.json()) as Record<string, unknown>;
    assert.equal([health.status, health.version, health.uptimeSeconds], ['alive', '1.2.3', 0]);
    const ready = await fetch(`${base}/readyz`);
    assert.is(ready.status, 503);
    assert.equal(await ready.json(), { ready: false, missing });
  });
  await withServer({}, async (base) => {
    const ready = await fetch(`${base}/readyz`);
    assert.equal([ready.status, await ready.json()], [200, { ready: true, missing: [] }]);
  });
});

test('metrics are there for Prometheus', async () => {
  await withServer({}, async (base, _port, metrics) => {
    metrics.finished(finished(), 1);
    const answer = await fetch(`${base}/metrics?x=1`);
    assert.is(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    const { values } = parseExposition(await answer.text());
    assert.is(values.get('sunbeam_requests_total{route="none",method="GET",status="200"}'), 1);
    assert.ok(values.has('process_resident_memory_bytes'));
  });
});

test('a failure while metrics are read is an answer', async () => {
  const metrics = () => Promise.reject(new Error('no worker answers'));
  await withServer({ metrics }, async (base) => {
    const answer = await fetch(`${base}/metrics`);
    assert.equal([answer.status, await answer.text()], [500, 'no worker answers\n']);
  });
});

test('the table of routes as text and as JSON, with what each has had to do', async () => {
  await withServer({}, async (base, _port, metrics) => {
    for (const status of [200, 204, 301, 404, 502]) {
      const exchange = finished('/api');
      exchange.route = routeOf(table, 'docs.example.org/api GET,POST');
      exchange.status = status;
      metrics.finished(exchange, 1);
    }
    metrics.finished(finished(), 1);
    const text = (await (await fetch(`${base}/debug/routes`)).text()).split('\n');
    assert.is(text.length, 1 + 3 + 1 + 1);
    assert.match(
      text[0] ?? '',
      /^host +path +methods +kind +class +gate +target +requests +redirects +refused +failed$/,
    );
    assert.match(
      text[1] ?? '',
      /^docs\.example\.org +\/ +all +proxy +browser +staff +http:\/\/app:8000 +0 +0 +0 +0$/,
    );
    assert.match(
      text[2] ?? '',
      /^docs\.example\.org +\/api +GET POST +proxy +api +open +http:\/\/app:8000 +5 +1 +1 +1$/,
    );
    assert.match(
      text[3] ?? '',
      /^docs\.example\.org +\/old +all +redirect +browser +open +301 \/new +0 +0 +0 +0$/,
    );
    assert.match(text[4] ?? '', /^\(no route\) .* 1 +0 +0 +0$/);
    const json = (await (
      await fetch(`${base}/debug/routes`, { headers: { accept: 'application/json' } })
    ).json()) as Record<string, unknown>[];
    assert.is(json.length, 4);
    assert.equal([json[1]?.path, json[1]?.requests, json[1]?.failed], ['/api', 5, 1]);
  });
});

test('upstreams and blocked clients', async () => {
  await withServer({}, async (base) => {
    const accept = { headers: { accept: 'application/json' } };
    assert.equal(await (await fetch(`${base}/debug/upstreams`, accept)).json(), [
      { upstream: 'app:8000', address: '10.0.0.1:8000', idle: 1, active: 2, healthy: true },
    ]);
    assert.equal(await (await fetch(`${base}/debug/clients`, accept)).json(), [
      { client: '192.0.2.9', secondsLeft: 60, reasons: 'misses burst' },
    ]);
  });
  await withServer({ clients: () => [] }, async (base) => {
    assert.is(await (await fetch(`${base}/debug/clients`)).text(), 'none\n');
  });
});

test('nothing else, and nothing but GET and HEAD', async () => {
  await withServer({}, async (base) => {
    for (const path of ['/', '/health', '/healthz/', '/debug', '/debug/routes/x'])
      assert.is((await fetch(base + path)).status, 404, path);
    const head = await fetch(`${base}/healthz`, { method: 'HEAD' });
    assert.equal([head.status, await head.text()], [200, '']);
    assert.ok(Number(head.headers.get('content-length')) > 20);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await fetch(`${base}/healthz`, { method });
      assert.equal([answer.status, answer.headers.get('allow')], [405, 'GET, HEAD'], method);
    }
  });
});

test('a head that is too large or no head at all ends the connection', async () => {
  await withServer({}, async (base, port) => {
    for (const text of [
      `GET / HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`,
      'NONSENSE\r\n\r\n',
    ]) {
      const socket = connect(port, '127.0.0.1');
      socket.write(text);
      let answer = '';
      socket.on('data', (chunk: Buffer) => {
        answer += chunk.toString();
      });
      socket.on('error', () => {});
      await new Promise((resolve) => socket.on('close', resolve));
      assert.match(answer, /^HTTP\/1\.1 4\d\d /);
    }
    assert.is((await fetch(`${base}/healthz`)).status, 200);
  });
});

test('a port that is taken is an error', async () => {
  await withServer({}, async (_base, port) => {
    await withServer({}, async () => {});
    const other = new AdminServer({
      version: '',
      readiness: () => ({ ready: true, missing: [] }),
      metrics: async () => '',
      routes: () => [],
      series: new Metrics().series,
      upstreams: () => [],
      clients: () => [],
    });
    const error = await other
      .listen(port, '127.0.0.1')
      .catch((problem: NodeJS.ErrnoException) => problem.code);
    assert.is(error, 'EADDRINUSE');
  });
});

test.run();
