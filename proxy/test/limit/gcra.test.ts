import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Bucket, GcraTable } from '../../src/limit/gcra.js';

/** A token bucket as the books have it, in exact arithmetic: tokens are counted in units of 1/1000 of one. */
class TokenBucket {
  #units: number;
  #at = 0;

  constructor(readonly bucket: Bucket) {
    this.#units = bucket.burst * 1000;
  }

  /** Whether `cost` is admitted at a whole number of ms; rates are whole, so that units are too. */
  take(cost: number, at: number): boolean {
    this.#units = Math.min(this.bucket.burst * 1000, this.#units + (at - this.#at) * this.bucket.perSecond);
    this.#at = at;
    if (this.#units < Math.min(cost, this.bucket.burst) * 1000) return false;
    this.#units -= Math.min(cost, this.bucket.burst) * 1000;
    return true;
  }

  get tokens(): number {
    return Math.floor(this.#units / 1000);
  }
}

const buckets = fc.record({
  burst: fc.integer({ min: 1, max: 200 }),
  perSecond: fc.integer({ min: 1, max: 200 }),
});

test('decisions are those of a token bucket, for every key by itself', () => {
  const arrival = fc.record({
    key: fc.integer({ min: 0, max: 5 }),
    gap: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 5000 })),
    cost: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(buckets, fc.array(arrival, { maxLength: 300 }), (bucket, arrivals) => {
      const table = new GcraTable({ slots: 64 });
      const models = Array.from({ length: 6 }, () => new TokenBucket(bucket));
      let at = 0;
      for (const { key, gap, cost } of arrivals) {
        at += gap;
        const model = models[key] as TokenBucket;
        const wait = table.take(7, key, bucket, cost, at);
        assert.is(wait === 0, model.take(cost, at), `key ${key} at ${at}`);
        assert.is(table.remaining(7, key, bucket, at), model.tokens);
      }
      assert.is(table.shared, 0);
    }),
    { seed: 11, numRuns: 400 },
  );
});

test('who waits as long as told is admitted, and not a moment earlier', () => {
  fc.assert(
    fc.property(buckets, fc.integer({ min: 0, max: 1e9 }), (bucket, start) => {
      const table = new GcraTable({ slots: 8, now: start });
      let at = start;
      for (let spent = 0; spent < bucket.burst; spent++) assert.is(table.take(1, 1, bucket, 1, at), 0);
      for (let round = 0; round < 5; round++) {
        const wait = table.take(1, 1, bucket, 1, at);
        assert.ok(wait > 0 && wait <= 1000 / bucket.perSecond + 0.01);
        assert.ok(table.take(1, 1, bucket, 1, at + wait / 2) > 0);
        at += wait;
        assert.is(table.take(1, 1, bucket, 1, at), 0);
      }
    }),
    { seed: 12, numRuns: 300 },
  );
});

test('a cost above the burst is paid with a full bucket', () => {
  const table = new GcraTable();
  const bucket = { burst: 5, perSecond: 1 };
  assert.is(table.take(1, 1, bucket, 100, 0), 0);
  assert.is(table.remaining(1, 1, bucket, 0), 0);
  assert.ok(Math.abs(table.take(1, 1, bucket, 100, 0) - 5000) < 0.01);
});

test('a clock that goes backwards stands still: nobody gains, nobody waits for it', () => {
  const table = new GcraTable({ now: 1e12 });
  const bucket = { burst: 2, perSecond: 10 };
  assert.is(table.take(1, 1, bucket, 2, 1e12), 0);
  assert.ok(table.take(1, 1, bucket, 1, 1e12 - 3600_000) <= 100);
  assert.is(table.take(1, 1, bucket, 1, 1e12 - 3600_000 + 100), 0);
  assert.ok(table.take(1, 1, bucket, 1, 1e12 - 3600_000 + 100) > 99);
});

test('a bucket that was made smaller is at most empty', () => {
  const table = new GcraTable();
  assert.is(table.take(1, 1, { burst: 1000, perSecond: 1 }, 1000, 0), 0);
  assert.ok(table.take(1, 1, { burst: 10, perSecond: 10 }, 1, 0) <= 100.01);
});

test('keys that meet in one place keep their own buckets; the ninth shares', () => {
  const table = new GcraTable({ slots: 1024 });
  const bucket = { burst: 1, perSecond: 1 };
  // the lower bits are the place: what a stranger cannot arrange, since keys are hashed with a secret
  for (let key = 0; key < 8; key++) assert.is(table.take(key, 5, bucket, 1, 0), 0);
  for (let key = 0; key < 8; key++) assert.ok(table.take(key, 5, bucket, 1, 0) > 0);
  assert.is(table.shared, 0);
  assert.is(table.take(100, 5, bucket, 1, 0, 3), 0);
  assert.ok(table.take(101, 5, bucket, 1, 0, 3) > 0, 'of one wider network: one bucket');
  assert.is(table.take(102, 5, bucket, 1, 0, 4), 0, 'of another: another');
  assert.is(table.shared, 3);
  assert.is(table.remaining(103, 5, bucket, 0, 3), 0);
  // when their buckets are full again, they make room, and not before
  assert.ok(table.take(104, 5, bucket, 1, 999, 3) > 0);
  assert.is(table.shared, 4);
  assert.is(table.take(104, 5, bucket, 1, 1000), 0);
  assert.is(table.shared, 4);
});

test('a million invented keys change neither memory nor the bucket of an honest one', () => {
  const bucket = { burst: 50, perSecond: 10 };
  const table = new GcraTable();
  for (let spent = 0; spent < 50; spent++) table.take(1, 99, bucket, 1, 0);
  global.gc?.();
  const before = process.memoryUsage();
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state ^ (state >>> 15)) >>> 0;
  };
  // a thousand in each ms
  for (let index = 0; index < 1_000_000; index++) {
    table.take(random(), random(), bucket, 1, index / 1000);
    // the honest one goes on at its 10 per second
    if (index > 0 && index % 100_000 === 0)
      assert.is(table.take(1, 99, bucket, 1, index / 1000), 0, `${index}`);
    if (index % 100_000 === 1) assert.ok(table.take(1, 99, bucket, 1, index / 1000) > 0, `${index}`);
  }
  const after = process.memoryUsage();
  assert.ok(after.arrayBuffers - before.arrayBuffers < 100_000, 'no table has grown');
  assert.ok(after.heapUsed - before.heapUsed < 32e6, `heap grew by ${after.heapUsed - before.heapUsed}`);
});

test('slots are a power of two', () => {
  for (const slots of [0, 4, 100, -8, Number.NaN])
    assert.throws(() => new GcraTable({ slots }), /power of two/);
});

test.run();
