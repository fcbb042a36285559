/**
 * `npm run test:login`: a person's life with the sign-in pages, in a real browser, against Kratos and Hydra as the box
 * configures them. Where no Chromium or Go is, it says so and ends; with `CI` set that is a failure.
 */
import { execFileSync } from 'node:child_process';
import type { Browser, Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findChromium, inspect, launch, visitor } from './browser.js';
import {
  type AppClient,
  begin,
  change,
  claims,
  digits,
  exchange,
  type Invited,
  invite,
  register,
} from './people.js';
import { type LoginRig, startLoginRig } from './rig.js';

function missing(): string | undefined {
  if (findChromium() === undefined) return 'no Chromium here: install the package chromium, or set CHROMIUM';
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'no Go here, with which Kratos and Hydra are built';
  }
}

const lacking = missing();
if (lacking !== undefined) {
  console.log(`sign-in in a browser is not tested: ${lacking}`);
  process.exit(process.env.CI === undefined ? 0 : 1);
}

const password = 'correct horse battery staple';
let rig: LoginRig;
let browser: Browser;
let ana: Invited;
let docs: AppClient;
let drive: AppClient;
let page: Page;
let complaints: string[] = [];
let totp = '';
let codes: string[] = [];
let refresh = '';

const headingOf = async (at: Page) => ((await at.locator('h1').textContent()) ?? '').trim();
const heading = () => headingOf(page);
const press = (name: string | RegExp) => page.getByRole('button', { name }).first().click();
/** Waits for the page, not merely its address: forms answer with several redirects. */
const reach = (pattern: RegExp) =>
  page.waitForURL(pattern, { waitUntil: 'load' }).catch(async () => {
    throw new Error(`not at ${pattern} but at ${page.url()}: '${await heading()}'\n${rig.loginLog()}`);
  });
const go = (path: string) => page.goto(path.startsWith('http') ? path : `${rig.pages}${path}`);

async function newVisitor(): Promise<void> {
  const fresh = await visitor(browser);
  page = fresh.page;
  complaints = fresh.complaints;
}

async function typePassword(): Promise<void> {
  await page.getByLabel('E-mail').fill(ana.email);
  await page.getByLabel('Password').fill(password);
  await press('Sign in');
}

const shownSecret = async () => ((await page.locator('.secret').textContent()) ?? '').replace(/\s/g, '');

/** Kratos takes each six digits once. */
async function freshDigits(): Promise<string> {
  const left = 30_000 - (Date.now() % 30_000);
  if (lastDigits === digits(totp)) await new Promise((done) => setTimeout(done, left + 200));
  lastDigits = digits(totp);
  return lastDigits;
}
let lastDigits = '';

/** Gives one of the recovery codes, which the second step keeps behind a heading. */
async function useCode(index: number): Promise<void> {
  await page.locator('summary', { hasText: 'Recovery code' }).click();
  await page.locator('[name=lookup_secret]').fill(codes[index] ?? '');
  await page.locator('form:has([name=lookup_secret]) button').click();
}

test.before(async () => {
  rig = await startLoginRig();
  const executable = findChromium() ?? '';
  browser = await launch(rig, executable);
  ana = await invite(rig, `ana@${rig.domain}`);
  const backChannel = {
    backchannel_logout_uri: `http://127.0.0.1:${rig.edge.plainPort}/backchannel`,
    backchannel_logout_session_required: true,
  };
  docs = await register(rig, 'docs', backChannel);
  drive = await register(rig, 'drive');
  await newVisitor();
});

test.after(async () => {
  await browser?.close();
  await rig?.stop();
});

test('a stranger is asked to sign in', async () => {
  await go('/');
  assert.is(await heading(), 'Sign in');
  await inspect(page, 'login');
});

test('an invitation: the code, then a password', async () => {
  await go(ana.link);
  await inspect(page, 'recovery-code');
  await page.getByLabel('Code').fill('000000');
  await press('Continue');
  await page.getByText('The code is not right').waitFor();
  await inspect(page, 'recovery-code-wrong');
  await page.getByLabel('Code').fill(ana.code);
  await press('Continue');
  await reach(/\/settings\?flow=/);
  assert.is(await heading(), 'Choose a password');
  await inspect(page, 'choose-password');
  await page.getByLabel('New password').fill('short');
  await press('Set password');
  await page.getByText('12 characters or more').waitFor();
  await page.getByLabel('New password').fill(password);
  await press('Set password');
  await page.getByText('Your changes are saved.').waitFor();
  assert.is(await heading(), 'Account');
  await inspect(page, 'settings');
});

test('home: the apps of the box, without those of administrators', async () => {
  await go('/');
  assert.is(await heading(), 'Hello, Ana');
  assert.is(await page.getByText('Docs', { exact: true }).count(), 1);
  assert.is(await page.getByText('Vault', { exact: true }).count(), 0);
  await inspect(page, 'home');
});

