/** Milliseconds over which everything is counted. */
const span = 10_000;
/** Requests a client may take back, or have taken back. Closing a page takes back dozens. */
const resets = 200;
/** Questions whether anybody is there. */
const pings = 1000;
/** Changes of settings. */
const settings = 100;
/** Frames that say nothing: empty, of unknown types, priorities, for streams that are over. */
const noise = 2000;
/** Updates of windows, beside those that octets sent give reason for. */
const updates = 2000;

/**
 * Counts what costs a client next to nothing and us something (RFC 9113 10.5): CVE-2023-44487, CVE-2025-8671 (resets),
 * CVE-2019-9511, -9512, -9513, -9515, -9518, CVE-2024-27316. Each question is answered by false when there was too much.
 */
export class FloodGuard {
  private since = 0;
  private resets = 0;
  private pings = 0;
  private settings = 0;
  private noise = 0;
  private updates = 0;

  /** @param now milliseconds of the service's clock */
  reset(now: number): boolean {
    this.renew(now);
    return ++this.resets <= resets;
  }

  ping(now: number): boolean {
    this.renew(now);
    return ++this.pings <= pings;
  }

  setting(now: number): boolean {
    this.renew(now);
    return ++this.settings <= settings;
  }

  nothing(now: number): boolean {
    this.renew(now);
    return ++this.noise <= noise;
  }

  windowUpdate(now: number): boolean {
    this.renew(now);
    return ++this.updates <= updates;
  }

  /** Octets were sent that a client may answer by an update for the stream and one for the connection. */
  sent(): void {
    this.updates -= 2;
  }

  private renew(now: number): void {
    if (now - this.since <= span) return;
    this.since = now;
    this.resets = this.pings = this.settings = this.noise = 0;
    // what was sent before may still be answered
    if (this.updates > 0) this.updates = 0;
  }
}
