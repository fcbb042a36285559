/** CPU time of the proxy per request: small requests by wrk and h2load, and bodies of 1 MB. */
import type { Running } from '../contenders/contender.js';
import { cpuMicroseconds } from '../support/cpu.js';
import { type Bench, failures, takeTurns } from '../support/field.js';
import { h2loadCommand, run, shell, wrkCommand } from '../support/load.js';
import { bodyBytes, downloadPath, path, requestBytes, uploadPath } from '../support/request.js';
import { format, median, ratio, spread, type Table } from '../support/table.js';

interface Work {
  readonly label: string;
  readonly title: string;
  /** What one request counts as, e.g. its megabytes. */
  readonly units: number;
  readonly unit: string;
  readonly command: (port: number, seconds: number) => string[];
}

interface Sample {
  readonly microseconds: number;
  readonly rate: number;
  readonly negotiated: string;
}

async function sample(bench: Bench, work: Work, running: Running, seconds: number): Promise<Sample> {
  const before = cpuMicroseconds(running.pid);
  const load = await run(work.command(running.port, seconds), bench.setting.loadEnv);
  const spent = cpuMicroseconds(running.pid) - before;
  if (load.failed > 0) throw new Error(`${load.failed} of ${load.requests} requests failed or were refused`);
  if (load.requests === 0) throw new Error(`not one request was done within ${seconds} s`);
  const units = load.requests * work.units;
  return { microseconds: spent / units, rate: units / load.seconds, negotiated: load.negotiated };
}

async function measure(bench: Bench, work: Work): Promise<Table> {
  const seconds = bench.options.quick ? 1 : 3;
  const results = await takeTurns(bench, work.label, (running, warmUp) =>
    sample(bench, work, running, warmUp ? Math.min(2, seconds) : seconds),
  );
  const costs = results.map((result) => result.samples.map((one) => one.microseconds));
  const reference = median(costs[results.findIndex((result) => result.name === 'nginx')] ?? []);
  const negotiated = new Set(results.flatMap((result) => result.samples.map((one) => one.negotiated)));
  return {
    title: work.title,
    notes: [
      `${bench.options.rounds} rounds, contenders in turn; median of CPU us per ${work.unit} (user + system, all threads)`,
      shell(work.command(0, seconds)).replace('127.0.0.1:0', '127.0.0.1:PORT'),
      ...[...negotiated].filter((text) => text !== '').map((text) => `negotiated: ${text}`),
    ],
    head: ['contender', `CPU us/${work.unit}`, 'min..max', 'x nginx', `${work.unit}/s`],
    rows: results.map((result, i) => [
      result.title,
      format(median(costs[i] ?? [])),
      spread(costs[i] ?? []),
      ratio(median(costs[i] ?? []), reference),
      format(median(result.samples.map((one) => one.rate))),
    ]),
    remarks: failures(results),
  };
}

/** Small requests over HTTP/1.1 keep-alive connections. */
export function http1(bench: Bench): Promise<Table> {
  return measure(bench, {
    label: 'h1',
    title: `HTTP/1.1: requests of ${requestBytes()} bytes, small answers, 32 connections`,
    units: 1,
    unit: 'request',
    command: (port, seconds) => wrkCommand(port, path, 32, seconds),
  });
}

/** Small requests over HTTP/2, ten streams on each connection. */
export function http2(bench: Bench): Promise<Table> {
  return measure(bench, {
    label: 'h2',
    title: 'HTTP/2: the same request and answer, 20 connections with 10 streams each',
    units: 1,
    unit: 'request',
    command: (port, seconds) => h2loadCommand(port, path, ['-c20', '-m10', `-D${seconds}`]),
  });
}

/** Small requests over HTTP/2, one stream at a time: nothing can be batched. */
export function http2Single(bench: Bench): Promise<Table> {
  return measure(bench, {
    label: 'h2-single',
    title: 'HTTP/2: the same request and answer, 32 connections with 1 stream each',
    units: 1,
    unit: 'request',
    command: (port, seconds) => h2loadCommand(port, path, ['-c32', '-m1', `-D${seconds}`]),
  });
}

/** Bodies of 1 MB in both directions over both versions: four tables. */
export async function bodies(bench: Bench): Promise<Table[]> {
  const data = `--data=${bench.setting.folder}/download.bin`;
  const tables: Table[] = [];
  for (const [version, flags] of [
    ['HTTP/1.1', ['-c8', '--h1']],
    // windows as large as a browser's
    ['HTTP/2', ['-c4', '-m2', '-w22', '-W23']],
  ] as const) {
    for (const [direction, target, more] of [
      ['down', downloadPath, []],
      ['up', uploadPath, [data]],
    ] as const) {
      const command = (port: number, seconds: number) =>
        h2loadCommand(port, target, [...flags, `-D${seconds}`, ...more]);
      const title = `Bodies of 1 MB ${direction}, ${version}, 8 at a time`;
      const label = `${direction} ${version}`;
      tables.push(await measure(bench, { label, title, units: bodyBytes / 1e6, unit: 'MB', command }));
    }
  }
  return tables;
}
