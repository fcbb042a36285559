/**
 * `npm test [-- pattern]`: runs every `*.test.ts` (with `--e2e` every `*.e2e.ts`) below test/ in a process of its own, two at a time, and prints the
 * true sums over all of them as its last line.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

interface Outcome {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly output: string;
  readonly seconds: number;
}

const args = process.argv.slice(2);
// what drives a browser takes minutes and has a command of its own
const ending = args[0] === '--e2e' ? '.e2e.ts' : '.test.ts';
const pattern = args.find((arg) => !arg.startsWith('--')) ?? '';
const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith(ending) && file.includes(pattern))
  .sort()
  .map((file) => join('test', file));

const count = (output: string, name: string) =>
  [...output.matchAll(new RegExp(`^\\s*${name}:\\s+(\\d+)`, 'gm'))].reduce(
    (sum, [, n]) => sum + Number(n),
    0,
  );

function run(file: string): Promise<Outcome> {
  return new Promise((done) => {
    const started = performance.now();
    const child = spawn(process.execPath, ['--import', 'tsx', file], {
      env: { ...process.env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('close', (code) => {
      const output = Buffer.concat(chunks).toString('utf8');
      const passed = count(output, 'Passed');
      const skipped = count(output, 'Skipped');
      const failed = count(output, 'Total') - passed - skipped;
      // a file that died, or ran nothing at all, is a failure even when no test says so
      const silent = passed + failed + skipped === 0;
      const broken = (code !== 0 && failed <= 0) || silent ? 1 : 0;
      const seconds = (performance.now() - started) / 1000;
      done({ file, passed, failed: Math.max(failed, 0) + broken, skipped, output, seconds });
    });
  });
}

const outcomes: Outcome[] = [];
const queue = [...files];
async function worker(): Promise<void> {
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    const outcome = await run(file);
    outcomes.push(outcome);
    const { passed, failed, skipped, seconds } = outcome;
    const rest = skipped > 0 ? `, ${skipped} skipped` : '';
    console.log(
      `${failed > 0 ? 'FAIL' : 'ok  '} ${file}: ${passed} passed, ${failed} failed${rest} (${seconds.toFixed(1)} s)`,
    );
    if (failed > 0 || skipped > 0) console.log(outcome.output.trimEnd().replace(/^/gm, '     '));
  }
}
await Promise.all([worker(), worker()]);

const sum = (key: 'passed' | 'failed' | 'skipped') =>
  outcomes.reduce((total, outcome) => total + outcome[key], 0);
const failed = sum('failed') + (outcomes.length === 0 ? 1 : 0);
if (outcomes.length === 0) console.error(`no test file matches '${pattern}'`);
console.log(
  `${sum('passed')} passed, ${failed} failed${sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''}`,
);
process.exitCode = failed > 0 ? 1 : 0;
