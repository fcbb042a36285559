import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAddress } from '../../src/core/address.js';
import { names, signalNames, signalSet, upperBit } from '../../src/detect/signals.js';
import { AccessLog } from '../../src/observe/access-log.js';
import { Sink } from '../../src/observe/sink.js';
import { Peer } from '../../src/peer.js';
import { type FinishedExchange, finished, noon, peer, routeOf, tableOf, trace } from './support.js';

const folder = mkdtempSync(join(tmpdir(), 'edge-access-'));
test.after(() => rmSync(folder, { recursive: true }));
let files = 0;

type Line = Record<string, unknown>;

/** The lines a log wrote, read back. */
async function written(write: (log: AccessLog) => void): Promise<Line[]> {
  const path = join(folder, `${files++}.log`);
  const sink = new Sink(path);
  write(new AccessLog(sink));
  await sink.close();
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
}

const one = async (exchange: FinishedExchange, durationMs = 12.5) =>
  (await written((log) => log.finished(exchange, durationMs, noon)))[0] as Line;

const table = tableOf(['docs.example.org', '/'], ['docs.example.org', '/api', { class: 'api' }]);

const browser =
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: text/html\r\nAccept-Language: en-GB,en;q=0.9\r\n' +
  'Accept-Encoding: gzip, br\r\nReferer: https://docs.example.org/a?code=xyz\r\nCookie: session=topsecret\r\n' +
  'Authorization: Bearer topsecret\r\nSec-Fetch-Mode: navigate\r\nSec-CH-UA: "Chromium";v="126"\r\n' +
  'Content-Type: application/json\r\nContent-Length: 3\r\n';

test('a line has every field, in the form a replay reads', async () => {
  const exchange = finished('/api/x%20y?page=2&state=topsecret', { method: 'POST', lines: browser });
  exchange.route = routeOf(table, 'docs.example.org/api');
  exchange.status = 502;
  exchange.firstByte = 1004.25;
  exchange.requestBytes = 3;
  exchange.responseBytes = 812;
  exchange.upstream = '10.42.0.7:8000';
  exchange.error = 'EDGE_UPSTREAM_CLOSED';
  exchange.action = 1;
  exchange.score = 0.612_349_9;
  exchange.signals = signalSet(1, upperBit('burst'));
  exchange.signedIn = true;
  exchange.cached = true;
  assert.equal(await one(exchange), {
    time: '2026-10-03T12:00:00.250Z',
    request_id: exchange.id,
    trace_id: trace,
    method: 'POST',
    host: 'docs.example.org',
    path: '/api/x%20y',
    query: 'page=2&state=REDACTED',
    client_ip: '192.0.2.17',
    protocol: '1.1',
    status: 502,
    duration_ms: 12.5,
    ttfb_ms: 4.25,
    request_bytes: 3,
    response_bytes: 812,
    user_agent: 'Mozilla/5.0 (X11; Linux x86_64)',
    referer: 'https://docs.example.org/a?code=REDACTED',
    accept: 'text/html',
    accept_language: 'en-GB,en;q=0.9',
    accept_encoding: 'gzip, br',
    content_type: 'application/json',
    has_cookie: true,
    has_authorization: true,
    has_sec_fetch: true,
    has_client_hints: true,
    field_count: 12,
    route: 'docs.example.org/api',
    class: 'api',
    upstream: '10.42.0.7:8000',
    error: 'EDGE_UPSTREAM_CLOSED',
    verdict: 'limit',
    score: 0.6123,
    signals: ['traversal', 'burst'],
    signed_in: true,
    cached: true,
  });
});

test('what a request did not have is left out, and the rest keeps its order', async () => {
  const bare = finished('/', { protocol: 2 });
  bare.status = 0;
  bare.traceId = bare.id;
  const full = Object.keys(await one(finished('/api?x=1', { lines: browser })));
  const line = await one(bare, 0);
  assert.equal(
    Object.keys(line),
    full.filter((key) => key in line),
  );
  const { time: _time, request_id: _id, host: _host, client_ip: _ip, ...rest } = line;
  assert.equal(rest, { method: 'GET', path: '/', protocol: '2', status: 0, duration_ms: 0, field_count: 1 });
});

test('no credential gets into a line', async () => {
  const exchange = finished('/?token=topsecret', { lines: browser });
  assert.not.ok(JSON.stringify(await one(exchange)).includes('topsecret'));
});

