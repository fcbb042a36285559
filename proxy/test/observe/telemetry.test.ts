import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  publishCertificateReload,
  publishConfigReload,
  type RequestEnd,
  type UpstreamError,
} from '../../src/observe/channels.js';
import { silent } from '../../src/observe/log.js';
import { Telemetry } from '../../src/observe/telemetry.js';
import { finished, noon, peer, routeOf, tableOf } from './support.js';

const folder = mkdtempSync(join(tmpdir(), 'edge-telemetry-'));
test.after(() => rmSync(folder, { recursive: true }));
const table = tableOf(['docs.example.org', '/']);
const route = routeOf(table, 'docs.example.org/');
const lines = (name: string) =>
  readFileSync(join(folder, name), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

test('a request is counted and logged once, at the time it began', async () => {
  const telemetry = new Telemetry({ version: '1', log: silent, now: () => noon + 1500 });
  telemetry.adopt({ accessLog: join(folder, 'a.log') }, table.routes);
  const exchange = finished();
  exchange.route = route;
  telemetry.started(exchange);
  assert.is(telemetry.metrics.active, 1);
  telemetry.finished(exchange, 1500);
  telemetry.refusedHead(peer, 400, 'EDGE_FRAMING', 'both Content-Length and Transfer-Encoding');
  await telemetry.close();
  assert.is(telemetry.metrics.active, 0);
  assert.is(telemetry.metrics.series.of(route).total, 1);
  assert.equal(
    lines('a.log').map((line) => [line.time, line.status, line.refused]),
    [
      ['2026-10-03T12:00:00.250Z', 200, undefined],
      ['2026-10-03T12:00:01.750Z', 400, true],
    ],
  );
  assert.is(telemetry.metrics.refusedHeads.get('EDGE_FRAMING'), 1);
});

test('another log takes over without a lost line; one that cannot be opened is refused and the old one stays', async () => {
  const telemetry = new Telemetry({ version: '1', log: silent });
  const ask = () => telemetry.finished(finished(), 1);
  telemetry.adopt({ accessLog: join(folder, 'one.log') }, table.routes);
  ask();
  telemetry.adopt({ accessLog: join(folder, 'one.log') }, table.routes);
  ask();
  telemetry.adopt({ accessLog: join(folder, 'two.log') }, table.routes);
  ask();
  assert.throws(() => telemetry.adopt({ accessLog: '/nowhere/x.log' }, []), /EDGE_CONFIG|cannot write/);
  ask();
  renameSync(join(folder, 'two.log'), join(folder, 'two.log.1'));
  telemetry.reopen();
  ask();
  telemetry.adopt({ accessLog: 'off' }, table.routes);
  ask();
  await telemetry.close();
  const { access_log } = telemetry.dropped;
  assert.is(access_log, 0);
  const two = () => [...lines('two.log.1'), ...lines('two.log')];
  for (let tries = 0; tries < 200; tries++) {
    try {
      if (lines('one.log').length === 2 && two().length === 3) break;
    } catch {
      // not opened yet
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal([lines('one.log').length, two().length], [2, 3]);
});

test('nothing is chosen for tracing without a collector', async () => {
  const telemetry = new Telemetry({ version: '1', log: silent });
  telemetry.adopt({ accessLog: 'off' }, table.routes);
  assert.not.ok(Array.from({ length: 1000 }, () => telemetry.sample()).some(Boolean));
  telemetry.adopt({ accessLog: 'off', otlp: { endpoint: 'http://127.0.0.1:1', headers: {} } }, table.routes);
  assert.is(Array.from({ length: 1000 }, () => telemetry.sample()).filter(Boolean).length, 10);
  await telemetry.close();
});

test('channels tell those who subscribe, with the exchange itself', () => {
  const telemetry = new Telemetry({ version: '1', log: silent });
  telemetry.adopt({ accessLog: 'off' }, table.routes);
  const heard: string[] = [];
  const listener = (message: unknown, name: string | symbol) => {
    const { exchange, durationMs } = message as RequestEnd;
    heard.push(`${String(name)} ${exchange?.status} ${durationMs ?? (message as UpstreamError).code ?? ''}`);
  };
  const channels = ['edge:request:start', 'edge:request:end', 'edge:verdict', 'edge:upstream:error'];
  for (const name of channels) subscribe(name, listener);
  const exchange = finished();
  exchange.route = route;
  exchange.action = 2;
  telemetry.started(exchange);
  telemetry.upstreamFailed(exchange, route, 'EDGE_UPSTREAM_CLOSED', 'gone');
  telemetry.finished(exchange, 7);
  for (const name of channels) unsubscribe(name, listener);
  telemetry.finished(finished(), 7);
  assert.equal(heard, [
    'edge:request:start 200 ',
    'edge:upstream:error 200 EDGE_UPSTREAM_CLOSED',
    'edge:verdict 200 ',
    'edge:request:end 200 7',
  ]);
});

test('reloads are told with their reason', () => {
  const heard: unknown[] = [];
  const listener = (message: unknown) => heard.push(message);
  for (const name of ['edge:config:reload', 'edge:certificate:reload']) subscribe(name, listener);
  const error = new Error('bad');
  publishConfigReload('proxy-config', error);
  publishCertificateReload('edge-tls');
  for (const name of ['edge:config:reload', 'edge:certificate:reload']) unsubscribe(name, listener);
  assert.equal(heard, [
    { name: 'proxy-config', error },
    { name: 'edge-tls', error: undefined },
  ]);
});

test.run();
