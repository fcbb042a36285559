import { createHmac } from 'node:crypto';
import { ask, expectStatus } from '../cluster/programs/http.js';
import type { LoginRig } from './rig.js';

/** Somebody an administrator invited. */
export interface Invited {
  readonly id: string;
  readonly email: string;
  readonly link: string;
  readonly code: string;
}

export async function invite({ kratos }: LoginRig, email: string, groups = ['employee']): Promise<Invited> {
  const made = await ask(kratos.admin, '/admin/identities', {
    body: {
      schema_id: 'employee',
      state: 'active',
      traits: { email, name: { first: 'Ana', last: 'Silva' }, username: email.split('@')[0] },
      metadata_public: { groups },
      verifiable_addresses: [{ value: email, via: 'email', verified: true, status: 'completed' }],
    },
  });
  const id = expectStatus(made, 201, 'a new person').said('id');
  const body = { identity_id: id, expires_in: '12h' };
  const code = expectStatus(await ask(kratos.admin, '/admin/recovery/code', { body }), 201, 'an invitation');
  return { id, email, link: code.said('recovery_link'), code: code.said('recovery_code') };
}

/** Switches somebody off or on, or changes their groups, as the console for administrators does. */
export async function change({ kratos }: LoginRig, id: string, path: string, value: unknown): Promise<void> {
  const body = [{ op: 'replace', path, value }];
  const changed = await ask(kratos.admin, `/admin/identities/${id}`, { method: 'PATCH', body });
  expectStatus(changed, 200, `${path} of a person`);
}

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** What an authenticator app shows. @see RFC 6238 */
export function digits(secret: string, now = Date.now()): string {
  const bits = [...secret.replace(/[\s=]/g, '')]
    .map((letter) => base32.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)));
  const hash = createHmac('sha1', key).update(counter).digest();
  const at = hash.readUInt8(hash.length - 1) & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** An app's client as hydra-maester registers it. */
export interface AppClient {
  readonly id: string;
  readonly secret: string;
  readonly redirect: string;
}

export async function register(rig: LoginRig, id: string, more: object = {}): Promise<AppClient> {
  const redirect = `https://${id}.${rig.domain}/callback`;
  const secret = `secret-of-${id}`;
  const body = {
    client_id: id,
    client_secret: secret,
    client_name: id,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: [redirect],
    post_logout_redirect_uris: [`https://${id}.${rig.domain}/bye`],
    scope: 'openid email profile offline_access',
    skip_consent: true,
    token_endpoint_auth_method: 'client_secret_post',
    ...more,
  };
  expectStatus(await ask(rig.hydra.admin, '/admin/clients', { body }), 201, `client ${id}`);
  return { id, secret, redirect };
}

/** Address at which an app begins a sign-in. */
export const begin = ({ pages }: LoginRig, { id, redirect }: AppClient, more: Record<string, string> = {}) =>
  `${pages}/oauth2/auth?${new URLSearchParams({
    client_id: id,
    redirect_uri: redirect,
    response_type: 'code',
    scope: 'openid email profile offline_access',
    state: `state-of-${id}`,
    ...more,
  })}`;

/** Exchanges a code or a refresh token. */
export const exchange = ({ hydra }: LoginRig, { id, secret }: AppClient, form: Record<string, string>) =>
  ask(hydra.public, '/oauth2/token', {
    body: new URLSearchParams({ client_id: id, client_secret: secret, ...form }),
  });

/** The claims of a token. */
export const claims = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
