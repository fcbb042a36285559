import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as forms from './support/kratos-forms.js';
import { Bench, type Browser, fieldOf, type Page, pages } from './support/service.js';

let bench: Bench;
test.before(async () => {
  bench = await Bench.start();
});
test.after(() => bench.stop());

const open = (browser: Browser, path: string) => browser.get(path).then((page) => browser.follow(page));
const flowOf = (page: { location: string }) => new URL(page.location, pages).searchParams.get('flow') ?? '';
const title = ({ text }: Page) => /<h1>([^<]*)<\/h1>/.exec(text)?.[1];

test('sign-in: a flow of Kratos in our words, and home with its cookies', async () => {
  const person = bench.kratos.person();
  const browser = bench.browser();
  const begun = await browser.get('/login');
  assert.is(begun.status, 303);
  const page = await browser.follow(begun);
  assert.is(page.status, 200);
  assert.is(title(page), 'Sign in');
  assert.match(page.text, /<label for="login-default-identifier">E-mail<\/label>/);
  assert.match(page.text, /autocomplete="current-password"/);
  assert.is(fieldOf(page, 'csrf_token'), 'token-of-kratos');
  const answer = await browser.post(begun.location, {
    csrf_token: 'token-of-kratos',
    identifier: 'ana@studio.example',
    password: person.password,
    method: 'password',
  });
  assert.equal([answer.status, answer.location], [303, '/']);
  const home = await browser.get('/');
  assert.is(title(home), 'Hello, Ana');
});

test('a wrong password: said at the field’s form, address kept, password not, status and title say so', async () => {
  const browser = bench.browser();
  const { location } = await browser.get('/login');
  const again = await browser.post(location, {
    identifier: 'ana@studio.example',
    password: 'never sent back',
    method: 'password',
  });
  const page = await browser.follow(again);
  assert.match(page.text, /role="alert">E-mail and password do not match/);
  assert.match(page.text, /<title>Error: Sign in/);
  assert.match(page.text, /value="ana@studio.example"/);
  assert.not.match(page.text, /never sent back/);
});

test('errors are tied to their field', async () => {
  const wrong = [forms.said(4000002, 'Property identifier is missing.', 'error')];
  const id = bench.kratos.flow('login', {}, forms.password({ messages: wrong }));
  const page = await bench.browser().get(`/login?flow=${id}`);
  assert.match(page.text, /aria-invalid="true" aria-describedby="login-default-identifier-wrong"/);
  assert.match(page.text, /id="login-default-identifier-wrong"><span>This is needed\./);
});

test('a form that ran out begins again and keeps the typed address, once', async () => {
  const browser = bench.browser();
  const { location } = await browser.get('/login?return_to=https%3A%2F%2Fdocs.studio.example%2F');
  const flow = bench.kratos.flows.get(flowOf({ location }));
  assert.ok(flow);
  flow.trouble = { status: 410, json: { error: { id: 'self_service_flow_expired' } } };
  const sent = await browser.post(location, { identifier: 'ana@studio.example', password: 'x' });
  assert.match(sent.location, /return_to=https/);
  assert.not.match(sent.location, /ana/);
  const cookie = browser.cookies.get('__Host-typed') ?? '';
  assert.ok(cookie.length > 20 && !cookie.includes('ana'));
  const page = await browser.get(sent.location);
  assert.match(page.text, /value="ana@studio.example"/);
  assert.match(page.text, /had been open too long/);
  assert.is(browser.cookies.has('__Host-typed'), false);
  assert.not.match((await browser.get(sent.location)).text, /value="ana@studio.example"/);
});

