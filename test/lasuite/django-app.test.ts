import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Endpoint } from '../../constructs/core/endpoint.js';
import { Collabora } from '../../constructs/lasuite/collabora.js';
import { Docs } from '../../constructs/lasuite/docs.js';
import { at, containerOf, ofKind, podOf } from '../support/sample.js';
import { WholeBox } from '../support/whole-box.js';

const whole = new WholeBox({}, Docs, Collabora);
const [job] = ofKind(whole.manifests, 'Job');
const pods = [whole.get('Deployment', 'docs-backend'), whole.get('Deployment', 'docs-worker'), job].flatMap(
  (manifest) => manifest ?? [],
);

test('three pods of one image: web server, worker, migration', () => {
  assert.equal(pods.length, 3);
  const images = pods.map((manifest) => containerOf(manifest).image);
  assert.equal(images, Array(3).fill('docker.io/lasuite/impress-backend:v5.4.1'));
});

test('the database login is a file that libpq reads at each connect', () => {
  for (const manifest of pods) {
    assert.equal(at(containerOf(manifest), 'volumeMounts', 0), {
      name: 'secret-docs-database',
      mountPath: '/etc/box/database',
      readOnly: true,
    });
    assert.equal(podOf(manifest).spec.volumes?.[0], {
      name: 'secret-docs-database',
      secret: { secretName: 'docs-database', defaultMode: 0o440 },
    });
  }
  const { 'pg_service.conf': file = '' } = whole.synced('VaultDynamicSecret', 'docs-database');
  assert.equal(file.trim().split('\n'), [
    '[docs]',
    'host=postgres-rw.data.svc.cluster.local',
    'port=5432',
    'dbname=docs_db',
    'user={{ get .Secrets "username" }}',
    'password={{ get .Secrets "password" }}',
    'sslmode=verify-full',
    'sslrootcert=/etc/box/trust/ca.crt',
  ]);
});

test('a new login about every five minutes restarts nobody', () => {
  const spec = whole.read('VaultDynamicSecret', 'docs-database', 'spec');
  assert.is(at(spec, 'path'), 'creds/docs');
  assert.is(at(spec, 'renewalPercent'), 3);
  assert.is(at(spec, 'rolloutRestartTargets'), undefined);
  assert.is(whole.plan('vault', 'database', 'roles', 'docs', 'default_ttl'), '1h');
});

test('a changed secret restarts server and worker, and the collaboration server where it reads it', () => {
  const targets = (name: string) =>
    (whole.read('VaultStaticSecret', name, 'spec', 'rolloutRestartTargets') as { name: string }[]).map(
      (target) => target.name,
    );
  assert.equal(targets('docs'), ['docs-y-provider', 'docs-backend', 'docs-worker']);
  for (const name of ['docs-valkey', 'docs-s3', 'oidc-docs', 'docs-mail', 'docs-ai'])
    assert.equal(targets(name), ['docs-backend', 'docs-worker'], name);
});

const reached = (name: string) => {
  const peer = whole.box.network.allPeers.find(({ peerName }) => peerName === name);
  if (peer === undefined) throw new Error(`no peer ${name}`);
  return whole.box.network
    .destinations(peer)
    .map((to) => (to instanceof Endpoint ? `${to.peer.peerName}:${to.name}` : to.name))
    .sort();
};

const everything = [
  'AI service',
  'docs-y-provider:ws',
  'hydra:public',
  'mail relay',
  'postgres:postgres',
  'seaweedfs-filer:s3',
  'valkey:redis',
];

for (const name of ['docs-backend', 'docs-worker', 'docs-migrate']) {
  test(`${name} reaches what its environment speaks of`, () => assert.equal(reached(name), everything));
}

test('the collaboration server reaches the proxy alone', () => {
  assert.equal(reached('docs-y-provider'), ['proxy:https']);
});

test('a web server waits until the migration is done: its readiness asks for it', () => {
  const container = containerOf(whole.get('Deployment', 'docs-backend'));
  const path = (probe: string) => at(container, probe, 'httpGet', 'path');
  assert.equal(
    [path('startupProbe'), path('livenessProbe'), path('readinessProbe')],
    ['/__heartbeat__', '/__lbheartbeat__', '/__heartbeat__'],
  );
  assert.is(at(container, 'startupProbe', 'failureThreshold'), 60);
});

test('the user is that of production roles, and the root cannot be written', () => {
  for (const manifest of pods) {
    assert.equal(
      [
        at(podOf(manifest), 'spec', 'securityContext', 'runAsUser'),
        at(podOf(manifest), 'spec', 'securityContext', 'fsGroup'),
      ],
      [1001, 1001],
    );
    assert.is(at(containerOf(manifest), 'securityContext', 'readOnlyRootFilesystem'), true);
    const exceptions = Object.keys(podOf(manifest).metadata.annotations ?? {}).filter((key) =>
      key.includes('exception'),
    );
    assert.equal(exceptions, []);
  }
});

test.run();
