import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ProxyError } from '../../src/core/errors.js';
import { createLog, readLevel } from '../../src/observe/log.js';
import { Sink } from '../../src/observe/sink.js';
import { until } from './support.js';

const folder = mkdtempSync(join(tmpdir(), 'edge-log-'));
test.after(() => rmSync(folder, { recursive: true }));

async function lines(path: string, count: number): Promise<Record<string, unknown>[]> {
  const read = () => {
    try {
      return readFileSync(path, 'utf8').split('\n').slice(0, -1);
    } catch {
      return [];
    }
  };
  await until(() => read().length >= count, `${count} lines`);
  return read().map((line) => JSON.parse(line));
}

test('lines have time, level, message and fields; those below the level are left out', async () => {
  const path = join(folder, 'a.log');
  const log = createLog('info', new Sink(path));
  log.debug('nothing');
  log.info('listening', { port: 443 });
  log.warn('old\n"certificate" \u{1f600}\x7f');
  const cause = new Error('inner');
  log.error('refused', { error: new ProxyError('EDGE_CONFIG', 'hosts[0]: missing', { cause }) });
  log.error('surprise', { error: new TypeError('x is not a function') });
  const [first, second, third, fourth] = await lines(path, 4);
  assert.match(String(first?.time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal({ ...first, time: '' }, { level: 'info', time: '', port: 443, message: 'listening' });
  assert.equal([second?.level, second?.message], ['warn', 'old\n"certificate" \u{1f600}\x7f']);
  const told = third?.error as { code: string; message: string; stack?: string; cause: { message: string } };
  assert.equal([told.code, told.message, told.cause.message], ['EDGE_CONFIG', 'hosts[0]: missing', 'inner']);
  assert.is(told.stack, undefined, 'what was foreseen needs no stack');
  assert.match(
    String((fourth?.error as { stack?: string } | undefined)?.stack),
    /TypeError: x is not a function\n +at /,
  );
  assert.is((await lines(path, 4)).length, 4);
});

test('a full disk is no end of the process', async () => {
  const sink = new Sink('/dev/full');
  const log = createLog('info', sink);
  for (let count = 0; count < 100; count++) log.info('x'.repeat(1000));
  log.flushSync();
  log.info('once more');
  await sink.close();
  assert.is(sink.dropped, 101);
});

test('what is written just before the end arrives on standard error', () => {
  const program = `import { createLog } from './log.js'; const log = createLog(); process.on('exit', () => log.flushSync());
    log.info('first'); setTimeout(() => { log.error('last', { error: new Error('boom') }); process.exit(3); }, 60);`;
  const run = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    cwd: join(import.meta.dirname, '../../src/observe'),
    encoding: 'utf8',
  });
  assert.equal([run.status, run.stdout], [3, '']);
  assert.equal(
    run.stderr
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line).message),
    ['first', 'last'],
  );
});

test('the level comes from the environment, and a wrong one is refused with the right ones', () => {
  assert.equal([undefined, '', 'WARN', 'silent'].map(readLevel), ['info', 'info', 'warn', 'silent']);
  assert.throws(() => readLevel('loud'), /LOG_LEVEL: 'loud'.*debug, info, warn, error, silent/);
});

test.run();
