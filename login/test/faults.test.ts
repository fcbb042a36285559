import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Bench, fieldOf, pages } from './support/service.js';

let bench: Bench;
test.before(async () => {
  bench = await Bench.start({ UPSTREAM_TIMEOUT_SECONDS: '0.2' });
});
test.after(() => bench.stop());
test.after.each(() => {
  bench.kratos.instead = undefined;
  bench.hydra.instead = undefined;
});

const paths = [
  '/',
  '/login',
  '/login?flow=x',
  '/registration',
  '/recovery',
  '/verification',
  '/settings',
  '/sessions',
  '/error?id=x',
];
const title = (text: string) => /<h1>([^<]*)/.exec(text)?.[1];

for (const [what, answer] of [
  ['fails', () => ({ status: 500, json: { error: { message: 'sql: secret detail' } } })],
  [
    'is too slow',
    () => new Promise<{ status: number }>((done) => setTimeout(() => done({ status: 200 }), 600)),
  ],
  ['answers nonsense', () => ({ status: 200, json: { nonsense: 'secret detail' } })],
] as const)
  test(`Kratos ${what}: a page with a way to try again, no detail`, async () => {
    bench.kratos.instead = answer;
    for (const path of what === 'answers nonsense' ? ['/', '/login?flow=x', '/sessions'] : paths) {
      const page = await bench.browser().with('ory_kratos_session', 'x').get(path);
      assert.is(page.status, 503, path);
      assert.is(title(page.text), 'One moment, please', path);
      assert.match(page.text, new RegExp(`href="${path.replace(/[?]/g, '\\?')}">Try again`), path);
      assert.not.match(page.text, /secret detail|at .*\.ts/);
      assert.is(page.headers.get('retry-after'), '5');
    }
  });

test('Kratos not there at all, then back', async () => {
  await bench.kratos.stop();
  const browser = bench.browser();
  assert.is((await browser.get('/login')).status, 503);
  assert.is((await browser.get('/readyz')).status, 200);
  await bench.kratos.start();
  assert.is((await browser.get('/login')).status, 303);
});

test('Kratos goes down between form and answer: the typed address is kept', async () => {
  const browser = bench.browser();
  const { location } = await browser.get('/login');
  bench.kratos.instead = () => ({ status: 502 });
  const page = await browser.post(location, { identifier: 'ana@studio.example', password: 'not kept' });
  assert.is(page.status, 503);
  bench.kratos.instead = undefined;
  const retry = /href="(\/login\?[^"]*)">Try again/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const again = await browser.get(retry);
  assert.match(again.text, /value="ana@studio.example"/);
  assert.not.match(again.text, /not kept/);
});

test('Hydra down: sign-in for an app, consent and sign-out say so; leaving works all the same', async () => {
  const session = bench.kratos.session(bench.kratos.person());
  const browser = bench.browser().with('ory_kratos_session', session.token).with('ory_hydra_session', 'h');
  const home = await browser.get('/');
  bench.hydra.instead = () => ({ status: 503 });
  for (const path of [
    '/login?login_challenge=a',
    '/consent?consent_challenge=a',
    '/logout?logout_challenge=a',
  ])
    assert.is((await browser.get(path)).status, 503, path);
  assert.is((await browser.post('/logout', { csrf: fieldOf(home, 'csrf') })).location, '/');
  assert.is(session.active, false);
});

test('one lost connection is tried again, a form never twice', async () => {
  const browser = bench.browser();
  const { location } = await browser.get('/login');
  const before = bench.kratos.to('POST', '/self-service/login').length;
  bench.kratos.instead = () => ({ status: 500 });
  await browser.post(location, { identifier: 'a' });
  assert.is(bench.kratos.to('POST', '/self-service/login').length, before + 1);
});

