import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { identitySchema, identitySchemas } from '../../constructs/identity/identity-schemas.js';
import { at, containerOf, envOf, podOf } from '../support/sample.js';
import { problemLines, requireSchemas, validateIdentitySchema, validateKratos } from '../support/schemas.js';
import { WholeBox } from '../support/whole-box.js';

const whole = new WholeBox();
const config = whole.file('kratos', 'kratos.yaml');
const get = (path: string) => at(config, ...path.split('.'));
const auth = 'https://auth.studio.example';

/** Environment variable, where it comes from, and the key of the configuration it stands for. */
const fromEnvironment: [name: string, source: string, path: string[]][] = [
  ['DSN', 'kratos-database/dsn', ['dsn']],
  ['SECRETS_DEFAULT', 'kratos/secrets-default', ['secrets', 'default']],
  ['SECRETS_COOKIE', 'kratos/secrets-cookie', ['secrets', 'cookie']],
  ['SECRETS_CIPHER', 'kratos/secrets-cipher', ['secrets', 'cipher']],
  ['COURIER_SMTP_CONNECTION_URI', 'kratos-mail/uri', ['courier', 'smtp', 'connection_uri']],
];

const trust = 'SSL_CERT_FILE REQUESTS_CA_BUNDLE NODE_EXTRA_CA_CERTS'.split(' ');
const withoutTrust = (env: object) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !trust.includes(name)));

test('secrets come from the vault into the environment of server and migration', () => {
  const expected = Object.fromEntries(fromEnvironment.map(([name, source]) => [name, source]));
  const server = whole.get('Deployment', 'kratos');
  const [migrate] = podOf(server).spec.initContainers ?? [];
  for (const container of [containerOf(server), migrate]) {
    assert.equal(withoutTrust(envOf(container ?? { name: '', image: '' })), expected);
  }
  assert.equal(migrate?.args, ['migrate', 'sql', 'up', '-e', '--yes', '--config', '/etc/config/kratos.yaml']);
});

test('the clean-up gets the database and nothing else', () => {
  const cleanup = containerOf(whole.get('CronJob', 'kratos-cleanup'));
  assert.equal(withoutTrust(envOf(cleanup)), { DSN: 'kratos-database/dsn' });
  const pace = ['--database.cleanup.batch_size', '100000', '--database.cleanup.sleep.tables', '1s'];
  assert.equal(cleanup.args, ['cleanup', 'sql', '-e', '--keep-last', '6h', ...pace]);
});

if (requireSchemas()) {
  /** What the program sees: the file, with the environment laid over it. */
  const effective = structuredClone(config);
  const values: Record<string, unknown> = {
    DSN: 'postgresql://u:p@h:5432/d',
    SECRETS_DEFAULT: ['x'.repeat(43)],
    SECRETS_COOKIE: ['x'.repeat(43)],
    SECRETS_CIPHER: ['x'.repeat(32)],
    COURIER_SMTP_CONNECTION_URI: 'smtp://u:p@smtp.example.com:587/',
  };
  for (const [name, , path] of fromEnvironment) {
    let node = effective;
    for (const key of path.slice(0, -1)) {
      node[key] ??= {};
      node = node[key] as Record<string, unknown>;
    }
    node[path.at(-1) ?? ''] = values[name];
  }

  test('Kratos takes the configuration', () => {
    assert.equal(problemLines(validateKratos(effective)), []);
  });

  test('Kratos would not take a misspelt one', () => {
    const wrong = { ...effective, sesion: {} };
    assert.match(
      problemLines(validateKratos(wrong)).join(),
      /unknown field 'sesion'; did you mean 'session'\?/,
    );
  });

  for (const kind of identitySchemas) {
    test(`Kratos takes the schema of an identity: ${kind}`, () => {
      const file = whole.file('kratos', `identity.${kind}.schema.json`);
      assert.equal(problemLines(validateIdentitySchema(file)), []);
      assert.equal(file, JSON.parse(JSON.stringify(identitySchema(kind, 'studio.example'))));
    });
  }
}

