import { type FSWatcher, watch } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ErrorCode, ProxyError } from '../core/errors.js';

/** How files are watched. */
export interface MountOptions {
  /** What belongs together, e.g. a certificate and its key. */
  readonly paths: readonly string[];
  /** Called with all contents, in the order of `paths`, at once and after each change. A throw goes to `onProblem`. */
  readonly onTexts: (texts: readonly string[]) => void;
  /** Called once for each new problem; the watch goes on. */
  readonly onProblem: (error: Error) => void;
  /** Code of the errors about reading. */
  readonly code: ErrorCode;
  /** How often to look when nothing was told. @default 10,000 ms */
  readonly pollMs?: number;
}

/** One change comes as several events; what is written in pieces gets time to be finished. */
const settleMs = 50;
const largest = 4 * 1024 * 1024;

/**
 * Watches files the way Kubernetes changes them: a mount is a folder of links to `..data`, itself a link that is
 * exchanged whole, so it is the folder that is watched, and contents that are compared. A slow poll finds what no event
 * told: other file systems, folders that were removed and made again.
 */
export class MountWatch {
  private readonly folders: readonly string[];
  private watchers: FSWatcher[] = [];
  private timer: NodeJS.Timeout | undefined;
  private reading: Promise<void> | undefined;
  private again = false;
  private stopped = false;
  private last: readonly string[] | undefined;
  private problem: string | undefined;

  constructor(private readonly options: MountOptions) {
    this.folders = [...new Set(options.paths.map((path) => dirname(path)))];
  }

  /** Reads once, and goes on watching until `stop`. Resolves after the first read, whatever it gave. */
  start(): Promise<void> {
    this.listen();
    return this.look();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    for (const watcher of this.watchers) watcher.close();
    this.watchers = [];
  }

  private listen(): void {
    for (const watcher of this.watchers) watcher.close();
    this.watchers = [];
    for (const folder of this.folders)
      try {
        const watcher = watch(folder, { persistent: false }, () => this.schedule(settleMs));
        watcher.on('error', () => watcher.close());
        this.watchers.push(watcher);
      } catch {
        // not there yet: the poll looks again
      }
  }

  private schedule(delay: number): void {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      // a folder that was made anew has no watcher
      if (delay !== settleMs) this.listen();
      void this.look();
    }, delay).unref();
  }

  /** One read at a time; an event during one leads to another. */
  private look(): Promise<void> {
    if (this.reading !== undefined) {
      this.again = true;
      return this.reading;
    }
    this.reading = this.read().finally(() => {
      this.reading = undefined;
      this.schedule(this.again ? settleMs : (this.options.pollMs ?? 10_000));
      this.again = false;
    });
    return this.reading;
  }

  private async read(): Promise<void> {
    try {
      const texts = await this.steady();
      if (this.stopped) return;
      if (texts.every((text, index) => text === this.last?.[index])) return;
      this.last = texts;
      this.options.onTexts(texts);
      this.problem = undefined;
    } catch (error) {
      this.tell(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Reads until two reads agree: a link may be exchanged between the first file and the second. */
  private async steady(): Promise<readonly string[]> {
    let texts = await this.all();
    for (let round = 0; round < 3; round++) {
      const once = texts;
      texts = await this.all();
      if (texts.every((text, index) => text === once[index])) return texts;
    }
    return texts;
  }

  private all(): Promise<string[]> {
    return Promise.all(this.options.paths.map((path) => this.one(path)));
  }

  private async one(path: string): Promise<string> {
    const { code } = this.options;
    try {
      const { size } = await stat(path);
      if (size > largest)
        throw new ProxyError(
          code,
          `${path}: ${size} bytes; at most ${largest} are read, is it the right file?`,
        );
      return await readFile(path, 'utf8');
    } catch (cause) {
      if (cause instanceof ProxyError) throw cause;
      const why = cause instanceof Error ? cause.message : cause;
      throw new ProxyError(code, `${path}: cannot be read (${why}); it is looked for again`, { cause });
    }
  }

  private tell(error: Error): void {
    if (this.problem === error.message) return;
    this.problem = error.message;
    this.options.onProblem(error);
  }
}
