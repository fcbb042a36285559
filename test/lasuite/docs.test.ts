import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Collabora } from '../../constructs/lasuite/collabora.js';
import { Docs } from '../../constructs/lasuite/docs.js';
import { at, containerOf, envOf, ofKind, podOf, specOf } from '../support/sample.js';
import { requireSchemas, validateManifest } from '../support/schemas.js';
import { WholeBox } from '../support/whole-box.js';

const whole = new WholeBox({}, Docs, Collabora);
const env = (kind: string, name: string) => envOf(containerOf(whole.get(kind, name)));
const backend = env('Deployment', 'docs-backend');
const host = 'https://docs.studio.example';
const hydra = 'http://hydra.ory.svc.cluster.local:4444';
const provider = 'http://docs-y-provider.lasuite.svc.cluster.local:4444';

const shared = {
  DJANGO_CONFIGURATION: 'Production',
  DJANGO_SETTINGS_MODULE: 'impress.settings',
  PYTHONPATH: '/app',
  DJANGO_SECRET_KEY: 'docs/django-secret-key',
  DJANGO_ALLOWED_HOSTS: 'docs.studio.example,docs-backend,docs-backend.lasuite.svc.cluster.local',
  DJANGO_CSRF_TRUSTED_ORIGINS: host,
  LOGGING_LEVEL_LOGGERS_ROOT: 'INFO',
  LOGGING_LEVEL_LOGGERS_APP: 'INFO',
};
const database = {
  DATABASE_URL: 'postgres:///docs_db?service=docs',
  PGSERVICEFILE: '/etc/box/database/pg_service.conf',
  PGSERVICE: 'docs',
  DB_PSYCOPG_POOL_ENABLED: 'true',
  DB_PSYCOPG_POOL_MIN_SIZE: '1',
  DB_PSYCOPG_POOL_MAX_SIZE: '3',
};
const cache = {
  REDIS_URL: 'docs-valkey/cache-url',
  CACHES_DEFAULT_KEY_PREFIX: 'docs',
  DJANGO_CELERY_BROKER_URL: 'docs-valkey/broker-url',
};
const storage = {
  AWS_S3_ENDPOINT_URL: 'http://seaweedfs-filer.storage.svc.cluster.local:8333',
  AWS_S3_ACCESS_KEY_ID: 'docs-s3/access-key',
  AWS_S3_SECRET_ACCESS_KEY: 'docs-s3/secret-key',
  AWS_S3_REGION_NAME: 'us-east-1',
  AWS_S3_SIGNATURE_VERSION: 's3v4',
  AWS_STORAGE_BUCKET_NAME: 'sunbeam-docs',
  AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required',
  AWS_RESPONSE_CHECKSUM_VALIDATION: 'when_required',
  MEDIA_BASE_URL: host,
};
const signIn = {
  OIDC_OP_URL: 'https://auth.studio.example/',
  OIDC_OP_AUTHORIZATION_ENDPOINT: 'https://auth.studio.example/oauth2/auth',
  OIDC_OP_TOKEN_ENDPOINT: `${hydra}/oauth2/token`,
  OIDC_OP_USER_ENDPOINT: `${hydra}/userinfo`,
  OIDC_OP_JWKS_ENDPOINT: `${hydra}/.well-known/jwks.json`,
  OIDC_OP_LOGOUT_ENDPOINT: 'https://auth.studio.example/oauth2/sessions/logout',
  OIDC_RP_CLIENT_ID: 'oidc-docs/CLIENT_ID',
  OIDC_RP_CLIENT_SECRET: 'oidc-docs/CLIENT_SECRET',
  OIDC_RP_SIGN_ALGO: 'RS256',
  OIDC_RP_SCOPES: 'openid email profile',
  OIDC_USERINFO_FULLNAME_FIELDS: 'given_name,family_name',
  OIDC_USERINFO_SHORTNAME_FIELD: 'given_name',
  OIDC_FALLBACK_TO_EMAIL_FOR_IDENTIFICATION: 'true',
  OIDC_ALLOW_DUPLICATE_EMAILS: 'false',
  OIDC_AUTH_REQUEST_EXTRA_PARAMS: '{}',
  OIDC_REDIRECT_ALLOWED_HOSTS: 'docs.studio.example',
  OIDC_REDIRECT_REQUIRE_HTTPS: 'true',
  OIDC_STORE_ID_TOKEN: 'true',
  LOGIN_REDIRECT_URL: host,
  LOGIN_REDIRECT_URL_FAILURE: host,
  LOGOUT_REDIRECT_URL: host,
  ALLOW_LOGOUT_GET_METHOD: 'true',
};
const mail = {
  DJANGO_EMAIL_HOST: 'smtp.example.com',
  DJANGO_EMAIL_PORT: '587',
  DJANGO_EMAIL_HOST_USER: 'docs-mail/username',
  DJANGO_EMAIL_HOST_PASSWORD: 'docs-mail/password',
  DJANGO_EMAIL_USE_TLS: 'true',
  DJANGO_EMAIL_USE_SSL: 'false',
  DJANGO_EMAIL_FROM: 'noreply@studio.example',
  DJANGO_EMAIL_BRAND_NAME: 'Sunbeam',
  DJANGO_EMAIL_URL_APP: host,
};
const own = {
  COLLABORATION_WS_URL: 'wss://docs.studio.example/collaboration/ws/',
  COLLABORATION_API_URL: `${provider}/collaboration/api/`,
  COLLABORATION_SERVER_SECRET: 'docs/collaboration-secret',
  COLLABORATION_WS_NOT_CONNECTED_READ_ONLY: 'true',
  Y_PROVIDER_API_BASE_URL: `${provider}/api/`,
  Y_PROVIDER_API_KEY: 'docs/y-provider-api-key',
  AI_FEATURE_ENABLED: 'true',
  AI_FEATURE_BLOCKNOTE_ENABLED: 'true',
  AI_FEATURE_LEGACY_ENABLED: 'true',
  AI_MODEL: 'mistral-medium-latest',
  OPENAI_SDK_BASE_URL: 'https://api.scaleway.ai/v1',
  OPENAI_SDK_API_KEY: 'docs-ai/api-key',
  // 30 days, as at the front door
  SESSION_COOKIE_AGE: '2592000',
  FRONTEND_HOMEPAGE_FEATURE_ENABLED: 'false',
  FRONTEND_SILENT_LOGIN_ENABLED: 'true',
  TRASHBIN_CUTOFF_DAYS: '30',
};
const trust = {
  SSL_CERT_FILE: '/etc/box/trust/ca.crt',
  REQUESTS_CA_BUNDLE: '/etc/box/trust/ca.crt',
  NODE_EXTRA_CA_CERTS: '/etc/box/trust/ca.crt',
};

