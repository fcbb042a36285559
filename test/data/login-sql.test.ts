import { rejects } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  bootstrapStatements,
  creationStatements,
  renewStatements,
  revocationStatements,
  vaultLoginStatement,
} from '../../constructs/data/login-sql.js';
import { bootstrap, DatabaseEngine, firstVaultLogin, scramVerifier } from '../support/database-engine.js';
import { type Credentials, startPostgres, type TestPostgres } from '../support/postgres.js';

const who = 'SELECT session_user AS login, current_user AS acting';
const owners = `SELECT relname, relowner::regrole::text AS owner FROM pg_class WHERE relname IN ('note', 'tag') ORDER BY 1`;

test('statements hold the placeholders of OpenBao and nothing it would split', () => {
  assert.equal(creationStatements('docs', 12), [
    `SELECT box.create_login('{{name}}', '{{password}}', '{{expiration}}', 'docs', 12)`,
  ]);
  for (const statement of [...creationStatements('docs'), ...renewStatements(), ...revocationStatements()]) {
    assert.not.match(statement, /;|\bEND\b/);
  }
});

test('an owner or a limit that PostgreSQL would not take is refused while synthesizing', () => {
  assert.throws(() => creationStatements("docs'"), /owner 'docs'' is not a role name/);
  assert.throws(() => creationStatements('d'.repeat(64)), /at most 63/);
  assert.throws(() => creationStatements('docs', 0), /connection limit 0 of owner 'docs'/);
  assert.throws(() => creationStatements('docs', 1.5), /connection limit 1.5/);
});

test('a placeholder stays whole in the statement that gives vault its first password', () => {
  assert.match(vaultLoginStatement('@@vault@@'), /LOGIN PASSWORD '@@vault@@';/);
  assert.match(vaultLoginStatement("it's"), /LOGIN PASSWORD 'it''s';/);
});

const server = await startPostgres();
if (server) await prove(server);
test.run();

async function prove(server: TestPostgres): Promise<void> {
  const superuser = await bootstrap(server, ['docs', 'drive']);
  const vault = await server.connect(firstVaultLogin);
  const engine = new DatabaseEngine(vault);
  const docs = (login: Credentials): Promise<pg.Client> => server.connect(login, 'docs_db');

  for (const plain of [false, true]) {
    test(`a login with ${plain ? 'a plain password' : 'a SCRAM verifier'} acts as the owner`, async () => {
      const login = await engine.issue('docs', { plain });
      const client = await docs(login);
      const owner = { login: login.user, acting: 'docs' };
      assert.equal((await client.query(who)).rows, [owner]);
      await client.query('SET ROLE NONE');
      assert.equal((await client.query(who)).rows, [{ login: login.user, acting: login.user }]);
      await client.query('RESET ROLE');
      assert.equal((await client.query(who)).rows, [owner]);
      await client.query('SET ROLE NONE');
      await client.query('DISCARD ALL');
      assert.equal((await client.query(who)).rows, [owner]);
      const stored = 'SELECT left(rolpassword, 14) AS kind FROM pg_authid WHERE rolname = $1';
      assert.equal((await superuser.query(stored, [login.user])).rows, [{ kind: 'SCRAM-SHA-256$' }]);
    });
  }

  test('what one login migrates belongs to the owner, and the next login migrates it further', async () => {
    const [first, second] = [await engine.issue('docs'), await engine.issue('docs')];
    const one = await docs(first);
    for (const extension of ['pg_trgm', 'unaccent', 'fuzzystrmatch'])
      await one.query(`CREATE EXTENSION ${extension}`);
    await one.query('CREATE TABLE note (id bigserial PRIMARY KEY, body text)');
    await engine.revoke(first);
    const two = await docs(second);
    await two.query('ALTER TABLE note ADD COLUMN title text');
    await two.query('CREATE TABLE tag (note bigint REFERENCES note)');
    await two.query(`INSERT INTO note (body) VALUES (unaccent('é'))`);
    assert.equal((await two.query(owners)).rows, [
      { relname: 'note', owner: 'docs' },
      { relname: 'tag', owner: 'docs' },
    ]);
  });

  test('a pool goes on with the connections it has when its login is dropped; a new login works beside it', async () => {
    const [first, second] = [await engine.issue('docs'), await engine.issue('docs')];
    const old = new pg.Pool({ ...server.config(first, 'docs_db'), max: 2 });
    const open = await old.connect();
    await engine.revoke(first);
    await open.query(`INSERT INTO note (body) VALUES ('after the drop')`);
    await open.query('ALTER TABLE note ADD COLUMN late text');
    await open.query('DISCARD ALL');
    assert.equal((await open.query('SELECT current_user AS acting')).rows, [{ acting: 'docs' }]);
    await rejects(old.connect(), /password authentication failed/);
    const renewed = new pg.Pool(server.config(second, 'docs_db'));
    const { rows } = await renewed.query(`SELECT late FROM note WHERE body = 'after the drop'`);
    assert.equal(rows, [{ late: null }]);
    open.release();
    await Promise.all([old.end(), renewed.end()]);
  });

  test('a session whose login is gone no longer knows its session_user, and cannot name its role again', async () => {
    const login = await engine.issue('docs');
    const client = await docs(login);
    await engine.revoke(login);
    await rejects(client.query('SELECT session_user'), /invalid role OID/);
    await rejects(client.query('SET ROLE docs'), /permission denied to set role/);
    assert.equal((await client.query('SELECT count(*) > 0 AS reads FROM note')).rows, [{ reads: true }]);
  });

  test('a login ends when it expires, and dropping it then, or again, is fine', async () => {
    const login = await engine.issue('docs', { seconds: 2 });
    const client = await docs(login);
    await sleep(2100);
    await rejects(docs(login), /password authentication failed/);
    await client.query('SELECT 1 FROM note');
    await engine.revoke(login);
    await engine.revoke(login);
    assert.equal((await roles('v-%')).includes(login.user), false);
  });

  test('a renewal moves the end of a login', async () => {
    const login = await engine.issue('docs', { seconds: 2 });
    await engine.renew(login, 3600);
    await sleep(2100);
    await (await docs(login)).query(who);
    await engine.revoke(login);
    await rejects(engine.renew(login, 3600), /was not made by box.create_login/);
  });

  test('a login holds no more connections than its limit', async () => {
    const login = await engine.issue('docs', { connectionLimit: 1 });
    await docs(login);
    await rejects(docs(login), /too many connections for role/);
  });

  test('a login that came to own objects is locked instead of dropped, and dropped when it owns none', async () => {
    const login = await engine.issue('docs');
    const client = await docs(login);
    await client.query('SET ROLE NONE; CREATE TABLE stray ()');
    await engine.revoke(login);
    await rejects(docs(login), /password authentication failed/);
    const kept = 'SELECT rolcanlogin FROM pg_roles WHERE rolname = $1';
    assert.equal((await superuser.query(kept, [login.user])).rows, [{ rolcanlogin: false }]);
    const inDocs = await server.connect(server.superuser, 'docs_db');
    await inDocs.query(`REASSIGN OWNED BY "${login.user}" TO docs`);
    await engine.revoke(login);
    assert.equal((await roles('v-%')).includes(login.user), false);
  });

  test('the statements may run again: vault, its password and live logins stay as they are', async () => {
    const login = await engine.issue('drive');
    // one text, as in docs/secrets.md; the server splits it
    await superuser.query(bootstrapStatements.join(';\n'));
    await server.connect(firstVaultLogin);
    await server.connect(login, 'drive_db');
    await engine.revoke(await engine.issue('drive'));
  });

  test('an owner added after the install needs nothing but its role', async () => {
    await superuser.query('CREATE ROLE people NOLOGIN IN ROLE box_owner');
    await superuser.query('CREATE DATABASE people_db OWNER people');
    const client = await server.connect(await engine.issue('people'), 'people_db');
    await client.query('CREATE TABLE member ()');
    assert.equal((await client.query(`SELECT tableowner FROM pg_tables WHERE tablename = 'member'`)).rows, [
      { tableowner: 'people' },
    ]);
  });

  test('every query of the documentation runs, and those that revoke leave no login and no session', async () => {
    const client = await docs(await engine.issue('docs'));
    const page = readFileSync(new URL('../../docs/secrets.md', import.meta.url), 'utf8');
    const blocks = [...page.matchAll(/```sql\n(.*?)```/gs)].map(([, block = '']) => block);
    for (const block of blocks) await superuser.query(block);
    await rejects(client.query('SELECT 1'));
    const left = `SELECT FROM pg_auth_members WHERE roleid = 'docs'::regrole`;
    assert.is((await superuser.query(left)).rowCount, 0);
  });

  test('vault replaces its own password, as rotate-root does', async () => {
    await engine.run([`ALTER USER "{{username}}" WITH PASSWORD '{{password}}'`], {
      username: 'vault',
      password: scramVerifier('second'),
    });
    await server.connect({ user: 'vault', password: 'second' });
    await rejects(server.connect(firstVaultLogin), /password authentication failed/);
  });

  test.after(() => server.stop());

  async function roles(pattern: string): Promise<string[]> {
    const { rows } = await superuser.query('SELECT rolname FROM pg_roles WHERE rolname LIKE $1', [pattern]);
    return rows.map((row: { rolname: string }) => row.rolname);
  }
}
