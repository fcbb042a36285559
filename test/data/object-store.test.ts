import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namespaces } from '../../constructs/core/namespaces.js';
import { Workload } from '../../constructs/core/workload.js';
import { ObjectStore } from '../../constructs/data/object-store.js';
import { fill, VaultBox } from '../support/vault-box.js';

class StoreBox extends VaultBox {
  readonly store = new ObjectStore(this.tier('storage', namespaces.storage), 'ObjectStore', {
    vault: this.vault,
  });
  readonly apps = this.tier('lasuite', namespaces.lasuite);
  readonly tools = this.tier('devtools', namespaces.boxSystem);

  args(name: string): string[] {
    return this.container('StatefulSet', name, 'args') as string[];
  }

  /** The identities as the gateway reads them. */
  identities(secrets: Record<string, string>): unknown[] {
    const template = String(
      this.read(
        'VaultStaticSecret',
        'seaweedfs-s3',
        ...['spec', 'destination', 'transformation', 'templates', 's3.json', 'text'],
      ),
    );
    return JSON.parse(fill(template, secrets)).identities;
  }
}

function twoApps(): StoreBox {
  const box = new StoreBox();
  const { store, apps, tools } = box;
  const docs = store.identity(apps, 'docs');
  store.bucket(apps, 'sunbeam-docs', { identity: docs, versioned: true });
  const gitea = store.identity(tools, 'gitea');
  store.bucket(tools, 'sunbeam-git-lfs', { identity: gitea });
  store.bucket(tools, 'sunbeam-packages', {
    identity: gitea,
    cors: { origins: ['https://src.studio.example'] },
    expireDays: 7,
  });
  return box;
}

test('an identity reaches its own buckets, each with a key pair of its own', () => {
  const secrets = Object.fromEntries(
    ['admin', 'docs', 'gitea'].flatMap((name) => [
      [`${name}-access-key`, name],
      [`${name}-secret-key`, `${name}-secret`],
    ]),
  );
  const identity = (name: string, actions: string[]) => ({
    name,
    credentials: [{ accessKey: name, secretKey: `${name}-secret` }],
    actions,
  });
  const on = (bucket: string) => ['Read', 'Write', 'List', 'Tagging'].map((action) => `${action}:${bucket}`);
  assert.equal(twoApps().identities(secrets), [
    identity('admin', ['Admin']),
    identity('docs', on('sunbeam-docs')),
    identity('gitea', [...on('sunbeam-git-lfs'), ...on('sunbeam-packages')]),
  ]);
});

test('an identity for copies reads every bucket and writes none', () => {
  const box = twoApps();
  box.store.identity(box.tools, 'backup', { readsEveryBucket: true });
  const backup = box.identities({}).at(-1) as { name: string; actions: string[] };
  assert.equal([backup.name, ...backup.actions], ['backup', 'Read', 'List']);
});

test('the gateway learns the key pairs from what the apps declare, and restarts when one changes', () => {
  const box = twoApps();
  const { paths } = (box.plan('vault') as { kv: { paths: Record<string, Record<string, unknown>> } }).kv;
  assert.equal(paths['s3/docs'], {
    'access-key': { kind: 'constant', value: 'docs' },
    'secret-key': { kind: 'random', bytes: 32 },
  });
  assert.equal(paths.seaweedfs?.['gitea-secret-key'], { kind: 'copy', path: 's3/gitea', key: 'secret-key' });
  assert.equal(paths.seaweedfs?.['admin-secret-key'], {
    kind: 'copy',
    path: 'seaweedfs-admin',
    key: 'secret-key',
  });
  assert.equal(box.read('VaultStaticSecret', 'seaweedfs-s3', 'spec', 'rolloutRestartTargets'), [
    { kind: 'StatefulSet', name: 'seaweedfs-filer' },
  ]);
  const synced = box.box.manifests().filter(({ kind }) => kind === 'VaultStaticSecret');
  const paired = synced.filter(({ spec }) => Reflect.get(spec as object, 'path') === 'seaweedfs-admin');
  assert.equal(paired, [], 'the administrator is in no Secret of his own');
});

test('set-up is told what to make', () => {
  assert.equal(twoApps().plan('buckets'), {
    endpoint: 'http://seaweedfs-filer.storage.svc.cluster.local:8333',
    region: 'us-east-1',
    admin: { path: 'seaweedfs-admin', accessKey: 'access-key', secretKey: 'secret-key' },
    buckets: [
      { name: 'sunbeam-docs', owner: 'docs', versioned: true },
      { name: 'sunbeam-git-lfs', owner: 'gitea', versioned: false },
      {
        name: 'sunbeam-packages',
        owner: 'gitea',
        versioned: false,
        cors: {
          origins: ['https://src.studio.example'],
          methods: ['GET', 'HEAD', 'PUT', 'POST'],
          headers: ['*'],
          exposes: ['ETag'],
        },
        expireDays: 7,
      },
    ],
  });
});

test('a backup finds every bucket in the list', () => {
  assert.equal(
    twoApps().store.buckets.map(({ name, identity }) => `${name} of ${identity.name}`),
    ['sunbeam-docs of docs', 'sunbeam-git-lfs of gitea', 'sunbeam-packages of gitea'],
  );
});