for (const [concern, expected] of Object.entries({
  shared,
  database,
  cache,
  storage,
  signIn,
  mail,
  own,
  trust,
})) {
  test(`environment of the backend: ${concern}`, () => {
    const found = Object.fromEntries(Object.keys(expected).map((name) => [name, backend[name]]));
    assert.equal(found, expected);
  });
}

const everything = { ...shared, ...database, ...cache, ...storage, ...signIn, ...mail, ...own, ...trust };

test('and nothing else but the number of its processes', () => {
  assert.equal(backend, { WEB_CONCURRENCY: '2', ...everything });
});

test('the worker has the same, but its own name and no pool', () => {
  assert.equal(env('Deployment', 'docs-worker'), {
    POD_NAME: 'field metadata.name',
    ...everything,
    DB_PSYCOPG_POOL_ENABLED: 'false',
  });
});

test('the migration has the same, and the first administrator', () => {
  const [job] = ofKind(whole.manifests, 'Job');
  if (job === undefined) throw new Error('no Job');
  assert.match(job.metadata.name, /^docs-migrate-[0-9a-f]{8}$/);
  assert.equal(envOf(containerOf(job)), {
    ...everything,
    DJANGO_SUPERUSER_EMAIL: 'admin@studio.example',
    DJANGO_SUPERUSER_PASSWORD: 'docs/superuser-password',
  });
  const [migrate] = podOf(job).spec.initContainers ?? [];
  assert.equal(migrate?.command, ['python', 'manage.py', 'migrate', '--no-input']);
  assert.equal(containerOf(job).command, ['python', 'manage.py', 'createsuperuser']);
});

