import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Collabora } from '../../constructs/lasuite/collabora.js';
import { Docs } from '../../constructs/lasuite/docs.js';
import { at, containerOf, envOf, messageOf, podOf } from '../support/sample.js';
import { requireSchemas, validateManifest } from '../support/schemas.js';
import { fill } from '../support/vault-box.js';
import { WholeBox } from '../support/whole-box.js';
import { Wiki } from './wiki-app.js';

const whole = new WholeBox({}, Wiki);
const ports = (...numbers: number[]) => numbers.map((port) => ({ port, protocol: 'TCP' }));
const pods = (namespace: string, labels: Record<string, string>) => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
  podSelector: { matchLabels: labels },
});

test('the class has at most 60 lines, and imports nothing but constructs', () => {
  const text = readFileSync(new URL('./wiki-app.ts', import.meta.url), 'utf8');
  assert.ok(text.trimEnd().split('\n').length <= 60, String(text.split('\n').length));
  const imports = [...text.matchAll(/ from '([^']+)'/g)].map(([, from = '']) => from);
  assert.ok(
    imports.length > 0 && imports.every((from) => from.startsWith('../../constructs/')),
    imports.join(),
  );
});

test('a database: owner, logins, and where they are synced', () => {
  const spec = whole.read('Database', 'wiki', 'spec');
  assert.equal([at(spec, 'name'), at(spec, 'owner'), at(spec, 'connectionLimit')], ['wiki_db', 'wiki', 6]);
  const roles = whole.read('Cluster', 'postgres', 'spec', 'managed', 'roles') as {
    name: string;
    login: boolean;
  }[];
  assert.is(roles.find(({ name }) => name === 'wiki')?.login, false);
  assert.is(whole.plan('vault', 'database', 'roles', 'wiki', 'default_ttl'), '36h');
  assert.ok((whole.plan('vault', 'database', 'connection', 'allowed_roles') as string[]).includes('wiki'));
  assert.is(whole.read('VaultDynamicSecret', 'wiki-database', 'spec', 'path'), 'creds/wiki');
  assert.equal(whole.read('VaultDynamicSecret', 'wiki-database', 'spec', 'rolloutRestartTargets'), [
    { kind: 'Deployment', name: 'wiki-server' },
  ]);
});

test('a bucket: an identity for it alone, its keys, and the Job that makes it', () => {
  const buckets = whole.plan('buckets', 'buckets') as { name: string }[];
  assert.equal(
    buckets.filter(({ name }) => name === 'sunbeam-wiki'),
    [{ name: 'sunbeam-wiki', owner: 'wiki', versioned: false }] as never,
  );
  assert.equal(Object.keys(whole.synced('VaultStaticSecret', 'wiki-s3')), ['access-key', 'secret-key']);
  const identities = fill(whole.synced('VaultStaticSecret', 'seaweedfs-s3')['s3.json'] ?? '', {});
  const own = (
    JSON.parse(identities) as { identities: { name: string; actions: string[] }[] }
  ).identities.find(({ name }) => name === 'wiki');
  assert.ok(own !== undefined && own.actions.length > 0);
  for (const action of own?.actions ?? []) assert.match(action, /^[A-Za-z]+:sunbeam-wiki(\/\*)?$/);
});

test('a login: the client, its secret, and the way back', () => {
  const spec = whole.read('OAuth2Client', 'wiki', 'spec');
  assert.equal(at(spec, 'redirectUris'), ['https://wiki.studio.example/auth/callback']);
  assert.equal(at(spec, 'postLogoutRedirectUris'), ['https://wiki.studio.example/']);
  assert.equal(Object.keys(whole.synced('VaultStaticSecret', 'oidc-wiki')), ['CLIENT_ID', 'CLIENT_SECRET']);
  const returns = at(whole.file('kratos', 'kratos.yaml'), 'selfservice', 'allowed_return_urls');
  assert.ok((returns as string[]).includes('https://wiki.studio.example/'));
});

test('secrets: made in the cluster, readable where they are needed and nowhere else', () => {
  assert.equal(whole.plan('vault', 'kv', 'paths', 'wiki'), { 'session-key': { kind: 'random', bytes: 32 } });
  const policies = whole.plan('vault', 'policies') as Record<string, { path: Record<string, unknown> }>;
  const paths = [
    'database/creds/wiki',
    'secret/data/oidc/wiki',
    'secret/data/s3/wiki',
    'secret/data/valkey/wiki',
    'secret/data/wiki',
  ];
  assert.equal(Object.keys(policies['namespace-lasuite']?.path ?? {}), [...paths, 'sys/leases/revoke']);
  const others = Object.entries(policies).filter(
    ([name]) => name.startsWith('namespace-') && name !== 'namespace-lasuite',
  );
  assert.not.match(JSON.stringify(others), /"(secret\/data|database\/creds)\/(.*\/)?wiki"/);
});