const settings: [path: string, expected: unknown][] = [
  ['version', 'v25.4.0'],
  ['session.lifespan', '720h'],
  ['session.cookie.domain', 'studio.example'],
  ['session.cookie.name', 'ory_kratos_session'],
  ['session.cookie.persistent', true],
  ['session.whoami.required_aal', 'highest_available'],
  ['cookies.domain', 'studio.example'],
  ['serve.public.base_url', `${auth}/kratos/`],
  ['serve.admin.base_url', 'http://kratos.ory.svc.cluster.local:4434/'],
  ['serve.public.cors.allowed_origins', ['https://*.studio.example']],
  ['serve.public.cors.allow_credentials', true],
  ['selfservice.default_browser_return_url', `${auth}/`],
  ['selfservice.flows.registration.enabled', false],
  ['selfservice.flows.recovery.enabled', true],
  ['selfservice.flows.recovery.use', 'code'],
  ['selfservice.flows.recovery.lifespan', '1h'],
  ['selfservice.flows.recovery.notify_unknown_recipients', false],
  ['selfservice.flows.recovery.after.hooks', [{ hook: 'revoke_active_sessions' }]],
  ['selfservice.flows.verification.use', 'code'],
  ['selfservice.flows.settings.privileged_session_max_age', '15m'],
  ['selfservice.flows.settings.required_aal', 'highest_available'],
  ['selfservice.methods.password.config.min_password_length', 12],
  ['selfservice.methods.webauthn.enabled', true],
  ['selfservice.methods.webauthn.config.passwordless', false],
  [
    'selfservice.methods.webauthn.config.rp',
    { id: 'studio.example', display_name: 'Sunbeam', origins: [auth] },
  ],
  ['selfservice.methods.totp.config.issuer', 'Sunbeam'],
  ['selfservice.methods.lookup_secret.enabled', true],
  ['selfservice.methods.link.enabled', false],
  [
    'selfservice.methods.code',
    { enabled: true, passwordless_enabled: false, mfa_enabled: false, config: { lifespan: '24h' } },
  ],
  ['identity.default_schema_id', 'default'],
  ['oauth2_provider.url', 'http://hydra.ory.svc.cluster.local:4445'],
  ['oauth2_provider.override_return_to', true],
  ['courier.smtp.from_address', 'noreply@studio.example'],
  ['security.account_enumeration.mitigate', true],
  ['log.leak_sensitive_values', false],
];

for (const [path, expected] of settings) test(`${path}`, () => assert.equal(get(path), expected));

test('every page of the sign-in is on the auth host', () => {
  const urls = [
    ...JSON.stringify(get('selfservice.flows')).matchAll(
      /"(?:ui_url|default_browser_return_url)":"([^"]*)"/g,
    ),
  ];
  assert.ok(urls.length >= 8, String(urls.length));
  for (const [, url = ''] of urls) assert.ok(url.startsWith(`${auth}/`), url);
  const pages = ['login', 'registration', 'settings', 'recovery', 'verification', 'error'];
  assert.equal(
    pages.map((page) => get(`selfservice.flows.${page}.ui_url`)),
    pages.map((page) => `${auth}/${page}`),
  );
});

test('people may be sent back to every host of the edge, and to no other', () => {
  const hosts = whole.edge.hosts.map(({ name }) => `https://${name}/`);
  assert.ok(hosts.length > 2 && hosts.includes('https://studio.example/'), hosts.join());
  assert.equal(get('selfservice.allowed_return_urls'), [auth, ...hosts]);
});

test('a schema for each kind of people, in a file that is mounted', () => {
  const schemas = ['employee', 'default', 'external'].map((id) => ({
    id,
    url: `file:///etc/config/identity.${id}.schema.json`,
  }));
  assert.equal(get('identity.schemas'), schemas);
  assert.equal(containerOf(whole.get('Deployment', 'kratos')).volumeMounts, [
    { name: 'config-kratos', mountPath: '/etc/config', readOnly: true },
    { name: 'config-box-trust', mountPath: '/etc/box/trust', readOnly: true },
  ]);
});

test('the cipher secret has the 32 characters Kratos insists on; the others hold no comma', () => {
  assert.equal(whole.plan('vault', 'kv', 'paths', 'kratos'), {
    'secrets-default': { kind: 'random', bytes: 32 },
    'secrets-cookie': { kind: 'random', bytes: 32 },
    'secrets-cipher': { kind: 'letters', length: 32 },
  });
});

test('one replica, since the courier runs inside, and a new login to the database each day', () => {
  assert.is(whole.read('Deployment', 'kratos', 'spec', 'replicas'), 1);
  assert.is(whole.read('VaultDynamicSecret', 'kratos-database', 'spec', 'renewalPercent'), 67);
  assert.match(
    whole.synced('VaultDynamicSecret', 'kratos-database').dsn ?? '',
    /@postgres-rw\.data\.svc\.cluster\.local:5432\/kratos_db\?sslmode=verify-full&.*&max_conns=4&max_idle_conns=2$/,
  );
});

test.run();
