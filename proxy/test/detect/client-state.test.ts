import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ClientState } from '../../src/detect/client-state.js';
import { clientFeatures } from '../../src/detect/signals.js';

function featuresOf(state: ClientState, slot: number): Float32Array {
  const x = new Float32Array(clientFeatures);
  state.features(slot, x);
  return x;
}

/** A well-spread hash of a small number. */
const spread = (i: number) => Math.imul(i ^ 0x5bd1e995, 0x9e3779b1) >>> 0;

test('remembers clients apart, and finds them again', () => {
  const state = new ClientState(64);
  const a = state.enter(1, 2, 0);
  const b = state.enter(1, 3, 0);
  assert.is.not(a, b);
  assert.is(state.find(1, 2, 5), a);
  assert.is(state.find(2, 2, 5), -1);
  assert.is(state.enter(1, 2, 10), a);
});

test('as a plain model has it: misses leak one in ten seconds, each path once until they are gone', () => {
  const event = fc.record({
    gap: fc.integer({ min: 0, max: 30_000 }),
    path: fc.integer({ min: 0, max: 7 }),
    status: fc.constantFrom(200, 304, 401, 403, 404, 429, 500),
    weight: fc.constantFrom(0.25, 1, 2),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const state = new ClientState(8);
      let now = 0;
      let misses = 0;
      let seen = new Set<number>();
      for (const { gap, path, status, weight } of events) {
        now += gap;
        const slot = state.enter(9, 9, now);
        if (gap >= 10) {
          misses = Math.max(0, misses - gap / 10_000);
          if (misses < 1e-6) seen = new Set();
        } else now -= gap;
        const hash = (path << 26) >>> 0;
        state.answer(slot, status, hash, 0, weight);
        if ((status === 403 || status === 404) && !seen.has(path)) {
          misses = Math.min(64, misses + weight);
          seen.add(path);
        }
      }
      // a twelfth of the answers of the last minute is forgiven; without answers left, what leaks is what there is
      const later = now + 0;
      const x = featuresOf(state, state.enter(9, 9, later));
      assert.ok((x[0] ?? 0) <= misses / 16 + 1e-3, `${x[0]} of ${misses}`);
      assert.ok((x[0] ?? 0) >= Math.min(1, Math.max(0, misses - events.length / 12) / 16) - 1e-3);
    }),
  );
});

test('401 is how some protocols begin: it counts for nothing', () => {
  const state = new ClientState(8);
  const slot = state.enter(1, 1, 0);
  for (let i = 0; i < 100; i++) state.answer(slot, 401, spread(i), 0, 1);
  assert.equal([...featuresOf(state, slot)], new Array(clientFeatures).fill(0));
});

test('rates fade, and are nothing after minutes', () => {
  const state = new ClientState(8);
  for (let i = 0; i < 1000; i++) state.arrive(state.enter(1, 1, i), spread(i), 0, true, 1);
  const during = featuresOf(state, state.enter(1, 1, 1000));
  assert.ok((during[4] ?? 0) > 0.5);
  const after = featuresOf(state, state.enter(1, 1, 601_000));
  assert.ok(after.every((value) => value < 0.001));
});

test('a clock that stands still or runs back makes nothing grow and throws nothing', () => {
  const state = new ClientState(8);
  const slot = state.enter(1, 1, 1000);
  state.answer(slot, 404, 1, 0, 1);
  const before = [...featuresOf(state, slot)];
  assert.is(state.find(1, 1, 0), slot);
  assert.equal([...featuresOf(state, slot)], before);
});

test('blocks double up to an hour, and the level fades with quiet hours', () => {
  const state = new ClientState(8);
  const slot = state.enter(1, 1, 0);
  const lengths: number[] = [];
  let now = 0;
  for (let i = 0; i < 5; i++) {
    state.block(slot, 600, now);
    lengths.push((state.blockedUntil(slot) - now) / 1000);
    now = state.blockedUntil(slot) + 1;
  }
  assert.equal(lengths, [600, 1200, 2400, 3600, 3600]);
  now += 3 * 3_600_000;
  state.block(slot, 600, now);
  assert.is((state.blockedUntil(slot) - now) / 1000, 2400);
  now = state.blockedUntil(slot) + 10 * 3_600_000;
  state.block(slot, 600, now);
  assert.is((state.blockedUntil(slot) - now) / 1000, 600);
  assert.is(state.blocked(now), 1);
  state.pardon(slot);
  assert.is(state.blocked(now), 0);
});

test('whoever was blocked is not pushed out by strangers who come once', () => {
  const state = new ClientState(1024);
  const slot = state.enter(7, 7, 0);
  state.block(slot, 600, 0);
  for (let i = 0; i < 50_000; i++) state.enter(spread(i), spread(i + 1e6), 1000 + i);
  const found = state.find(7, 7, 51_000);
  assert.ok(found >= 0 && state.blockedUntil(found) > 51_000);
});

test('memory stays what it was under a million clients', () => {
  const state = new ClientState();
  const run = (from: number) => {
    for (let i = from; i < from + 500_000; i++) {
      const slot = state.enter(spread(i), spread(~i), i / 50);
      state.arrive(slot, i, i & 31, true, 1);
      state.answer(slot, 404, spread(i), i & 31, 1);
    }
  };
  const size = () => {
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  run(0);
  const before = size();
  run(500_000);
  assert.ok(size() - before < 8_000_000, `grew by ${size() - before} bytes`);
});

test('a size that is no power of two is refused', () => {
  assert.throws(() => new ClientState(1000), /power of two/);
  assert.throws(() => new ClientState(4), /power of two/);
});

test.run();
