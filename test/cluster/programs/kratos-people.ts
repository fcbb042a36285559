import { parse } from 'yaml';
import { identitySchemas } from '../../../constructs/identity/identity-schemas.js';
import { sessionCookie, sessionHours } from '../../../constructs/identity/kratos-config.js';
import { data, rows, text } from '../../../constructs/proofs/read.js';
import { type Answer, ask, CookieJar, expectStatus } from './http.js';
import type { RunningKratos } from './kratos.js';
import { about, expect, same } from './program.js';

const config = 'ConfigMap ory/kratos, key kratos.yaml';
const schemaKey = (kind: string) => `ConfigMap ory/kratos, key identity.${kind}.schema.json`;
const json = { accept: 'application/json' };

/** What each kind of people may say of themselves, and what it may not. */
const traits: Record<(typeof identitySchemas)[number], { ok: object; refused: object }> = {
  employee: { ok: { username: 'ana', department: 'Sound', title: 'Editor' }, refused: { username: 'Ana B' } },
  default: { ok: {}, refused: { groups: ['admin'] } },
  external: { ok: { company: 'Elsewhere' }, refused: { expires_on: '2099-12-31' } },
};

/** Invites one person of each kind, who sets a password, signs out and in again. */
export async function checkPeople(kratos: RunningKratos): Promise<void> {
  for (const kind of identitySchemas) await about(schemaKey(kind), () => checkPerson(kratos, kind));
  await about(config, () => checkFlows(kratos));
}

async function checkPerson(kratos: RunningKratos, kind: (typeof identitySchemas)[number]): Promise<void> {
  const email = `${kind}@studio.example`;
  const person = (extra: object) => ({
    schema_id: kind,
    state: 'active',
    traits: { email, name: { first: 'Ana', last: 'Silva' }, ...extra },
    metadata_public: { groups: [kind] },
  });
  const create = (body: object) => ask(kratos.admin, '/admin/identities', { body });
  expectStatus(await create(person(traits[kind].refused)), 400, 'traits the schema forbids');
  const id = expectStatus(await create(person(traits[kind].ok)), 201, 'a new identity').said('id');
  expectStatus(await create(person(traits[kind].ok)), 409, 'a second identity with the same e-mail');

  const password = 'correct horse battery staple';
  const cookies = await acceptInvitation(kratos, id, password);
  checkCookie(kratos, cookies);
  const session = await signIn(kratos, email, password);
  const whoami = expectStatus(
    await ask(kratos.public, '/sessions/whoami', { cookies: session }),
    200,
    'whoami',
  );
  same(
    [whoami.at('identity', 'id'), whoami.at('identity', 'metadata_public')],
    [id, { groups: [kind] }],
    'whoami',
  );
  expect(whoami.at('authenticator_assurance_level') === 'aal1', 'a password alone is not aal1');
  expectStatus(
    await ask(kratos.public, '/sessions/whoami', { cookies: new CookieJar() }),
    401,
    'whoami of a stranger',
  );
}

/** Follows an invitation: recovery code, settings, password. */
async function acceptInvitation(kratos: RunningKratos, id: string, password: string): Promise<CookieJar> {
  const pages = pagesOf(kratos);
  const invitation = { identity_id: id, expires_in: '12h' };
  const made = expectStatus(
    await ask(kratos.admin, '/admin/recovery/code', { body: invitation }),
    201,
    'an invitation',
  );
  const link = new URL(made.said('recovery_link'));
  expect(link.href.startsWith(`${pages.recovery}?`), `the invitation leads to ${link.href}`);
  const cookies = new CookieJar();
  const path = `/self-service/recovery?${link.searchParams}`;
  const body = { method: 'code', code: made.said('recovery_code') };
  const recovered = await ask(kratos.public, path, { cookies, headers: json, body });
  expectStatus(recovered, [200, 422], 'the code of the invitation');
  const next = recovered.said('redirect_browser_to') || continueUrl(recovered);
  expect(String(next).startsWith(`${pages.settings}?`), `after the code comes ${next}`);
  const flow = new URL(next).searchParams.get('flow');
  const settings = await ask(kratos.public, `/self-service/settings/flows?id=${flow}`, {
    cookies,
    headers: json,
  });
  const csrf = tokenOf(expectStatus(settings, 200, 'the settings flow'));
  const set = (value: string) =>
    ask(kratos.public, `/self-service/settings?flow=${flow}`, {
      cookies,
      headers: json,
      body: { method: 'password', password: value, csrf_token: csrf },
    });
  expectStatus(await set('short'), 400, 'a password of 5 characters');
  expectStatus(await set(password), 200, 'a long password');
  return cookies;
}

