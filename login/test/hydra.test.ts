import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Bench, type Browser, fieldOf, pages } from './support/service.js';

let bench: Bench;
test.before(async () => {
  bench = await Bench.start();
});
test.after(() => bench.stop());

const ours = { client_id: 'docs', client_name: 'Docs', skip_consent: true };
const foreign = {
  client_id: 'foreign',
  client_name: 'Foreign',
  redirect_uris: ['https://foreign.example/cb'],
};
const asked = (query: string) => `${pages}/oauth2/auth?client_id=docs${query}`;
const next = (step: string, what: string) =>
  new RegExp(`^https://auth.studio.example/oauth2/next\\?${step}_verifier=${what}`);

const signedIn = (given = {}) => {
  const person = bench.kratos.person(given);
  const session = bench.kratos.session(person);
  return { person, session, browser: bench.browser().with('ory_kratos_session', session.token) };
};

const login = (browser: Browser, request: Record<string, unknown>) =>
  browser.get(
    `/login?login_challenge=${bench.hydra.asks({ subject: '', request_url: asked(''), client: ours, ...request })}`,
  );

test('an app asks who it is: whoever is signed in is not asked again', async () => {
  const { person, session, browser } = signedIn();
  const page = await login(browser, {});
  assert.match(page.location, next('login', 'accept'));
  const body = bench.hydra.last?.body ?? {};
  assert.equal(
    [body.subject, body.remember, body.identity_provider_session_id, body.acr, body.amr],
    [person.id, true, session.id, 'aal1', ['password']],
  );
  assert.ok(Number(body.remember_for) > 3500 && Number(body.remember_for) <= 3600);
});

test('a stranger gets a form that knows the app', async () => {
  const page = await login(bench.browser(), {});
  assert.match(page.location, /^\/login\?flow=.*&login_challenge=/);
});

for (const query of ['&prompt=login', '&prompt=select_account', '&max_age=60'])
  test(`${query}: asked again even when signed in`, async () => {
    const page = await login(signedIn().browser, { request_url: asked(query) });
    assert.match(page.location, /^\/login\?flow=/);
  });

test('max_age that Hydra found to be kept: not asked again', async () => {
  const { person, browser } = signedIn();
  const page = await login(browser, { request_url: asked('&max_age=60'), skip: true, subject: person.id });
  assert.match(page.location, next('login', 'accept'));
});

test('prompt=none: yes for the signed-in, login_required for everybody else', async () => {
  const request_url = asked('&prompt=none');
  assert.match((await login(signedIn().browser, { request_url })).location, next('login', 'accept'));
  assert.match((await login(bench.browser(), { request_url })).location, next('login', 'reject'));
  assert.is(bench.hydra.last?.body.error, 'login_required');
  assert.match(
    (await login(signedIn({ secondFactor: true }).browser, { request_url })).location,
    next('login', 'reject'),
  );
});

test('half-way signed in: the second factor is asked for', async () => {
  await login(signedIn({ secondFactor: true }).browser, {});
  assert.is(bench.kratos.to('GET', '/self-service/login/browser').at(-1)?.query.get('aal'), 'aal2');
});

test('Hydra remembers somebody else: that login is forgotten and the request made again', async () => {
  const page = await login(signedIn().browser, { skip: true, subject: 'somebody', session_id: 'sid-1' });
  assert.is(page.location, asked(''));
  assert.is(bench.hydra.to('DELETE', '/admin/oauth2/auth/sessions/login').at(-1)?.query.get('sid'), 'sid-1');
});

test('a challenge that is over: where Hydra says, or a page that says so; never elsewhere', async () => {
  bench.hydra.over.set('used', `${pages}/oauth2/auth?x`);
  assert.is((await bench.browser().get('/login?login_challenge=used')).location, `${pages}/oauth2/auth?x`);
  bench.hydra.over.set('odd', 'https://evil.example/');
  for (const challenge of ['odd', 'unknown']) {
    const page = await bench.browser().get(`/login?login_challenge=${challenge}`);
    assert.equal([page.status, /<h1>([^<]*)/.exec(page.text)?.[1]], [410, 'This took too long']);
  }
});

const consent = (request: Record<string, unknown>) =>
  `/consent?consent_challenge=${bench.hydra.asks({ requested_scope: ['openid', 'email', 'profile'], client: ours, ...request })}`;