for (const [what, status, id] of [
  ['gone', 410, 'self_service_flow_expired'],
  ['unknown', 404, 'not_found'],
  ['of another browser', 403, 'security_csrf_violation'],
] as const)
  test(`a flow that is ${what} begins again with its purpose`, async () => {
    const browser = bench.browser();
    const { location } = await browser.get(
      '/login?login_challenge=&return_to=https%3A%2F%2Fdocs.studio.example%2Fa',
    );
    const flow = bench.kratos.flows.get(flowOf({ location }));
    assert.ok(flow);
    flow.trouble = { status, json: { error: { id } } };
    const again = await browser.get(location);
    assert.match(again.location, /^\/login\?restarted=yes&return_to=https/);
    const page = await browser.follow(again);
    assert.is(page.status, 200);
    assert.is(
      bench.kratos.to('GET', '/self-service/login/browser').at(-1)?.query.get('return_to'),
      'https://docs.studio.example/a',
    );
  });

test('without cookies it does not begin again for ever', async () => {
  bench.kratos.instead = ({ path }) =>
    path.endsWith('/browser')
      ? { status: 303, headers: { location: `${pages}/login?flow=x` } }
      : { status: 403, json: { error: { id: 'security_csrf_violation' } } };
  const page = await bench
    .browser()
    .get('/login')
    .then((first) => bench.browser().follow(first, 10));
  bench.kratos.instead = undefined;
  assert.is(page.status, 400);
  assert.is(title(page), 'Your browser kept no cookie');
});

test('second factor: one leads, the others are at hand, and there is a way out', async () => {
  const id = bench.kratos.flow('login', { requested_aal: 'aal2' });
  const page = await bench.browser().get(`/login?flow=${id}`);
  assert.is(title(page), 'One more step');
  assert.match(page.text, /<h2 class="method">Authenticator app/);
  assert.match(page.text, /<summary>Security key<\/summary>[\s\S]*<summary>Recovery code<\/summary>/);
  assert.match(page.text, /None of these at hand\?/);
  assert.match(page.text, /Sign in as somebody else/);
  assert.match(page.text, /autocomplete="one-time-code"/);
});

test('second factor: after a mistake the one that was tried leads', async () => {
  const id = bench.kratos.flow('login', { requested_aal: 'aal2', active: 'lookup_secret' });
  assert.match((await bench.browser().get(`/login?flow=${id}`)).text, /<h2 class="method">Recovery code/);
});

test('second factor: Kratos’ complaint alone tells which was tried', async () => {
  const id = bench.kratos.flow('login', { requested_aal: 'aal2' });
  const flow = bench.kratos.flows.get(id);
  assert.ok(flow);
  flow.body.ui.messages = [forms.said(4000012, 'This backup recovery code has already been used.', 'error')];
  const page = await bench.browser().get(`/login?flow=${id}`);
  assert.match(page.text, /role="alert">This recovery code was used before/);
  assert.match(page.text, /<h2 class="method">Recovery code/);
});

test('scripts: Kratos’ own with our nonce, started by ours, nothing inline', async () => {
  const id = bench.kratos.flow('login', { requested_aal: 'aal2' });
  const page = await bench.browser().get(`/login?flow=${id}`);
  const nonce =
    /script-src 'nonce-([^']+)'/.exec(page.headers.get('content-security-policy') ?? '')?.[1] ?? '';
  assert.ok(nonce.length > 20);
  const scripts = [...page.text.matchAll(/<script [^>]*>/g)].map(([tag]) => tag);
  assert.is(scripts.length, 2);
  for (const tag of scripts) assert.ok(tag.includes(`nonce="${nonce}"`), tag);
  assert.match(
    scripts[0] ?? '',
    /src="https:\/\/auth\.studio\.example\/kratos\/\.well-known\/ory\/webauthn\.js" integrity="sha512-/,
  );
  assert.not.match(page.text, /onclick|<style|style="/);
  assert.match(page.text, /data-trigger="oryWebAuthnLogin"/);
});

test('a script from elsewhere, or a trigger that is no function of Kratos, is left out', async () => {
  const nodes = [
    forms.script('https://evil.example'),
    forms.input('x', { group: 'webauthn', type: 'button', trigger: 'alert' }),
  ];
  const id = bench.kratos.flow('login', { requested_aal: 'aal2' }, nodes);
  const page = await bench.browser().get(`/login?flow=${id}`);
  assert.not.match(page.text, /evil\.example|data-trigger/);
});

