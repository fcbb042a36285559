import { execFileSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { data, text } from '../../../constructs/proofs/read.js';
import { freePort, runProgram } from '../process.js';
import { issueLogin, startBoxPostgres } from './box-postgres.js';
import { about, type Bench, type ConfigCheck, expect } from './program.js';
import { Secrets } from './secrets.js';

const cluster = 'Cluster data/postgres';

/** The database server: parameters, the statements run once, roles, databases and access rules. */
export const postgres: ConfigCheck = {
  name: 'PostgreSQL',
  version: '18.4',
  reads: [cluster, 'every Database', 'ConfigMap box-system/setup-plan', 'Secret data/postgres-vault-login'],
  obtain: () => Promise.resolve('postgres'),
  async check(bench) {
    const secrets = await Secrets.of(bench.box);
    const box = await startBoxPostgres(bench, secrets);
    const databases = bench.box.all('Database');
    for (const { spec } of databases) {
      const [name = '', owner = ''] = [text(spec, 'name'), text(spec, 'owner')];
      const login = await issueLogin(box, bench.box, secrets, owner);
      const credentials = { user: login.username, password: login.password };
      await about(`${cluster}, postgresql.pg_hba`, async () => {
        const session = await box.server.connect(credentials, name);
        await session.query('CREATE TABLE of_a_login (id integer); DROP TABLE of_a_login');
        await session.end();
        for (const other of ['postgres', ...databases.map(({ spec }) => text(spec, 'name') ?? '')])
          if (other !== name)
            expect(
              !(await connects(box.server.config(credentials, other))),
              `a login of ${owner} enters ${other}`,
            );
      });
    }
    await checkParameters(bench, box.server.folder);
    bench.note(`${databases.length} databases, ${Object.keys(parametersOf(bench)).length} parameters`);
  },
  faults: [
    {
      what: 'a misspelt parameter',
      plant: (copy) => {
        const parameters = data(copy.object('Cluster', 'data/postgres'), 'spec', 'postgresql', 'parameters');
        (parameters as Record<string, string>).wal_kept_size = '64MB';
      },
      says: /Cluster data\/postgres, postgresql\.parameters[\s\S]*wal_kept_size/,
    },
    {
      what: 'an access rule of an unknown type',
      plant: (copy) => {
        const { pg_hba: rules } = data(copy.object('Cluster', 'data/postgres'), 'spec', 'postgresql');
        (rules as string[])[0] = 'hostls all all all scram-sha-256';
      },
      says: /Cluster data\/postgres, postgresql\.pg_hba: 'hostls/,
    },
  ],
};

const parametersOf = ({ box }: Bench): Readonly<Record<string, string>> =>
  data(box.object('Cluster', 'data/postgres'), 'spec', 'postgresql', 'parameters') as Record<string, string>;

async function connects(config: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client(config);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts an empty server with every parameter of the box and asks what it made of them.
 * @param folder of a server's user, with its programs
 */
async function checkParameters(bench: Bench, folder: string): Promise<void> {
  const parameters = parametersOf(bench);
  const native = join(folder, 'native');
  const user = serverUser();
  const own = { cwd: folder, ...(user === undefined ? {} : { user }) };
  const files = join(folder, 'parameters');
  const made = await runProgram({
    ...own,
    name: 'initdb',
    command: join(native, 'bin/initdb'),
    args: ['-D', files, '-U', 'postgres', '-A', 'trust', '-N', '-E', 'UTF8'],
  });
  expect(made.code === 0, `initdb: ${made.stderr}`);
  const port = await freePort();
  const settings = { ...parameters, port, listen_addresses: '127.0.0.1', unix_socket_directories: '' };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  await about(`${cluster}, postgresql.parameters`, async () => {
    const server = bench.start({
      ...own,
      name: 'postgres',
      command: join(native, 'bin/postgres'),
      args: ['-D', files, ...flags],
    });
    await server.waitForLine(/ready to accept connections/);
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
    await client.connect();
    for (const [name, wanted] of Object.entries(parameters)) {
      const { rows } = await client.query('SELECT current_setting($1) AS value', [name]);
      const found = String(rows[0]?.value);
      expect(amount(found) === amount(wanted), `${name} is ${found}, not ${wanted}`);
    }
    await client.end();
  });
}

const units: Readonly<Record<string, number>> = {
  ...{ kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 },
  ...{ ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 },
};

/** The server may say `1GB` for `1024MB`. */
function amount(value: string): string | number {
  const [, number, unit] = /^(\d+)(kB|MB|GB|ms|s|min|h|d)$/.exec(value) ?? [];
  return number === undefined ? value : Number(number) * (units[unit ?? ''] ?? 1);
}

/** PostgreSQL refuses to run as root, so root lets nobody run it. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (userInfo().uid !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
