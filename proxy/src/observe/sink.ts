import { close, fstatSync, open, openSync, type Stats, stat, write, writeSync } from 'node:fs';
import { ProxyError } from '../core/errors.js';

/** Milliseconds a line waits for others at most. */
const batchTime = 50;
/** Characters that are written without waiting any longer. */
const batchSize = 262_144;
/** Milliseconds until a write is tried again that a full pipe refused. */
const retryTime = 50;
/** Milliseconds after which a write is taken for held up. */
const heldUp = 100;
/** Milliseconds between two looks at whether the file is still the one of that name. */
const lookTime = 1000;
/** Largest piece that pipes write in one go, whoever else writes (PIPE_BUF of pipe(7)). */
const pipePiece = 4096;

export interface SinkOptions {
  /** Characters that may wait while the other end does not take them; more are dropped and counted. Default 4 MiB. */
  readonly limit?: number;
  /** Other processes write to the same pipe: pieces are kept so small that lines never mix. Default false. */
  readonly shared?: boolean;
  /** Told what is wrong, at most once in ten seconds. Default: nobody is. */
  readonly onTrouble?: (problem: string) => void;
}

/**
 * Writes lines in batches, in the background: one write every 50 ms or 256 KiB. It never waits for the other end; a disk
 * that is full or a reader that has stopped costs lines, which are counted, and nothing else. Lines must be ASCII.
 */
export class Sink {
  /** Lines lost so far. */
  dropped = 0;
  /** Lines written so far. */
  written = 0;
  private fd: number;
  private readonly path: string;
  private readonly limit: number;
  private readonly piece: number;
  private readonly onTrouble: (problem: string) => void;
  /** Lines that came, as octets, so that nothing of a request is kept alive. */
  private fill = Buffer.allocUnsafeSlow(batchSize * 2);
  private filled = 0;
  private lines = 0;
  private timer: NodeJS.Timeout | undefined = undefined;
  private buffer = Buffer.allocUnsafeSlow(batchSize * 2);
  private length = 0;
  private at = 0;
  private writing = false;
  /** The batch on its way, for counting. */
  private batchLines = 0;
  /** When it was handed to the system. */
  private since = 0;
  private mustOpen = false;
  private looked = 0;
  private troubled = Number.NEGATIVE_INFINITY;
  private idle: (() => void) | undefined = undefined;
  private closed = false;

  /**
   * @param target a file, or a descriptor that is open: 1 is standard output
   * @throws ProxyError EDGE_CONFIG when the file cannot be opened
   */
  constructor(target: string | number, options: SinkOptions = {}) {
    this.path = typeof target === 'string' ? target : '';
    this.fd = typeof target === 'string' ? openFirst(target) : target;
    this.limit = options.limit ?? 4 * 1_048_576;
    this.piece = options.shared === true ? pipePiece : Number.POSITIVE_INFINITY;
    this.onTrouble = options.onTrouble ?? (() => {});
    this.looked = performance.now();
  }

  /** Characters that wait. */
  get waiting(): number {
    return this.filled + (this.length - this.at);
  }

  /** Takes one line with its line feed. */
  write(line: string): void {
    const end = this.filled + line.length;
    if (this.closed || end > this.limit) {
      this.dropped++;
      return;
    }
    if (end > this.fill.length) this.grow(end);
    this.fill.write(line, this.filled, 'latin1');
    this.filled = end;
    this.lines++;
    if (this.writing) return;
    if (end >= batchSize) this.begin();
    else if (this.timer === undefined) this.timer = setTimeout(() => this.begin(), batchTime).unref();
  }

