/** Counters of one client, side by side. Those with a time fade, those with a leak run out like a bucket. */
export const fast = 0;
export const slow = 1;
export const answers = 2;
export const misses = 3;
export const missed = 4;
export const strikes = 5;
export const strangeHosts = 6;
export const pushed = 7;
export const cancels = 8;
export const repeats = 9;
export const errors = 10;
export const successes = 11;
export const width = 12;

/** Seconds in which a counter falls to 1/e; 0 for those that leak instead. */
export const fading = Float64Array.of(2, 60, 60, 0, 60, 0, 0, 10, 10, 10, 10, 60);
/** What leaks per second: one miss in 10 s, as CrowdSec's http-probing does; one strike in a minute. */
export const leaking = Float64Array.of(0, 0, 0, 0.1, 0, 1 / 60, 0.1, 0, 0, 0, 0, 0);
/** What makes each feature full. */
export const scales = Float32Array.of(
  1 / 16,
  1,
  1 / 4,
  1 / 8,
  1 / 800,
  1 / 9000,
  1 / 1000,
  1 / 500,
  1 / 600,
  1 / 600,
  1 / 12,
  1,
);

/** Statuses a scanner gets where there is nothing. */
export function isMiss(status: number): boolean {
  return (
    status === 404 ||
    status === 403 ||
    status === 400 ||
    status === 405 ||
    status === 410 ||
    status === 414 ||
    status === 421
  );
}

/** Bits set in 32. */
export function countBits(value: number): number {
  let v = value - ((value >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
