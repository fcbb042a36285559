import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LoopHealth } from '../../src/observe/loop-health.js';
import { until } from './support.js';

/** A loop whose timers fire as late as asked for. */
class Loop {
  time = 0;
  readonly changes: boolean[] = [];
  readonly health = new LoopHealth({
    now: () => this.time,
    onChange: (overloaded) => this.changes.push(overloaded),
  });

  /** Lets `ms` go by with every timer late by `late`. */
  run(ms: number, late: number): this {
    for (const end = this.time + ms; this.time < end; ) {
      this.time += 20 + late;
      this.health.sample();
    }
    return this;
  }
}

test('a loop in time is healthy, and delays are told in ms', () => {
  const { health } = new Loop().run(3000, 3);
  assert.equal([health.overloaded, health.last.p50, health.last.p99, health.last.max], [false, 3, 3, 3]);
});

test('overloaded after five bad seconds, not before, and healthy after a good one', () => {
  const loop = new Loop().run(1000, 0);
  loop.run(4500, 130);
  assert.not.ok(loop.health.overloaded);
  loop.run(1500, 130);
  assert.ok(loop.health.overloaded);
  loop.run(10_000, 130);
  assert.is(loop.health.overloads, 1);
  loop.run(2100, 5);
  assert.not.ok(loop.health.overloaded);
  assert.equal(loop.changes, [true, false]);
});

test('bad seconds with a good one between them are no overload', () => {
  const loop = new Loop();
  for (let turn = 0; turn < 10; turn++) loop.run(2900, 130).run(2100, 5);
  assert.equal(loop.changes, []);
});

test('delays at the limit are not above it', () => {
  assert.not.ok(new Loop().run(20_000, 100).health.overloaded);
  assert.ok(new Loop().run(20_000, 101).health.overloaded);
});

test('a loop that stands still for seconds at a time is overloaded', () => {
  const loop = new Loop().run(1000, 0);
  loop.run(6000, 2500);
  assert.ok(loop.health.overloaded);
});

test('one pause, even of ten seconds, is over when it is over', () => {
  const loop = new Loop().run(1000, 0);
  loop.run(9000, 9980);
  loop.run(2000, 0);
  assert.not.ok(loop.health.overloaded);
});

test('the real loop: a pause is seen, and work shows in the utilization', async () => {
  const health = new LoopHealth({ windowMs: 200 }).start();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const end = performance.now() + 300;
  while (performance.now() < end);
  await until(() => health.last.max > 0, 'a window is complete');
  assert.ok(health.last.max >= 200, `${health.last.max} ms`);
  assert.ok(health.last.utilization > 0.5, String(health.last.utilization));
  health.stop();
});

test.run();
