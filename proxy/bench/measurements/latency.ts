/** How much later answers come through the proxy than from the upstream itself, at 60 % of what the proxy can take. */
import { fileURLToPath } from 'node:url';
import type { Running } from '../contenders/contender.js';
import { type Bench, failures, takeTurns } from '../support/field.js';
import { run, shell, wrkCommand } from '../support/load.js';
import { path } from '../support/request.js';
import { format, median, type Table } from '../support/table.js';

const script = fileURLToPath(new URL('../programs/pace.lua', import.meta.url));

/** What one connection takes for a request, in seconds: 5 ms of thought on average, and about half one for the answer. */
const cycle = 0.0055;
const share = 0.6;

interface Sample {
  readonly rate: number;
  /** Rate reached, of the most the contender took just before. */
  readonly share: number;
  /** Milliseconds: median, p99, p99.9. */
  readonly proxied: readonly number[];
  readonly direct: readonly number[];
}

async function sample(bench: Bench, running: Running, seconds: number): Promise<Sample> {
  const { setting } = bench;
  const paced = async (port: number, connections: number, time: number, scheme: 'http' | 'https') => {
    const load = await run(
      wrkCommand(port, path, connections, time, scheme, ['-s', script]),
      setting.loadEnv,
    );
    if (load.failed > 0)
      throw new Error(`${load.failed} of ${load.requests} requests failed or were refused`);
    return { rate: load.requests / load.seconds, quantiles: load.quantiles };
  };
  // what it takes at most is measured anew each time: the machine may have become slower
  const full = await run(wrkCommand(running.port, path, 64, 2), setting.loadEnv);
  const most = full.requests / full.seconds;
  const guess = Math.max(2, Math.round(share * most * cycle));
  const trial = await paced(running.port, guess, 1, 'https');
  const connections = Math.max(2, Math.round((guess * share * most) / trial.rate));
  const proxied = await paced(running.port, connections, seconds, 'https');
  const direct = await paced(setting.answers, connections, Math.ceil(seconds / 2), 'http');
  return {
    rate: proxied.rate,
    share: proxied.rate / most,
    proxied: proxied.quantiles,
    direct: direct.quantiles,
  };
}

/** Quantiles through the proxy and direct, and their difference. */
export async function latency(bench: Bench): Promise<Table> {
  const seconds = bench.options.quick ? 2 : 6;
  const rounds = Math.min(3, bench.options.rounds);
  const results = await takeTurns(
    bench,
    'latency',
    (running, warmUp) => sample(bench, running, warmUp ? 1 : seconds),
    bench.contenders,
    rounds,
  );
  return {
    title: 'Latency at 60 % of the most requests/s of each contender, HTTP/1.1, ms',
    notes: [
      `${rounds} rounds, contenders in turn, medians; added = through the proxy with TLS - direct without, same rate`,
      shell(wrkCommand(0, path, 0, seconds, 'https', ['-s', 'bench/programs/pace.lua']))
        .replace('-c0', '-cCONNECTIONS')
        .replace('127.0.0.1:0', '127.0.0.1:PORT'),
      'the generator wakes each millisecond: the requests of one millisecond come together',
    ],
    head: [
      'contender',
      'request/s',
      '% of most',
      'p50',
      'p99',
      'p99.9',
      'direct p99',
      'added p50',
      'added p99',
    ],
    rows: results.map(({ title, samples }) => {
      const middle = (value: (one: Sample) => number | undefined) =>
        format(median(samples.map((one) => value(one) ?? Number.NaN)));
      const added = (i: number) => middle((one) => (one.proxied[i] ?? 0) - (one.direct[i] ?? 0));
      return [
        title,
        middle((one) => one.rate),
        middle((one) => one.share * 100),
        ...[0, 1, 2].map((i) => middle((one) => one.proxied[i])),
        middle((one) => one.direct[1]),
        added(0),
        added(1),
      ];
    }),
    remarks: failures(results),
  };
}
