import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { data, rows, text, texts } from '../../../constructs/proofs/read.js';
import { DatabaseEngine, scramVerifier } from '../../support/database-engine.js';
import { startPostgres, type TestPostgres } from '../../support/postgres.js';
import { about, type Bench, expect } from './program.js';
import type { Rendering } from './rendering.js';
import type { DatabaseLogin, Secrets } from './secrets.js';

const cluster = 'Cluster data/postgres';

/** Host and port that the box's programs know the server by. */
export const boxAddress = 'postgres-rw.data.svc.cluster.local:5432';

/** PostgreSQL as CloudNativePG makes it from the box's resources. */
export interface BoxPostgres {
  readonly server: TestPostgres;
  readonly superuser: pg.Client;
  /** `localhost:<port>`, the name its certificate has. */
  readonly address: string;
}

/**
 * Starts a server, runs what the Cluster says is to be run once, makes its managed roles and the Databases, and puts
 * its access rules in place.
 */
export async function startBoxPostgres(bench: Bench, secrets: Secrets): Promise<BoxPostgres> {
  const { box } = bench;
  // each server of the tests listens for the end of the process
  process.setMaxListeners(100);
  const server = await startPostgres();
  expect(server !== undefined, 'no PostgreSQL to be had here');
  bench.atEnd(() => server.stop());
  const superuser = await server.connect(server.superuser);
  const spec = data(box.object('Cluster', 'data/postgres'), 'spec');
  for (const [i, statement] of texts(spec, 'bootstrap', 'initdb', 'postInitSQL').entries())
    await about(`${cluster}, bootstrap.initdb.postInitSQL[${i}]`, () => superuser.query(statement));
  for (const reference of rows(spec, 'bootstrap', 'initdb', 'postInitSQLRefs', 'secretRefs')) {
    const [name, key] = [text(reference, 'name') ?? '', text(reference, 'key') ?? ''];
    await about(`Secret data/${name}, key ${key}`, () => superuser.query(secrets.value(`data/${name}`, key)));
  }
  for (const role of rows(spec, 'managed', 'roles')) {
    const name = text(role, 'name') ?? '';
    const groups = texts(role, 'inRoles');
    const within = groups.length === 0 ? '' : ` IN ROLE ${groups.join(', ')}`;
    await about(`${cluster}, managed.roles ${name}`, () =>
      superuser.query(`CREATE ROLE "${name}" ${role.login === true ? 'LOGIN' : 'NOLOGIN'}${within}`),
    );
  }
  for (const database of box.all('Database')) {
    const [name, owner] = [text(database, 'spec', 'name'), text(database, 'spec', 'owner')];
    const limit = database.spec as { connectionLimit?: number };
    await about(`Database data/${database.metadata.name}`, () =>
      superuser.query(
        `CREATE DATABASE "${name}" OWNER "${owner}" CONNECTION LIMIT ${limit.connectionLimit ?? -1}`,
      ),
    );
  }
  await putAccessRules(server, superuser, texts(spec, 'postgresql', 'pg_hba'));
  return { server, superuser, address: `${server.host}:${server.port}` };
}

/** CloudNativePG puts a cluster's own rules before the last one, which lets everybody try a password. */
async function putAccessRules(server: TestPostgres, superuser: pg.Client, rules: readonly string[]) {
  const lines = [...rules, 'host all all all scram-sha-256'];
  writeFileSync(join(server.folder, 'data/pg_hba.conf'), `${lines.join('\n')}\n`);
  await superuser.query('SELECT pg_reload_conf()');
  const { rows: wrong } = await superuser.query(
    'SELECT line_number, error FROM pg_hba_file_rules WHERE error IS NOT NULL',
  );
  expect(
    wrong.length === 0,
    `${cluster}, postgresql.pg_hba: '${lines[(wrong[0]?.line_number ?? 1) - 1]}': ${wrong[0]?.error}`,
  );
}

interface RolePlan {
  readonly creation_statements: readonly string[];
}

/** A login to an app's database, made as the vault does, by the statements of the set-up plan. */
export async function issueLogin(
  { server }: BoxPostgres,
  box: Rendering,
  secrets: Secrets,
  role: string,
): Promise<DatabaseLogin> {
  const planned = data(box.plan, 'vault', 'database', 'roles')[role] as RolePlan | undefined;
  expect(planned !== undefined, `the set-up plan has no database role ${role}`);
  const vault = await server.connect({
    user: 'vault',
    password: secrets.value('data/postgres-vault-login', 'password'),
  });
  const username = `v-kubernet-${role}-${randomBytes(10).toString('hex')}-1700000000`;
  const password = randomBytes(15).toString('base64url');
  await about(`set-up plan, vault.database.roles.${role}`, () =>
    new DatabaseEngine(vault).run(planned.creation_statements, {
      name: username,
      password: scramVerifier(password),
      expiration: new Date(Date.now() + 3_600_000).toISOString(),
    }),
  );
  await vault.end();
  return { username, password };
}
