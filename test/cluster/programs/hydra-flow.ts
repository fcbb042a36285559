import { randomUUID } from 'node:crypto';
import type { Manifest } from '../../../constructs/core/manifest.js';
import { data, text, texts } from '../../../constructs/proofs/read.js';
import { type Answer, ask, CookieJar, expectStatus } from './http.js';
import { hydraSettings, type RunningHydra } from './hydra.js';
import { expect, same } from './program.js';

/** An app's client and what the app knows of it. */
interface Client {
  readonly id: string;
  readonly secret: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly redirect: string;
  readonly scope: string;
}

/** Registers a client as hydra-maester does, then signs somebody in to the app, and out again. */
export async function checkClient(hydra: RunningHydra, manifest: Manifest): Promise<void> {
  const client = clientOf(hydra, manifest);
  const made = await ask(hydra.admin, '/admin/clients', { body: registration(client, manifest) });
  expectStatus(made, 201, 'registration');
  // a resource server only introspects
  if (client.redirect === '') return;
  const person = randomUUID();
  const session = randomUUID();
  const cookies = new CookieJar();
  const code = await authorize(hydra, client, cookies, person, session);
  const tokens = await exchange(hydra, client, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: client.redirect,
  });
  expectStatus(tokens, 200, 'the code at the token endpoint');
  await checkTokens(hydra, client, tokens, person);
  await checkRefusals(hydra, client);
  await signOut(hydra, client, cookies, tokens.said('id_token'), session);
}

function clientOf({ secrets }: RunningHydra, { metadata, spec }: Manifest): Client {
  const place = `${metadata.namespace}/${text(spec, 'secretName')}`;
  return {
    id: secrets.value(place, 'CLIENT_ID'),
    secret: secrets.value(place, 'CLIENT_SECRET'),
    spec: data(spec),
    redirect: texts(spec, 'redirectUris')[0] ?? '',
    scope: texts(spec, 'scopeArray').join(' '),
  };
}

/** What hydra-maester 0.0.42 sends for a resource. */
function registration({ id, secret, spec, scope }: Client, { metadata }: Manifest): object {
  return {
    client_id: id,
    client_secret: secret,
    client_name: spec.clientName,
    grant_types: spec.grantTypes,
    response_types: spec.responseTypes,
    redirect_uris: spec.redirectUris,
    post_logout_redirect_uris: spec.postLogoutRedirectUris,
    scope,
    skip_consent: spec.skipConsent,
    owner: `${metadata.name}/${metadata.namespace}`,
    token_endpoint_auth_method: spec.tokenEndpointAuthMethod,
    backchannel_logout_uri: spec.backChannelLogoutUri ?? '',
    backchannel_logout_session_required: spec.backChannelLogoutSessionRequired ?? false,
    frontchannel_logout_uri: '',
    frontchannel_logout_session_required: false,
  };
}

const authorization = ({ id, scope }: Client, redirect: string) =>
  `/oauth2/auth?${new URLSearchParams({
    client_id: id,
    redirect_uri: redirect,
    response_type: 'code',
    scope,
    state: 'a-state-of-the-test',
    nonce: 'a-nonce-of-the-test',
  })}`;

/** From the app to the sign-in pages, to the consent page and back: the code the app gets. */
async function authorize(
  hydra: RunningHydra,
  client: Client,
  cookies: CookieJar,
  person: string,
  session: string,
): Promise<string> {
  const visit = (path: string) => ask(hydra.public, path, { cookies });
  const login = await visit(authorization(client, client.redirect));
  // what Kratos says after a password
  const toLogin = await accept(hydra, 'login', login, {
    subject: person,
    remember: true,
    remember_for: 3600,
    identity_provider_session_id: session,
  });
  const consent = await visit(toLogin);
  const asked = await requestOf(hydra, 'consent', consent);
  same(asked.at('client', 'skip_consent'), client.spec.skipConsent, 'skip_consent of the consent request');
  const toConsent = await accept(hydra, 'consent', consent, {
    grant_scope: client.scope.split(' '),
    session: { id_token: claims, access_token: {} },
  });
  const back = new URL(String((await visit(toConsent)).headers.location));
  same(`${back.origin}${back.pathname}`, client.redirect, 'where the browser comes back to');
  const code = back.searchParams.get('code');
  expect(code !== null, `no code for the app: ${back.search}`);
  return code;
}

const claims = { email: 'ana@studio.example', name: 'Ana Silva', groups: ['employee'] };

type Step = 'login' | 'consent' | 'logout';

/** The challenge with which Hydra sent a browser to one of the sign-in pages. */
function challengeOf(hydra: RunningHydra, step: Step, sent: Answer): string {
  const pages = `${hydra.issuer}${step}?`;
  const location = String(sent.headers.location);
  expect(location.startsWith(pages), `ConfigMap ory/hydra, urls.${step}: a browser is sent to ${location}`);
  return new URL(location).searchParams.get(`${step}_challenge`) ?? '';
}

