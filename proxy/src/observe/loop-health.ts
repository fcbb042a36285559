import { performance } from 'node:perf_hooks';

/** Milliseconds between two samples of the loop's delay. */
const interval = 20;

/** What is seen of the loop in one window. */
export interface LoopWindow {
  /** Delay of timers in ms: half of them were less late, and so on. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Share of the time in which the loop had work, 0 to 1. */
  readonly utilization: number;
}

export interface LoopHealthOptions {
  /** Delay in ms above which a window is a bad one. Default 100. */
  readonly limitMs?: number;
  /** How long windows are bad before the process counts as overloaded, in ms. Default 5000. */
  readonly patienceMs?: number;
  /** Length of a window in ms. Default 1000. */
  readonly windowMs?: number;
  /** Milliseconds that only grow. Default: performance.now. */
  readonly now?: () => number;
  /** Told when `overloaded` changes. Default: nobody is. */
  readonly onChange?: (overloaded: boolean) => void;
}

/**
 * How late the event loop is. When the slowest hundredth of the timers is late by more than the limit window after
 * window, the process is `overloaded`: it has more work than it can do, and serves those it knows best by sending
 * strangers away. One good window ends it; the next time takes patience again.
 *
 * The delay is measured by a timer of its own and not by `monitorEventLoopDelay`, which does not record the first delay
 * after a reset: a loop that stands still from window to window would look idle.
 */
export class LoopHealth {
  /** More work than the process can do. */
  overloaded = false;
  /** Times it became so. */
  overloads = 0;
  /** The last window that is complete. */
  last: LoopWindow = { p50: 0, p99: 0, max: 0, utilization: 0 };
  private readonly limit: number;
  private readonly patience: number;
  private readonly windowMs: number;
  private readonly now: () => number;
  private readonly onChange: (overloaded: boolean) => void;
  /** Delays in the window; more than fit come only where there is none. */
  private readonly delays: Float64Array;
  private count = 0;
  private sampled = 0;
  private windowStart = 0;
  /** When the first of the bad windows began; -1 when the last one was good. */
  private badSince = -1;
  private utilization = performance.eventLoopUtilization();
  private timer: NodeJS.Timeout | undefined = undefined;

  constructor(options: LoopHealthOptions = {}) {
    this.limit = options.limitMs ?? 100;
    this.patience = options.patienceMs ?? 5000;
    this.windowMs = options.windowMs ?? 1000;
    this.now = options.now ?? (() => performance.now());
    this.onChange = options.onChange ?? (() => {});
    this.delays = new Float64Array(Math.ceil(this.windowMs / interval) + 1);
    this.sampled = this.windowStart = this.now();
  }

  /** Measures from now on. Keeps no process alive. */
  start(): this {
    this.sampled = this.windowStart = this.now();
    this.timer ??= setInterval(() => this.sample(), interval).unref();
    return this;
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** The timer has fired, 20 ms after the time before or later. */
  sample(): void {
    const now = this.now();
    if (this.count < this.delays.length)
      this.delays[this.count++] = Math.max(0, now - this.sampled - interval);
    this.sampled = now;
    if (now - this.windowStart >= this.windowMs) this.judge(now);
  }

  private judge(now: number): void {
    const began = this.windowStart;
    const before = this.utilization;
    const sorted = this.delays.subarray(0, this.count).sort();
    this.utilization = performance.eventLoopUtilization();
    this.last = {
      p50: sorted[Math.floor(this.count / 2)] as number,
      p99: sorted[Math.floor(this.count * 0.99)] as number,
      max: sorted[this.count - 1] as number,
      utilization: performance.eventLoopUtilization(this.utilization, before).utilization,
    };
    this.windowStart = now;
    this.count = 0;
    if (this.last.p99 <= this.limit) {
      this.badSince = -1;
      if (this.overloaded) this.change(false);
      return;
    }
    if (this.badSince < 0) this.badSince = began;
    // a loop that stood still makes one long window of many
    if (this.overloaded || now - this.badSince < this.patience) return;
    this.overloads++;
    this.change(true);
  }

  private change(overloaded: boolean): void {
    this.overloaded = overloaded;
    this.onChange(overloaded);
  }
}
