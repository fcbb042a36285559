import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, connect as openSocket } from 'node:net';
import { guardGroup, killGroup, releaseGroup, temporaryFolder } from './guard.js';

export { temporaryFolder };

/** How a program is started. */
export interface StartOptions {
  /** What messages call it. */
  readonly name: string;
  /** Path of the executable, or its name on the PATH. */
  readonly command: string;
  readonly args?: readonly string[];
  /** Added to nothing but PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** User and group it runs as. @default - this process's */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** What a program printed and how it ended. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const second = 1000;
/** Enough for a stack trace and what led to it. */
const keptOutput = 64 * 1024;

const environment = (env: StartOptions['env'] = {}) => ({
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  // programs write caches there; nothing of the user's is read or changed
  HOME: temporaryHome(),
  LC_ALL: 'C.UTF-8',
  ...env,
});

let home: string | undefined;
function temporaryHome(): string {
  home ??= temporaryFolder('home');
  return home;
}

/** A program that runs until it is stopped, at the latest when this process ends. */
export class Program {
  private output = '';
  private ended: string | undefined;
  private readonly exit: Promise<void>;
  private readonly child: ChildProcess;
  private readonly listeners = new Set<() => void>();

  private constructor(private readonly options: StartOptions) {
    const { command, args = [], env, cwd, user } = options;
    // a group of its own, so that what it starts ends with it
    this.child = spawn(command, args, {
      cwd,
      env: environment(env),
      ...user,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { pid } = this.child;
    if (pid !== undefined) guardGroup(pid);
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-keptOutput);
        this.notify();
      });
    this.exit = new Promise((done) => {
      const end = (why: string) => {
        if (pid !== undefined) {
          killGroup(pid);
          releaseGroup(pid);
        }
        this.ended ??= why;
        this.notify();
        done();
      };
      this.child.once('error', (error) => end(error.message));
      this.child.once('exit', (code, signal) => end(signal ?? `code ${code}`));
    });
  }

  /** Starts a program; wait for a sign of life with one of the `wait` methods. */
  static start(options: StartOptions): Program {
    return new Program(options);
  }

  get name(): string {
    return this.options.name;
  }

  /** The last of what it printed. */
  get log(): string {
    return this.output;
  }

  /** Waits until it has printed a line that matches. @throws when it ends before, or not in time */
  waitForLine(pattern: RegExp, seconds = 30): Promise<void> {
    return this.waitFor(`a line like ${pattern}`, () => pattern.test(this.output), seconds);
  }

  /** Waits until it accepts connections on a port of the loopback address. */
  waitForPort(port: number, seconds = 30): Promise<void> {
    return this.waitFor(`port ${port}`, () => accepts(port), seconds);
  }

  /** Waits until `check` says true; what it throws counts as not yet. @throws when the program ends before, or not in time */
  async waitFor(what: string, check: () => boolean | Promise<boolean>, seconds = 30): Promise<void> {
    const deadline = Date.now() + seconds * second;
    let reason = '';
    for (;;) {
      try {
        if (await check()) return;
      } catch (error) {
        reason = `: ${error instanceof Error ? error.message : error}`;
      }
      if (this.ended !== undefined)
        throw new Error(`${this.name} ended (${this.ended}) while waiting for ${what}:\n${this.tail()}`);
      if (Date.now() > deadline)
        throw new Error(`${this.name}: no ${what} within ${seconds} s${reason}\n${this.tail()}`);
      await this.changeOrPause();
    }
  }

  /** Sends a signal to the program alone, not to what it started. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Asks it to stop, and kills it when it does not within the given time. */
  async stop(seconds = 5): Promise<void> {
    const { pid } = this.child;
    if (pid === undefined || this.ended !== undefined) return;
    killGroup(pid, 'SIGTERM');
    const timer = setTimeout(() => killGroup(pid), seconds * second);
    await this.exit;
    clearTimeout(timer);
  }

  private tail(): string {
    return this.output.trimEnd().split('\n').slice(-25).join('\n');
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }

  private changeOrPause(): Promise<void> {
    return new Promise((done) => {
      const go = () => {
        clearTimeout(timer);
        this.listeners.delete(go);
        // output arrives in bursts, and a check may be dear
        setTimeout(done, 20);
      };
      const timer = setTimeout(go, 200);
      this.listeners.add(go);
    });
  }
}

/** Runs a program to its end; `input` is its standard input. It is killed after `seconds`. */
export function runProgram(
  options: StartOptions & { readonly input?: string; readonly seconds?: number },
): Promise<Finished> {
  const { name, command, args = [], env, cwd, user, input, seconds = 120 } = options;
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd, env: environment(env), ...user, detached: true });
    const { pid } = child;
    if (pid !== undefined) guardGroup(pid);
    const text = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].setEncoding('utf8').on('data', (chunk: string) => {
        text[stream] += chunk;
      });
    const timer = setTimeout(() => {
      if (pid !== undefined) killGroup(pid);
      fail(new Error(`${name}: not done within ${seconds} s\n${text.stdout}${text.stderr}`));
    }, seconds * second);
    child.once('error', (error) => {
      clearTimeout(timer);
      fail(new Error(`${name}: ${error.message}`));
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      if (pid !== undefined) releaseGroup(pid);
      done({ code, ...text });
    });
    // a program that ends without reading is told by its exit code
    child.stdin.on('error', () => {});
    child.stdin.end(input ?? '');
  });
}

/** A TCP port of the loopback address that nobody listened on a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer().once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address instanceof Object ? done(address.port) : fail(new Error('no free port'))));
    });
  });
}

/** Several different free ports. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

/** Whether something accepts connections on a port of the loopback address. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = openSocket({ host: '127.0.0.1', port });
    const end = (answer: boolean) => {
      socket.destroy();
      done(answer);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}
