/** What a full TLS handshake costs the proxy. */
import { spawn } from 'node:child_process';
import { cpuMicroseconds } from '../support/cpu.js';
import { type Bench, failures, takeTurns } from '../support/field.js';
import { format, median, ratio, spread, type Table } from '../support/table.js';

function command(port: number, seconds: number): string[] {
  return ['openssl', 's_time', '-new', '-time', String(seconds), '-connect', `127.0.0.1:${port}`];
}

/** Runs the client; returns the number of handshakes. */
async function handshake(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const [program = '', ...rest] = argv;
  const child = spawn(program, rest, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 30_000,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      // a dot or letter for each connection comes too: the end is enough
      text = (text + piece).slice(-2000);
    });
  }
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const count = Number(/(\d+) connections in \d+ real seconds/.exec(text)?.[1] ?? 0);
  if (count === 0) throw new Error(`no handshake succeeded: ${text.trim().slice(-120)}`);
  return count;
}

/** Full handshakes, no resumption, one after the other. */
export async function handshakes(bench: Bench): Promise<Table> {
  const seconds = 2;
  const results = await takeTurns(bench, 'handshakes', async (running) => {
    const before = cpuMicroseconds(running.pid);
    const count = await handshake(command(running.port, seconds), bench.setting.loadEnv);
    return (cpuMicroseconds(running.pid) - before) / count;
  });
  const reference = median(results.find((result) => result.name === 'nginx')?.samples ?? []);
  return {
    title: 'Full TLS 1.3 handshakes (ECDSA P-256, X25519), connection opened and closed',
    notes: [
      `${bench.options.rounds} rounds, contenders in turn; median of CPU us per handshake`,
      command(0, seconds).join(' ').replace(':0', ':PORT'),
    ],
    head: ['contender', 'CPU us', 'min..max', 'x nginx', 'per CPU second'],
    rows: results.map(({ title, samples }) => [
      title,
      format(median(samples)),
      spread(samples),
      ratio(median(samples), reference),
      format(1e6 / median(samples)),
    ]),
    remarks: failures(results),
  };
}
