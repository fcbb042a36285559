/** Time as the watches see it, for tests to turn. */
export interface Timers {
  /** Milliseconds that only grow; where they begin means nothing. */
  now(): number;
  /** Calls back once after `ms`, unless the function it returns is called before. */
  after(ms: number, run: () => void): () => void;
}

/** The real time. Waiting keeps no process alive. */
export const realTimers: Timers = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
};
