import { rejects } from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dsnTemplate, pgServiceTemplate } from '../../constructs/data/pg-service.js';
import { bootstrap, DatabaseEngine, firstVaultLogin } from '../support/database-engine.js';
import { type Credentials, startPostgres, type TestPostgres } from '../support/postgres.js';
import { PythonSession, pythonWith } from '../support/python.js';

const packages = [
  'psycopg[binary,pool]==3.3.9',
  'Django==5.2.19',
  'dj-database-url==3.1.2',
  'django-configurations==2.5.1',
];
const program = fileURLToPath(new URL('../support/database_client.py', import.meta.url));

const server = await startPostgres();
const python = server && pythonWith(packages);
if (server) await prove(server, python);
test.run();

async function prove(server: TestPostgres, python: string | undefined): Promise<void> {
  await bootstrap(server, ['docs']);
  const engine = new DatabaseEngine(await server.connect(firstVaultLogin));
  const address = { host: server.host, port: server.port, database: 'docs_db', caFile: server.caFile };
  const serviceFile = join(server.folder, 'pg_service.conf');
  const sessions: PythonSession[] = [];
  const withPython = python ? test : test.skip;

  test('a program that reads a connection URL at start logs in with it', async () => {
    const login = await engine.issue('docs');
    const client = new pg.Client(
      render(dsnTemplate({ ...address, parameters: { application_name: 'hive' } }), login),
    );
    await client.connect();
    const query = `SELECT session_user AS login, current_user AS acting, current_setting('application_name') AS name`;
    assert.equal((await client.query(query)).rows, [{ login: login.user, acting: 'docs', name: 'hive' }]);
    await client.end();
  });

  withPython('libpq reads the service file anew at each connect, and verifies the server', async () => {
    const session = start('libpq', { PGSERVICE: 'docs' });
    const [first, second] = [await mounted(), await engine.issue('docs')];
    assert.equal(await session.ask('connect'), [first.user, 'docs', 'docs_db']);
    mount(second);
    await engine.revoke(first);
    assert.equal(await session.ask('connect'), [second.user, 'docs', 'docs_db']);
    assert.equal(await session.ask('first', 'SELECT current_user'), ['docs']);
    mount(second, { ...address, host: '127.0.0.1' });
    await rejects(session.ask('connect'), /server certificate for .* does not match host name/);
  });

  for (const [form, env, settings] of [
    [
      'DATABASE_URL that names the service',
      { DATABASE_URL: 'postgres:///docs_db?service=docs' },
      { NAME: 'docs_db', USER: '', PASSWORD: '', HOST: '', PORT: '', OPTIONS: { service: 'docs' } },
    ],
    [
      'DATABASE_URL without a service, beside PGSERVICE',
      { DATABASE_URL: 'postgres:///docs_db', PGSERVICE: 'docs' },
      { NAME: 'docs_db', USER: '', PASSWORD: '', HOST: '', PORT: '', OPTIONS: {} },
    ],
    [
      'empty DB_* beside PGSERVICE',
      { DB_NAME: 'docs_db', DB_USER: '', DB_PASSWORD: '', DB_HOST: '', DB_PORT: '', PGSERVICE: 'docs' },
      { NAME: 'docs_db', USER: '', PASSWORD: '', HOST: '', PORT: '', OPTIONS: {} },
    ],
  ] as const) {
    withPython(`Django migrates and outlives its login: ${form}`, async () => {
      const session = start('django', env);
      const first = await mounted();
      assert.equal(await session.ask('settings'), settings);
      assert.equal(await session.ask('who'), [first.user, 'docs', 'docs_db']);
      assert.equal(await session.ask('migrate'), ['docs']);
      const second = await mounted();
      await engine.revoke(first);
      assert.ok(Number(await session.ask('count')) > 0, 'the open connection goes on');
      assert.equal(await session.ask('reconnect'), [second.user, 'docs', 'docs_db']);
      assert.ok(Number(await session.ask('count')) > 0);
    });
  }

  withPython(
    'a pool of Django opens further connections with the new login, even without OPTIONS.service',
    async () => {
      const session = start('django', {
        DATABASE_URL: 'postgres:///docs_db?service=docs',
        PGSERVICE: 'docs',
        POOL: '1',
      });
      const first = await mounted();
      assert.equal(await session.ask('who'), [first.user, 'docs', 'docs_db']);
      const second = await mounted();
      await engine.revoke(first);
      assert.equal(await session.ask('another'), [second.user, 'docs', 'docs_db']);
      assert.equal(await session.ask('query', 'SELECT current_user'), ['docs']);
    },
  );

  for (const [missing, reason] of [
    ['DB_USER', /user "dinum"/],
    ['DB_PASSWORD', /password authentication failed for user "v-/],
    ['DB_PORT', /port 5432 failed/],
  ] as const) {
    withPython(
      `the defaults of the applications win over the service file: ${missing} must be set to nothing`,
      async () => {
        const empty = { DB_USER: '', DB_PASSWORD: '', DB_HOST: '', DB_PORT: '' };
        const env = Object.fromEntries(Object.entries(empty).filter(([name]) => name !== missing));
        const session = start('django', { DB_NAME: 'docs_db', PGSERVICE: 'docs', ...env });
        await mounted();
        await rejects(session.ask('who'), reason);
      },
    );
  }

  test.after(async () => {
    await Promise.all(sessions.map((session) => session.end()));
    await server.stop();
  });

  function start(kind: 'libpq' | 'django', env: Readonly<Record<string, string>>): PythonSession {
    if (!python) throw new Error('no python');
    const session = new PythonSession(python, [program, kind], { ...env, PGSERVICEFILE: serviceFile });
    sessions.push(session);
    return session;
  }

  /** A new login, in the file as the Vault Secrets Operator and the kubelet would put it. */
  async function mounted(): Promise<Credentials> {
    const login = await engine.issue('docs');
    mount(login);
    return login;
  }

  function mount(login: Credentials, at = address): void {
    writeFileSync(`${serviceFile}.new`, render(pgServiceTemplate({ service: 'docs', ...at }), login));
    renameSync(`${serviceFile}.new`, serviceFile);
  }
}

/** As Go's text/template does with the two actions that the templates hold. */
function render(template: string, login: Credentials): string {
  const values: Record<string, string> = { username: login.user, password: login.password };
  return template.replace(
    /\{\{ get \.Secrets "(\w+)"( \| urlquery)? \}\}/g,
    (_, key: string, escaped?: string) => {
      const value = values[key] ?? '';
      return escaped ? encodeURIComponent(value) : value;
    },
  );
}
