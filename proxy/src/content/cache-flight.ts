import type { Exchange, Handler } from '../exchange.js';
import type { Outlet } from '../forward.js';
import type { CacheFill } from './cache-fill.js';

/** Asks the upstream; the answer goes through the outlet, when there is one. */
export type Fetch = (outlet: Outlet | undefined) => void;

/** A request that waits for another one's answer. */
export class Waiter implements Handler {
  over = false;

  constructor(
    readonly exchange: Exchange,
    readonly fetch: Fetch,
    private readonly flight: Flight,
    private readonly until: number,
  ) {
    exchange.setHandler(this);
  }

  onBody(): void {}
  onBodyEnd(): void {}
  onDrain(): void {}

  onGone(): void {
    this.over = true;
    this.flight.waiters.delete(this);
  }

  /** Waits no longer than it promised, nor for somebody who has ended without a word. */
  onSweep(now: number): void {
    if (!this.over && (now > this.until || this.flight.fill?.exchange.finished === true)) this.go();
  }

  go(): void {
    this.onGone();
    this.fetch(undefined);
  }
}

/** One request on its way for all who want the same. */
export class Flight {
  fill: CacheFill | undefined = undefined;
  readonly waiters = new Set<Waiter>();
}