function requestOf(hydra: RunningHydra, step: Step, sent: Answer): Promise<Answer> {
  const challenge = challengeOf(hydra, step, sent);
  return ask(hydra.admin, `/admin/oauth2/auth/requests/${step}?${step}_challenge=${challenge}`);
}

/** Accepts a step as the sign-in pages do, and gives the path the browser goes to next. */
async function accept(hydra: RunningHydra, step: Step, sent: Answer, body: object): Promise<string> {
  const challenge = challengeOf(hydra, step, sent);
  const path = `/admin/oauth2/auth/requests/${step}/accept?${step}_challenge=${challenge}`;
  const accepted = expectStatus(
    await ask(hydra.admin, path, { method: 'PUT', body }),
    200,
    `accepting ${step}`,
  );
  const next = new URL(accepted.said('redirect_to'));
  expect(next.href.startsWith(hydra.issuer), `after ${step} the browser goes to ${next.href}`);
  return `${next.pathname}${next.search}`;
}

function exchange(
  hydra: RunningHydra,
  { id, secret, spec }: Client,
  form: Record<string, string>,
): Promise<Answer> {
  const inForm = spec.tokenEndpointAuthMethod === 'client_secret_post';
  const basic = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64');
  return ask(hydra.public, '/oauth2/token', {
    headers: inForm ? {} : { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ ...form, ...(inForm ? { client_id: id, client_secret: secret } : {}) }),
  });
}

/** The app sees the person and the claims in the ID token, the user info and the introspection. */
async function checkTokens(
  hydra: RunningHydra,
  client: Client,
  tokens: Answer,
  person: string,
): Promise<void> {
  const payload = tokens.said('id_token').split('.')[1] ?? '';
  const id = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  same(
    [id.iss, id.sub, id.aud, id.nonce],
    [hydra.issuer, person, [client.id], 'a-nonce-of-the-test'],
    'the ID token',
  );
  same([id.email, id.groups], [claims.email, claims.groups], 'claims in the ID token');
  const bearer = { authorization: `Bearer ${tokens.said('access_token')}` };
  const info = expectStatus(await ask(hydra.public, '/userinfo', { headers: bearer }), 200, 'user info');
  same([info.at('sub'), info.at('email'), info.at('name')], [person, claims.email, claims.name], 'user info');
  expect(tokens.said('access_token').startsWith('ory_at_'), 'access tokens are not opaque');
  const token = new URLSearchParams({ token: tokens.said('access_token') });
  const seen = expectStatus(
    await ask(hydra.admin, '/admin/oauth2/introspect', { body: token }),
    200,
    'introspection',
  );
  same([seen.at('active'), seen.at('sub'), seen.at('client_id')], [true, person, client.id], 'introspection');
  const announced: readonly string[] = hydraSettings(hydra.bench).webfinger.oidc_discovery.supported_claims;
  for (const claim of Object.keys(claims))
    expect(announced.includes(claim), `ConfigMap ory/hydra: claim ${claim} is not announced`);
}

async function checkRefusals(hydra: RunningHydra, client: Client): Promise<void> {
  const stolen = { ...client, secret: 'not-the-secret' };
  const form = { grant_type: 'authorization_code', code: 'guessed', redirect_uri: client.redirect };
  expectStatus(await exchange(hydra, stolen, form), 401, 'a wrong client secret');
  const elsewhere = await ask(hydra.public, authorization(client, 'https://elsewhere.example/callback'));
  const to = String(elsewhere.headers.location);
  expect(to.startsWith(`${hydra.issuer}error?`), `a foreign redirect URI leads to ${to}`);
  const wide = await ask(
    hydra.public,
    authorization({ ...client, scope: 'openid everything' }, client.redirect),
  );
  expect(/error=invalid_scope/.test(String(wide.headers.location)), 'a scope nobody granted is accepted');
}

/** Signing out of the app ends the session in Kratos. */
async function signOut(
  hydra: RunningHydra,
  client: Client,
  cookies: CookieJar,
  idToken: string,
  session: string,
): Promise<void> {
  const [after = ''] = texts(client.spec, 'postLogoutRedirectUris');
  const query = new URLSearchParams({ id_token_hint: idToken, state: 'bye' });
  if (after !== '') query.set('post_logout_redirect_uri', after);
  const logout = await ask(hydra.public, `/oauth2/sessions/logout?${query}`, { cookies });
  const next = await accept(hydra, 'logout', logout, {});
  const end = String((await ask(hydra.public, next, { cookies })).headers.location);
  const wanted = after === '' ? hydra.issuer : `${after}?state=bye`;
  same(end, wanted, 'where the browser is after signing out');
  // newer versions tell Kratos after they have answered the browser
  for (let i = 0; i < 50 && !hydra.endedSessions.includes(session); i++)
    await new Promise((done) => setTimeout(done, 100));
  const isEnded = hydra.endedSessions.includes(session);
  expect(isEnded, 'ConfigMap ory/hydra, urls.identity_provider.url: the session in Kratos goes on');
}