test('every request is one line of JSON whatever a client sends, and reads back as the proxy saw it', async () => {
  // what the parser lets through: anything visible, tabs, and octets above 127
  const octet = fc.oneof(
    fc.integer({ min: 0x21, max: 0x7e }),
    fc.integer({ min: 0x80, max: 0xff }),
    fc.constantFrom(0x22, 0x5c, 0x09),
  );
  const value = fc.array(octet, { minLength: 1, maxLength: 60 }).map((codes) => {
    const text = String.fromCharCode(...codes).replace(/^\t+|\t+$/g, '');
    return text === '' ? 'x' : text;
  });
  const target = fc
    .array(fc.integer({ min: 0x21, max: 0x7e }), { maxLength: 60 })
    .map((codes) => `/${String.fromCharCode(...codes).replaceAll('#', '"')}`);
  const cases = fc.sample(fc.tuple(target, value, value), { seed: 3, numRuns: 1500 });
  const lines = await written((log) => {
    for (const [path, agent, language] of cases)
      log.finished(
        finished(path, { lines: `User-Agent: ${agent}\r\nAccept-Language: ${language}\r\n` }),
        1,
        noon,
      );
  });
  assert.is(lines.length, cases.length);
  for (const [i, [path, agent, language]] of cases.entries()) {
    const line = lines[i] as Line;
    assert.is(line.user_agent, agent);
    assert.is(line.accept_language, language);
    assert.is(line.path, path.split('?', 1)[0]);
  }
});

test('a value of any length makes a line of bounded length', async () => {
  const long = '\x80'.repeat(20_000);
  const line = await one(finished('/', { lines: `User-Agent: ${long}\r\nReferer: ${long}\r\n` }));
  assert.is(String(line.user_agent).length, 1024);
  assert.is(String(line.referer).length, 1024);
});

test('signals are those the detector names, for any set', async () => {
  const sets = fc.sample(fc.tuple(fc.integer(), fc.nat(2 ** (signalNames.length - 32) - 1)), {
    seed: 4,
    numRuns: 300,
  });
  const bits = [
    ...sets.map(([low, high]) => signalSet(low, high)),
    2 ** 31,
    2 ** 32,
    2 ** signalNames.length - 1,
  ];
  const lines = await written((log) => {
    for (const set of bits) {
      const exchange = finished();
      exchange.signals = set;
      log.finished(exchange, 1, noon);
    }
  });
  for (const [i, set] of bits.entries()) assert.equal(lines[i]?.signals, names(set));
});

test('after a change of the table lines name the new routes, and those under way the old ones', async () => {
  const before = routeOf(table, 'docs.example.org/api');
  const after = tableOf(['docs.example.org', '/'], ['docs.example.org', '/other', { class: 's3' }]);
  const lines = await written((log) => {
    for (const route of [before, after.routes[before.id], before, undefined]) {
      const exchange = finished();
      exchange.route = route;
      log.finished(exchange, 1, noon);
    }
  });
  assert.equal(
    lines.map((line) => `${line.route} ${line.class}`),
    [
      'docs.example.org/api api',
      'docs.example.org/other s3',
      'docs.example.org/api api',
      'undefined undefined',
    ],
  );
});

test('a flood of heads nobody can read is 20 lines a second and a count', async () => {
  const stranger = new Peer(parseAddress('2001:db8::1'), true, '', false, false, 443);
  const lines = await written((log) => {
    const problem = 'a Connection that names "\xff\\';
    for (let count = 0; count < 50_000; count++) log.refusedHead(stranger, 400, 'EDGE_HEAD', problem, noon);
    assert.is(log.suppressed, 49_980);
    log.refusedHead(peer, 431, 'EDGE_HEAD_SIZE', 'a head of more than 32768 octets', noon + 1000);
  });
  assert.is(lines.length, 21);
  assert.equal(lines[0], {
    time: '2026-10-03T12:00:00.250Z',
    refused: true,
    client_ip: '2001:db8::1',
    status: 400,
    error: 'EDGE_HEAD',
    problem: 'a Connection that names "\xff\\',
    suppressed: 0,
  });
  assert.equal([lines[20]?.status, lines[20]?.suppressed], [431, 49_980]);
});

test.run();
