import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TicketKeys } from '../../src/tls/tickets.js';

const day = 86_400_000;

test('keys are random, 48 bytes, and the same for a whole day', () => {
  let now = 20_000 * day;
  const keys = new TicketKeys({ now: () => now });
  const first = keys.current();
  assert.is(first.length, 48);
  now += day - 1;
  assert.equal(keys.current(), first);
  now += 1;
  assert.not.equal(keys.current(), first);
  assert.not.equal(new TicketKeys({ now: () => now }).current(), keys.current());
});

test('workers with one seed agree on every day, whenever they started', () => {
  let now = 20_000 * day;
  const primary = new TicketKeys({ now: () => now });
  const early = new TicketKeys({ now: () => now, seed: primary.seed() });
  now += 3 * day;
  const late = new TicketKeys({ now: () => now, seed: primary.seed() });
  assert.equal(early.current(), primary.current());
  assert.equal(late.current(), primary.current());
});

test('a secret leads to later days only; the clock going back changes nothing', () => {
  let now = 20_000 * day;
  const keys = new TicketKeys({ now: () => now });
  const before = keys.current();
  now += day;
  const after = keys.current();
  const stolen = keys.seed();
  now -= day;
  assert.equal(keys.current(), after);
  assert.not.equal(new TicketKeys({ now: () => now, seed: stolen }).current(), before);
});

test('a clock that was wrong by decades costs no time', () => {
  let now = 0;
  const keys = new TicketKeys({ now: () => now, periodMs: 1000 });
  const before = keys.current();
  now = 20_000 * day;
  const started = performance.now();
  assert.not.equal(keys.current(), before);
  assert.ok(performance.now() - started < 500);
});

test('tells of new keys by itself at the start of each period', async () => {
  const keys = new TicketKeys({ periodMs: 40 });
  const seen: Buffer[] = [keys.current()];
  // its timer alone keeps no process alive
  const alive = setInterval(() => {}, 1000);
  await new Promise<void>((done) =>
    keys.start((next) => {
      assert.not.equal(next, seen.at(-1));
      if (seen.push(next) === 4) done();
    }),
  );
  keys.stop();
  clearInterval(alive);
});

test('a seed that was cut is refused', () => {
  assert.throws(() => new TicketKeys({ seed: { period: 1, secret: 'abcd' } }), /32 bytes as hex, not 2/);
});

test.run();