const provided = {
  COLLABORATION_SERVER_SECRET: 'docs/collaboration-secret',
  COLLABORATION_SERVER_ORIGIN: host,
  COLLABORATION_BACKEND_BASE_URL: host,
  COLLABORATION_LOGGING: 'false',
  Y_PROVIDER_API_KEY: 'docs/y-provider-api-key',
};

test('the collaboration server: the public name for the backend, which insists on HTTPS', () => {
  assert.equal(env('Deployment', 'docs-y-provider'), provided);
});

test('with certificates of the box itself it trusts the box', () => {
  const local = new WholeBox({ tls: { issuer: 'local' } }, Docs, Collabora);
  assert.equal(envOf(containerOf(local.get('Deployment', 'docs-y-provider'))), { ...provided, ...trust });
});

test('the frontend needs nothing but room for temporary files', () => {
  const container = containerOf(whole.get('Deployment', 'docs-frontend'));
  assert.is(container.env, undefined);
  assert.equal(container.volumeMounts, [{ name: 'scratch-tmp', mountPath: '/tmp' }]);
});

test('without AI features nothing is said of them, and no key is asked for', () => {
  const without = new WholeBox({ ai: { enabled: false } }, Docs, Collabora);
  const found = Object.entries(envOf(containerOf(without.get('Deployment', 'docs-backend'))));
  assert.equal(
    found.filter(([name]) => /^(AI|OPENAI)_/.test(name)),
    [['AI_FEATURE_ENABLED', 'false']],
  );
  assert.is(
    ofKind(without.manifests, 'VaultStaticSecret').find(({ metadata }) => metadata.name === 'docs-ai'),
    undefined,
  );
});

test('a relay that speaks TLS from the first byte', () => {
  const tls = new WholeBox(
    { smtp: { host: 'smtp.example.com', port: 465, security: 'tls' } },
    Docs,
    Collabora,
  );
  const found = envOf(containerOf(tls.get('Deployment', 'docs-backend')));
  assert.equal(
    [found.DJANGO_EMAIL_PORT, found.DJANGO_EMAIL_USE_TLS, found.DJANGO_EMAIL_USE_SSL],
    ['465', 'false', 'true'],
  );
});

test('rooms live in memory: one collaboration server, never two at once', () => {
  const { replicas, strategy } = specOf(whole.get('Deployment', 'docs-y-provider'));
  assert.equal([replicas, strategy], [1, { type: 'Recreate' }]);
});

test('Celery names itself after its pod, and is asked seldom', () => {
  const container = containerOf(whole.get('Deployment', 'docs-worker'));
  assert.equal(container.command, [
    'celery',
    '-A',
    'impress.celery_app',
    'worker',
    '-l',
    'INFO',
    '-n',
    'impress@$(POD_NAME)',
    '-c',
    '2',
  ]);
  assert.equal(at(container, 'livenessProbe', 'exec', 'command'), [
    'sh',
    '-c',
    'exec celery -A impress.celery_app inspect ping -d impress@$POD_NAME',
  ]);
  assert.is(at(container, 'livenessProbe', 'periodSeconds'), 120);
});

if (requireSchemas()) {
  test('Kubernetes and the operators take all of it', () => {
    for (const manifest of whole.manifests.filter(({ metadata }) => metadata.namespace === 'lasuite'))
      assert.equal(validateManifest(manifest), [], `${manifest.kind} ${manifest.metadata.name}`);
  });
}

test.run();
