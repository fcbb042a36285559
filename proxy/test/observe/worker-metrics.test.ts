import cluster from 'node:cluster';
import { once } from 'node:events';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { expose } from '../../src/observe/exposition.js';
import { WorkerMetrics } from '../../src/observe/worker-metrics.js';
import { parseExposition } from './exposition-parser.js';
import { until } from './support.js';

cluster.setupPrimary({
  exec: join(import.meta.dirname, 'programs/counting-worker.ts'),
  execArgv: ['--import', 'tsx'],
});

const total = 'sunbeam_requests_total{route="none",method="GET",status="200"}';
const count = 'sunbeam_request_duration_seconds_count{route="none"}';

test('workers are counted as one process, whether they live, end or do not answer', async () => {
  const own = new Registry();
  expose(own, 'gauge', 'edge_workers', 'Workers.', (emit) => emit(Object.keys(cluster.workers ?? {}).length));
  const metrics = new WorkerMetrics(own, 1000);
  const read = async () => parseExposition(await metrics.text()).values;
  const [a, b] = [cluster.fork({ REQUESTS: '3' }), cluster.fork({ REQUESTS: '40' })];
  await Promise.all([once(a, 'message'), once(b, 'message')]);

  const first = await read();
  assert.equal([first.get(total), first.get(count), first.get('edge_workers')], [43, 43, 2]);
  assert.is(
    first.get('edge_config_reload_total{result="success"}'),
    1,
    'a reload is not counted once a worker',
  );
  assert.is(first.get('sunbeam_active_connections'), -43, 'gauges are sums of the living');

  // a worker that hangs is shown as it was
  b.process.kill('SIGSTOP');
  a.send('more');
  await once(a, 'message');
  assert.is((await read()).get(total), 44);
  b.process.kill('SIGCONT');
  assert.is((await read()).get(total), 44);

  // what it had counted stays when it ends; what is no count goes
  b.process.kill('SIGKILL');
  await once(b, 'exit');
  await until(() => Object.keys(cluster.workers ?? {}).length === 1, 'one is left');
  const after = await read();
  assert.equal([after.get(total), after.get(count), after.get('edge_workers')], [44, 44, 1]);
  assert.is(after.get('sunbeam_active_connections'), -4);

  // and again, with others
  for (let turn = 1; turn <= 3; turn++) {
    const next = cluster.fork({ REQUESTS: '100' });
    await once(next, 'message');
    assert.is((await read()).get(total), 44 + 100 * turn);
    next.process.kill('SIGKILL');
    await once(next, 'exit');
    assert.is((await read()).get(total), 44 + 100 * turn);
  }
  a.disconnect();
  await once(a, 'exit');
  assert.is((await read()).get(total), 344);
});

test.run();
