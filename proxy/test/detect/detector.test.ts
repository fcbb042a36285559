import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasSignal, names } from '../../src/detect/signals.js';
import { actionNames, limit, pass, refuse } from '../../src/detect/verdict.js';
import type { RequestView } from '../../src/detect/view.js';
import { detectorOf, request } from './support.js';

const attack = "/?id=1'%20union%20all%20select%20null,version(),concat(0x7e)--%20";

/** A client's requests, some milliseconds apart, each answered with the status; gives the advice for each. */
function run(
  detector: ReturnType<typeof detectorOf>,
  views: readonly RequestView[],
  options: { status?: number; gap?: number; start?: number; key?: number } = {},
): string[] {
  const { status = 404, gap = 100, start = 0, key = 1 } = options;
  return views.map((view, i) => {
    const now = start + i * gap;
    const verdict = detector.judge(view, key, key, now);
    const { advice, trace } = verdict;
    detector.observe(key, key, trace, advice === refuse ? 403 : status, now);
    return actionNames[advice];
  });
}

const words =
  'home about team news garden kitchen price order music video letter street market season lesson review ticket'.split(
    ' ',
  );
const wordScan = (fields: Partial<RequestView> = {}) =>
  Array.from({ length: 120 }, (_, i) => request(`/${words[i % words.length]}${i}`, fields));

test('an attack is refused by itself, and its signals say why', () => {
  const verdict = detectorOf().judge(request(attack), 1, 1, 0);
  assert.is(verdict.action, refuse);
  assert.not.ok(verdict.blocked);
  for (const name of ['sql-words', 'sql-comment', 'sql-logic'] as const)
    assert.ok(hasSignal(verdict.signals, name));
});

test('a cookie or a browser by name exempts nothing', () => {
  const verdict = detectorOf().judge(
    request(attack, { hasCookie: true, hasSecFetch: true, hasClientHints: true }),
    1,
    1,
    0,
  );
  assert.is(verdict.action, refuse);
});

test('having no cookie harms nobody', () => {
  const verdict = detectorOf().judge(request('/', { hasCookie: false }), 1, 1, 0);
  assert.is(verdict.action, pass);
});

test('explain names what counts, strongest first', () => {
  const found = detectorOf().explain(request(attack));
  assert.ok(found.length >= 3);
  assert.ok(found.every(({ weight }, i) => i === 0 || weight <= (found[i - 1]?.weight ?? 1)));
});

test('attacks one after the other block the client; what is honest is then refused too', () => {
  const detector = detectorOf();
  run(
    detector,
    Array.from({ length: 6 }, () => request(attack)),
  );
  const verdict = detector.judge(request('/'), 1, 1, 1000);
  assert.ok(verdict.blocked);
  assert.is(verdict.action, refuse);
  assert.is(verdict.score, 1);
  assert.ok(names(verdict.signals).includes('blocked'));
  assert.is(detector.judge(request('/'), 2, 2, 1000).action, pass, 'another client');
});

test('a block ends, and a second one is longer', () => {
  const detector = detectorOf();
  const minute = 60_000;
  run(
    detector,
    Array.from({ length: 6 }, () => request(attack)),
  );
  assert.is(detector.judge(request('/'), 1, 1, 9 * minute).action, refuse);
  assert.is(detector.judge(request('/'), 1, 1, 11 * minute).action, pass);
  run(
    detector,
    Array.from({ length: 6 }, () => request(attack)),
    { start: 12 * minute },
  );
  assert.is(detector.judge(request('/'), 1, 1, 31 * minute).action, refuse);
  assert.is(detector.judge(request('/'), 1, 1, 33 * minute).action, pass);
});

test('words nobody can hold against anybody, but all of them missing: limited or refused within 20, at any pace', () => {
  for (const gap of [5, 100, 1000]) {
    const actions = run(detectorOf(), wordScan(), { gap });
    const first = actions.findIndex((action) => action !== 'pass');
    assert.ok(first >= 3 && first < 20, `first at ${first} with ${gap} ms between`);
    assert.ok(actions.slice(30).every((action) => action === 'refuse'));
  }
});

test("the same words found are nobody's business", () => {
  const actions = run(detectorOf(), wordScan(), { status: 200 });
  assert.ok(actions.every((action) => action === 'pass'));
});

test('changing user agents does not help a scanner', () => {
  const views = wordScan().map((view, i) =>
    Object.assign(view, { userAgent: `Mozilla/5.0 (X${i}) Firefox/${i}` }),
  );
  const actions = run(detectorOf(), views);
  assert.ok(actions.slice(40).every((action) => action === 'refuse'));
});