test('aal2 without a first factor is a whole sign-in; with one it is asked for', async () => {
  await open(bench.browser(), '/login?aal=aal2');
  assert.is(bench.kratos.to('GET', '/self-service/login/browser').at(-1)?.query.get('aal'), 'aal1');
  const half = bench.kratos.session(bench.kratos.person({ secondFactor: true }));
  const browser = bench.browser().with('ory_kratos_session', half.token);
  const home = await browser.get('/');
  assert.match(home.location, /^\/login\?aal=aal2&return_to=https%3A%2F%2Fauth/);
  await browser.follow(home);
  assert.is(bench.kratos.to('GET', '/self-service/login/browser').at(-1)?.query.get('aal'), 'aal2');
});

test('refresh: asked for in its own words, with a way to be somebody else', async () => {
  const page = await open(bench.browser(), '/login?refresh=true');
  assert.is(title(page), 'Please confirm it is you');
  assert.match(page.text, /Sign in as somebody else/);
});

for (const to of [
  'https://evil.example/',
  '//evil.example',
  'https://studio.example.evil.example',
  'javascript:alert(1)',
  '/\\evil.example',
])
  for (const kind of ['login', 'settings', 'recovery', 'verification', 'registration'])
    test(`${kind}: nobody is sent to ${to}`, async () => {
      const page = await bench.browser().get(`/${kind}?return_to=${encodeURIComponent(to)}`);
      assert.is(page.status, 400);
      assert.is(title(page), 'We do not send people there');
    });

test('an address of Kratos that is none of ours is not followed', async () => {
  bench.kratos.instead = () => ({ status: 303, headers: { location: 'https://evil.example/' } });
  const page = await bench.browser().get('/login');
  bench.kratos.instead = undefined;
  assert.is(page.status, 500);
  assert.not.match(page.text, /evil/);
});

test('recovery: ask for a code, give it, ask for another', async () => {
  const page = await open(bench.browser(), '/recovery');
  assert.is(title(page), 'Get back in');
  assert.match(page.text, />Send code<\/button>/);
  const id = bench.kratos.flow('recovery', { state: 'sent_email' }, forms.recoveryCode);
  const second = await bench.browser().get(`/recovery?flow=${id}`);
  assert.is(title(second), 'Enter your code');
  assert.match(second.text, /class="primary" name="method" value="code">Continue/);
  assert.match(second.text, /class="quiet" name="email" value="ana@studio.example">Send a new code/);
});

test('verification: asked, sent, done', async () => {
  const of = async (state: string, nodes: readonly object[]) =>
    title(
      await bench.browser().get(`/verification?flow=${bench.kratos.flow('verification', { state }, nodes)}`),
    );
  assert.is(await of('choose_method', forms.recoveryAsk), 'Confirm your e-mail address');
  assert.is(await of('sent_email', forms.recoveryCode), 'Confirm your e-mail address');
  assert.is(await of('passed_challenge', []), 'Thank you');
});

test('registration: closed says so; open shows the form and a link to it', async () => {
  bench.kratos.problems.set('e', { reason: 'Registration is not allowed because it was disabled.' });
  bench.kratos.instead = () => ({ status: 303, headers: { location: `${pages}/error?id=e` } });
  const sent = await bench.browser().get('/registration');
  bench.kratos.instead = undefined;
  const closed = await bench.browser().follow(sent);
  assert.equal([closed.status, title(closed)], [403, 'By invitation only']);
  assert.not.match((await open(bench.browser(), '/login')).text, /\/registration/);
  const site = await Bench.start({ REGISTRATION: 'open' });
  assert.match((await open(site.browser(), '/login')).text, /href="\/registration"/);
  const nodes = [forms.settings.csrf, ...forms.settings.password];
  const page = await site.browser().get(`/registration?flow=${site.kratos.flow('registration', {}, nodes)}`);
  assert.is(title(page), 'Create your account');
  assert.match(page.text, /autocomplete="new-password"/);
  await site.stop();
});

