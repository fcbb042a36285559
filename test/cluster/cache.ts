import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { guardGroup, killGroup, releaseGroup } from './guard.js';

/** A program that is built with the Go command from published modules. */
export interface GoTool {
  /** Name of the executable. */
  readonly name: string;
  /** Folder with the go.mod (and go.sum) that pins the modules, from the repository's root. */
  readonly module: string;
  /** Import path of the main package; `.` for one in the folder itself. */
  readonly package: string;
  /** Added to `-s -w`. */
  readonly ldflags?: string;
  readonly tags?: readonly string[];
}

/** Where what is made once is kept: outside the repository. */
export function cacheFolder(): string {
  return process.env.BOX_TEST_CACHE ?? join(tmpdir(), 'business-box-cache');
}

const made = new Map<string, Promise<string>>();
let queue: Promise<unknown> = Promise.resolve();

/**
 * The path of a program, built on first use and kept in the cache. Builds of one process run one after the other:
 * one alone keeps the processors busy.
 * @throws with the compiler's words when it does not build
 */
export function goTool(tool: GoTool): Promise<string> {
  const file = join(cacheFolder(), 'go', `${tool.name}-${keyOf(tool)}`);
  const known = made.get(file);
  if (known !== undefined) return known;
  if (existsSync(file)) return Promise.resolve(file);
  const built = queue.then(() => build(tool, file));
  made.set(file, built);
  queue = built.catch(() => {});
  return built;
}

let version: string | undefined;

/** Whatever changes the program changes the key: sources, pinned modules, flags, compiler. */
function keyOf({ module, package: path, ldflags = '', tags = [] }: GoTool): string {
  version ??= compiler();
  const hash = createHash('sha256').update(JSON.stringify([version, path, ldflags, tags]));
  const sources = readdirSync(module, { recursive: true, encoding: 'utf8' })
    .filter((file) => /(^|\/)go\.(mod|sum)$|\.go$/.test(file))
    .sort();
  for (const source of sources) hash.update(`\0${source}\0`).update(readFileSync(join(module, source)));
  return hash.digest('hex').slice(0, 12);
}

function compiler(): string {
  try {
    return execFileSync('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], { encoding: 'utf8' });
  } catch (error) {
    throw new Error(
      `the Go command builds the servers of this test, and does not run here; install Go 1.25 or later (${error})`,
    );
  }
}

async function build(tool: GoTool, file: string): Promise<string> {
  const { name, module, package: path, ldflags = '', tags = [] } = tool;
  const folder = join(cacheFolder(), 'go');
  mkdirSync(folder, { recursive: true });
  removeLeftovers(folder);
  // under another name first, so that a build that was killed leaves nothing that looks finished
  const making = `${file}.making.${process.pid}`;
  const flags = ['-trimpath', '-buildvcs=false', '-v', '-p', '2', '-ldflags', `-s -w ${ldflags}`.trim()];
  const args = [
    'build',
    ...flags,
    ...(tags.length === 0 ? [] : ['-tags', tags.join(',')]),
    '-o',
    making,
    path,
  ];
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  console.log(`building ${name}, once for this cache`);
  try {
    await nicely('go', args, resolve(module), (packages) =>
      console.log(`building ${name}: ${packages} packages compiled, ${seconds()} s`),
    );
    renameSync(making, file);
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : error}`);
  } finally {
    rmSync(making, { force: true });
  }
  console.log(`built ${name} in ${seconds()} s`);
  return file;
}

/** What a killed build left: files whose maker is gone. */
function removeLeftovers(folder: string): void {
  for (const file of readdirSync(folder)) {
    const maker = /\.making\.(\d+)$/.exec(file)?.[1];
    if (maker !== undefined && !isAlive(Number(maker))) rmSync(join(folder, file), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Runs the compiler behind whatever else the machine does; says every 15 s how far it is. */
function nicely(command: string, args: string[], cwd: string, tell: (lines: number) => void): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn('nice', ['-n', '10', command, ...args], {
      cwd,
      env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' },
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const { pid } = child;
    if (pid !== undefined) guardGroup(pid);
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    const progress = setInterval(() => tell(text.split('\n').length - 1), 15_000);
    const end = (error?: Error) => {
      clearInterval(progress);
      if (pid !== undefined) {
        killGroup(pid);
        releaseGroup(pid);
      }
      if (error === undefined) done();
      else fail(error);
    };
    child.once('error', end);
    child.once('close', (code) => {
      if (code === 0) return end();
      // with -v the packages that went well stand among the complaints
      const complaints = text.split('\n').filter((line) => !/^[\w.-]+(\/[\w.~-]+)*$/.test(line));
      end(new Error(`go ${args.join(' ')} ended with code ${code}:\n${complaints.slice(-40).join('\n')}`));
    });
  });
}
