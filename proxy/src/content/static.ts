import { type FSWatcher, watch } from 'node:fs';
import { ProxyError } from '../core/errors.js';
import { Field } from '../core/fields.js';
import type { Exchange, Handler } from '../exchange.js';
import type { ByteRange } from './conditions.js';
import { decodePath } from './file-name.js';
import { Coding, chooseCoding } from './negotiation.js';
import { answerWith, type Representation } from './representation.js';
import { FileSender, openSame } from './sender.js';
import { indexTree, type StaticFile, type StaticIndex } from './static-index.js';

/** Milliseconds a tree must have been still before it is read again, so that a copy in progress counts once. */
const settleTime = 100;
/** Folders watched; in a larger tree changes are seen when the configuration is read again. */
const mostWatched = 1024;

export interface StaticOptions {
  /** File below the root served when nothing else matches. @default - 404 */
  readonly fallback?: string | undefined;
  /** The first pattern that matches names the file below the root. @default - none */
  readonly rewrites?: readonly { readonly pattern: string; readonly target: string }[];
  /** Fields of the route in lower case, which are not set here. @default - none */
  readonly headerNames?: readonly string[];
  /** Octets of files kept in memory; default 64 MiB. */
  readonly memoryBytes?: number;
  /** Look out for changes; default true. */
  readonly watch?: boolean;
  /** Answers 404 and 405 as the rest of the proxy does. @default - one line of text */
  readonly refuse?: (exchange: Exchange, status: number, lines: string) => void;
}

/** Files of one folder. */
export class StaticFiles {
  private watchers = new Map<string, FSWatcher>();
  private timer: NodeJS.Timeout | undefined;
  private reading: Promise<void> | undefined;
  private closed = false;
  private readonly rewrites: readonly { readonly pattern: RegExp; readonly target: readonly string[] }[];

  /**
   * Reads a folder.
   * @throws ProxyError EDGE_CONFIG when the folder or its fallback is not there
   */
  static async open(root: string, options: StaticOptions = {}): Promise<StaticFiles> {
    const files = new StaticFiles(root, options, await read(root, options));
    const { fallback } = options;
    if (fallback !== undefined && files.find(`/${fallback}`) === undefined)
      throw new ProxyError(
        'EDGE_CONFIG',
        `static root '${root}': the fallback '${fallback}' is no file in it; add it or name another one`,
      );
    files.observe();
    return files;
  }

  private constructor(
    readonly root: string,
    private readonly options: StaticOptions,
    private index: StaticIndex,
  ) {
    this.rewrites = (options.rewrites ?? []).map(({ pattern, target }) => ({
      pattern: new RegExp(pattern, 'u'),
      target: target.split(/\$(\d)/),
    }));
  }

  /** Reads the folder again, once for all who ask meanwhile. What cannot be read leaves things as they are. */
  refresh(): Promise<void> {
    this.reading ??= read(this.root, this.options, this.index).then(
      (index) => {
        this.reading = undefined;
        if (this.closed) return;
        this.index = index;
        this.observe();
      },
      () => {
        this.reading = undefined;
      },
    );
    return this.reading;
  }

