import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issue, testAuthority } from '../support/certificates.js';

/** Programs that the cluster checks of the repository have built and kept. */
export interface Programs {
  readonly etcd: string;
  readonly apiServer: string;
}

/** Where the cluster checks keep what they build, if they ran on this machine. */
export function findPrograms(): Programs | undefined {
  const folder = join(process.env.BOX_TEST_CACHE ?? join(tmpdir(), 'business-box-cache'), 'go');
  try {
    const files = readdirSync(folder);
    const find = (name: string) => files.find((file) => new RegExp(`^${name}-[0-9a-f]+$`).test(file));
    const [etcd, apiServer] = [find('etcd'), find('kube-apiserver')];
    if (etcd === undefined || apiServer === undefined) return undefined;
    return { etcd: join(folder, etcd), apiServer: join(folder, apiServer) };
  } catch {
    return undefined;
  }
}

/** Runs a program that ends with this process, however that ends: the pipe closes then. */
class Program {
  private log = '';
  private readonly exit: Promise<unknown>;
  private readonly child;

  constructor(command: string, args: readonly string[]) {
    const script = '"$@" & program=$!; cat >/dev/null; kill -9 $program; wait $program';
    this.child = spawn('sh', ['-c', script, 'sh', command, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.exit = once(this.child, 'close');
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.log = (this.log + text).slice(-4000);
      });
  }

  get output(): string {
    return this.log;
  }

  async stop(): Promise<void> {
    this.child.stdin.end();
    await this.exit;
  }
}

/** A real API server with RBAC on the loopback address, and nothing else of Kubernetes. */
export class ControlPlane {
  private server: Program | undefined;

  private constructor(
    private readonly programs: Programs,
    private readonly folder: string,
    private readonly etcd: Program,
    private readonly ports: { readonly etcd: number; readonly api: number },
  ) {}

  static async start(programs: Programs): Promise<ControlPlane> {
    const folder = mkdtempSync(join(tmpdir(), 'edge-control-plane-'));
    const [etcdPort = 0, peerPort = 0, apiPort = 0] = await freePorts(3);
    const [client, peer] = [`http://127.0.0.1:${etcdPort}`, `http://127.0.0.1:${peerPort}`];
    const etcd = new Program(programs.etcd, [
      ...[`--data-dir=${join(folder, 'etcd')}`, `--listen-client-urls=${client}`, `--log-level=error`],
      ...[`--advertise-client-urls=${client}`, `--listen-peer-urls=${peer}`, '--unsafe-no-fsync'],
      ...[`--initial-advertise-peer-urls=${peer}`, `--initial-cluster=default=${peer}`],
    ]);
    const plane = new ControlPlane(programs, folder, etcd, { etcd: etcdPort, api: apiPort });
    plane.writeFiles();
    try {
      await plane.startServer();
    } catch (error) {
      await plane.stop();
      throw error;
    }
    return plane;
  }

  get url(): string {
    return `https://127.0.0.1:${this.ports.api}`;
  }

  get ca(): string {
    return testAuthority().root;
  }

  async startServer(): Promise<void> {
    const file = (name: string) => join(this.folder, name);
    this.server = new Program(this.programs.apiServer, [
      ...[`--etcd-servers=http://127.0.0.1:${this.ports.etcd}`, '--authorization-mode=RBAC'],
      ...['--bind-address=127.0.0.1', '--advertise-address=127.0.0.1', `--secure-port=${this.ports.api}`],
      ...['--endpoint-reconciler-type=none', '--service-cluster-ip-range=10.43.0.0/16'],
      ...[`--tls-cert-file=${file('server.crt')}`, `--tls-private-key-file=${file('server.key')}`],
      ...[`--token-auth-file=${file('tokens.csv')}`, '--service-account-issuer=https://kubernetes.test'],
      ...[`--service-account-key-file=${file('accounts.pub')}`, `--cert-dir=${file('certs')}`],
      `--service-account-signing-key-file=${file('accounts.key')}`,
    ]);
    const deadline = Date.now() + 60_000;
    for (;;) {
      const status = await this.ask('GET', '/readyz').then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 200) return;
      if (Date.now() > deadline) throw new Error(`the API server is not ready:\n${this.server.output}`);
      await new Promise((done) => setTimeout(done, 200));
    }
  }

  async stopServer(): Promise<void> {
    await this.server?.stop();
    this.server = undefined;
  }

  async stop(): Promise<void> {
    await this.stopServer();
    await this.etcd.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Asks as administrator, whatever the answer. */
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: Answer }> {
    return new Promise((done, fail) => {
      const headers = { authorization: 'Bearer administrator', 'content-type': 'application/json' };
      const call = request(`${this.url}${path}`, { method, headers, ca: this.ca, agent: false }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('error', fail);
        answer.on('end', () =>
          done({ status: answer.statusCode ?? 0, body: text.startsWith('{') ? JSON.parse(text) : {} }),
        );
      });
      call.on('error', fail);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** Asks as administrator and insists. */
  async must(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.ask(method, path, body);
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  private writeFiles(): void {
    const file = (name: string) => join(this.folder, name);
    const { cert, key } = issue({ names: ['127.0.0.1'] });
    writeFileSync(file('server.crt'), cert);
    writeFileSync(file('server.key'), key);
    writeFileSync(file('tokens.csv'), 'administrator,administrator,1,"system:masters"\n');
    mkdirSync(file('certs'));
    const signing = execFileSync('openssl', ['genrsa', '2048'], { stdio: ['ignore', 'pipe', 'ignore'] });
    writeFileSync(file('accounts.key'), signing);
    const open = execFileSync('openssl', ['rsa', '-pubout'], {
      input: signing,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    writeFileSync(file('accounts.pub'), open);
  }
}

/** What this test reads of an answer. */
export interface Answer {
  readonly metadata?: { readonly resourceVersion?: string };
  readonly status?: { readonly token?: string };
}

async function freePorts(count: number): Promise<number[]> {
  const probes = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(probes.map((probe) => once(probe, 'listening')));
  const ports = probes.map((probe) => (probe.address() as AddressInfo).port);
  await Promise.all(probes.map((probe) => new Promise((done) => probe.close(done))));
  return ports;
}
