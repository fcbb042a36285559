import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { ConfigInput } from '../../../src/config/schema.js';

/** The package's own folder. */
export const home = fileURLToPath(new URL('../../..', import.meta.url));

/** A line of the operational log. */
export interface Line {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

const children = new Set<Program>();
const folders: string[] = [];

// a test file that takes too long is ended from outside: nothing of it may stay
process.once('SIGTERM', () => process.exit(1));
process.once('exit', () => {
  for (const { child } of children) child.kill('SIGKILL');
});

/** A folder that goes with the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'edge-test-'));
  folders.push(folder);
  return folder;
}

/** Ends what a test left running, and takes its folders away. */
export async function endAll(): Promise<void> {
  await Promise.all([...children].map((child) => child.kill()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** A program of this package as a process of its own, and the lines it wrote to standard error. */
export class Program {
  readonly child: ChildProcess;
  /** JSON lines. */
  readonly lines: Line[] = [];
  /** Everything, as it came. */
  text = '';
  output = '';
  private readonly ended: Promise<number>;
  private over = false;
  private wake: (() => void)[] = [];

  constructor(
    command: string,
    args: readonly string[],
    options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
  ) {
    const env = { ...process.env, ...options.env };
    this.child = spawn(command, args, { cwd: options.cwd ?? home, env, stdio: ['ignore', 'pipe', 'pipe'] });
    children.add(this);
    let rest = '';
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.text += text;
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('{')) this.lines.push(JSON.parse(line) as Line);
      for (const wake of this.wake.splice(0)) wake();
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
    this.ended = once(this.child, 'close').then(([code, signal]) => {
      this.over = true;
      children.delete(this);
      for (const wake of this.wake.splice(0)) wake();
      return typeof code === 'number' ? code : signal === null ? -1 : -2;
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The exit code; -2 when a signal ended it. */
  get code(): Promise<number> {
    return this.ended;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Waits for text on standard error. @throws when the program ends before */
  async says(text: string): Promise<void> {
    while (!this.text.includes(text)) await this.more(text);
  }

  /** Waits for the `nth` line with this message. @throws when the program ends before */
  async line(message: string, nth = 1): Promise<Line> {
    for (;;) {
      const found = this.lines.filter((line) => line.message.startsWith(message))[nth - 1];
      if (found !== undefined) return found;
      await this.more(message);
    }
  }

  private async more(awaited: string): Promise<void> {
    if (this.over) throw new Error(`the program ended without '${awaited}':\n${this.text}`);
    await new Promise<void>((wake) => this.wake.push(wake));
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

/** Writes a configuration file, as an editor or a mount would: whole or not at all. */
export function writeConfig(file: string, config: ConfigInput | string): void {
  writeFileSync(file, typeof config === 'string' ? config : stringify(config));
}

/** The proxy as a process, `proxy serve FILE`. */
export class ProxyProcess extends Program {
  static serve(file: string, env: NodeJS.ProcessEnv = {}): ProxyProcess {
    return new ProxyProcess(process.execPath, ['--import', 'tsx', 'src/main.ts', 'serve', file], { env });
  }

  /** Ports by the log: those of `serving`, and that of TLS. */
  async ports(): Promise<{ http: number; https: number; admin: number }> {
    const { http, admin } = await this.line('serving');
    const { port } = await this.line('serving TLS');
    return { http: Number(http), https: Number(port), admin: Number(admin) };
  }
}

/** Text of a page on the admin port, with its status. */
export async function admin(port: number, path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
  return { status: response.status, text: await response.text() };
}

/** Lines of a file; none when it is not there. */
export function readLines(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}

/** Waits for a condition that no event tells of. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((done) => setTimeout(done, 10));
}
