import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unavailable } from './unavailable.js';

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** What `redis-cli -e` printed, and whether the server refused. */
export interface Answer {
  readonly text: string;
  readonly ok: boolean;
}

/** Whether redis-server, which stands in for Valkey, is on this machine; says why not. */
export function hasRedis(): boolean {
  if (spawnSync('redis-server', ['--version']).status === 0) return true;
  unavailable('no redis-server; install the Debian package redis-server');
  return false;
}

/** A server with a configuration of the box, in a folder and on a port of its own. */
export class TestRedis {
  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly server: ReturnType<typeof spawn>,
  ) {}

  /** @param conf text of the configuration @param acl text of the ACL file @param settings directives to overrule */
  static async start(
    conf: string,
    acl: string,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<TestRedis> {
    const folder = mkdtempSync(join(tmpdir(), 'business-box-redis-'));
    const [confFile, aclFile] = [join(folder, 'server.conf'), join(folder, 'users.acl')];
    writeFileSync(aclFile, acl);
    const port = await freePort();
    const own = { port: String(port), bind: '127.0.0.1', dir: folder, aclfile: aclFile, ...settings };
    // replaced rather than overruled: a folder that does not exist is an error where it is read
    const kept = conf.split('\n').filter((line) => !Object.hasOwn(own, line.split(' ')[0] ?? ''));
    writeFileSync(confFile, [...kept, ...Object.entries(own).map((line) => line.join(' ')), ''].join('\n'));
    const server = spawn('redis-server', [confFile], { stdio: ['ignore', 'pipe', 'pipe'] });
    process.once('exit', () => server.kill('SIGKILL'));
    try {
      await ready(server);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
      throw error;
    }
    return new TestRedis(port, folder, server);
  }

  /** Runs a command as a user; without one, as nobody. */
  ask(login: Login | undefined, ...command: string[]): Answer {
    return this.run(login, command);
  }

  /** Sends many commands at once. */
  send(login: Login, index: number, commands: readonly (readonly string[])[]): void {
    const protocol = commands
      .map((words) => `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`)
      .join('');
    execFileSync('redis-cli', [...this.flags(login), '-n', String(index), '--pipe'], {
      input: protocol,
      env: environment(login),
      stdio: ['pipe', 'ignore', 'ignore'],
    });
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.server.once('exit', done));
    this.server.kill('SIGKILL');
    await ended;
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  private run(login: Login | undefined, command: readonly string[]): Answer {
    const { status, stdout, stderr } = spawnSync('redis-cli', [...this.flags(login), '-e', ...command], {
      env: environment(login),
      encoding: 'utf8',
    });
    return { text: `${stdout}${stderr}`.trim(), ok: status === 0 };
  }

  private flags(login: Login | undefined): string[] {
    return ['-p', String(this.port), ...(login === undefined ? [] : ['--user', login.user])];
  }
}

const environment = (login: Login | undefined): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  ...(login === undefined ? {} : { REDISCLI_AUTH: login.password }),
});

function ready(server: ReturnType<typeof spawn>): Promise<void> {
  let log = '';
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.once('exit', (code) => fail(new Error(`redis-server ended with code ${code}:\n${log}`)));
    for (const stream of [server.stdout, server.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        log += text;
        if (text.includes('Ready to accept connections')) done();
      });
    }
  });
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
