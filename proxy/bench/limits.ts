/** `node --import tsx bench/limits.ts`: what the limiter's decisions and the names behind them cost. Prints, never judges. */
import { parseAddress } from '../src/core/address.js';
import { GcraTable } from '../src/limit/gcra.js';
import { CredentialKey } from '../src/limit/identity.js';
import { SessionCache } from '../src/limit/sessions.js';
import { requestId } from '../src/policy/request-id.js';
import { continueTrace } from '../src/policy/trace-context.js';

/** Best of five rounds, in ns for one call. */
function measure(name: string, calls: number, run: (index: number) => unknown): void {
  let best = Number.POSITIVE_INFINITY;
  let kept: unknown;
  for (let round = 0; round < 6; round++) {
    const start = process.hrtime.bigint();
    for (let index = 0; index < calls; index++) kept = run(index);
    const spent = Number(process.hrtime.bigint() - start) / calls;
    // the first one warms up
    if (round > 0) best = Math.min(best, spent);
  }
  // the last result is used, so that no loop is empty
  console.log(`${name.padEnd(44)} ${best.toFixed(1).padStart(8)} ns${kept === Symbol.iterator ? '!' : ''}`);
}

console.log(`node ${process.version}, ${process.arch}`);
const bucket = { burst: 50, perSecond: 10 };
const mixed = Uint32Array.from({ length: 65_536 }, (_, index) => Math.imul(index + 1, 0x9e3779b1) >>> 0);

const few = new GcraTable();
measure('take, 1,000 keys', 2e6, (index) =>
  few.take(mixed[index % 1000] ?? 0, mixed[index % 1000] ?? 0, bucket, 1, index / 100),
);
const many = new GcraTable();
measure('take, 65,536 keys', 2e6, (index) =>
  many.take(mixed[index & 65_535] ?? 0, mixed[(index * 7) & 65_535] ?? 0, bucket, 1, index / 100),
);
const flood = new GcraTable();
let state = 1;
measure('take, never the same key', 2e6, (index) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return flood.take(state, (state ^ (state >>> 15)) >>> 0, bucket, 1, index / 100);
});
measure('remaining', 2e6, (index) =>
  few.remaining(mixed[index % 1000] ?? 0, mixed[index % 1000] ?? 0, bucket, 1e9),
);

const key = new CredentialKey();
const cookie = `csrftoken=abcdefghij; session=${'MTc1NzQyNjk0NXxEWDhFQVFMX2dBQUJFQUVRQUFBcF80QUFBUVp6ZEhKcGJt'}`;
const start = cookie.indexOf('session=') + 8;
measure(`name of a credential of ${cookie.length - start} characters`, 1e6, () => key.read(cookie, start));
const sessions = new SessionCache();
for (let index = 0; index < 5000; index++) {
  key.read(`other ${index}`);
  sessions.admit(key, undefined, 1e12, 0);
}
key.read(cookie, start);
sessions.admit(key, ['staff'], 1e12, 0);
measure('session found among 5,000', 1e6, () => sessions.find(key, 1));

measure('address and key, IPv4', 1e6, () => parseAddress('192.0.2.123').keyLo);
measure('address and key, mapped IPv4', 1e6, () => parseAddress('::ffff:192.0.2.123').keyLo);
measure('address and key, IPv6', 1e6, () => parseAddress('2001:db8:1234:5678::abcd').keyLo);
measure('new request id', 1e6, () => requestId(undefined, false));
measure('trace begun', 1e6, () => continueTrace(undefined, undefined, false).header.length);
const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
measure('trace continued', 1e6, () => continueTrace(parent, undefined, false).header.length);
