import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Budget } from '../../constructs/core/budget.js';
import { scratch } from '../../constructs/core/mount.js';
import { Schedule, Task } from '../../constructs/core/task.js';
import { messageOf, sampleSite, sampleTier } from '../support/sample.js';

const resources = { cpu: 100, memory: 200, limit: 400 };

test('available is the server less what the system keeps, three times in a cluster', () => {
  assert.equal(new Budget(sampleSite()).available, { cpu: 15_000, memory: 60 * 1024 });
  assert.equal(new Budget(sampleSite({ size: 'small' })).available, { cpu: 7000, memory: 28 * 1024 });
  const cluster = sampleSite({ scale: 'cluster', server: { cpu: 5, memoryGi: 12 } });
  assert.equal(new Budget(cluster).available, { cpu: 12_000, memory: 24 * 1024 });
});

test('the total counts replicas', () => {
  const budget = new Budget(sampleSite());
  budget.add({ namespace: 'a', workload: 'one', replicas: 1, resources });
  budget.add({ namespace: 'b', workload: 'three', replicas: 3, resources });
  assert.equal(budget.total(), { cpu: 400, memory: 800, limit: 1600 });
  assert.equal(budget.total(budget.rows.filter(({ namespace }) => namespace === 'b')), {
    cpu: 300,
    memory: 600,
    limit: 1200,
  });
  assert.equal(budget.total([]), { cpu: 0, memory: 0, limit: 0 });
});

test('each workload has a row with its mesh proxy in it; what ends has none', () => {
  const { box, tier, workload } = sampleTier();
  workload('meshed', { size: resources });
  workload('alone', { size: resources, replicas: 2, exceptions: { unmeshed: 'it breaks' } });
  const task = { image: 'login', size: 'task', mounts: [scratch('/tmp')] } as const;
  new Task(tier, 'Task', { name: 'task', ...task });
  new Schedule(tier, 'Schedule', { name: 'schedule', cron: '0 0 * * *', ...task });
  box.finish();
  assert.equal(box.budget.rows, [
    {
      namespace: 'lasuite',
      workload: 'meshed',
      replicas: 1,
      resources: { cpu: 110, memory: 220, limit: 528 },
    },
    { namespace: 'lasuite', workload: 'alone', replicas: 2, resources },
  ]);
});

test('what fits is no error, up to the last MiB', () => {
  const budget = new Budget(sampleSite());
  budget.add({
    namespace: 'a',
    workload: 'all',
    replicas: 1,
    resources: { cpu: 15_000, memory: 61_440, limit: 61_440 },
  });
  budget.check();
  budget.add({ namespace: 'a', workload: 'one', replicas: 1, resources: { cpu: 0, memory: 0, limit: 1 } });
  assert.match(
    messageOf(() => budget.check()),
    /: memory limits \(MiB\) 61441 > 61440\. /,
  );
});

test('what does not fit says what, by how much, and the ways out', () => {
  const budget = new Budget(sampleSite({ size: 'large', server: { cpu: 4, memoryGi: 8 } }));
  budget.add({
    namespace: 'a',
    workload: 'big',
    replicas: 2,
    resources: { cpu: 2000, memory: 3000, limit: 5000 },
  });
  assert.is(
    messageOf(() => budget.check()),
    "size 'large' does not fit the server of 4 cores and 8 GiB: CPU requests (thousandths of a core) 4000 > 3000; " +
      'memory requests (MiB) 6000 > 4096; memory limits (MiB) 10000 > 4096. ' +
      'Choose a smaller size, switch apps off, or set server.cpu and server.memoryGi to what the server really has',
  );
});

test.run();
