import { type KubeClient, KubeError } from './api.js';
import { eventSchema, type KubeObject, listSchema } from './objects.js';
import { realTimers, type Timers } from './timers.js';

/** Objects by name. */
export type Objects = ReadonlyMap<string, KubeObject>;

/** What is watched, and for whom. */
export interface ListWatchOptions {
  readonly client: KubeClient;
  /** The collection in one namespace, e.g. `/api/v1/namespaces/ingress/secrets`. */
  readonly path: string;
  /** Only the object of this name; what a Role with `resourceNames` asks for. @default - all */
  readonly name?: string;
  /** Called with all objects after the first list and after each change. A throw becomes a problem. */
  readonly onObjects: (objects: Objects) => void;
  /** Called for each failure that is not the one before again; the watch goes on by itself. */
  readonly onProblem?: (error: Error) => void;
  readonly timers?: Timers;
  /** From 0 to below 1. @default Math.random */
  readonly random?: () => number;
}

/** How a watch stands. */
export interface WatchStatus {
  /** The objects have been listed at least once. */
  readonly ready: boolean;
  /** How many there are. */
  readonly objects: number;
  /** Why it does not follow at the moment. */
  readonly problem: string | undefined;
}

/** The server ends a watch by itself after this. */
const watchSeconds = 290;
/** A server that has not, by then, is gone. */
const graceMs = 10_000;
/** Bookmarks come every one to two minutes: a stream silent for longer is cheaper to open anew than to trust. */
const silenceMs = 180_000;
/** Whatever went wrong unseen is put right by then. */
const relistMs = 600_000;
const shortestWait = 1_000;
const longestWait = 30_000;
/** A watch that lives shorter and says nothing has failed, whatever its status. */
const briefMs = 1_000;

/** The history after our version is lost, or the server says that the watch is broken: list again. */
class Expired extends Error {}

