import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAddress } from '../../src/core/address.js';
import { KeyedHash } from '../../src/core/keyed-hash.js';
import { TimeHeap } from '../../src/detect/heap.js';
import { replay, replayText } from '../../src/detect/replay.js';
import { actionNames } from '../../src/detect/verdict.js';
import { RequestView } from '../../src/detect/view.js';
import { Random } from '../../train/random.js';
import { fill, type Row } from '../../train/rows.js';
import { suite } from '../../train/suite.js';
import { detectorOf } from './support.js';

interface Call {
  readonly row: Row;
  readonly client: string;
  readonly duration: number;
}

/** Some hundred clients at once, honest and not. */
function traffic(random: Random): Call[] {
  const calls: Call[] = [];
  suite(random, 100).forEach(({ rows }, i) => {
    const client = i % 3 === 0 ? `2001:db8:0:${i.toString(16)}::${i}` : `10.0.${i % 40}.1`;
    for (const row of rows.slice(0, 150)) calls.push({ row, client, duration: random.whole(0, 3000) });
  });
  const paths = [
    '/wp-login.php',
    '/.env',
    '/x',
    '/about',
    '/admin/',
    '/?id=1%27%20or%201=1--%20',
    '/a/../../etc/passwd',
  ];
  for (let i = 0; i < 600; i++) {
    const row: Row = {
      method: 'GET',
      target: `${random.pick(paths)}${random.chance(0.5) ? `?n=${i}` : ''}`,
      trafficClass: random.pick(['browser', 'none', 'git']),
      attack: true,
      source: '',
      group: '',
      status: random.pick([404, 403, 200]),
      time: 60_000 + random.whole(0, 20_000),
      headers: { 'user-agent': random.pick(['curl/8.1', 'Mozilla/5.0 (X11)', '']) },
    };
    calls.push({
      row: { ...row, routeFound: row.trafficClass !== 'none' },
      client: `10.1.0.${i % 5}`,
      duration: random.whole(0, 200),
    });
  }
  return calls;
}

const began = Date.UTC(2026, 0, 1);

/** The live path: verdicts when requests come, answers when they end, and a line of the log then. */
function live(calls: readonly Call[]): { lines: string[]; scores: Map<string, number> } {
  const detector = detectorOf();
  const hash = new KeyedHash(new Uint8Array(8));
  const view = new RequestView();
  const events = new TimeHeap<() => void>();
  const lines: string[] = [];
  const scores = new Map<string, number>();
  calls.forEach(({ row, client, duration }, i) => {
    const start = began + Math.round(row.time);
    events.push(start, () => {
      const { keyHi, keyLo } = parseAddress(client, hash);
      const verdict = detector.judge(fill(view, row), keyHi, keyLo, start);
      const { trace } = verdict;
      const id = `r${i}`;
      scores.set(id, verdict.score);
      const line = {
        time: new Date(start).toISOString(),
        request_id: id,
        method: view.method,
        host: view.host,
        path: view.path,
        query: view.query,
        client_ip: client,
        protocol: '1.1',
        status: row.status,
        duration_ms: duration,
        request_bytes: 0,
        response_bytes: 10,
        user_agent: view.userAgent,
        referer: view.referer,
        accept: view.accept,
        accept_language: view.acceptLanguage,
        accept_encoding: view.acceptEncoding,
        content_type: view.contentType,
        has_cookie: view.hasCookie,
        has_authorization: view.hasAuthorization,
        has_sec_fetch: view.hasSecFetch,
        has_client_hints: view.hasClientHints,
        field_count: 5,
        route: view.routeFound ? `route-${row.group}` : 'none',
        class: row.trafficClass,
        signed_in: view.signedIn,
        verdict: actionNames[verdict.action],
        score: Math.round(verdict.score * 1e4) / 1e4,
        signals: [],
      };
      const end = start + duration;
      // what ends with the same millisecond that another begins with is seen first
      events.push(end - 0.5, () => {
        detector.observe(keyHi, keyLo, trace, row.status, end);
        lines.push(JSON.stringify(line));
      });
    });
  });
  for (let event = events.pop(); event !== undefined; event = events.pop()) event();
  return { lines, scores };
}

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

test('a replay of a log gives every request the score it had', async () => {
  const { lines, scores } = live(traffic(new Random(5)));
  assert.ok(lines.length > 5000);
  let different = 0;
  const report = await replay(each(lines), detectorOf(), (line, verdict) => {
    if (verdict.score !== scores.get(line.id)) different++;
  });
  assert.is(different, 0);
  assert.is(report.judged, lines.length);
  assert.is(report.sameScore, report.withScore);
  assert.ok(report.actions.refuse > 100 && report.actions.pass > 4000);
});

test('reports by route and class, and what was refused but answered', async () => {
  const line = {
    time: '2026-01-01T00:00:00.000Z',
    request_id: 'a',
    method: 'GET',
    path: '/',
    query: '',
    client_ip: '10.0.0.1',
    status: 200,
    duration_ms: 1,
    route: 'docs',
    class: 'browser',
  };
  const attack = {
    ...line,
    request_id: 'b',
    query: "id=1'%20union%20all%20select%20null,version()--%20",
    client_ip: '10.0.0.2',
  };
  const lost = { ...line, request_id: 'c', route: 'none', class: 'none', status: 404, path: '/nothing' };
  const lines = [line, attack, lost].map((fields) => JSON.stringify(fields));
  const report = await replay(each([...lines, '', 'not json', '{"refused":true}', '[]']), detectorOf());
  assert.equal(report.actions, { pass: 1, limit: 1, refuse: 1 });
  assert.equal(report.byRoute.get('docs'), { pass: 1, limit: 0, refuse: 1 });
  assert.equal(report.byClass.get('none'), { pass: 0, limit: 1, refuse: 0 });
  assert.is(report.skipped, 3);
  assert.is(report.doubts, 1);
  assert.is(report.examples[0]?.id, 'b');
  assert.ok(report.examples[0]?.signals.includes('sql-words'));
  const text = replayText(report);
  for (const part of ['3 requests', 'docs', 'refused, but answered with 2xx or 3xx: 1', 'sql-words'])
    assert.ok(text.includes(part), part);
});

test('the heap gives things by time, and in order of arrival', () => {
  const random = new Random(3);
  const heap = new TimeHeap<number>();
  const times = Array.from({ length: 500 }, () => random.whole(0, 50));
  for (const [i, time] of times.entries()) heap.push(time, i);
  const order = times.map((time, i) => ({ time, i })).sort((a, b) => a.time - b.time || a.i - b.i);
  assert.equal(
    times.map(() => heap.pop()),
    order.map(({ i }) => i),
  );
  assert.is(heap.pop(), undefined);
});

test.run();