  /** Stops looking out for changes. */
  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    for (const watcher of this.watchers.values()) watcher.close();
    this.watchers.clear();
  }

  /**
   * Answers a request.
   * @param path below the route, normalised and percent-encoded; it may begin with a slash
   * @param lines fields in addition
   */
  serve(exchange: Exchange, path: string, lines: string): void {
    const { head } = exchange;
    if (head.method !== 'GET' && head.method !== 'HEAD') {
      this.refuse(exchange, 405, `Allow: GET, HEAD\r\n${lines}`);
      return;
    }
    const file = this.choose(path);
    if (file === undefined) {
      this.refuse(exchange, 404, lines);
      return;
    }
    const { identity, gzip, br } = file;
    let form = identity;
    if (gzip !== undefined || br !== undefined) {
      const coding = chooseCoding(head.all(Field['accept-encoding']), gzip !== undefined, br !== undefined);
      form = (coding === Coding.br ? br : coding === Coding.gzip ? gzip : undefined) ?? identity;
    }
    answerWith(exchange, form, lines, (representation, range, start) =>
      this.send(exchange, path, lines, representation, range, start),
    );
  }

  private choose(path: string): StaticFile | undefined {
    const name = decodePath(path);
    if (name === undefined) return this.fallback();
    for (const { pattern, target } of this.rewrites) {
      const match = pattern.exec(name);
      if (match === null) continue;
      // text and numbers of groups by turns
      const file = target.map((part, at) => (at % 2 === 0 ? part : (match[Number(part)] ?? ''))).join('');
      return this.find(file.startsWith('/') ? file : `/${file}`) ?? this.fallback();
    }
    return this.find(name) ?? this.fallback();
  }

  private find(name: string): StaticFile | undefined {
    return this.index.files.get(name);
  }

  private fallback(): StaticFile | undefined {
    const { fallback } = this.options;
    return fallback === undefined ? undefined : this.find(`/${fallback}`);
  }

  private refuse(exchange: Exchange, status: number, lines: string): void {
    const { refuse } = this.options;
    if (refuse !== undefined) refuse(exchange, status, lines);
    else exchange.answer(status, `Content-Type: text/plain\r\n${lines}`, `${status}\n`);
  }

  /** Sends a file that is not in memory; one that has changed since it was read is looked at again, once. */
  private send(
    exchange: Exchange,
    path: string,
    lines: string,
    { facts }: Representation,
    range: ByteRange,
    start: () => void,
    again = true,
  ): void {
    if (facts === undefined) return;
    const opening = new Opening();
    exchange.setHandler(opening);
    openSame(facts).then(async (file) => {
      if (opening.gone) await file?.close();
      else if (file !== undefined) {
        start();
        new FileSender(exchange, file, range.first, range.last).go();
      } else if (again && !this.closed) {
        await this.refresh();
        if (!opening.gone) this.retry(exchange, path, lines);
      } else this.refuse(exchange, 404, lines);
    });
  }

  private retry(exchange: Exchange, path: string, lines: string): void {
    const file = this.choose(path);
    if (file === undefined) this.refuse(exchange, 404, lines);
    else
      answerWith(exchange, file.identity, lines, (representation, range, start) =>
        this.send(exchange, path, lines, representation, range, start, false),
      );
  }

  /** Watches each folder: watching a whole tree at once does not follow links. */
  private observe(): void {
    if (this.closed || this.options.watch === false) return;
    const wanted = new Set(this.index.folders.slice(0, mostWatched));
    for (const [folder, watcher] of this.watchers)
      if (!wanted.has(folder)) {
        watcher.close();
        this.watchers.delete(folder);
      }
    for (const folder of wanted) {
      if (this.watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, { persistent: false }, () => this.changed());
        watcher.on('error', () => {
          watcher.close();
          this.watchers.delete(folder);
        });
        this.watchers.set(folder, watcher);
      } catch {
        // no watches left in the system: the next reload sees the change
      }
    }
  }

  private changed(): void {
    clearTimeout(this.timer);
    // what is being read at this moment may be what was there before
    this.timer = setTimeout(
      () => (this.reading ?? Promise.resolve()).then(() => this.refresh()),
      settleTime,
    ).unref();
  }
}

/** Until the file is open. */
class Opening implements Handler {
  gone = false;
  onBody(): void {}
  onBodyEnd(): void {}
  onDrain(): void {}
  onSweep(): void {}
  onGone(): void {
    this.gone = true;
  }
}

function read(root: string, options: StaticOptions, before?: StaticIndex): Promise<StaticIndex> {
  const { memoryBytes = 64 * 1_048_576, headerNames = [] } = options;
  return indexTree(root, { memoryBytes, headerNames }, before).catch((cause: Error) => {
    throw new ProxyError('EDGE_CONFIG', `static root '${root}' cannot be read: ${cause.message}`, { cause });
  });
}
