import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sessionHours } from '../../constructs/identity/kratos-config.js';
import { at, containerOf, envOf, podOf } from '../support/sample.js';
import { problemLines, requireSchemas, validateHydra } from '../support/schemas.js';
import { WholeBox } from '../support/whole-box.js';

const whole = new WholeBox();
const config = whole.file('hydra', 'hydra.yaml');
const get = (path: string) => at(config, ...path.split('.'));
const auth = 'https://auth.studio.example';

test('secrets come from the vault into the environment of server and migration', () => {
  const expected = {
    DSN: 'hydra-database/dsn',
    SECRETS_SYSTEM: 'hydra/system-secret',
    SECRETS_COOKIE: 'hydra/cookie-secret',
    SSL_CERT_FILE: '/etc/box/trust/ca.crt',
    REQUESTS_CA_BUNDLE: '/etc/box/trust/ca.crt',
    NODE_EXTRA_CA_CERTS: '/etc/box/trust/ca.crt',
  };
  const server = whole.get('Deployment', 'hydra');
  const [migrate] = podOf(server).spec.initContainers ?? [];
  for (const container of [containerOf(server), migrate])
    assert.equal(envOf(container ?? { name: '', image: '' }), expected);
  assert.equal(migrate?.args, ['migrate', 'sql', 'up', '-e', '--yes', '--config', '/etc/config/hydra.yaml']);
});

if (requireSchemas()) {
  const environment = {
    dsn: 'postgresql://u:p@h:5432/d',
    secrets: { system: ['x'.repeat(43)], cookie: ['x'.repeat(43)] },
  };
  test('Hydra takes the configuration', () => {
    assert.equal(problemLines(validateHydra({ ...config, ...environment })), []);
  });
  test('Hydra would not take a misspelt one', () => {
    assert.match(
      problemLines(validateHydra({ ...config, ...environment, urs: {} })).join(),
      /unknown field 'urs'/,
    );
  });
}

const settings: [path: string, expected: unknown][] = [
  ['version', 'v25.4.0'],
  [
    'urls.self',
    { issuer: `${auth}/`, public: `${auth}/`, admin: 'http://hydra.ory.svc.cluster.local:4445/' },
  ],
  ['urls.login', `${auth}/login`],
  ['urls.registration', `${auth}/registration`],
  ['urls.consent', `${auth}/consent`],
  ['urls.logout', `${auth}/logout`],
  ['urls.error', `${auth}/error`],
  ['urls.post_logout_redirect', `${auth}/`],
  ['urls.identity_provider.url', 'http://kratos.ory.svc.cluster.local:4434'],
  ['oidc.subject_identifiers.supported_types', ['public']],
  ['strategies', { access_token: 'opaque', scope: 'exact' }],
  ['ttl.authentication_session', '720h'],
  ['ttl.refresh_token', '720h'],
  ['ttl.access_token', '1h'],
  ['ttl.auth_code', '10m'],
  ['oauth2.expose_internal_errors', false],
  ['oauth2.pkce.enforced_for_public_clients', true],
  ['oauth2.session.encrypt_at_rest', true],
  ['serve.public.tls.enabled', false],
  ['serve.admin.tls.enabled', false],
  ['serve.cookies.same_site_mode', 'Lax'],
  ['webfinger.oidc_discovery.supported_scope', ['openid', 'offline_access', 'email', 'profile', 'groups']],
  ['log.leak_sensitive_values', false],
];

for (const [path, expected] of settings) test(path, () => assert.equal(get(path), expected));

test('apps and pages agree on the issuer byte for byte, and on how long a session lives', () => {
  assert.is(whole.identity.hydra.issuer, get('urls.self.issuer'));
  assert.is(sessionHours, 720);
});

test('what it is told names is where it listens', () => {
  const { hydra, kratos } = whole.identity;
  assert.equal(
    [hydra.public.port, hydra.admin.port, kratos.public.port, kratos.admin.port],
    [4444, 4445, 4433, 4434],
  );
  // 4444 is on Linkerd's own list of opaque ports, which would hide HTTP from the mesh
  assert.is(
    podOf(whole.get('Deployment', 'hydra')).metadata.annotations?.['config.linkerd.io/opaque-ports'],
    '',
  );
});

test('the admin API is open to the operator that registers clients, the pages and Kratos, and to no app', () => {
  const names = whole.box.network.consumers(whole.identity.hydra.admin).map(({ peerName }) => peerName);
  // the clean-up reads Kratos' configuration, which names Hydra
  assert.equal(names.sort(), ['hydra-maester', 'kratos', 'login-ui']);
});

test('old tokens are swept each night, with the database and nothing else', () => {
  const env = envOf(containerOf(whole.get('CronJob', 'hydra-janitor')));
  assert.equal(
    Object.keys(env).filter((name) => !/CA|CERT/.test(name)),
    ['DSN'],
  );
  assert.is(whole.read('CronJob', 'hydra-janitor', 'spec', 'schedule'), '50 3 * * *');
  assert.equal(containerOf(whole.get('CronJob', 'hydra-janitor')).args, [
    'janitor',
    '--tokens',
    '--requests',
    '--grants',
    '-e',
    '--keep-if-younger',
    '24h',
    '--limit',
    '10000',
    '--batch-size',
    '100',
  ]);
});

test.run();
