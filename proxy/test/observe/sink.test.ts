import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ProxyError } from '../../src/core/errors.js';
import { Sink } from '../../src/observe/sink.js';
import { until } from './support.js';

const folder = mkdtempSync(join(tmpdir(), 'edge-sink-'));
test.after(() => rmSync(folder, { recursive: true }));
const linesOf = (path: string) => readFileSync(path, 'utf8').split('\n').slice(0, -1);

test('lines come in order, in few writes, and wait for nobody', async () => {
  const path = join(folder, 'order.log');
  const sink = new Sink(path);
  for (let line = 0; line < 5000; line++) sink.write(`{"line":${line}}\n`);
  await sink.close();
  assert.equal(
    linesOf(path).map((line) => JSON.parse(line).line),
    Array.from({ length: 5000 }, (_, line) => line),
  );
  assert.equal([sink.written, sink.dropped, sink.waiting], [5000, 0, 0]);
  sink.write('late\n');
  assert.is(sink.dropped, 1);
});

test('a single line is there after the time of a batch', async () => {
  const path = join(folder, 'single.log');
  const sink = new Sink(path);
  sink.write('one\n');
  await until(() => sink.written === 1, 'the line is written');
  sink.write('two\n');
  await until(() => sink.written === 2, 'the next line is written');
  assert.equal(linesOf(path), ['one', 'two']);
  await sink.close();
});

test('a file that was moved away by a rotation with a signal is left, and none of its lines is lost', async () => {
  const path = join(folder, 'signal.log');
  const sink = new Sink(path);
  for (let turn = 0; turn < 5; turn++) {
    for (let line = 0; line < 100; line++) sink.write(`${turn} ${line}\n`);
    await sink.flush();
    renameSync(path, `${path}.${turn}`);
    sink.reopen();
    await sink.flush();
  }
  await sink.close();
  for (let turn = 0; turn < 5; turn++) assert.is(linesOf(`${path}.${turn}`).length, 100);
  assert.equal(linesOf(path), []);
  assert.is(sink.dropped, 0);
});

test('a file that was moved away or removed without a word is noticed', async () => {
  const path = join(folder, 'silent.log');
  const sink = new Sink(path);
  for (const lose of [() => renameSync(path, `${path}.1`), () => unlinkSync(path)]) {
    sink.write('before\n');
    await sink.flush();
    lose();
    // a look once a second: lines until then go to the old file
    let tries = 0;
    await until(() => {
      sink.write(`after ${tries++}\n`);
      try {
        return linesOf(path).length > 0;
      } catch {
        return false;
      }
    }, 'a new file of that name');
    await sink.flush();
    assert.is(linesOf(path).at(-1), `after ${tries - 1}`);
  }
  await sink.close();
  assert.is(sink.dropped, 0);
});

test('a reader that has stopped costs lines and nothing else, and the rest comes when it goes on', async () => {
  const fifo = join(folder, 'stuck.fifo');
  execFileSync('mkfifo', [fifo]);
  // opened for both, so that nobody has to wait for the other end
  const reader = openSync(fifo, 'r+');
  const sink = new Sink(fifo, { limit: 100_000 });
  const line = `${'x'.repeat(99)}\n`;
  let lost = 0;
  for (let round = 0; round < 20; round++) {
    for (let count = 0; count < 200; count++) sink.write(line);
    await new Promise((resolve) => setImmediate(resolve));
  }
  lost = sink.dropped;
  assert.ok(lost > 1000, `${lost} of 4000 lines are lost`);
  assert.ok(sink.waiting <= 2 * 100_000 + 200, `${sink.waiting} characters wait`);
  const start = performance.now();
  for (let count = 0; count < 10_000; count++) sink.write(line);
  assert.ok(performance.now() - start < 1000, 'writing never waits');
  lost = sink.dropped;
  // the reader goes on
  const cat = spawn('cat', [fifo], { stdio: ['ignore', 'pipe', 'ignore'] });
  let read = 0;
  cat.stdout.on('data', (chunk: Buffer) => {
    read += chunk.length;
  });
  await until(() => sink.waiting === 0, 'everything is written');
  assert.is(sink.dropped, lost);
  assert.is(sink.written + sink.dropped, 14_000);
  await until(() => read === sink.written * line.length, 'everything is read');
  closeSync(reader);
  await sink.close();
  await new Promise((resolve) => cat.on('close', resolve));
});

test('a pipe that does not block is tried again', async () => {
  // a reader that begins late; the pipe is set not to block by the socket node makes of it
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'programs/nonblocking-writer.ts')],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const { stdout } = child;
  stdout.pause();
  let text = '';
  await new Promise((resolve) => setTimeout(resolve, 1000));
  stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  stdout.resume();
  await new Promise((resolve) => child.on('close', resolve));
  const lines = text.split('\n').slice(0, -1);
  assert.is(lines.length, 20_000);
  assert.ok(lines.every((line, at) => line === `${at} ${'y'.repeat(90)}`));
});

test('several processes share a pipe and no line is torn', async () => {
  const fifo = join(folder, 'shared.fifo');
  execFileSync('mkfifo', [fifo]);
  const keep = openSync(fifo, 'r+');
  const sinks = [1, 2, 3].map(() => new Sink(fifo, { shared: true }));
  const cat = spawn('cat', [fifo], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  cat.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  for (let line = 0; line < 3000; line++)
    for (const [i, sink] of sinks.entries()) sink.write(`${String(i).repeat(100 + (line % 700))}\n`);
  await Promise.all(sinks.map((sink) => sink.close()));
  closeSync(keep);
  await new Promise((resolve) => cat.on('close', resolve));
  const lines = text.split('\n').slice(0, -1);
  assert.is(lines.length, 9000);
  for (const line of lines) assert.match(line, /^(0+|1+|2+)$/);
});

test('a full disk is told once, costs lines, and is no error of the process', async () => {
  const troubles: string[] = [];
  const sink = new Sink('/dev/full', { onTrouble: (problem) => troubles.push(problem) });
  for (let turn = 1; turn <= 3; turn++) {
    sink.write('x\n');
    await sink.flush();
    assert.is(sink.dropped, turn);
  }
  assert.is(troubles.length, 1);
  assert.match(troubles[0] ?? '', /ENOSPC/);
  await sink.close();
});

test('at the end of the process what waits is written', async () => {
  const path = join(folder, 'exit.log');
  const sink = new Sink(path);
  for (let line = 0; line < 100; line++) sink.write(`${line}\n`);
  sink.flushSync();
  assert.is(linesOf(path).length, 100);
  await sink.close();
});

test('a file that cannot be opened is refused with the way out', () => {
  assert.throws(
    () => new Sink('/nowhere/at/all.log'),
    (error: Error) =>
      error instanceof ProxyError &&
      error.code === 'EDGE_CONFIG' &&
      /\/nowhere\/at\/all\.log.*stdout/.test(error.message),
  );
});

test.run();
