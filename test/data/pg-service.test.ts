import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type DsnProps,
  dsnTemplate,
  type PgServiceProps,
  pgServiceTemplate,
} from '../../constructs/data/pg-service.js';

const address = {
  host: 'postgres-rw.data.svc.cluster.local',
  port: 5432,
  database: 'docs_db',
  caFile: '/etc/box/postgres/ca.crt',
};
const service = (change: Partial<PgServiceProps> = {}): string =>
  pgServiceTemplate({ service: 'docs', ...address, ...change });
const dsn = (change: Partial<DsnProps> = {}): string => dsnTemplate({ ...address, ...change });

test('a service file holds one key a line, and the actions of the template unquoted', () => {
  assert.is(
    service(),
    [
      '[docs]',
      'host=postgres-rw.data.svc.cluster.local',
      'port=5432',
      'dbname=docs_db',
      'user={{ get .Secrets "username" }}',
      'password={{ get .Secrets "password" }}',
      'sslmode=verify-full',
      'sslrootcert=/etc/box/postgres/ca.crt',
      '',
    ].join('\n'),
  );
});

test('a connection URL escapes what the template fills in, and carries the parameters of the driver', () => {
  const login = '{{ get .Secrets "username" | urlquery }}:{{ get .Secrets "password" | urlquery }}';
  const text = dsn({ parameters: { max_conns: 8, max_idle_conns: 2 } });
  assert.ok(text.startsWith(`postgresql://${login}@postgres-rw.data.svc.cluster.local:5432/docs_db?`));
  const url = new URL(text.replace(login, 'v-docs:secret'));
  assert.equal(Object.fromEntries(url.searchParams), {
    sslmode: 'verify-full',
    sslrootcert: '/etc/box/postgres/ca.crt',
    max_conns: '8',
    max_idle_conns: '2',
  });
});

test('a connection URL does not let a parameter weaken the check of the server', () => {
  assert.throws(() => dsn({ parameters: { sslmode: 'disable' } }), /'sslmode' .* is not a parameter to give/);
  assert.throws(() => dsn({ parameters: { sslrootcert: '/tmp/ca' } }), /'sslrootcert'/);
});

for (const [name, value] of [
  ['host', 'postgres-rw data'],
  ['host', 'postgres-rw\nhostaddr=10.0.0.1'],
  ['host', '{{ .Secrets.host }}'],
  ['host', ''],
  ['database', 'docs;db'],
  ['database', 'docs/db'],
  ['caFile', 'ca.crt'],
  ['caFile', '/etc/box/ca.crt # old'],
  ['caFile', '/etc/box/ca=1.crt'],
] as const) {
  test(`'${name}' is not ${JSON.stringify(value)}`, () => {
    const refused = (error: Error): boolean =>
      error.message.startsWith(`'${name}' of a database is '${value}'`);
    assert.throws(() => service({ [name]: value }), refused);
    assert.throws(() => dsn({ [name]: value }), refused);
  });
}

for (const name of ['docs.prod', 'docs]', 'docs db', '']) {
  test(`a service is not called '${name}'`, () => {
    assert.throws(() => service({ service: name }), /'service' of a database is/);
  });
}

for (const port of [0, 65_536, 54.32, Number.NaN]) {
  test(`a port is not ${port}`, () => {
    assert.throws(() => service({ port }), /'port' of database 'docs_db' is/);
    assert.throws(() => dsn({ port }), /'port' of database 'docs_db' is/);
  });
}

test.run();