test('TOTP is enrolled; recovery codes are asked for, made and confirmed', async () => {
  await go('/settings');
  await inspect(page, 'settings-totp');
  totp = await shownSecret();
  await page.getByLabel('Six digits').fill('000000');
  await press('Turn on');
  await page.getByText('These digits are not right').waitFor();
  totp = await shownSecret();
  await page.getByLabel('Six digits').fill(await freshDigits());
  await press('Turn on');
  await page.getByText('Your authenticator app is set up.').waitFor();
  await page.getByText('but no recovery codes').waitFor();
  await press('Make new codes');
  await page.getByText('do not count yet').waitFor();
  codes = await page.locator('.codes code').allTextContents();
  await inspect(page, 'settings-codes');
  await press('I keep them safe');
  await page.getByText('You have recovery codes.').waitFor();
  assert.is(codes.length, 12);
});

test('signed out everywhere', async () => {
  await go('/sessions');
  await press('Sign out everywhere');
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
  await inspect(page, 'signed-out');
  await go('/');
  assert.is(await heading(), 'Sign in');
});

test('sign-in with a password and TOTP', async () => {
  await page.getByLabel('E-mail').fill(ana.email);
  await page.getByLabel('Password').fill('not the password at all');
  await press('Sign in');
  await page.getByText('do not match').waitFor();
  await inspect(page, 'login-wrong');
  await typePassword();
  await page.getByRole('heading', { name: 'One more step' }).waitFor();
  await inspect(page, 'second-factor');
  await page.getByLabel('Six digits').fill(await freshDigits());
  await press('Confirm');
  await page.getByRole('heading', { name: 'Hello, Ana' }).waitFor();
});

test('a security key is enrolled', async () => {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'usb',
      hasResidentKey: false,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await go('/settings');
  await page.getByLabel('Name of the key').fill('Blue key');
  await press('Add a key');
  await page.getByRole('button', { name: 'Remove “Blue key”' }).waitFor();
  await inspect(page, 'settings-all');
  assert.equal(complaints, []);
});

test('sign-in with the security key', async () => {
  await press('Sign out');
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
  await page.getByRole('link', { name: 'Sign in again' }).click();
  await typePassword();
  await page.locator('summary', { hasText: 'Security key' }).click();
  await press('Use security key');
  await page.getByRole('heading', { name: 'Hello, Ana' }).waitFor();
  assert.equal(complaints, []);
});

test('sign-in with a recovery code, once', async () => {
  await press('Sign out');
  await page.getByRole('link', { name: 'Sign in again' }).click();
  await typePassword();
  await useCode(0);
  await page.getByRole('heading', { name: 'Hello, Ana' }).waitFor();
  await press('Sign out');
  await page.getByRole('link', { name: 'Sign in again' }).click();
  await typePassword();
  await useCode(0);
  await page.getByText('was used before').waitFor();
  await inspect(page, 'second-factor-wrong');
});

test('an app: sign-in at the app’s wish, claims, and back', async () => {
  await newVisitor();
  await go(begin(rig, docs));
  await page.getByText('to continue to docs').waitFor();
  await inspect(page, 'login-app');
  await typePassword();
  await page.getByRole('heading', { name: 'One more step' }).waitFor();
  await page.getByLabel('Six digits').fill(await freshDigits());
  await press('Confirm');
  await reach(/docs\.[^/]+\/callback/);
  const back = new URL(page.url()).searchParams;
  assert.is(back.get('state'), 'state-of-docs');
  const form = {
    grant_type: 'authorization_code',
    code: back.get('code') ?? '',
    redirect_uri: docs.redirect,
  };
  const tokens = await exchange(rig, docs, form);
  assert.is(tokens.status, 200, tokens.text);
  refresh = tokens.said('refresh_token');
  const told = claims(tokens.said('id_token'));
  assert.equal(
    [
      told.sub,
      told.email,
      told.email_verified,
      told.name,
      told.given_name,
      told.family_name,
      told.preferred_username,
      told.groups,
    ],
    [ana.id, ana.email, true, 'Ana Silva', 'Ana', 'Silva', 'ana', ['employee']],
  );
  assert.ok(typeof told.sid === 'string', 'the session, for signing out');
  assert.equal(complaints, []);
});

test('another app in the same session: no question', async () => {
  await go(begin(rig, drive));
  await reach(/drive\.[^/]+\/callback\?code=/);
  await go(begin(rig, drive, { prompt: 'none' }));
  await reach(/drive\.[^/]+\/callback\?code=/);
});

test('groups of now at refresh', async () => {
  await change(rig, ana.id, '/metadata_public', { groups: ['employee', 'sound'] });
  const tokens = await exchange(rig, docs, { grant_type: 'refresh_token', refresh_token: refresh });
  assert.is(tokens.status, 200, tokens.text);
  refresh = tokens.said('refresh_token');
  const told = claims(tokens.said('id_token'));
  assert.equal([told.groups, typeof told.sid], [['employee', 'sound'], 'string']);
});

test('signed in at home first: an app needs no second sign-in', async () => {
  const first = page;
  await newVisitor();
  await go('/login');
  await typePassword();
  await useCode(1);
  await page.getByRole('heading', { name: 'Hello, Ana' }).waitFor();
  await go(begin(rig, drive));
  await reach(/drive\.[^/]+\/callback\?code=/);
  // this visitor shows up as a second device, which the next test ends
  other = page;
  page = first;
});
let other: Page;

