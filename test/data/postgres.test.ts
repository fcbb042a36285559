import { rejects } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ForeignPods } from '../../constructs/core/foreign-pods.js';
import { namespaces } from '../../constructs/core/namespaces.js';
import { Workload } from '../../constructs/core/workload.js';
import { Postgres } from '../../constructs/data/postgres.js';
import { postgresParameters } from '../../constructs/data/postgres-parameters.js';
import { bootstrap, DatabaseEngine, firstVaultLogin } from '../support/database-engine.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { problemLines, requireSchemas } from '../support/schemas/source.js';
import { validateManifest } from '../support/schemas.js';
import { VaultBox } from '../support/vault-box.js';

/** A box with PostgreSQL and one app for each given connection count: docs, drive, … */
function made(counts: readonly number[], scale: 'one-server' | 'cluster' = 'one-server') {
  const vaultBox = new VaultBox(scale);
  const tier = vaultBox.tier('postgres', namespaces.data);
  const operator = new ForeignPods(tier, 'Operator', {
    name: 'cnpg',
    namespace: 'cnpg-system',
    podLabels: { app: 'cnpg' },
  });
  const issuer = { name: 'box-ca', kind: 'ClusterIssuer' };
  const postgres = new Postgres(tier, 'Postgres', { vault: vaultBox.vault, issuer, operator });
  const apps = vaultBox.tier('apps', namespaces.lasuite);
  const names = ['docs', 'drive', 'meet'].slice(0, counts.length);
  const databases = names.map((name, i) => {
    const scope = new ForeignPods(apps, name, {
      name: `${name}-scope`,
      namespace: 'elsewhere',
      podLabels: { app: name },
    });
    return { scope, database: postgres.database(scope, name, { connections: counts[i] ?? 0 }) };
  });
  return { vaultBox, postgres, apps, databases };
}

const cluster = (box: VaultBox, ...path: (string | number)[]) =>
  box.read('Cluster', 'postgres', 'spec', ...path);

test('an app gets an owner nobody can log in as, a database, and rules for that database alone', () => {
  const { vaultBox } = made([10, 12]);
  const owner = (name: string) => ({
    comment: 'owns a database; logins are made by the vault',
    ensure: 'present',
    inRoles: ['box_owner'],
    login: false,
    name,
  });
  assert.equal(cluster(vaultBox, 'managed', 'roles'), [
    owner('docs'),
    owner('drive'),
    { name: 'box', ensure: 'present', login: false, disablePassword: true },
  ]);
  assert.equal(cluster(vaultBox, 'postgresql', 'pg_hba'), [
    'hostssl docs_db +docs all scram-sha-256',
    'hostssl drive_db +drive all scram-sha-256',
    'hostssl postgres vault all scram-sha-256',
    'host all all all reject',
  ]);
  assert.equal(vaultBox.read('Database', 'docs', 'spec'), {
    cluster: { name: 'postgres' },
    name: 'docs_db',
    owner: 'docs',
    connectionLimit: 10,
    databaseReclaimPolicy: 'retain',
  });
});

test('a rotating login is a mounted file and restarts nobody; a daily one is a variable and restarts its reader', () => {
  const { vaultBox, apps, databases } = made([10, 10]);
  const [docs, drive] = databases;
  const login = docs?.database.rotatingLogin(docs.scope);
  new Workload(apps, 'Docs', {
    name: 'docs-backend',
    image: 'docsBackend',
    size: 'docs-backend',
    env: { ...login?.env },
    mounts: login === undefined ? [] : [login.mount],
  });
  new Workload(apps, 'Drive', {
    name: 'drive-backend',
    image: 'docsBackend',
    size: 'docs-backend',
    env: { DSN: drive?.database.dailyDsn(drive.scope) },
  });

  const docsSecret = vaultBox.read('VaultDynamicSecret', 'docs-database', 'spec') as Record<string, unknown>;
  assert.is(docsSecret.path, 'creds/docs');
  assert.is(docsSecret.renewalPercent, 3);
  assert.is(docsSecret.rolloutRestartTargets, undefined);
  const driveSecret = vaultBox.read('VaultDynamicSecret', 'drive-database', 'spec') as Record<
    string,
    unknown
  >;
  assert.is(driveSecret.renewalPercent, 67);
  assert.equal(driveSecret.rolloutRestartTargets, [{ kind: 'Deployment', name: 'drive-backend' }]);
  const { policies, database } = vaultBox.plan('vault') as {
    policies: Record<string, { path: Record<string, unknown> }>;
    database: { roles: Record<string, { default_ttl: string }> };
  };
  assert.equal(Object.keys(policies['namespace-lasuite']?.path ?? {}), [
    'database/creds/docs',
    'database/creds/drive',
    'sys/leases/revoke',
  ]);
  assert.is(database.roles.docs?.default_ttl, '1h');
  assert.is(database.roles.drive?.default_ttl, '36h');
});

