/** Child processes of a run. Each leads a process group, so that workers go with their master; none outlives the run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';

/** A started program. */
export interface Child {
  readonly pid: number;
  /** Ends the whole process group and waits for it. */
  stop(): Promise<void>;
  /** The last lines it printed. */
  output(): string;
  /** Whether it has ended by itself. */
  ended(): boolean;
}

/** What to start and where its output goes. */
export interface ChildOptions {
  readonly argv: readonly string[];
  /** Core to pin it to; default: where this process runs. */
  readonly core?: number | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** File that takes standard output and standard error. */
  readonly log: string;
}

const alive = new Set<ChildProcess>();

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // the group is gone already
  }
}

process.on('exit', () => {
  for (const child of alive) killGroup(child, 'SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

/** Starts a program in a process group of its own; it is killed with this process at the latest. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const argv =
    options.core === undefined ? options.argv : ['taskset', '-c', String(options.core), ...options.argv];
  const [program = '', ...rest] = argv;
  const log = openSync(options.log, 'a');
  const child = spawn(program, rest, {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...options.env },
  });
  closeSync(log);
  let ended = false;
  const exit = new Promise<void>((resolve) => {
    child.once('exit', () => {
      ended = true;
      // what the leader leaves behind is not wanted either
      killGroup(child, 'SIGKILL');
      alive.delete(child);
      resolve();
    });
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
  alive.add(child);
  return {
    pid,
    output: () => readFileSync(options.log, 'utf8').trimEnd().split('\n').slice(-1).join(''),
    ended: () => ended,
    async stop() {
      killGroup(child, 'SIGTERM');
      const hard = setTimeout(() => killGroup(child, 'SIGKILL'), 3000);
      await exit;
      clearTimeout(hard);
    },
  };
}

/** A TCP port of the loopback address that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

/** Waits until the child accepts connections on the port; an error when it ends before, or after 15 s. */
export async function portOpen(child: Child, port: number): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (performance.now() < deadline) {
    if (child.ended()) throw new Error(`ended at once: ${child.output()}`);
    if (await accepts(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`port ${port} is not open after 15 s: ${child.output()}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
