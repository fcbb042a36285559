import type { Registry } from 'prom-client';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAddress } from '../../src/core/address.js';
import { signalSet, upperBit } from '../../src/detect/signals.js';
import { Action } from '../../src/exchange.js';
import { expositionOf } from '../../src/observe/exposition.js';
import { exposeSources } from '../../src/observe/gauges.js';
import { LoopHealth } from '../../src/observe/loop-health.js';
import { Metrics } from '../../src/observe/metrics.js';
import { Peer } from '../../src/peer.js';
import { parseExposition } from './exposition-parser.js';
import { finished, routeOf, tableOf } from './support.js';

const table = tableOf(
  ['docs.example.org', '/'],
  ['docs.example.org', '/api', { cache: { seconds: 60, maxObjectMi: 1 } }],
);
const api = routeOf(table, 'docs.example.org/api');

function made(): { metrics: Metrics; registry: Registry } {
  const metrics = new Metrics();
  metrics.adopt(table.routes);
  return { metrics, registry: expositionOf(metrics, false) };
}

const values = async (registry: Registry) => parseExposition(await registry.metrics()).values;

test('requests are counted by route, method and status, with their octets', async () => {
  const { metrics, registry } = made();
  for (const [method, status] of [
    ['GET', 200],
    ['GET', 200],
    ['PROPFIND', 207],
    ['BREW', 418],
    ['get', 299],
    ['GET', 0],
    ['GET', 999],
  ] as const) {
    const exchange = finished('/api', { method });
    exchange.route = api;
    exchange.status = status;
    exchange.requestBytes = 10;
    exchange.responseBytes = 100;
    metrics.started();
    metrics.finished(exchange, 3);
  }
  metrics.started();
  const found = await values(registry);
  const requests = (labels: string) =>
    found.get(`sunbeam_requests_total{route="docs.example.org/api",${labels}}`);
  assert.is(requests('method="GET",status="200"'), 2);
  assert.is(requests('method="PROPFIND",status="207"'), 1);
  assert.is(requests('method="other",status="418"'), 1);
  assert.is(requests('method="other",status="2xx"'), 1);
  assert.is(requests('method="GET",status="0"'), 1);
  assert.is(requests('method="GET",status="5xx"'), 1);
  assert.is(found.get('edge_request_bytes_total{route="docs.example.org/api"}'), 70);
  assert.is(found.get('edge_response_bytes_total{route="docs.example.org/api"}'), 700);
  assert.is(found.get('sunbeam_active_connections'), 1);
});

test('durations fall into the buckets of the original, and bounds belong to their bucket', async () => {
  const { metrics, registry } = made();
  for (const ms of [0.2, 1, 1.001, 5, 9000, 10_000, 10_001]) {
    const exchange = finished();
    exchange.route = api;
    metrics.finished(exchange, ms);
  }
  const found = await values(registry);
  const bucket = (le: string) =>
    found.get(`sunbeam_request_duration_seconds_bucket{le="${le}",route="docs.example.org/api"}`);
  assert.equal(['0.001', '0.005', '0.01', '5', '10', '+Inf'].map(bucket), [2, 4, 4, 4, 6, 7]);
  assert.is(found.get('sunbeam_request_duration_seconds_count{route="docs.example.org/api"}'), 7);
  const sum = found.get('sunbeam_request_duration_seconds_sum{route="docs.example.org/api"}') ?? 0;
  assert.ok(Math.abs(sum - 29.008_201) < 1e-9, String(sum));
});

test('a tunnel is no slow request', async () => {
  const { metrics, registry } = made();
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
  for (const [status, protocol] of [
    [101, 1],
    [200, 2],
    [200, 1],
  ] as const) {
    const exchange = finished('/', { lines: upgrade, protocol });
    exchange.route = api;
    exchange.status = status;
    metrics.finished(exchange, 3_600_000);
  }
  const found = await values(registry);
  assert.is(found.get('edge_tunnels_total{route="docs.example.org/api"}'), 2);
  assert.is(found.get('sunbeam_request_duration_seconds_count{route="docs.example.org/api"}'), 1);
});

