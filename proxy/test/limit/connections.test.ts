import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAddress } from '../../src/core/address.js';
import { ConnectionBudget } from '../../src/limit/connections.js';

const a = parseAddress('192.0.2.1');
const b = parseAddress('192.0.2.2');
const wide = { burst: 1e6, perSecond: 1e6 };

test('an address has so many open connections, a /64 counts as one address', () => {
  const budget = new ConnectionBudget({ perAddress: 2, fresh: wide });
  assert.ok(budget.acquire(a, 0));
  assert.ok(budget.acquire(a, 0));
  assert.not.ok(budget.acquire(a, 0));
  assert.ok(budget.acquire(b, 0));
  budget.release(a);
  assert.ok(budget.acquire(a, 0));
  assert.equal([budget.of(a), budget.of(b), budget.total], [2, 1, 3]);
  for (const host of [1, 2]) assert.ok(budget.acquire(parseAddress(`2001:db8::${host}`), 0));
  assert.not.ok(budget.acquire(parseAddress('2001:db8::3'), 0));
  assert.equal(budget.refused, { total: 0, address: 2, rate: 0 });
});

test('all together have so many', () => {
  const budget = new ConnectionBudget({ total: 2, fresh: wide });
  assert.ok(budget.acquire(a, 0) && budget.acquire(b, 0));
  assert.not.ok(budget.acquire(parseAddress('192.0.2.3'), 0));
  assert.is(budget.refused.total, 1);
});

test('new ones come at so many a second, closed ones included', () => {
  const budget = new ConnectionBudget({ fresh: { burst: 3, perSecond: 10 } });
  const connect = (at: number) => {
    const taken = budget.acquire(a, at);
    if (taken) budget.release(a);
    return taken;
  };
  assert.equal([0, 0, 0, 0].map(connect), [true, true, true, false]);
  assert.equal([99, 100, 100].map(connect), [false, true, false]);
  assert.ok(budget.acquire(b, 100), 'others are not held up');
  assert.is(budget.refused.rate, 3);
});

test('limits change under way', () => {
  const budget = new ConnectionBudget({ perAddress: 5, fresh: wide });
  for (let open = 0; open < 5; open++) assert.ok(budget.acquire(a, 0));
  budget.limit({ perAddress: 2, fresh: wide });
  budget.release(a);
  assert.not.ok(budget.acquire(a, 0));
  for (let closed = 0; closed < 3; closed++) budget.release(a);
  assert.ok(budget.acquire(a, 0));
});

test('the counts are those of a plain list, and nothing is left when all are closed', () => {
  const addresses = Array.from({ length: 8 }, (_, index) => parseAddress(`10.0.0.${index}`));
  const step = fc.tuple(fc.nat(7), fc.boolean());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const budget = new ConnectionBudget({ perAddress: 5, total: 20, fresh: wide });
      const open: number[] = [];
      for (const [index, opens] of steps) {
        const address = addresses[index] ?? a;
        const held = open.filter((other) => other === index).length;
        if (opens) {
          const taken = held < 5 && open.length < 20;
          assert.is(budget.acquire(address, 0), taken);
          if (taken) open.push(index);
        } else if (held > 0) {
          budget.release(address);
          open.splice(open.indexOf(index), 1);
        }
        assert.is(budget.total, open.length);
        assert.is(budget.addresses, new Set(open).size);
      }
      for (const index of open) budget.release(addresses[index] ?? a);
      assert.equal([budget.total, budget.addresses], [0, 0]);
    }),
    { seed: 13, numRuns: 300 },
  );
});

test('a release too many is no harm', () => {
  const budget = new ConnectionBudget();
  budget.release(a);
  assert.is(budget.total, 0);
});

test.run();