test('pools that together exceed the server are refused, with the sum', () => {
  const { vaultBox } = made([60, 40, 10]);
  assert.throws(
    () => vaultBox.box.manifests(),
    /Postgres: the pools together want 123 connections \(docs 60, drive 40, meet 10, reserved 13\), but PostgreSQL takes 120/,
  );
});

test('a database declared twice names both', () => {
  const { postgres, databases } = made([10]);
  const other = databases[0]?.scope;
  if (other === undefined) throw new Error('no scope');
  assert.throws(
    () => postgres.database(other, 'docs', { connections: 5 }),
    /apps\/docs: database 'docs_db' is declared by apps\/docs already; choose another name/,
  );
});

test('the archive goes off-site, one instance has no disruption budget, three have', () => {
  const one = made([10]).vaultBox;
  assert.is(cluster(one, 'instances'), 1);
  assert.is(cluster(one, 'enablePDB'), false);
  assert.equal(cluster(one, 'plugins'), [
    {
      name: 'barman-cloud.cloudnative-pg.io',
      isWALArchiver: true,
      parameters: { barmanObjectName: 'offsite' },
    },
  ]);
  assert.is(
    one.read('ObjectStore', 'offsite', 'spec', 'configuration', 'destinationPath'),
    's3://studio-backup/postgres',
  );
  assert.is(one.read('ScheduledBackup', 'postgres-nightly', 'spec', 'schedule'), '0 0 2 * * *');
  const three = made([10], 'cluster').vaultBox;
  assert.is(cluster(three, 'instances'), 3);
  assert.is(cluster(three, 'enablePDB'), true);
});

test('parameters follow the memory limit', () => {
  const { shared_buffers, effective_cache_size, maintenance_work_mem } = postgresParameters(512);
  assert.equal([shared_buffers, effective_cache_size, maintenance_work_mem], ['96MB', '256MB', '32MB']);
  assert.is(postgresParameters(1024).shared_buffers, '192MB');
});

const schemaTest = requireSchemas() ? test : test.skip;
schemaTest('every object is accepted by its schema', () => {
  const { vaultBox } = made([10, 10], 'cluster');
  assert.equal(
    vaultBox.box.manifests().flatMap((manifest) => problemLines(validateManifest(manifest))),
    [],
  );
});

const server = await startPostgres();
if (server !== undefined) proveAccess(server);
test.run();

function proveAccess(running: TestPostgres): void {
  test('on a real server, a login reaches its own database and no other', async () => {
    try {
      const rules = cluster(made([10, 10]).vaultBox, 'postgresql', 'pg_hba') as string[];
      const superuser = await bootstrap(running, ['docs', 'drive']);
      // the test's superuser comes over TCP; in the box it has the server's own socket
      const lines = ['hostssl all postgres 127.0.0.1/32 scram-sha-256', ...rules, ''];
      writeFileSync(join(running.folder, 'data', 'pg_hba.conf'), lines.join('\n'));
      await superuser.query('SELECT pg_reload_conf()');
      await new Promise((done) => setTimeout(done, 200));
      const engine = new DatabaseEngine(await running.connect(firstVaultLogin));
      const login = await engine.issue('docs');
      const session = await running.connect(login, 'docs_db');
      const { rows } = await session.query('SELECT current_user AS acting');
      assert.equal(rows, [{ acting: 'docs' }]);
      for (const database of ['drive_db', 'postgres']) {
        await rejects(running.connect(login, database), /pg_hba.conf rejects connection/, database);
      }
      await rejects(running.connect(firstVaultLogin, 'docs_db'), /pg_hba.conf rejects connection/);
    } finally {
      await running.stop();
    }
  });
}