/**
 * A copy of some objects that follows the API server: one list, then a watch from there with bookmarks, and a full list
 * every ten minutes. Ends by itself only through `stop`; whatever happens, it comes back to the server's state.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export class ListWatch {
  private readonly timers: Timers;
  private readonly random: () => number;
  private objects = new Map<string, KubeObject>();
  private version: string | undefined;
  private listedAt = 0;
  private ready = false;
  private problem: string | undefined;
  private failures = 0;
  private running: Promise<void> | undefined;
  private stopped = false;
  private interrupt: () => void = () => {};

  constructor(private readonly options: ListWatchOptions) {
    this.timers = options.timers ?? realTimers;
    this.random = options.random ?? Math.random;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.interrupt();
    await this.running;
  }

  status(): WatchStatus {
    return { ready: this.ready, objects: this.objects.size, problem: this.problem };
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        if (this.version === undefined || this.untilRelist() <= 0) await this.list();
        await this.watch();
      } catch (error) {
        if (this.stopped) return;
        await this.recover(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  /** An expired version is no fault and needs no wait, unless it comes again at once. */
  private async recover(error: Error): Promise<void> {
    this.version = undefined;
    this.failures++;
    const expired = error instanceof Expired || (error instanceof KubeError && error.status === 410);
    if (expired && this.failures === 1) return;
    this.tell(error);
    const most = Math.min(longestWait, shortestWait * 2 ** this.failures);
    await this.pause(shortestWait + this.random() * (most - shortestWait));
  }

  private async list(): Promise<void> {
    const signal = this.interruptible();
    const answer = await this.options.client.get(`${this.options.path}${this.query({})}`, signal);
    const { metadata, items } = listSchema.parse(answer);
    const objects = new Map<string, KubeObject>();
    for (const item of items) if (this.isWanted(item)) objects.set(item.metadata.name, item);
    const changed = !this.ready || !isEqual(objects, this.objects);
    this.objects = objects;
    this.version = metadata.resourceVersion;
    this.listedAt = this.timers.now();
    this.ready = true;
    this.problem = undefined;
    if (changed) this.emit();
  }

  private async watch(): Promise<void> {
    const seconds = Math.max(1, Math.min(watchSeconds, Math.ceil(this.untilRelist() / 1000)));
    const query = this.query({
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: this.version ?? '',
      timeoutSeconds: String(seconds),
    });
    const signal = this.interruptible();
    const started = this.timers.now();
    let overdue = false;
    let lines = 0;
    const giveUp = () => {
      overdue = true;
      this.interrupt();
    };
    const endLatest = this.timers.after(seconds * 1000 + graceMs, giveUp);
    let endSilent = this.timers.after(silenceMs, giveUp);
    try {
      await this.options.client.stream(
        `${this.options.path}${query}`,
        (line) => {
          if (signal.aborted) return;
          endSilent();
          endSilent = this.timers.after(silenceMs, giveUp);
          this.take(line);
          lines++;
          this.failures = 0;
        },
        signal,
      );
    } catch (error) {
      // half open: the version we have is still good
      if (!overdue) throw error instanceof KubeError && error.cause instanceof Expired ? error.cause : error;
    } finally {
      endLatest();
      endSilent();
    }
    if (lines > 0 || this.timers.now() - started >= briefMs) this.failures = 0;
    else if (!this.stopped)
      throw new KubeError(0, `GET ${this.options.path}: the watch ended as soon as it began`);
  }

  private take(line: unknown): void {
    const event = eventSchema.parse(line);
    if (event.type === 'ERROR') {
      const { code = 0, reason = '', message = '' } = event.object;
      throw new Expired(`${this.options.path}: the watch was ended with ${code} ${reason} ${message}`);
    }
    this.version = event.object.metadata.resourceVersion;
    if (event.type === 'BOOKMARK' || !this.isWanted(event.object)) return;
    const { name, uid } = event.object.metadata;
    const known = this.objects.get(name);
    if (event.type === 'DELETED') {
      // one that was made anew meanwhile is another
      if (known === undefined || known.metadata.uid !== uid) return;
      this.objects.delete(name);
    } else {
      if (known !== undefined && isSame(known, event.object)) return;
      this.objects.set(name, event.object);
    }
    this.emit();
  }

  private emit(): void {
    try {
      this.options.onObjects(this.objects);
    } catch (error) {
      this.tell(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private tell(error: Error): void {
    if (this.problem === error.message) return;
    this.problem = error.message;
    this.options.onProblem?.(error);
  }

  /** A server or a Role that does not filter must not make us take another object for ours. */
  private isWanted({ metadata }: KubeObject): boolean {
    return this.options.name === undefined || metadata.name === this.options.name;
  }

  private query(parameters: Readonly<Record<string, string>>): string {
    const { name } = this.options;
    const selector = name === undefined ? {} : { fieldSelector: `metadata.name=${name}` };
    const query = new URLSearchParams({ ...selector, ...parameters }).toString();
    return query === '' ? '' : `?${query}`;
  }

  private untilRelist(): number {
    return this.listedAt + relistMs - this.timers.now();
  }

  /** A signal for what begins now; `interrupt` ends it. */
  private interruptible(): AbortSignal {
    const controller = new AbortController();
    this.interrupt = () => controller.abort();
    if (this.stopped) controller.abort();
    return controller.signal;
  }

  private pause(ms: number): Promise<void> {
    return new Promise((done) => {
      const cancel = this.timers.after(ms, done);
      this.interrupt = () => {
        cancel();
        done();
      };
      if (this.stopped) this.interrupt();
    });
  }
}

const isSame = (one: KubeObject, other: KubeObject) =>
  one.metadata.uid === other.metadata.uid && one.metadata.resourceVersion === other.metadata.resourceVersion;

function isEqual(one: Objects, other: Objects): boolean {
  if (one.size !== other.size) return false;
  for (const [name, object] of one) {
    const known = other.get(name);
    if (known === undefined || !isSame(known, object)) return false;
  }
  return true;
}