  private grow(least: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(least, Math.min(this.limit, this.fill.length * 2)));
    this.fill.copy(larger, 0, 0, this.filled);
    this.fill = larger;
  }

  /** Opens the file anew before the next batch: it has been moved away. Nothing happens with a descriptor. */
  reopen(): void {
    if (this.path === '') return;
    this.mustOpen = true;
    if (!this.writing) this.begin();
  }

  /** Everything taken so far is written, or given up after `time` milliseconds. */
  flush(time = 2000): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, time);
      const before = this.idle;
      this.idle = () => {
        before?.();
        clearTimeout(timer);
        resolve();
      };
      if (!this.writing) this.begin();
    });
  }

  /** Flushes, and closes the file. */
  async close(): Promise<void> {
    await this.flush();
    this.closed = true;
    clearTimeout(this.timer);
    // a write that hangs still has the descriptor
    if (this.path !== '' && !this.writing) close(this.fd, () => {});
  }

  /**
   * For the event 'exit', where nothing can wait: writes what has not been handed to the system yet. When the batch
   * before it is held up the other end has stopped, and then this would never return: the lines are given up.
   */
  flushSync(): void {
    if (this.closed || (this.batchLines > 0 && performance.now() - this.since > heldUp)) return;
    const bytes = this.fill.subarray(0, this.filled);
    this.filled = 0;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.fd, bytes, at);
      this.written += this.lines;
    } catch {
      this.dropped += this.lines;
    }
    this.lines = 0;
  }

  private begin(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing = true;
    if (this.path !== '' && (this.mustOpen || performance.now() - this.looked > lookTime)) this.look();
    else this.next();
  }

  /** The next batch, or rest. */
  private next(): void {
    if (this.filled === 0) {
      this.writing = false;
      const { idle } = this;
      this.idle = undefined;
      idle?.();
      return;
    }
    const { buffer } = this;
    this.buffer = this.fill;
    this.length = this.filled;
    // after a time of trouble it need not stay large
    this.fill = buffer.length > batchSize * 4 ? Buffer.allocUnsafeSlow(batchSize * 2) : buffer;
    this.filled = 0;
    this.batchLines = this.lines;
    this.lines = 0;
    this.at = 0;
    this.since = performance.now();
    this.put();
  }

  private put(): void {
    write(this.fd, this.buffer, this.at, this.pieceLength(), null, (error, count) =>
      this.onPut(error, count),
    );
  }

  private pieceLength(): number {
    const left = this.length - this.at;
    if (left <= this.piece) return left;
    const end = this.buffer.lastIndexOf(0x0a, this.at + this.piece - 1);
    if (end >= this.at) return end + 1 - this.at;
    // a line longer than a piece goes alone, and may be torn
    return this.buffer.indexOf(0x0a, this.at) + 1 - this.at;
  }

  private onPut(error: NodeJS.ErrnoException | null, count: number): void {
    if (error?.code === 'EAGAIN') {
      setTimeout(() => this.put(), retryTime).unref();
      return;
    }
    if (error === null) {
      this.at += count;
      if (this.at < this.length) {
        this.put();
        return;
      }
      this.written += this.batchLines;
    } else {
      this.dropped += this.batchLines;
      this.trouble(
        `lines are lost${this.path === '' ? '' : ` that belong in ${this.path}`}: ${error.message}`,
      );
    }
    this.batchLines = 0;
    this.length = this.at = 0;
    // what came meanwhile waits for more unless it is a batch already, or somebody wants it out
    if (this.filled >= batchSize || this.idle !== undefined || this.mustOpen) this.begin();
    else {
      this.writing = false;
      if (this.filled > 0) this.timer = setTimeout(() => this.begin(), batchTime).unref();
    }
  }

  /** Opens the file anew when another one, or none, has its name. */
  private look(): void {
    this.looked = performance.now();
    if (this.mustOpen) {
      this.open();
      return;
    }
    stat(this.path, (error, stats) => {
      if (error !== null || !same(stats, this.fd)) this.open();
      else this.next();
    });
  }

  private open(): void {
    this.mustOpen = false;
    open(this.path, 'a', 0o640, (error, fd) => {
      if (error === null) {
        close(this.fd, () => {});
        this.fd = fd;
      } else this.trouble(`lines go on to a file that is no longer ${this.path}: ${error.message}`);
      this.next();
    });
  }

  private trouble(problem: string): void {
    const now = performance.now();
    if (now - this.troubled < 10_000) return;
    this.troubled = now;
    this.onTrouble(problem);
  }
}

function openFirst(path: string): number {
  try {
    return openSync(path, 'a', 0o640);
  } catch (error) {
    throw new ProxyError(
      'EDGE_CONFIG',
      `telemetry.accessLog: cannot write to '${path}': ${(error as Error).message}; name a file in a folder that exists and may be written to, or 'stdout'`,
      { cause: error },
    );
  }
}

function same(stats: Stats, fd: number): boolean {
  try {
    const own = fstatSync(fd);
    return own.ino === stats.ino && own.dev === stats.dev;
  } catch {
    return false;
  }
}
