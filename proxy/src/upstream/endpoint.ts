import type { UpstreamConnection } from './connection.js';

/** Failures in a row after which an address is left alone for a while. */
const failuresUntilOut = 3;
/** Milliseconds it is left alone at first; doubled each time, up to a minute. */
const firstPause = 2000;
const longestPause = 60_000;

/** One address of an upstream, with its idle connections and its health as far as requests have shown it. */
export class Endpoint {
  /** The one used last stands last. */
  readonly idle: UpstreamConnection[] = [];
  /** Connections with a request on them, or on the way up. */
  active = 0;
  private failures = 0;
  private pause = firstPause;
  private outUntil = 0;

  constructor(
    readonly host: string,
    readonly port: number,
  ) {}

  /** Whether requests may go there. After a pause one request finds out. */
  healthy(now: number): boolean {
    return now >= this.outUntil;
  }

  /** An answer came. */
  succeeded(): void {
    if (this.failures === 0) return;
    this.failures = 0;
    this.outUntil = 0;
    this.pause = firstPause;
  }

  /** No connection, or no answer. */
  failed(now: number): void {
    if (++this.failures < failuresUntilOut) return;
    this.outUntil = now + this.pause;
    this.pause = Math.min(longestPause, this.pause * 2);
  }

  /** For logs and /debug. */
  toString(): string {
    return this.host.includes(':') ? `[${this.host}]:${this.port}` : `${this.host}:${this.port}`;
  }
}
