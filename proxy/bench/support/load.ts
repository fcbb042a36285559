/** wrk and h2load: their command lines and what they print. */
import { spawn } from 'node:child_process';
import { fieldArguments, host } from './request.js';

/** Outcome of one run of a load generator. */
export interface Load {
  readonly requests: number;
  readonly seconds: number;
  /** Requests without an answer, or with another status than 2xx. */
  readonly failed: number;
  /** TLS version, cipher and application protocol as negotiated, when the generator tells. */
  readonly negotiated: string;
  /** Latency in ms, p50, p99 and p99.9, when the script of wrk tells. */
  readonly quantiles: readonly number[];
}

/** Command line of wrk: HTTP/1.1, one thread, for some seconds. */
export function wrkCommand(
  port: number,
  path: string,
  connections: number,
  seconds: number,
  scheme: 'http' | 'https' = 'https',
  more: readonly string[] = [],
): string[] {
  return [
    'wrk',
    '-t1',
    ...more,
    `-c${connections}`,
    `-d${seconds}s`,
    '-H',
    `Host: ${host}`,
    ...fieldArguments(),
    `${scheme}://127.0.0.1:${port}${path}`,
  ];
}

/** Command line of h2load: one thread; `limits` is what bounds the run, e.g. `-D3` or `-n200`. */
export function h2loadCommand(port: number, path: string, limits: readonly string[]): string[] {
  return [
    'h2load',
    '-t1',
    ...limits,
    `--connect-to=127.0.0.1:${port}`,
    '--tls13-ciphers=TLS_AES_128_GCM_SHA256',
    ...fieldArguments(),
    `https://${host}${path}`,
  ];
}

/** A command as it is typed in a shell. */
export function shell(argv: readonly string[]): string {
  return argv.map((word) => (/^[\w./:=,+@-]+$/.test(word) ? word : `'${word}'`)).join(' ');
}

/** Runs a generator and reads its report; an error when it fails, reports nothing, or takes longer than `limit` s. */
export async function run(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  limit = 30,
): Promise<Load> {
  const [program = '', ...rest] = argv;
  const child = spawn(program, rest, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = () => child.kill('SIGKILL');
  process.once('exit', stop);
  const late = setTimeout(stop, limit * 1000);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearTimeout(late);
  process.removeListener('exit', stop);
  if (child.signalCode === 'SIGKILL') throw new Error(`${program} did not end within ${limit} s`);
  const load = program === 'wrk' ? parseWrk(text) : parseH2load(text);
  if (code !== 0 || load === undefined) throw new Error(`${program}: ${text.trim().slice(-200)}`);
  return load;
}

function number(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? 0);
}

/** Seconds from a duration of wrk or h2load: `3.00s`, `950.12ms`, `1.50m`. */
function seconds(duration: string): number {
  const value = Number.parseFloat(duration);
  if (duration.endsWith('us')) return value / 1e6;
  if (duration.endsWith('ms')) return value / 1e3;
  return duration.endsWith('m') ? value * 60 : value;
}

/** Reads the report of wrk. */
export function parseWrk(text: string): Load | undefined {
  const total = /^\s*(\d+) requests in ([\d.]+\w+),/m.exec(text);
  if (total?.[1] === undefined || total[2] === undefined) return undefined;
  const errors =
    /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text)?.slice(1) ?? [];
  const broken = errors.reduce((sum, count) => sum + Number(count), 0);
  const failed = broken + number(text, /Non-2xx or 3xx responses: (\d+)/);
  const quantiles = /^quantiles (.+)$/m
    .exec(text)?.[1]
    ?.split(' ')
    .map((microseconds) => Number(microseconds) / 1000);
  return {
    requests: Number(total[1]),
    seconds: seconds(total[2]),
    failed,
    negotiated: '',
    quantiles: quantiles ?? [],
  };
}

/** Reads the report of h2load. */
export function parseH2load(text: string): Load | undefined {
  const total = /finished in ([\d.]+\w+),/.exec(text)?.[1];
  if (total === undefined) return undefined;
  const line = (name: string) => new RegExp(`^${name}: (.+)$`, 'm').exec(text)?.[1] ?? '';
  const done = number(text, / (\d+) done,/);
  return {
    requests: done,
    seconds: seconds(total),
    failed: done - number(text, /status codes: (\d+) 2xx/) + number(text, / (\d+) errored/),
    negotiated: [line('TLS Protocol'), line('Cipher'), line('Application protocol')].join(' ').trim(),
    quantiles: [],
  };
}
