/** Milliseconds of some clock. Whatever measures time takes one of these, so that a test can hold it still. */
export type Now = () => number;

/** Milliseconds since the process began; never goes backwards. What every deadline and limit is measured by. */
export const monotonic: Now = () => performance.now();

/** Milliseconds since 1970. For what people and other programs read; it may be set back at any time. */
export const wall: Now = () => Date.now();

/**
 * A clock that is read often and looks seldom: `now()` is the time of the last look, at most `resolution` milliseconds
 * old (default 5) plus what the event loop is late. The timer behind it runs only while somebody asks, so that an idle
 * process sleeps.
 */
export class CoarseClock {
  readonly #look: Now;
  readonly #resolution: number;
  #timer: NodeJS.Timeout | undefined;
  #time = 0;
  #fresh = false;

  constructor(resolution = 5, look: Now = monotonic) {
    this.#look = look;
    this.#resolution = resolution;
  }

  /** Milliseconds, as the clock it looks at counts them. */
  now(): number {
    return this.#fresh ? this.#time : this.#renew();
  }

  #renew(): number {
    this.#time = this.#look();
    this.#fresh = true;
    if (this.#timer) this.#timer.refresh();
    else this.#timer = setTimeout(() => this.#age(), this.#resolution).unref();
    return this.#time;
  }

  #age(): void {
    this.#fresh = false;
  }
}