test('whoever holds a key pair may connect to S3 and to nothing behind it', () => {
  const box = new StoreBox();
  const identity = box.store.identity(box.apps, 'docs');
  const bucket = box.store.bucket(box.apps, 'sunbeam-docs', { identity });
  new Workload(box.apps, 'Docs', {
    name: 'docs-backend',
    image: 'docsBackend',
    size: 'docs-backend',
    env: {
      AWS_S3_ACCESS_KEY_ID: bucket.accessKey,
      AWS_S3_SECRET_ACCESS_KEY: bucket.secretKey,
      AWS_S3_REGION_NAME: bucket.region,
    },
  });
  assert.equal(box.edges('docs-backend').to, ['storage/seaweedfs-filer:8333']);
  assert.equal(box.edges('seaweedfs-filer').from, ['lasuite/docs-backend:8333']);
  assert.equal(box.read('VaultStaticSecret', 'docs-s3', 'metadata', 'namespace'), 'lasuite');
});

test('on one server the three roles talk to each other and nobody else does', () => {
  const box = new StoreBox();
  assert.equal(box.edges('seaweedfs-master'), {
    from: [
      'storage/seaweedfs-filer:19333',
      'storage/seaweedfs-filer:9333',
      'storage/seaweedfs-volume:19333',
      'storage/seaweedfs-volume:9333',
    ],
    to: ['storage/seaweedfs-volume:18080'],
  });
  assert.equal(box.edges('seaweedfs-volume').from, [
    'storage/seaweedfs-filer:18080',
    'storage/seaweedfs-filer:8080',
    'storage/seaweedfs-master:18080',
  ]);
  for (const name of ['seaweedfs-master', 'seaweedfs-volume', 'seaweedfs-filer'])
    assert.is(box.read('StatefulSet', name, 'spec', 'replicas'), 1);
});

test('nothing is reported to the authors, and no server runs that was not asked for', () => {
  const box = new StoreBox();
  assert.ok(box.args('seaweedfs-master').includes('-telemetry=false'));
  for (const arg of ['-s3.port.iceberg=0', '-s3.port.lance=0', '-s3.config=/etc/sw/s3.json'])
    assert.ok(box.args('seaweedfs-filer').includes(arg), arg);
  for (const name of ['seaweedfs-master', 'seaweedfs-volume', 'seaweedfs-filer'])
    assert.ok(box.args(name).includes('-metricsPort=9327'), name);
});

test('each server knows itself by the name others know it by', () => {
  for (const scale of ['one-server', 'cluster'] as const) {
    const box = new StoreBox(scale);
    const host = 'seaweedfs-master-internal.storage.svc.cluster.local';
    assert.ok(box.args('seaweedfs-master').includes(`-ip=$(POD_NAME).${host}`));
    const count = scale === 'cluster' ? 3 : 1;
    const masters = [0, 1, 2].slice(0, count).map((i) => `seaweedfs-master-${i}.${host}:9333`);
    for (const name of ['seaweedfs-volume', 'seaweedfs-filer'])
      assert.ok(box.args(name).includes(`-master=${masters.join(',')}`), `${name} ${scale}`);
    const peers = count === 1 ? 'none' : masters.join(',');
    assert.ok(box.args('seaweedfs-master').includes(`-peers=${peers}`), scale);
  }
});

test('a cluster keeps two copies on different servers, under three masters and one filer', () => {
  const box = new StoreBox('cluster');
  assert.ok(box.args('seaweedfs-master').includes('-defaultReplication=001'));
  assert.ok(new StoreBox().args('seaweedfs-master').includes('-defaultReplication=000'));
  const replicas = (name: string) => box.read('StatefulSet', name, 'spec', 'replicas');
  assert.equal(['seaweedfs-master', 'seaweedfs-volume', 'seaweedfs-filer'].map(replicas), [3, 3, 1]);
  assert.ok(box.edges('seaweedfs-master').to.includes('storage/seaweedfs-master:19333'));
  assert.ok(box.edges('seaweedfs-volume').to.includes('storage/seaweedfs-volume:8080'));
});

test('a bucket has an S3 name and one owner', () => {
  const box = twoApps();
  const identity = box.store.identity(box.apps, 'docs');
  const declare = (name: string) => () => box.store.bucket(box.apps, name, { identity });
  assert.throws(
    declare('sunbeam-git-lfs'),
    /^lasuite: bucket 'sunbeam-git-lfs' is declared by devtools already/,
  );
  assert.throws(declare('ab'), /bucket name 'ab' has 2 characters; use 3 to 63/);
  assert.throws(declare('a'.repeat(64)), /has 64 characters/);
  for (const name of ['Sunbeam', 'sun.beam', 'sun_beam', '-sunbeam', 'sunbeam-'])
    assert.throws(declare(name), /holds something other than small letters/, name);
  for (const name of ['xn--sunbeam', 'sunbeam-s3alias'])
    assert.throws(declare(name), /S3 keeps for itself/, name);
  declare('a'.repeat(63))();
  for (const expireDays of [0, -1, 1.5])
    assert.throws(
      () => box.store.bucket(box.apps, 'sunbeam-old', { identity, expireDays }),
      /bucket 'sunbeam-old' expires after/,
    );
});

test('an identity is declared by one construct, which may ask again', () => {
  const box = twoApps();
  assert.is(box.store.identity(box.apps, 'docs'), box.store.identity(box.apps, 'docs'));
  assert.throws(() => box.store.identity(box.tools, 'docs'), /'s3\/docs' is declared by lasuite already/);
  for (const name of ['admin', 'anonymous', 'Docs', ''])
    assert.throws(() => box.store.identity(box.apps, name), /cannot be an S3 identity/, name);
});

test.run();
