import { rejects } from 'node:assert/strict';
import type pg from 'pg';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bootstrap, DatabaseEngine, firstVaultLogin } from '../support/database-engine.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';

const create = 'SELECT box.create_login($1, $2, $3, $4, $5)';
const soon = new Date(Date.now() + 3_600_000).toISOString();

/** Arguments of `create`, right but for what a test says. */
function login(change: {
  name?: unknown;
  password?: unknown;
  until?: unknown;
  owner?: unknown;
  limit?: unknown;
}): unknown[] {
  const all = { name: 'v-guard', password: 'p', until: soon, owner: 'docs', limit: 30, ...change };
  return [all.name, all.password, all.until, all.owner, all.limit];
}

const server = await startPostgres();
if (server) await prove(server);
test.run();

async function prove(server: TestPostgres): Promise<void> {
  const superuser = await bootstrap(server, ['docs', 'drive'], true);
  const vault = await server.connect(firstVaultLogin);
  const engine = new DatabaseEngine(vault);
  for (const role of [
    'nologin_stranger NOLOGIN',
    'login_owner LOGIN IN ROLE box_owner',
    'super_owner NOLOGIN SUPERUSER IN ROLE box_owner',
    'creating_owner NOLOGIN CREATEROLE IN ROLE box_owner',
    'building_owner NOLOGIN CREATEDB IN ROLE box_owner',
    'copying_owner NOLOGIN REPLICATION IN ROLE box_owner',
    'seeing_owner NOLOGIN BYPASSRLS IN ROLE box_owner',
    'indirect_owner NOLOGIN IN ROLE docs',
    '"v-stranger" LOGIN IN ROLE docs',
    '"v-super" LOGIN SUPERUSER IN ROLE box_login',
  ]) {
    await superuser.query(`CREATE ROLE ${role}`);
  }
  const before = await state();

  test('the right arguments are accepted, so that each refusal below has one reason', async () => {
    await vault.query(create, login({}));
    await vault.query('SELECT box.drop_login($1)', ['v-guard']);
    assert.equal(await state(), before);
  });

  for (const owner of [
    'postgres',
    'vault',
    'box_owner',
    'box_login',
    'pg_read_all_data',
    'nologin_stranger',
    'login_owner',
    'super_owner',
    'creating_owner',
    'building_owner',
    'copying_owner',
    'seeing_owner',
    'indirect_owner',
    'nobody_at_all',
    'docs"; DROP ROLE drive; --',
    null,
  ]) {
    test(`no login is made for ${owner}`, () =>
      refused(vault.query(create, login({ owner })), /is not an owner that logins can be made for/));
  }

  for (const name of [
    'docs',
    'postgres',
    'v-',
    'V-upper',
    'x"; DROP ROLE drive; --',
    'v-x"; DROP ROLE drive; --',
    "v-x'; DROP ROLE drive; --",
    'v-line\n',
    `v-${'x'.repeat(62)}`,
    '',
    null,
  ]) {
    test(`no login is called ${JSON.stringify(name)}`, () =>
      refused(vault.query(create, login({ name })), /is not a name the vault gives/));
  }

  test('text in a password stays text', async () => {
    const password = `x' VALID UNTIL 'infinity' SUPERUSER; DROP ROLE drive; -- \\`;
    await vault.query(create, login({ password }));
    await server.connect({ user: 'v-guard', password }, 'docs_db');
    await vault.query('SELECT box.drop_login($1)', ['v-guard']);
    assert.equal(await state(), before);
  });

  for (const until of ['infinity', '-infinity', new Date(0).toISOString(), in33Days(), null]) {
    test(`no login is valid until ${until}`, async () => {
      await refused(vault.query(create, login({ until })), /cannot be valid until/);
      const made = await engine.issue('docs');
      await rejects(
        vault.query('SELECT box.extend_login($1, $2)', [made.user, until]),
        /cannot be valid until/,
      );
      await engine.revoke(made);
    });
  }

  for (const limit of [-1, 0, 101, null]) {
    test(`no login holds ${limit} connections`, () =>
      refused(vault.query(create, login({ limit })), /cannot hold .* connections/));
  }

  for (const password of ['', null]) {
    test(`no login has the password ${JSON.stringify(password)}`, () =>
      refused(vault.query(create, login({ password })), /needs a password/));
  }

  test('a login is not made twice', async () => {
    const made = await engine.issue('docs');
    await rejects(vault.query(create, login({ name: made.user, owner: 'drive' })), /already exists/);
    await engine.revoke(made);
    assert.equal(await state(), before);
  });

  for (const role of [
    'postgres',
    'docs',
    'vault',
    'box_owner',
    'login_owner',
    'docs"; DROP ROLE drive; --',
    null,
  ]) {
    test(`role ${role} is neither dropped nor extended`, async () => {
      await refused(vault.query('SELECT box.drop_login($1)', [role]), /is not a name the vault gives/);
      await refused(
        vault.query('SELECT box.extend_login($1, $2)', [role, soon]),
        /is not a name the vault gives/,
      );
      await refused(vault.query('SELECT box.seal_login($1)', [role]), /is not a name the vault gives/);
    });
  }

  for (const role of ['v-stranger', 'v-super']) {
    test(`role ${role}, which no vault made, is neither dropped nor extended`, async () => {
      await refused(vault.query('SELECT box.drop_login($1)', [role]), /was not made by box.create_login/);
      await refused(
        vault.query('SELECT box.extend_login($1, $2)', [role, soon]),
        /was not made by box.create_login/,
      );
    });
  }

  for (const [statement, reason] of [
    ['CREATE ROLE "v-own" LOGIN', /permission denied to create role/],
    ['ALTER ROLE vault SUPERUSER', /permission denied to alter role/],
    ['ALTER ROLE vault VALID UNTIL $$infinity$$', /permission denied to alter role/],
    [`ALTER ROLE docs LOGIN PASSWORD 'x'`, /permission denied to alter role/],
    ['DROP ROLE docs', /permission denied to drop role/],
    ['GRANT docs TO vault', /permission denied to grant role/],
    ['SET ROLE docs', /permission denied to set role/],
    ['SELECT rolpassword FROM pg_authid', /permission denied for table pg_authid/],
    ['CREATE TABLE box.trap ()', /permission denied for schema box/],
    ['DROP FUNCTION box.drop_login', /must be owner of function/],
  ] as const) {
    test(`vault may not: ${statement}`, () => refused(vault.query(statement), reason));
  }

  test('vault is no member of a login it has made, and reads no table of an application', async () => {
    const made = await engine.issue('docs');
    await (await server.connect(made, 'docs_db')).query(`CREATE TABLE note AS SELECT 'private' AS body`);
    await rejects(vault.query(`SET ROLE "${made.user}"`), /permission denied to set role/);
    const inDocs = await server.connect(firstVaultLogin, 'docs_db');
    await rejects(inDocs.query('SELECT body FROM note'), /permission denied for table note/);
    await engine.revoke(made);
    assert.equal(await state(), before);
  });

  test('what vault sets or shadows in its session does not reach the functions', async () => {
    await vault.query(
      `SET password_encryption = 'md5'; SET datestyle = 'SQL'; SET timezone = 'Asia/Kolkata'`,
    );
    await vault.query('CREATE TEMP TABLE pg_authid AS SELECT * FROM pg_catalog.pg_roles');
    await vault.query('CREATE TEMP TABLE pg_auth_members AS SELECT * FROM pg_catalog.pg_auth_members');
    await vault.query(`INSERT INTO pg_temp.pg_auth_members (roleid, member, admin_option, oid, grantor)
      VALUES ('box_owner'::regrole, 'nologin_stranger'::regrole, false, 1, 10)`);
    await vault.query('CREATE DOMAIN pg_temp.regrole AS pg_catalog.text');
    await vault.query('SET search_path = pg_temp');
    await rejects(vault.query(create, login({ owner: 'nologin_stranger' })), /is not an owner/);
    await vault.query(create, login({}));
    await server.connect({ user: 'v-guard', password: 'p' }, 'docs_db');
    const ends = await superuser.query(`SELECT rolvaliduntil FROM pg_roles WHERE rolname = 'v-guard'`);
    assert.equal(ends.rows, [{ rolvaliduntil: new Date(soon) }]);
    await vault.query('SELECT box.drop_login($1)', ['v-guard']);
    await vault.query('DISCARD ALL');
  });

  test('nobody else may call the functions, even where the schema is open', async () => {
    const app = await server.connect(await engine.issue('docs'));
    await rejects(app.query(create, login({})), /permission denied for schema box/);
    await superuser.query('GRANT USAGE ON SCHEMA box TO docs');
    const { rows } = await superuser.query(
      `SELECT oid::regprocedure::text AS call FROM pg_proc WHERE pronamespace = 'box'::regnamespace`,
    );
    assert.is(rows.length, 5);
    for (const { call } of rows as { call: string }[]) {
      const nulls = call.replace(/\(.*\)/, (types) => types.replace(/[^(),]+/g, 'NULL'));
      await rejects(app.query(`SELECT ${nulls}`), /permission denied for function/);
    }
    await superuser.query('REVOKE USAGE ON SCHEMA box FROM docs');
  });

  test('a login cannot lengthen its own life or leave its owner for another', async () => {
    const made = await engine.issue('docs');
    const app = await server.connect(made, 'docs_db');
    await app.query('SET ROLE NONE');
    await rejects(
      app.query(`ALTER ROLE "${made.user}" VALID UNTIL 'infinity'`),
      /permission denied to alter role/,
    );
    await rejects(app.query('SET ROLE drive'), /permission denied to set role/);
    await rejects(app.query('SET ROLE box_login'), /permission denied to set role/);
    await rejects(app.query('GRANT docs TO drive'), /permission denied to grant role/);
  });

  test.after(() => server.stop());

  async function refused(attempt: Promise<pg.QueryResult>, reason: RegExp): Promise<void> {
    await rejects(attempt, reason);
    assert.equal(await state(), before, 'nothing was changed by a refused call');
  }

  /** All roles, attributes and memberships, but for logins that OpenBao made in a test. */
  async function state(): Promise<unknown[]> {
    const { rows } = await superuser.query(`
      SELECT r.rolname, r.rolcanlogin, r.rolsuper, r.rolcreaterole, r.rolvaliduntil,
        (SELECT array_agg(m.roleid::regrole::text ORDER BY 1) FROM pg_auth_members m WHERE m.member = r.oid) AS member_of
      FROM pg_authid r WHERE r.rolname NOT LIKE 'v-kubernet-%' ORDER BY 1`);
    return rows;
  }
}

function in33Days(): string {
  return new Date(Date.now() + 33 * 86_400_000).toISOString();
}