test('settings: every part, QR code and secret, keys, codes', async () => {
  const page = await bench.browser().get(`/settings?flow=${bench.kratos.flow('settings')}`);
  for (const part of ['profile', 'password', 'totp', 'webauthn', 'lookup_secret'])
    assert.match(page.text, new RegExp(`<section class="part" id="${part}"`));
  assert.match(page.text, /<img class="qr" src="data:image\/png/);
  assert.match(page.text, /ABCD EFGH/);
  assert.match(page.text, />Make new codes<\/button>/);
  assert.match(page.text, /<label for="settings-password-password">New password/);
});

test('settings: a factor without recovery codes warns; unconfirmed codes say that they do not count', async () => {
  const { settings } = forms;
  const show = (nodes: readonly object[]) =>
    bench.browser().get(`/settings?flow=${bench.kratos.flow('settings', {}, [settings.csrf, ...nodes])}`);
  const warned = await show([...settings.totpOn, ...settings.codesNone]);
  assert.match(warned.text, /second factor but no recovery codes/);
  assert.match(warned.text, />Turn off<\/button>/);
  const pending = await show([...settings.totpOn, ...settings.codesPending(['abcd1234', 'efgh5678'])]);
  assert.match(pending.text, /do not count yet/);
  assert.match(pending.text, /<code>abcd1234<\/code>/);
  const done = await show([...settings.keys(bench.kratos.browserUrl, ['Blue key']), ...settings.codesOn]);
  assert.not.match(done.text, /but no recovery codes/);
  assert.match(done.text, /Remove “Blue key”/);
});

test('settings: whoever came in by a code chooses a password first', async () => {
  const { settings } = forms;
  const id = bench.kratos.flow('settings', {}, [settings.csrf, ...settings.password, ...settings.profile]);
  const flow = bench.kratos.flows.get(id);
  assert.ok(flow);
  flow.body.ui.messages = [forms.said(1060001, 'You successfully recovered your account.', 'success')];
  const page = await bench.browser().get(`/settings?flow=${id}`);
  assert.is(title(page), 'Choose a password');
  assert.not.match(page.text, /traits\.email/);
});

test('settings without a session: sign-in, and back', async () => {
  const page = await bench.browser().get('/settings');
  assert.match(page.location, /^\/login\?return_to=https%3A%2F%2Fauth\.studio\.example%2Fsettings$/);
  const id = bench.kratos.flow('settings');
  const flow = bench.kratos.flows.get(id);
  assert.ok(flow);
  flow.trouble = { status: 401, json: {} };
  assert.match((await bench.browser().get(`/settings?flow=${id}`)).location, /^\/login\?return_to=/);
  flow.trouble = { status: 403, json: { error: { id: 'session_aal2_required' } } };
  assert.match((await bench.browser().get(`/settings?flow=${id}`)).location, /^\/login\?aal=aal2&return_to=/);
});

test('what comes from outside is escaped', async () => {
  const nasty = '"><script>alert(1)</script>';
  const id = bench.kratos.flow(
    'login',
    { oauth2_login_request: { client: { client_name: nasty } } },
    forms.password({ identifier: nasty }),
  );
  const page = await bench.browser().get(`/login?flow=${id}&x=${encodeURIComponent(nasty)}`);
  assert.not.match(page.text, /<script>/);
  assert.match(page.text, /&quot;&gt;&lt;script&gt;/);
});

test('Kratos hears of the browser, and gets no cookie but its own', async () => {
  const browser = bench.browser().with('ory_hydra_session', 'h').with('csrf_token_abc', 'k').with('app', 'a');
  await browser.get('/login', { 'x-forwarded-for': '192.0.2.9', 'user-agent': 'Test/1' });
  const seen = bench.kratos.to('GET', '/self-service/login/browser').at(-1);
  assert.is(seen?.headers.cookie, 'csrf_token_abc=k');
  assert.is(seen?.headers['x-forwarded-for'], '192.0.2.9');
  assert.is(seen?.headers['user-agent'], 'Test/1');
});

test.run();