test('somebody else behind the address of a scanner goes on, slower; who is signed in does not notice', () => {
  const detector = detectorOf();
  run(detector, wordScan());
  const other = request('/docs/', { userAgent: 'Mozilla/5.0 (Macintosh) Safari/605.1.15' });
  const verdict = detector.judge(other, 1, 1, 12_500);
  assert.ok(verdict.blocked);
  assert.is(verdict.action, limit);
  assert.is(detector.judge(request('/docs/', { signedIn: true }), 1, 1, 12_600).action, pass);
});

test('what somebody signed in asks for is refused on overwhelming evidence only, and never blocks', () => {
  const detector = detectorOf();
  const signedIn = true;
  const mild = detector.judge(request('/index.php', { signedIn }), 1, 1, 0);
  assert.ok(mild.action !== refuse);
  const strong =
    '/cgi-bin/x.cgi?f=../../../../etc/passwd%00&y=%3Cscript%3Ealert(1)%3C/script%3E;cat%20/etc/passwd';
  const actions = run(
    detector,
    Array.from({ length: 20 }, () => request(strong, { signedIn })),
    { key: 2 },
  );
  assert.ok(actions.every((action) => action === 'refuse'));
  assert.is(detector.judge(request('/', { signedIn }), 2, 2, 5000).action, pass);
  assert.not.ok(detector.judge(request('/'), 2, 2, 5000).blocked);
});

test('401 is a first step', () => {
  const actions = run(detectorOf(), wordScan({ trafficClass: 'api' }), { status: 401 });
  assert.ok(actions.every((action) => action === 'pass'));
});

test('a path without a route is limited, except what browsers ask for by themselves', () => {
  const detector = detectorOf();
  const nowhere = { routeFound: false, trafficClass: 'none' } as const;
  assert.is(detector.judge(request('/hello', nowhere), 1, 1, 0).action, limit);
  assert.is(detector.judge(request('/favicon.ico', nowhere), 1, 1, 0).action, pass);
  assert.is(detector.judge(request('/.well-known/security.txt', nowhere), 1, 1, 0).action, pass);
});

test('names of hosts that do not exist, one after the other', () => {
  const views = Array.from({ length: 60 }, (_, i) =>
    request('/', { host: `h${i}`, hostFound: false, routeFound: false }),
  );
  assert.ok(run(detectorOf(), views, { status: 421 }).includes('refuse'));
});

test('a flood is found out, with or without queries to pass caches, and when it ignores the limits', () => {
  for (const [name, status, target] of [
    ['one page', 200, () => '/'],
    ['random queries', 200, (i: number) => `/?${i * 7919}`],
    ['told to wait', 429, () => '/'],
    ['taken back', 499, () => '/'],
  ] as const) {
    const views = Array.from({ length: 6000 }, (_, i) => request(target(i)));
    const actions = run(detectorOf(), views, { status, gap: 1 });
    assert.ok(
      actions.slice(4000).every((action) => action !== 'pass'),
      name,
    );
  }
});

test('observing reports and does nothing; off does not even look', () => {
  const observer = detectorOf({ mode: 'observe' });
  const verdict = observer.judge(request(attack), 1, 1, 0);
  assert.equal([verdict.action, verdict.advice], [pass, refuse]);
  const off = detectorOf({ mode: 'off' }).judge(request(attack), 1, 1, 0);
  assert.equal([off.action, off.advice, off.score, off.trace], [pass, pass, 0, 0]);
});

test('weights on trial score beside', async () => {
  const detector = detectorOf();
  assert.is(detector.judge(request(attack), 1, 1, 0).shadowScore, -1);
  const trial = structuredClone((await import('../../src/detect/weights.js')).weights);
  const beside = detectorOf({ shadow: { ...trial, request: { ...trial.request, limit: 50, refuse: 60 } } });
  const verdict = beside.judge(request(attack), 1, 1, 0);
  assert.ok(verdict.shadowScore >= 0 && verdict.shadowScore < 0.5);
  assert.is(verdict.action, refuse);
});

test('a bot that is verified is not taken for a scanner; one that is not, sooner', () => {
  const bot = { userAgent: 'Mozilla/5.0 (compatible; Googlebot/2.1)', acceptLanguage: '' };
  const verified = run(detectorOf(), wordScan({ ...bot, bot: 'verified' }));
  assert.ok(!verified.includes('refuse'));
  assert.is(
    detectorOf().judge(request(attack, { ...bot, bot: 'verified' }), 1, 1, 0).action,
    refuse,
    'no gate opens',
  );
  const first = (standing: 'false' | 'none') =>
    run(detectorOf(), wordScan({ ...bot, bot: standing })).findIndex((action) => action !== 'pass');
  assert.ok(first('false') <= first('none'));
});

test('thresholds and times that make no sense are refused', () => {
  assert.throws(() => detectorOf({ limitAt: 0.9, refuseAt: 0.5 }), /in this order/);
  assert.throws(() => detectorOf({ blockSeconds: 0 }), /above 0/);
});

test.run();