test('consent: our own apps get it without a page, with claims', async () => {
  const { person, browser } = signedIn();
  const page = await browser.get(consent({ subject: person.id, requested_access_token_audience: ['find'] }));
  assert.match(page.location, next('consent', 'accept'));
  const body = bench.hydra.last?.body ?? {};
  assert.equal(
    [body.grant_scope, body.grant_access_token_audience],
    [['openid', 'email', 'profile'], ['find']],
  );
  const { id_token } = body.session as { id_token: Record<string, unknown> };
  assert.equal(
    [id_token.email, id_token.name, id_token.groups],
    ['ana@studio.example', 'Ana Silva', ['employee']],
  );
});

test('consent: a page for others; what is granted is what was asked for, at most', async () => {
  const { person, browser } = signedIn();
  const page = await browser.get(consent({ subject: person.id, client: foreign }));
  assert.is(page.status, 200);
  assert.match(page.text, /Foreign asks for your consent/);
  assert.match(page.text, /see your e-mail address/);
  assert.match(
    page.headers.get('content-security-policy') ?? '',
    /form-action 'self' https:\/\/\*\.studio\.example https:\/\/foreign\.example;/,
  );
  const form: [string, string][] = [
    ['csrf', fieldOf(page, 'csrf')],
    ['challenge', fieldOf(page, 'challenge')],
    ['scope', 'openid'],
    ['scope', 'admin'],
    ['decision', 'allow'],
    ['remember', 'yes'],
  ];
  assert.match((await browser.post('/consent', form)).location, next('consent', 'accept'));
  assert.equal([bench.hydra.last?.body.grant_scope, bench.hydra.last?.body.remember], [['openid'], true]);
  const no = form.map(([name, value]): [string, string] => [name, name === 'decision' ? 'deny' : value]);
  assert.match((await browser.post('/consent', no)).location, next('consent', 'reject'));
});

test('consent: forged, or for somebody else: nothing is given', async () => {
  const { person, browser } = signedIn();
  const page = await browser.get(consent({ subject: person.id, client: foreign }));
  const form = {
    csrf: fieldOf(page, 'csrf'),
    challenge: fieldOf(page, 'challenge'),
    decision: 'allow',
    scope: 'openid',
  };
  const before = bench.hydra.answered.length;
  assert.is((await browser.post('/consent', { ...form, csrf: 'forged' })).status, 403);
  assert.is((await browser.post('/consent', form, { origin: 'https://docs.studio.example' })).status, 403);
  const other = signedIn().browser.with('__Host-csrf', browser.cookies.get('__Host-csrf') ?? '');
  assert.is((await other.post('/consent', form)).status, 403);
  assert.is((await bench.browser().post('/consent', form)).status, 403);
  assert.is(bench.hydra.answered.length, before);
});

for (const [what, change] of [
  ['switched off', { state: 'inactive' }],
  ['a guest whose time is over', { metadata_public: { expires_on: '2020-01-01' } }],
] as const)
  test(`consent: ${what}: refused, Hydra forgets, tokens are taken back`, async () => {
    const { person, browser } = signedIn(change);
    const page = await browser.get(consent({ subject: person.id }));
    assert.is(page.status, 403);
    assert.match(page.text, /This account is switched off/);
    assert.equal([bench.hydra.last?.what, bench.hydra.last?.body.error], ['reject', 'access_denied']);
    assert.is(
      bench.hydra.to('DELETE', '/admin/oauth2/auth/sessions/consent').at(-1)?.query.get('subject'),
      person.id,
    );
  });

test('consent with prompt=none for a foreign app: consent_required', async () => {
  const { person, browser } = signedIn();
  await browser.get(consent({ subject: person.id, client: foreign, request_url: asked('&prompt=none') }));
  assert.is(bench.hydra.last?.body.error, 'consent_required');
});

const logout = (request: Record<string, unknown>) => `/logout?logout_challenge=${bench.hydra.asks(request)}`;

test('sign-out: our own apps are believed', async () => {
  const page = await bench.browser().get(logout({ rp_initiated: true, client: ours }));
  assert.match(page.location, next('logout', 'accept'));
});

