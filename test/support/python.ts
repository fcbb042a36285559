import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { unavailable } from './unavailable.js';

/**
 * A Python that has the given packages, from a virtual environment kept between runs in `BOX_TEST_CACHE`; undefined,
 * after saying why, where none can be made.
 */
export function pythonWith(packages: readonly string[]): string | undefined {
  const cache = process.env.BOX_TEST_CACHE ?? join(tmpdir(), 'business-box-cache');
  const folder = join(
    cache,
    `python-${createHash('sha256').update(packages.join('\n')).digest('hex').slice(0, 12)}`,
  );
  if (existsSync(folder)) return join(folder, 'bin/python');
  // Made under another name and then renamed, so that a run which was interrupted leaves nothing half done.
  const making = `${folder}.${process.pid}`;
  try {
    mkdirSync(cache, { recursive: true });
    run('python3', ['-m', 'venv', making]);
    run(join(making, 'bin/python'), [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      ...packages,
    ]);
    renameSync(making, folder);
  } catch (error) {
    rmSync(making, { recursive: true, force: true });
    if (existsSync(folder)) return join(folder, 'bin/python');
    return unavailable(
      `no Python with ${packages.join(', ')}: ${error instanceof Error ? error.message : error}`,
    );
  }
  return join(folder, 'bin/python');
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 120_000 });
}

/** A Python program that answers each line of JSON by one line of JSON. */
export class PythonSession {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: AsyncIterator<string>;
  private readonly reader: Interface;
  private errors = '';

  constructor(python: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.child = spawn(python, args, { env: { PATH: process.env.PATH, ...env } });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text;
    });
    this.reader = createInterface({ input: this.child.stdout });
    this.lines = this.reader[Symbol.asyncIterator]();
    process.once('exit', () => this.child.kill('SIGKILL'));
  }

  /** The answer to a command; an exception in the program is thrown with its message. */
  async ask(command: string, argument?: string): Promise<unknown> {
    this.child.stdin.write(`${JSON.stringify([command, argument])}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`python ended:\n${this.errors}`);
    const { error, answer }: { error?: string; answer?: unknown } = JSON.parse(value);
    if (error !== undefined) throw new Error(error);
    return answer;
  }

  async end(): Promise<void> {
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.stdin.end();
    await ended;
    this.reader.close();
  }
}