test('100,000 hosts, paths and methods of strangers make no more series than a handful', async () => {
  const { metrics, registry } = made();
  const exchange = finished();
  let state = 1;
  for (let count = 0; count < 100_000; count++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    exchange.head.method = `M${state.toString(36).toUpperCase()}`;
    exchange.head.host = `${state}.example.net`;
    exchange.head.path = exchange.path = `/${state}`;
    exchange.status = state % 1400;
    exchange.upstream = `10.0.0.${state % 256}:${state % 60_000}`;
    exchange.error = state % 3 === 0 ? 'EDGE_UPSTREAM_HEAD' : '';
    exchange.action = state % 3;
    exchange.signals = signalSet(state, state % 4096);
    metrics.finished(exchange, state % 20_000);
  }
  const { values: found } = parseExposition(await registry.metrics());
  assert.ok(found.size < 400, `${found.size} series`);
  const requests = [...found].filter(([name]) => name.startsWith('sunbeam_requests_total'));
  assert.is(
    requests.reduce((sum, [, value]) => sum + value, 0),
    100_000,
  );
});

test('totals go on when the table changes, for routes that stay, went and come', async () => {
  const { metrics, registry } = made();
  const count = async (name: string) =>
    (await values(registry)).get(`sunbeam_requests_total{route="${name}",method="GET",status="200"}`);
  const ask = (route = api) => {
    const exchange = finished();
    exchange.route = route;
    metrics.finished(exchange, 1);
  };
  ask();
  // the same name with another id, and a new one with the old id
  const next = tableOf(['a.example.org', '/'], ['docs.example.org', '/new'], ['docs.example.org', '/api']);
  metrics.adopt(next.routes);
  const moved = routeOf(next, 'docs.example.org/api');
  assert.is.not(moved.id, api.id);
  ask(moved);
  ask(next.routes[api.id]);
  // still under way with the old table
  ask();
  assert.is(await count('docs.example.org/api'), 3);
  assert.is(await count('docs.example.org/new'), 1);
  metrics.adopt(tableOf(['docs.example.org', '/x']).routes);
  ask();
  assert.is(await count('docs.example.org/api'), 4);
  metrics.adopt(table.routes);
  ask();
  assert.is(await count('docs.example.org/api'), 5);
});

test('a table that changes for ever takes no memory for ever', () => {
  const metrics = new Metrics();
  for (let turn = 0; turn < 3000; turn++) metrics.adopt(tableOf(['docs.example.org', `/${turn}`]).routes);
  assert.is([...metrics.series].length, 1 + 1 + 1000);
  assert.is([...metrics.series].at(-1)?.name, 'docs.example.org/2999');
});

test('verdicts are told apart: scanner, flood, spared', async () => {
  const { metrics, registry } = made();
  const verdict = (action: number, signals: number, unlimited = false) => {
    const from = new Peer(parseAddress('192.0.2.1'), true, '', false, unlimited, 443);
    const exchange = finished('/', { from });
    exchange.action = action;
    exchange.signals = signals;
    metrics.finished(exchange, 1);
  };
  verdict(Action.pass, 0);
  verdict(Action.pass, signalSet(1, 0));
  verdict(Action.refuse, signalSet(0b1000, upperBit('burst')));
  verdict(Action.limit, signalSet(0, upperBit('sustained')));
  verdict(Action.limit, signalSet(0, upperBit('misses')));
  verdict(Action.pass, 0, true);
  metrics.limited();
  const found = await values(registry);
  const scanner = (decision: string, reason: string) =>
    found.get(`sunbeam_scanner_decisions_total{decision="${decision}",reason="${reason}"}`);
  assert.is(scanner('allow', 'none'), 3);
  assert.is(scanner('block', 'line-breaks'), 1);
  assert.is(scanner('limit', 'misses'), 1);
  assert.is(scanner('bypass', 'none'), 1);
  const flood = (decision: string) => found.get(`sunbeam_ddos_decisions_total{decision="${decision}"}`);
  assert.equal(['allow', 'limit', 'block', 'bypass'].map(flood), [4, 1, 0, 1]);
  const rate = (decision: string) => found.get(`sunbeam_rate_limit_decisions_total{decision="${decision}"}`);
  assert.equal(['allow', 'limit', 'bypass'].map(rate), [3, 1, 1]);
  assert.is(found.get('edge_signals_total{signal="traversal"}'), 1);
  assert.is(found.get('edge_signals_total{signal="burst"}'), 1);
});

