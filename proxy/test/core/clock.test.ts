import { setTimeout as after } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CoarseClock } from '../../src/core/clock.js';

test('looks once for many readers, and again when the time is up', async () => {
  let looks = 0;
  const clock = new CoarseClock(1, () => ++looks);
  assert.equal([clock.now(), clock.now(), clock.now()], [1, 1, 1]);
  // longer than the resolution, however late the timers are: they fire in order
  await after(5);
  assert.is(clock.now(), 2);
  await after(5);
  assert.is(clock.now(), 3);
});

test('nobody asks: it does not look', async () => {
  let looks = 0;
  const clock = new CoarseClock(1, () => ++looks);
  clock.now();
  await after(20);
  assert.is(looks, 1);
});

test.run();
