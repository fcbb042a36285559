import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { scaled, scales, sizes } from '../../constructs/core/sizes.js';
import { containerOf, find, sampleTier } from '../support/sample.js';

const row = { cpu: 100, memory: 500, limit: 800 };

test('small asks for less and may use as much, large doubles both', () => {
  assert.equal(scaled(row, 'small'), { cpu: 60, memory: 300, limit: 800 });
  assert.equal(scaled(row, 'standard'), row);
  assert.equal(scaled(row, 'large'), { cpu: 200, memory: 1000, limit: 1600 });
});

test('nothing is asked for below a thousandth of a core and 16 MiB', () => {
  assert.equal(scaled({ cpu: 1, memory: 20, limit: 64 }, 'small'), { cpu: 1, memory: 16, limit: 64 });
  assert.equal(scaled({ cpu: 0, memory: 0, limit: 64 }, 'standard'), { cpu: 1, memory: 16, limit: 64 });
});

test('nothing is asked for above the limit', () => {
  assert.equal(scaled({ cpu: 1, memory: 10, limit: 12 }, 'standard').memory, 12);
  for (const [name, resources] of Object.entries(sizes)) {
    for (const size of ['small', 'standard', 'large'] as const) {
      const { cpu, memory, limit } = scaled(resources, size);
      assert.ok(memory <= limit, `${name} at ${size}: ${memory} > ${limit}`);
      assert.ok(cpu >= 1 && Number.isInteger(cpu) && Number.isInteger(memory), `${name} at ${size}`);
    }
  }
});

test('what the tour of the box names stands: PostgreSQL, Valkey', () => {
  assert.is(sizes.postgres.limit, 512);
  assert.is(sizes.valkey.limit, 64);
});

test('a larger size is for a larger server', () => {
  const { small, standard, large } = scales;
  assert.equal(
    [small, standard, large].map(({ server }) => server.memoryGi),
    [32, 64, 128],
  );
});

test('CPU is asked for and never limited; memory is both', () => {
  for (const [size, cpu, memory, limit] of [
    ['small', '12m', '58Mi', '256Mi'],
    ['standard', '20m', '96Mi', '256Mi'],
    ['large', '40m', '192Mi', '512Mi'],
  ] as const) {
    const { box, workload } = sampleTier({ size });
    workload('web');
    assert.equal(containerOf(find(box.manifests(), 'Deployment', 'web')).resources, {
      requests: { cpu, memory },
      limits: { memory: limit },
    });
  }
});

test('a workload may bring figures of its own', () => {
  const { box, workload } = sampleTier();
  workload('web', { size: { cpu: 7, memory: 70, limit: 77 } });
  assert.equal(containerOf(find(box.manifests(), 'Deployment', 'web')).resources, {
    requests: { cpu: '7m', memory: '70Mi' },
    limits: { memory: '77Mi' },
  });
});

test.run();