async function signIn(kratos: RunningKratos, identifier: string, password: string): Promise<CookieJar> {
  const cookies = new CookieJar();
  const flow = expectStatus(
    await ask(kratos.public, '/self-service/login/browser', { cookies, headers: json }),
    200,
    'a sign-in flow',
  );
  const [action, method] = [flow.at('ui', 'action'), flow.at('ui', 'method')];
  const own = `${publicUrl(kratos)}self-service/login?flow=${flow.said('id')}`;
  same([action, method], [own, 'POST'], 'where the form is sent');
  const send = (value: string) =>
    ask(kratos.public, `/self-service/login?flow=${flow.said('id')}`, {
      cookies,
      headers: json,
      body: { method: 'password', identifier, password: value, csrf_token: tokenOf(flow) },
    });
  expectStatus(await send('wrong horse battery staple'), 400, 'a wrong password');
  expectStatus(await send(password), 200, 'sign-in with e-mail and password');
  return cookies;
}

/** Where people are sent, and where they are not. */
async function checkFlows(kratos: RunningKratos): Promise<void> {
  const pages = pagesOf(kratos);
  const open = (name: string, query = '', headers = {}) =>
    ask(kratos.public, `/self-service/${name}/browser${query}`, { headers });
  for (const name of ['login', 'recovery', 'verification'] as const) {
    const to = String((await open(name)).headers.location);
    expect(
      to.startsWith(`${pages[name]}?flow=`),
      `selfservice.flows.${name}.ui_url: a browser is sent to ${to}`,
    );
  }
  const registration = await open('registration', '', json);
  expect(registration.status >= 400, 'selfservice.flows.registration.enabled: anybody may register');
  const back = (url: string) => open('login', `?return_to=${encodeURIComponent(url)}`, json);
  for (const url of settings(kratos).selfservice.allowed_return_urls)
    expectStatus(
      await back(`${url.replace(/\/$/, '')}/somewhere`),
      200,
      `selfservice.allowed_return_urls: ${url}`,
    );
  const foreign = await back('https://elsewhere.example/');
  expect(foreign.status >= 400, 'selfservice.allowed_return_urls: people are sent to foreign sites');
  await checkMail(kratos);
}

/** Somebody who lost the password gets a code by mail, through the relay, under the box's own address. */
async function checkMail(kratos: RunningKratos): Promise<void> {
  const cookies = new CookieJar();
  const flow = await ask(kratos.public, '/self-service/recovery/browser', { cookies, headers: json });
  const body = { method: 'code', email: 'employee@studio.example', csrf_token: tokenOf(flow) };
  const path = `/self-service/recovery?flow=${flow.said('id')}`;
  expectStatus(await ask(kratos.public, path, { cookies, headers: json, body }), 200, 'a lost password');
  for (let i = 0; i < 150 && kratos.relay.mails.length === 0; i++)
    await new Promise((done) => setTimeout(done, 100));
  const [mail] = kratos.relay.mails;
  expect(mail !== undefined, 'courier: the relay got no mail');
  same(mail.login, kratos.relayLogin, 'Secret ory/kratos-mail, key uri: the login at the relay');
  expect(mail.from.includes(`<${settings(kratos).courier.smtp.from_address}>`), `courier: ${mail.from}`);
  expect(/\b\d{6}\b/.test(mail.content), 'courier: the mail has no code');
}

function checkCookie(kratos: RunningKratos, cookies: CookieJar): void {
  const line = cookies.line(sessionCookie) ?? '';
  const { domain } = kratos.bench.box.site.settings;
  for (const part of [
    `Domain=${domain}`,
    'Path=/',
    `Max-Age=${sessionHours * 3600 - 1}`,
    'HttpOnly',
    'Secure',
    'SameSite=Lax',
  ])
    expect(
      line.includes(part) || (part.startsWith('Max-Age') && /Max-Age=25(92000|91\d{3})/.test(line)),
      `${config}, session.cookie: no ${part} in '${line.replace(/=[^;]*/, '=…')}'`,
    );
}

interface Settings {
  readonly serve: { readonly public: { readonly base_url: string } };
  readonly selfservice: {
    readonly allowed_return_urls: readonly string[];
    readonly flows: Readonly<Record<string, { readonly ui_url: string }>>;
  };
  readonly courier: { readonly smtp: { readonly from_address: string } };
}

const settings = ({ bench }: RunningKratos): Settings => parse(bench.box.file('ory/kratos', 'kratos.yaml'));
const publicUrl = (kratos: RunningKratos) => settings(kratos).serve.public.base_url;

function pagesOf(kratos: RunningKratos) {
  const page = (name: string) => settings(kratos).selfservice.flows[name]?.ui_url ?? '';
  return {
    login: page('login'),
    recovery: page('recovery'),
    settings: page('settings'),
    verification: page('verification'),
  };
}

/** The token that a form carries against forged requests. */
function tokenOf(flow: Answer): string {
  const nodes = rows(flow.at('ui', 'nodes')).map((node) => data(node, 'attributes'));
  return (
    text(
      nodes.find(({ name }) => name === 'csrf_token'),
      'value',
    ) ?? ''
  );
}

function continueUrl(answer: Answer): string {
  const steps = rows(answer.at('continue_with'));
  return (
    text(
      steps.find(({ action }) => action === 'show_settings_ui'),
      'flow',
      'url',
    ) ?? ''
  );
}
