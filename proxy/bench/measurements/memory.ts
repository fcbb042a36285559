/** Memory: of idle connections, and over a million requests. */
import type { TLSSocket } from 'node:tls';
import type { Running } from '../contenders/contender.js';
import { bareTls } from '../contenders/plain-node.js';
import { ask, open } from '../support/client.js';
import { settledBytes } from '../support/cpu.js';
import { type Bench, failures, oneByOne } from '../support/field.js';
import { h2loadCommand, run, shell } from '../support/load.js';
import { path } from '../support/request.js';
import { format, type Table } from '../support/table.js';

/** Opens connections, some at a time; each has had one answer and then falls silent. */
async function idlers(port: number, count: number): Promise<TLSSocket[]> {
  const sockets: TLSSocket[] = [];
  const opener = async () => {
    while (sockets.length < count) {
      const place = sockets.length;
      // reserved before waiting, so that openers do not overshoot
      sockets.length = place + 1;
      const socket = await open(port);
      sockets[place] = socket;
      await ask(socket, '/');
    }
  };
  await Promise.all(Array.from({ length: 20 }, opener));
  return sockets;
}

async function bytesPerConnection(running: Running, count: number): Promise<number> {
  for (const socket of await idlers(running.port, 100)) socket.destroy();
  const before = await settledBytes(running.pid);
  const sockets = await idlers(running.port, count);
  const after = await settledBytes(running.pid);
  const open = sockets.filter((socket) => !socket.destroyed && !socket.readableEnded).length;
  for (const socket of sockets) socket.destroy();
  if (open < count) throw new Error(`only ${open} of ${count} connections stayed open`);
  return (after - before) / count;
}

/** Resident memory per idle TLS connection, and what that is beyond a bare TLS server of node. */
export async function idle(bench: Bench): Promise<Table> {
  const count = bench.options.quick ? 500 : 2000;
  const results = await oneByOne(bench, 'idle', (running) => bytesPerConnection(running, count), [
    ...bench.contenders,
    bareTls,
  ]);
  const floor = results.at(-1)?.samples[0] ?? Number.NaN;
  return {
    title: `Memory per idle TLS connection: ${count} connections, each after one HTTP/1.1 request`,
    notes: ['growth of resident memory (VmRSS of all processes) / connections, in kB of 1000 bytes'],
    head: ['contender', 'kB/connection', 'beyond node tls'],
    rows: results.map(({ title, samples: [bytes = Number.NaN] }) => [
      title,
      format(bytes / 1000),
      format((bytes - floor) / 1000),
    ]),
    remarks: failures(results),
  };
}

/** Resident memory over many requests; those that take minutes for it are left out unless asked for alone. */
export async function growth(bench: Bench): Promise<Table> {
  const steps = bench.options.quick ? [20_000, 200_000] : [100_000, 1_000_000, 2_000_000];
  const command = (port: number, requests: number) =>
    h2loadCommand(port, path, ['-c32', '--h1', `-n${requests}`]);
  const slow = new Set(['caddy', 'node']);
  const few = bench.contenders.filter((contender) => !slow.has(contender.name));
  const results = await oneByOne(
    bench,
    'memory',
    async (running) => {
      const sizes: number[] = [];
      let done = 0;
      for (const step of steps) {
        const load = await run(command(running.port, step - done), bench.setting.loadEnv, 600);
        if (load.failed > 0)
          throw new Error(`${load.failed} of ${load.requests} requests failed or were refused`);
        done = step;
        sizes.push(await settledBytes(running.pid));
      }
      return sizes;
    },
    few.length > 0 ? few : bench.contenders,
  );
  return {
    title: 'Resident memory over many requests, MB',
    notes: [
      shell(command(0, steps[0] ?? 0)).replace('127.0.0.1:0', '127.0.0.1:PORT'),
      'and so on up to the sum',
    ],
    head: ['contender', ...steps.map((step) => `after ${step / 1000}k`), 'last - first'],
    rows: results.map(({ title, samples: [sizes = []] }) => [
      title,
      ...steps.map((_, i) => format((sizes[i] ?? Number.NaN) / 1e6)),
      format(((sizes.at(-1) ?? Number.NaN) - (sizes[0] ?? Number.NaN)) / 1e6),
    ]),
    remarks: [
      ...failures(results),
      ...(few.length > 0 ? ['caddy and node only when they alone are asked for'] : []),
    ],
  };
}
