import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const children = new Set<ChildProcess>();
const folders = new Set<string>();

/** Whether a program is installed; says so when it is not. */
export function installed(program: string): boolean {
  const found = spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
  if (!found) console.log(`     skipped: ${program} is not installed`);
  return found;
}

export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'proxy-l4-'));
  folders.add(path);
  return path;
}

/** Starts a server program in the foreground and waits until its port answers. */
export async function start(command: string, args: readonly string[], port: number): Promise<ChildProcess> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  for (const end = Date.now() + 10_000; ; ) {
    if (child.exitCode !== null) throw new Error(`${command} ended: ${said}`);
    if (await answers(port)) return child;
    if (Date.now() > end) throw new Error(`${command} does not listen: ${said}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const connected = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return connected;
}

/** Runs a program to its end without holding up the servers of this process. */
export async function run(
  command: string,
  args: readonly string[],
  options: { input?: string; env?: Record<string, string>; cwd?: string } = {},
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn(command, args, { cwd: options.cwd, env: { ...process.env, ...options.env } });
  children.add(child);
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => (out.stdout += text));
  child.stderr.on('data', (text) => (out.stderr += text));
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const [status] = await once(child, 'close');
  children.delete(child);
  return { status: status as number | null, ...out };
}

export async function stopAll(): Promise<void> {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
  children.clear();
  for (const path of folders) rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  folders.clear();
}