test('sessions: the other device is listed and signed out', async () => {
  await go('/sessions');
  assert.ok((await page.getByRole('button', { name: /^Sign out Chrome/ }).count()) >= 1);
  await inspect(page, 'sessions');
  for (
    let left = 9;
    left > 0 && (await page.getByRole('button', { name: /^Sign out Chrome/ }).count()) > 0;
    left--
  ) {
    await page
      .getByRole('button', { name: /^Sign out Chrome/ })
      .first()
      .click();
    await page.getByText('That device is signed out.').waitFor();
  }
  await other.goto(`${rig.pages}/`);
  assert.is(await headingOf(other), 'Sign in');
});

test('a foreign app asks for consent; a form leads to its own address', async () => {
  const foreign = await register(rig, 'foreign', { skip_consent: false });
  await go(begin(rig, foreign));
  await page.getByRole('heading', { name: 'foreign asks for your consent' }).waitFor();
  await inspect(page, 'consent');
  await press('Allow');
  await reach(/foreign\.[^/]+\/callback\?code=/);
  assert.equal(complaints, []);
});

test('a foreign sign-out is asked back', async () => {
  await go('/oauth2/sessions/logout');
  await page.getByRole('heading', { name: 'Sign out?' }).waitFor();
  await inspect(page, 'logout');
  await press('Stay signed in');
  await page.getByRole('heading', { name: 'Hello, Ana' }).waitFor();
});

test('signing out tells the app, and ends the session in Kratos', async () => {
  await press('Sign out');
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
  for (let i = 0; i < 50 && backChannel() === undefined; i++)
    await new Promise((done) => setTimeout(done, 100));
  const token = claims(new URLSearchParams(backChannel()?.body ?? '').get('logout_token') ?? 'x.e30.x');
  assert.equal([token.aud, token.iss, typeof token.sid], [['docs'], `${rig.pages}/`, 'string']);
  await go(begin(rig, drive));
  assert.is(await heading(), 'Sign in');
  await go(begin(rig, drive, { prompt: 'none' }));
  await reach(/drive\.[^/]+\/callback\?error=login_required/);
});
const backChannel = () => rig.edge.requests.find(({ path }) => path === '/backchannel');

test('somebody switched off is refused at once: session, tokens, sign-in', async () => {
  await newVisitor();
  await go('/login');
  await typePassword();
  await useCode(2);
  await page.getByRole('heading', { name: 'Hello, Ana' }).waitFor();
  await go(begin(rig, docs));
  await reach(/docs\.[^/]+\/callback\?code=/);
  const form = {
    grant_type: 'authorization_code',
    code: new URL(page.url()).searchParams.get('code') ?? '',
    redirect_uri: docs.redirect,
  };
  const tokens = await exchange(rig, docs, form);
  await change(rig, ana.id, '/state', 'inactive');
  const refused = await exchange(rig, docs, {
    grant_type: 'refresh_token',
    refresh_token: tokens.said('refresh_token'),
  });
  assert.is(refused.status, 403, refused.text);
  await go(begin(rig, drive));
  assert.is(await heading(), 'Sign in');
  await go('/');
  assert.is(await heading(), 'Sign in');
  await typePassword();
  assert.is.not(await heading(), 'Hello, Ana');
  await change(rig, ana.id, '/state', 'active');
});

test('a forgotten password: a code by mail', async () => {
  await newVisitor();
  await go('/login');
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await inspect(page, 'recovery');
  await page.getByLabel('E-mail').fill(ana.email);
  await press('Send code');
  await page.getByText('a code is on its way').waitFor();
  await inspect(page, 'recovery-sent');
  for (let i = 0; i < 100 && rig.relay.mails.length === 0; i++)
    await new Promise((done) => setTimeout(done, 100));
  const code = /\b\d{6}\b/.exec(rig.relay.mails.at(-1)?.content ?? '')?.[0] ?? '';
  await page.getByLabel('Code').fill(code);
  await press('Continue');
  // whoever has a second factor shows it before anything may be changed
  await page.getByRole('heading', { name: 'One more step' }).waitFor();
});

test('without its cookies a form says so; errors help; languages', async () => {
  await newVisitor();
  await go('/login');
  await page.getByLabel('E-mail').fill(ana.email);
  await page.context().clearCookies();
  await press('Sign in');
  await inspect(page, 'error-cookies');
  await go('/error?error=invalid_client');
  await inspect(page, 'error-app');
  await go('/registration');
  assert.is(await heading(), 'By invitation only');
  await inspect(page, 'registration-closed');
  await go('/verification');
  await inspect(page, 'verification');
  await page.getByRole('link', { name: 'Deutsch' }).click();
  await page.getByRole('heading', { name: 'E-Mail-Adresse bestätigen' }).waitFor();
  await go('/login?return_to=https://evil.example/');
  assert.is(await page.getByText('evil').count(), 0);
});

test.run();