test('the error page says nothing that the address says', async () => {
  const page = await bench.browser().get('/error?error=%3Cb%3E&error_description=Call+555-1234+and+pay');
  assert.is(page.status, 500);
  // links that change the language lead back to this address
  assert.not.match(page.text.replace(/href="[^"]*"/g, ''), /555|<b>/);
  const id = /<code>([0-9a-f-]{36})<\/code>/.exec(page.text)?.[1] ?? 'none';
  assert.ok(
    bench.log.some((line) => line.includes(id)),
    'the number is in the log',
  );
});

for (const [code, heading, status] of [
  ['invalid_client', 'The app asked for something odd', 400],
  ['request_forbidden', 'This took too long', 410],
] as const)
  test(`error page: ${code}`, async () => {
    const page = await bench.browser().get(`/error?error=${code}`);
    assert.equal([page.status, title(page.text)], [status, heading]);
  });

test('error page: what Kratos kept', async () => {
  const of = async (error: object) => {
    bench.kratos.problems.set('e', error);
    return title((await bench.browser().get('/error?id=e')).text);
  };
  assert.is(await of({ id: 'security_csrf_violation', reason: 'x' }), 'Your browser kept no cookie');
  assert.is(
    await of({ reason: 'Requested return_to URL "https://evil.example" is not allowed.' }),
    'We do not send people there',
  );
  assert.is(await of({ reason: 'something new' }), 'That did not work');
});

test('headers of every page: strict policy, no frame, no cache, cookies of the host alone', async () => {
  for (const path of ['/error', '/nowhere', '/login']) {
    const first = await bench.browser().get(path);
    const page = await bench.browser().follow(first);
    const policy = page.headers.get('content-security-policy') ?? '';
    for (const part of [
      "default-src 'none'",
      "script-src 'none'",
      "style-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ])
      assert.ok(policy.includes(part), `${path}: ${policy}`);
    assert.not.match(policy, /unsafe|\*;|https:;/);
    assert.equal(
      ['x-content-type-options', 'x-frame-options', 'referrer-policy', 'cache-control'].map((name) =>
        page.headers.get(name),
      ),
      ['nosniff', 'DENY', 'same-origin', 'no-store'],
    );
    for (const cookie of page.headers.getSetCookie().filter((line) => line.startsWith('__')))
      assert.match(cookie, /^__Host-[a-z]+=[\w.-]*; Path=\/; Secure; HttpOnly; SameSite=Lax/);
  }
});

test('nothing is asked of anybody else', async () => {
  const { text } = await bench.browser().get('/error');
  for (const [, address = ''] of text.matchAll(/(?:src|href|action)="([^"]*)"/g))
    assert.ok(address.startsWith('/') || address.startsWith('#'), address);
});

test('assets: kept for ever under a name of their content', async () => {
  const { text } = await bench.browser().get('/error');
  for (const [, path = ''] of text.matchAll(/(?:src|href)="(\/assets\/[^"]*)"/g)) {
    const asset = await bench.browser().get(path);
    assert.is(asset.status, 200);
    assert.match(asset.headers.get('cache-control') ?? '', /immutable/);
  }
});

test('languages: chosen by a link, kept, and back where one was; never elsewhere', async () => {
  const browser = bench.browser();
  const chosen = await browser.get('/language?to=de&back=%2Ferror%3Fa%3Db');
  assert.is(chosen.location, '/error?a=b');
  assert.match((await browser.get('/error')).text, /<html lang="de">[\s\S]*Das hat nicht geklappt/);
  for (const back of [
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    'https://docs.studio.example/',
  ])
    assert.is((await browser.get(`/language?to=fr&back=${encodeURIComponent(back)}`)).location, '/');
  assert.match(
    (await bench.browser().get('/error', { 'accept-language': 'fr-CA' })).text,
    /<html lang="fr">/,
  );
});

test('a form that is too large is refused', async () => {
  const { location } = await bench.browser().get('/login');
  assert.is((await bench.browser().post(location, { identifier: 'x'.repeat(70_000) })).status, 413);
});

test('logs: JSON, routes and no person', async () => {
  const browser = bench.browser();
  const { location } = await browser.get('/login?return_to=https%3A%2F%2Fdocs.studio.example%2F');
  await browser.post(
    location,
    { identifier: 'ana@studio.example', password: 'wrong' },
    { 'x-forwarded-for': '192.0.2.44' },
  );
  const all = bench.log.join('\n');
  for (const line of bench.log) assert.is(typeof JSON.parse(line).message, 'string');
  for (const secret of ['ana@', '192.0.2.44', 'return_to', 'flow=', 'csrf_token', 'wrong'])
    assert.not.ok(all.includes(secret), secret);
});

test('metrics: requests, upstreams and events in Prometheus’ format', async () => {
  const response = await fetch(`http://127.0.0.1:${bench.service.internalPort}/metrics`);
  const text = await response.text();
  assert.match(text, /^login_http_requests_total\{route="\/login",method="GET",code="303"\} \d+$/m);
  assert.match(text, /^login_upstream_requests_total\{upstream="kratos",outcome="timeout"\} \d+$/m);
  assert.match(text, /^login_http_request_duration_seconds_bucket\{route="\/login",le="\+Inf"\} \d+$/m);
  for (const line of text.trim().split('\n')) assert.match(line, /^(#|[a-z_]+(\{.*\})? [\d.e+-]+$)/);
});

test('stopping: requests under way are answered', async () => {
  const own = await Bench.start();
  own.kratos.instead = () =>
    new Promise((done) =>
      setTimeout(() => done({ status: 303, headers: { location: `${pages}/login?flow=x` } }), 200),
    );
  const slow = own.browser().get('/login');
  await new Promise((done) => setTimeout(done, 50));
  const stopped = own.service.stop(5);
  assert.is((await slow).status, 303);
  await stopped;
  await own.stop().catch(() => {});
});

test.run();
