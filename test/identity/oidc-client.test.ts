import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { OidcClientProps } from '../../constructs/identity/oidc-client.js';
import { Collabora } from '../../constructs/lasuite/collabora.js';
import { Docs } from '../../constructs/lasuite/docs.js';
import { WholeBox } from '../support/whole-box.js';

const docs = new WholeBox({}, Docs, Collabora);

test('the client of Docs, exactly', () => {
  assert.equal(docs.read('OAuth2Client', 'docs', 'spec'), {
    clientName: 'Docs',
    secretName: 'oidc-docs',
    grantTypes: ['authorization_code', 'refresh_token'],
    responseTypes: ['code'],
    scopeArray: ['openid', 'email', 'profile'],
    redirectUris: ['https://docs.studio.example/api/v1.0/callback/'],
    postLogoutRedirectUris: ['https://docs.studio.example/api/v1.0/logout-callback/'],
    tokenEndpointAuthMethod: 'client_secret_post',
    skipConsent: true,
  });
  assert.is(docs.get('OAuth2Client', 'docs').metadata.namespace, 'lasuite');
});

test('its Secret is there before the operator looks, with an id that is known beforehand', () => {
  assert.equal(docs.synced('VaultStaticSecret', 'oidc-docs'), {
    CLIENT_ID: '{{ get .Secrets "client-id" }}',
    CLIENT_SECRET: '{{ get .Secrets "client-secret" }}',
  });
  assert.equal(docs.plan('vault', 'kv', 'paths', 'oidc/docs'), {
    'client-id': { kind: 'constant', value: 'docs' },
    'client-secret': { kind: 'random', bytes: 32 },
  });
  const { annotations } = docs.get('VaultStaticSecret', 'oidc-docs').metadata;
  assert.is(annotations?.['argocd.argoproj.io/sync-wave'], '4');
});

function made(props: Partial<OidcClientProps>) {
  const box = new WholeBox();
  const client = box.identity.client(box.suite, 'wiki', {
    title: 'Wiki',
    host: box.edge.host('wiki'),
    ...props,
  });
  return { client, spec: box.read('OAuth2Client', 'wiki', 'spec') as Record<string, unknown> };
}

test('scopes and the way the secret is sent can be said', () => {
  const { spec } = made({ scopes: ['openid', 'groups'], authMethod: 'client_secret_basic', callback: '/cb' });
  assert.equal(spec.scopeArray, ['openid', 'groups']);
  assert.is(spec.tokenEndpointAuthMethod, 'client_secret_basic');
  assert.equal(spec.redirectUris, ['https://wiki.studio.example/cb']);
});

test('what only introspects has no redirects', () => {
  const { spec } = made({});
  for (const field of ['redirectUris', 'postLogoutRedirectUris', 'backChannelLogoutURI'])
    assert.not.ok(field in spec, field);
});

test('the app reads id and secret from the Secret', () => {
  const { client } = made({});
  assert.is(client.clientId, 'wiki');
  assert.equal([client.id.key, client.id.secret.name], ['CLIENT_ID', 'oidc-wiki']);
  assert.equal([client.clientSecret.key, client.clientSecret.secret.name], ['CLIENT_SECRET', 'oidc-wiki']);
});

test.run();