test('the environment holds references, no values', () => {
  assert.equal(envOf(containerOf(whole.get('Deployment', 'wiki-server'))), {
    BASE_URL: 'https://wiki.studio.example',
    DATABASE_URL: 'wiki-database/dsn',
    REDIS_URL: 'wiki-valkey/cache-url',
    OIDC_ISSUER: 'https://auth.studio.example/',
    OIDC_CLIENT_ID: 'oidc-wiki/CLIENT_ID',
    OIDC_CLIENT_SECRET: 'oidc-wiki/CLIENT_SECRET',
    S3_ENDPOINT: 'http://seaweedfs-filer.storage.svc.cluster.local:8333',
    S3_BUCKET: 'sunbeam-wiki',
    S3_ACCESS_KEY: 'wiki-s3/access-key',
    S3_SECRET_KEY: 'wiki-s3/secret-key',
    SESSION_KEY: 'wiki/session-key',
    LINKS: '',
    SSL_CERT_FILE: '/etc/box/trust/ca.crt',
    REQUESTS_CA_BUNDLE: '/etc/box/trust/ca.crt',
    NODE_EXTRA_CA_CERTS: '/etc/box/trust/ca.crt',
  });
});

test('routes: the host, its certificate, its tile', () => {
  assert.equal(whole.routes('wiki'), [
    {
      kind: 'proxy',
      path: '/',
      class: 'browser',
      upstream: 'http://wiki-server.lasuite.svc.cluster.local:3000',
    },
  ]);
  assert.ok(
    (whole.read('Certificate', 'edge-tls', 'spec', 'dnsNames') as string[]).includes('wiki.studio.example'),
  );
  const { tiles } = whole.file('proxy-config', 'config.yaml').portal as {
    tiles: { title: string; url: string }[];
  };
  assert.is(tiles.find(({ title }) => title === 'Wiki')?.url, 'https://wiki.studio.example/');
});

test('network: exactly the edges its environment speaks of', () => {
  const { egress, ingress } = whole.read('NetworkPolicy', 'wiki-server', 'spec') as Record<string, unknown[]>;
  assert.equal(ingress, [{ ports: ports(3000, 4143), from: [pods('ingress', { app: 'proxy' })] }]);
  // the first two are name service and mesh
  assert.equal(egress?.slice(2), [
    { ports: ports(5432), to: [pods('data', { 'cnpg.io/cluster': 'postgres' })] },
    { ports: ports(6379, 4143), to: [pods('data', { app: 'valkey' })] },
    { ports: ports(8333, 4143), to: [pods('storage', { app: 'seaweedfs-filer' })] },
  ]);
});

test('mesh: its port is open to the proxy alone, and those it needs are open to it', () => {
  const admitted = (name: string) =>
    (whole.read('MeshTLSAuthentication', name, 'spec', 'identityRefs') as { name: string }[]).map(
      (ref) => ref.name,
    );
  assert.equal(admitted('wiki-server-http-meshed'), ['proxy']);
  assert.ok(admitted('valkey-redis-meshed').includes('wiki-server'));
  assert.ok(admitted('seaweedfs-filer-s3-meshed').includes('wiki-server'));
});

test('manners: hardened and counted without a word about it', () => {
  const pod = podOf(whole.get('Deployment', 'wiki-server'));
  assert.is(at(pod, 'spec', 'securityContext', 'runAsNonRoot'), true);
  const row = whole.box.budget.rows.find(({ workload }) => workload === 'wiki-server');
  assert.equal(row?.resources, { cpu: 60, memory: 148, limit: 384 });
});

test('a link is there when the other app is, and only then', () => {
  const links = (box: WholeBox) => envOf(containerOf(box.get('Deployment', 'wiki-server'))).LINKS;
  assert.is(links(new WholeBox({}, Wiki, Docs, Collabora)), 'docs');
  assert.is(links(new WholeBox({ apps: { docs: false } }, Wiki, Docs, Collabora)), '');
});

test('switched off it is gone', () => {
  const { manifests } = new WholeBox({ apps: { wiki: false } }, Wiki);
  assert.not.match(JSON.stringify(manifests), /wiki/i);
});

test('an app is added once', () => {
  assert.is(
    messageOf(() => new WholeBox({}, Wiki, Wiki)),
    "lasuite: app 'wiki' is added twice; add each app once",
  );
});

if (requireSchemas()) {
  test('Kubernetes and the operators take all of it', () => {
    for (const manifest of whole.manifests.filter(({ metadata }) => metadata.namespace === 'lasuite'))
      assert.equal(validateManifest(manifest), [], `${manifest.kind} ${manifest.metadata.name}`);
  });
}

test.run();
