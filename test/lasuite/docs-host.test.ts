import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Collabora } from '../../constructs/lasuite/collabora.js';
import { Docs } from '../../constructs/lasuite/docs.js';
import { at } from '../support/sample.js';
import { WholeBox } from '../support/whole-box.js';

const whole = new WholeBox({}, Docs, Collabora);
const backend = 'http://docs-backend.lasuite.svc.cluster.local:8000';
const route = (path: string) => whole.routes('docs').find((each) => each.path === path);

test('every path of the app leads somewhere, and collaboration’s own API nowhere', () => {
  assert.equal(
    Object.fromEntries(
      whole.routes('docs').map(({ path, class: kind, upstream }) => [path, [kind, upstream]]),
    ),
    {
      '/': ['browser', 'http://docs-frontend.lasuite.svc.cluster.local'],
      '/api': ['stream', backend],
      '/external_api': ['browser', backend],
      '/admin': ['browser', backend],
      '/static': ['browser', backend],
      '/collaboration/ws/': ['websocket', 'http://docs-y-provider.lasuite.svc.cluster.local:4444'],
      '/media/': [undefined, 'http://seaweedfs-filer.storage.svc.cluster.local:8333'],
    },
  );
});

test('a silent socket stays open for a day', () => {
  assert.equal(route('/collaboration/ws/')?.timeouts, { tunnel: 86_400 });
  assert.is(route('/collaboration/ws/')?.webSocket, true);
});

test('answers of the AI arrive word by word', () => {
  assert.is(route('/api')?.buffering, false);
  assert.equal(route('/api')?.timeouts, { response: 600, idle: 600 });
});

test('media: the backend is asked, its signature goes to the store byte for byte, and a file is no page', () => {
  assert.equal(route('/media/'), {
    kind: 'media',
    path: '/media/',
    upstream: 'http://seaweedfs-filer.storage.svc.cluster.local:8333',
    upstreamHost: 'seaweedfs-filer.storage.svc.cluster.local:8333',
    strip: '/media/',
    prepend: '/sunbeam-docs/',
    rawPath: true,
    authorize: {
      url: `${backend}/api/v1.0/documents/media-auth/`,
      captureHeaders: ['Authorization', 'X-Amz-Date', 'X-Amz-Content-SHA256'],
    },
    responseHeaders: { 'Content-Security-Policy': "default-src 'none'", 'X-Content-Type-Options': 'nosniff' },
  });
});

test('the host of the signature is the one the backend signs for', () => {
  const container = at(
    whole.get('Deployment', 'docs-backend'),
    'spec',
    'template',
    'spec',
    'containers',
    0,
    'env',
  );
  const endpoint = (container as { name: string; value: string }[]).find(
    ({ name }) => name === 'AWS_S3_ENDPOINT_URL',
  );
  assert.is(new URL(endpoint?.value ?? '').host, route('/media/')?.upstreamHost);
});

test('a tile, a name on the certificate', () => {
  const { tiles } = whole.file('proxy-config', 'config.yaml').portal as { tiles: object[] };
  assert.equal(
    tiles.find((tile) => at(tile, 'title') === 'Docs'),
    { title: 'Docs', url: 'https://docs.studio.example/', description: 'Write together', group: 'apps' },
  );
  assert.ok(
    (whole.read('Certificate', 'edge-tls', 'spec', 'dnsNames') as string[]).includes('docs.studio.example'),
  );
});

test('a versioned bucket of its own, with an identity that reaches no other', () => {
  const buckets = whole.plan('buckets', 'buckets') as { name: string }[];
  assert.equal(
    buckets.filter(({ name }) => name === 'sunbeam-docs'),
    [{ name: 'sunbeam-docs', owner: 'docs', versioned: true }] as never,
  );
});

test('a database with the extensions its migrations need', () => {
  const spec = whole.read('Database', 'docs', 'spec');
  assert.equal([at(spec, 'name'), at(spec, 'owner'), at(spec, 'connectionLimit')], ['docs_db', 'docs', 14]);
  assert.equal(at(spec, 'extensions'), [
    { name: 'pg_trgm' },
    { name: 'fuzzystrmatch' },
    { name: 'unaccent' },
  ]);
});

test('connections: two processes of three, twice while a version rolls out, and the worker’s two', () => {
  const env = at(whole.get('Deployment', 'docs-backend'), 'spec', 'template', 'spec', 'containers', 0, 'env');
  const value = (name: string) =>
    Number((env as { name: string; value: string }[]).find((v) => v.name === name)?.value);
  const all = value('WEB_CONCURRENCY') * value('DB_PSYCOPG_POOL_MAX_SIZE') * 2 + 2;
  assert.is(whole.read('Database', 'docs', 'spec', 'connectionLimit'), all);
});

test('indices of its own in Valkey, so that no other app takes its tasks', () => {
  const urls = whole.synced('VaultStaticSecret', 'docs-valkey');
  assert.match(urls['cache-url'] ?? '', /@valkey\.data\.svc\.cluster\.local:6379\/1$/);
  assert.match(urls['broker-url'] ?? '', /@valkey\.data\.svc\.cluster\.local:6379\/9$/);
});

test('values are made in the cluster', () => {
  assert.equal(whole.plan('vault', 'kv', 'paths', 'docs'), {
    'django-secret-key': { kind: 'random', bytes: 50 },
    'collaboration-secret': { kind: 'random', bytes: 32 },
    'y-provider-api-key': { kind: 'random', bytes: 32 },
    'superuser-password': { kind: 'random', bytes: 24 },
  });
});

test.run();