test('sign-out: anybody else is asked back; staying goes home', async () => {
  for (const request of [{ rp_initiated: true, client: foreign }, { rp_initiated: false }]) {
    const browser = bench.browser();
    const page = await browser.get(logout(request));
    assert.match(page.text, /<h1>Sign out\?/);
    const form = { csrf: fieldOf(page, 'csrf'), challenge: fieldOf(page, 'challenge') };
    assert.is((await browser.post('/logout', { ...form, csrf: 'x', decision: 'leave' })).status, 403);
    assert.is((await browser.post('/logout', { ...form, decision: 'stay' })).location, '/');
    assert.match(
      (await browser.post('/logout', { ...form, decision: 'leave' })).location,
      next('logout', 'accept'),
    );
  }
});

test('our own sign-out: Kratos first, then Hydra without a question, then a page', async () => {
  const { session, browser } = signedIn();
  browser.with('ory_hydra_session', 'h');
  const home = await browser.get('/');
  const out = await browser.post('/logout', { csrf: fieldOf(home, 'csrf') });
  assert.is(out.location, '/oauth2/sessions/logout');
  assert.is(session.active, false);
  assert.match((await browser.get(logout({ rp_initiated: false }))).location, next('logout', 'accept'));
  assert.match((await browser.get('/')).text, /<h1>You are signed out/);
  assert.match((await browser.get('/')).location, /^\/login/);
});

test('sessions: listed, one ended, all ended with what apps may do', async () => {
  const { person, browser } = signedIn();
  const phone = bench.kratos.session(person, {
    device: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Safari/604',
  });
  const page = await browser.get('/sessions');
  assert.match(page.text, /Firefox, Linux[\s\S]*This device[\s\S]*Safari, iPhone/);
  await browser.post('/sessions/end', { session: phone.id, csrf: 'forged' });
  assert.is(phone.active, true);
  const csrf = fieldOf(page, 'csrf');
  const ended = await browser.post('/sessions/end', { session: phone.id, csrf });
  assert.is(phone.active, false);
  assert.match((await browser.follow(ended)).text, /That device is signed out/);
  const tablet = bench.kratos.session(person);
  await browser.post('/sessions/end-all', { csrf });
  assert.is(tablet.active, false);
  assert.is(
    bench.hydra.to('DELETE', '/admin/oauth2/auth/sessions/consent').at(-1)?.query.get('subject'),
    person.id,
  );
  assert.match((await browser.get('/')).text, /You are signed out/);
});

const hook = (body: unknown) =>
  fetch(`http://127.0.0.1:${bench.service.internalPort}/hooks/token`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
const tokenOf = (sub: string, ext: object = {}, grant = 'refresh_token') => ({
  session: { id_token: { id_token_claims: { sub, ext }, subject: sub }, extra: { kept: 1 } },
  request: { client_id: 'docs', granted_scopes: ['openid', 'profile'], grant_types: [grant] },
});

test('token hook: groups of now, claims that are not ours stay, the disabled get nothing', async () => {
  const { person } = signedIn({ metadata_public: { groups: ['new'] } });
  const answer = await hook(tokenOf(person.id, { sid: 's', groups: ['old'], email: 'gone@studio.example' }));
  const { session } = (await answer.json()) as {
    session: { id_token: Record<string, unknown>; access_token: object };
  };
  assert.equal(
    [session.id_token.sid, session.id_token.groups, session.id_token.email],
    ['s', ['new'], undefined],
  );
  assert.equal(session.access_token, { kept: 1 });
  person.state = 'inactive';
  assert.is((await hook(tokenOf(person.id))).status, 403);
  assert.is((await hook(tokenOf('nobody'))).status, 403);
  assert.is((await hook(tokenOf('docs', {}, 'client_credentials'))).status, 204);
  assert.is((await hook({ nonsense: true })).status, 400);
});

test('token hook: with Kratos down there is no token', async () => {
  bench.kratos.instead = () => ({ status: 500 });
  const { status } = await hook(tokenOf('somebody'));
  bench.kratos.instead = undefined;
  assert.is(status, 503);
});

test('the hook and the metrics are not on the port the edge reaches', async () => {
  for (const path of ['/hooks/token', '/metrics']) assert.is((await bench.browser().get(path)).status, 404);
});

test.run();
