import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { names } from '../../src/detect/signals.js';
import { refuse } from '../../src/detect/verdict.js';
import { RequestView } from '../../src/detect/view.js';
import { Random } from '../../train/random.js';
import { fill, type Row } from '../../train/rows.js';
import { flow, flowKinds } from '../../train/suite.js';
import { detectorOf } from './support.js';

const view = new RequestView();

/** Honest requests of one address, with the answers they got; what was refused of them, and how many were limited. */
function serve(
  rows: readonly Row[],
  detector = detectorOf({ clients: 8 }),
  key = 1,
): { refused: string[]; limited: number } {
  const refused: string[] = [];
  let limited = 0;
  for (const row of rows) {
    const verdict = detector.judge(fill(view, row), key, key, row.time);
    if (verdict.action === refuse)
      refused.push(`${row.group} ${row.target} [${names(verdict.signals).join(', ')}]`);
    else if (verdict.action !== 0) limited++;
    detector.observe(key, key, verdict.trace, row.status, row.time);
  }
  return { refused, limited };
}

/** Several clients behind one address. */
function together(...flows: readonly Row[][]): Row[] {
  return flows.flat().sort((a, b) => a.time - b.time);
}

test('of 10,000 requests of the apps not one is refused, and hardly one limited', () => {
  let requests = 0;
  let limited = 0;
  for (let seed = 0; requests < 10_000; seed++) {
    const { rows } = flow(flowKinds[seed % flowKinds.length] ?? '', new Random(9000 + seed));
    const result = serve(rows);
    assert.equal(result.refused, []);
    requests += rows.length;
    limited += result.limited;
  }
  assert.ok(limited < 20, `${limited} limited`);
});

test('a page of 60 to 200 requests within two seconds, some of them missing', () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = new Random(seed);
    const { rows } = flow('docs', random);
    const page = rows.slice(0, 1);
    for (let i = 0; i < random.whole(60, 200); i++)
      page.push({
        ...(page[0] as Row),
        target: `/assets/chunk-${random.hex(8)}.js`,
        status: i % 12 === 0 ? 404 : 200,
        time: 60_000 + i * 10,
      });
    assert.equal(serve(page), { refused: [], limited: 0 });
  }
});

test('an office of three, and one of ten, behind one address', () => {
  for (const people of [3, 10])
    for (let seed = 0; seed < 10; seed++) {
      const random = new Random(100 + seed);
      const office = Array.from({ length: people }, () => flow(random.pick(flowKinds), random).rows);
      assert.equal(serve(together(...office)).refused, []);
    }
});

test('twenty tabs at once, while a colleague synchronizes a thousand files', () => {
  for (let seed = 0; seed < 5; seed++) {
    const random = new Random(200 + seed);
    const rows = together(flow('tabs', random).rows, flow('sync', random).rows);
    assert.ok(rows.length > 2000);
    assert.equal(serve(rows).refused, []);
  }
});

test('clients of Git, CalDAV, S3, a registry and Matrix: they look for what is not there, and begin with 401', () => {
  for (const kind of ['git', 'calendar', 'bucket', 'registry', 'matrix', 'sync'])
    for (let seed = 0; seed < 10; seed++)
      assert.equal(serve(flow(kind, new Random(300 + seed)).rows).refused, [], kind);
});

test('an app whose session ran out asks for the same things over and over', () => {
  const [row] = flow('docs', new Random(1)).rows;
  const rows = Array.from({ length: 300 }, (_, i) => ({
    ...(row as Row),
    target: `/api/v1.0/part${i % 8}/`,
    status: i % 3 === 0 ? 401 : 403,
    time: 60_000 + i * 300,
  }));
  assert.equal(serve(rows).refused, []);
});

test('a backend that is down makes nobody a suspect', () => {
  const { rows } = flow('docs', new Random(2));
  assert.equal(serve(rows.map((row) => ({ ...row, status: 502 }))).refused, []);
});

test('an honest page from the address of a scanner goes on while the scanner is refused', () => {
  const detector = detectorOf({ clients: 8 });
  const scan = Array.from({ length: 100 }, (_, i) => ({
    method: 'GET',
    target: `/probe${i}.php`,
    trafficClass: 'browser',
    attack: true,
    source: '',
    group: 'scan',
    status: 404,
    time: i * 50,
    headers: { 'user-agent': 'Mozilla/5.0 (Windows NT 6.1)' },
  })) satisfies Row[];
  assert.ok(serve(scan, detector).refused.length > 60);
  assert.equal(serve(flow('portal', new Random(4)).rows, detector).refused, []);
});

test.run();