test('the count of admitted requests never falls', () => {
  const { metrics } = made();
  metrics.finished(finished(), 1);
  assert.is(metrics.admitted, 1);
  metrics.limited();
  assert.is(metrics.admitted, 1);
  metrics.finished(finished(), 1);
  assert.is(metrics.admitted, 1);
  metrics.finished(finished(), 1);
  assert.is(metrics.admitted, 2);
});

test('failures, the cache, refused heads and reloads', async () => {
  const { metrics, registry } = made();
  for (const [error, cached] of [
    ['EDGE_UPSTREAM_TIMEOUT', false],
    ['EDGE_CLIENT_GONE', true],
  ] as const) {
    const exchange = finished();
    exchange.route = api;
    exchange.error = error;
    exchange.cached = cached;
    metrics.finished(exchange, 1);
  }
  metrics.refusedHead('EDGE_FRAMING');
  metrics.configReload(false);
  metrics.certificateReload(true);
  const found = await values(registry);
  for (const [name, value] of [
    ['edge_upstream_errors_total{route="docs.example.org/api",code="EDGE_UPSTREAM_TIMEOUT"}', 1],
    ['edge_request_errors_total{route="docs.example.org/api",code="EDGE_CLIENT_GONE"}', 1],
    ['sunbeam_cache_status_total{status="hit"}', 1],
    ['sunbeam_cache_status_total{status="miss"}', 1],
    ['edge_refused_heads_total{code="EDGE_FRAMING"}', 1],
    ['edge_config_reload_total{result="success"}', 0],
    ['edge_config_reload_total{result="failure"}', 1],
    ['edge_certificate_reload_total{result="success"}', 1],
  ] as const)
    assert.is(found.get(name), value, name);
});

test('what others know is asked for when somebody looks, and the whole is valid text for Prometheus', async () => {
  const metrics = new Metrics();
  metrics.adopt(tableOf(['docs.example.org', '/a"b\\c\n']).routes);
  const registry = expositionOf(metrics);
  let open = 1;
  exposeSources(registry, {
    connections: () => ({ h1: open, h2: 2 }),
    connectionsRefused: () => ({ total: 0, address: 3, rate: 0 }),
    certificates: () => [{ source: 'edge-tls', notAfter: 1_800_000_000_500 }],
    upstreams: () => [
      {
        name: 'app:8000',
        endpoints: [
          { address: '10.0.0.1:8000', idle: 1, active: 2, healthy: true },
          { address: '10.0.0.2:8000', idle: 3, active: 4, healthy: false },
        ],
      },
    ],
    passthroughs: () => ({ ssh: 4 }),
    tunnels: () => 5,
    blockedClients: () => 6,
    loop: new LoopHealth(),
    dropped: () => ({ access_log: 7 }),
    build: () => ({ version: '1.2.3', config: 'abc' }),
  });
  open = 9;
  const { values: found, types } = parseExposition(await registry.metrics());
  for (const [name, value] of [
    ['edge_connections{protocol="h1"}', 9],
    ['edge_connections_refused_total{reason="address"}', 3],
    ['edge_certificate_expiry_seconds{name="edge-tls"}', 1_800_000_000],
    ['edge_upstream_connections{upstream="app:8000",state="idle"}', 4],
    ['edge_upstream_connections{upstream="app:8000",state="active"}', 6],
    ['edge_upstream_healthy{upstream="app:8000"}', 1],
    ['edge_passthrough_connections{name="ssh"}', 4],
    ['edge_tunnels', 5],
    ['edge_blocked_clients', 6],
    ['edge_event_loop_delay_seconds{quantile="0.99"}', 0],
    ['edge_telemetry_dropped_total{kind="access_log"}', 7],
    ['edge_build_info{version="1.2.3",config="abc"}', 1],
  ] as const)
    assert.is(found.get(name), value, name);
  assert.ok((found.get('process_cpu_seconds_total') ?? 0) > 0);
  assert.is(types.get('sunbeam_request_duration_seconds'), 'histogram');
});

test.run();
