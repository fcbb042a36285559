/**
 * `npm run bench:synth`: cold synthesis of the reference environment, five runs, each in a new process: wall time, peak
 * memory, and where the time goes. Compared with an empty cdk8s app in the same run, which is what nobody can go below.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const runs = 5;
const work = mkdtempSync(join(tmpdir(), 'bench-synth-'));
const timer = join(work, 'timer.mjs');
// the peak is read by the process itself, since node has no wait4
writeFileSync(timer, `process.on('exit', () => console.error('peak ' + process.resourceUsage().maxRSS));\n`);

interface Sample {
  readonly seconds: number;
  readonly peakMb: number;
}

function sample(args: readonly string[], env: Record<string, string> = {}): Sample {
  const started = performance.now();
  const run = spawnSync(process.execPath, ['--import', timer, '--import', 'tsx', ...args], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  const seconds = (performance.now() - started) / 1000;
  if (run.status !== 0) throw new Error(`${args.join(' ')} failed:\n${run.stdout}${run.stderr}`);
  const peaks = [...run.stderr.matchAll(/^peak (\d+)$/gm)].map(([, kb]) => Number(kb) / 1024);
  return { seconds, peakMb: Math.max(...peaks) };
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function measure(name: string, args: readonly string[], env: Record<string, string> = {}): Sample {
  const samples = Array.from({ length: runs }, () => sample(args, env));
  const result = {
    seconds: median(samples.map((s) => s.seconds)),
    peakMb: median(samples.map((s) => s.peakMb)),
  };
  console.log(`${name.padEnd(34)} ${result.seconds.toFixed(2)} s  ${result.peakMb.toFixed(0)} MB`);
  return result;
}

try {
  const imports = `import { App, Chart } from 'cdk8s'; import 'cdk8s-plus-28'; new Chart(new App({ outdir: '${work}/empty' }), 'empty');`;
  const outdir = join(work, 'dist');
  console.log(`median of ${runs} cold runs`);
  const start = measure('node with tsx, nothing loaded', ['--eval', '0']);
  const empty = measure('empty cdk8s app', ['--input-type=module', '--eval', imports]);
  const box = measure('the box, app alone', ['apps/box.ts'], { CDK8S_OUTDIR: outdir });
  const whole = measure('npm run synth (with cdk8s-cli)', [
    'scripts/synth.ts',
    '--output',
    join(work, 'synth'),
  ]);
  console.log(`the box takes ${(box.seconds / empty.seconds).toFixed(1)} times an empty app`);
  console.log('where the time goes');
  const part = (name: string, seconds: number) => console.log(`  ${name.padEnd(32)} ${seconds.toFixed(2)} s`);
  part('node and tsx', start.seconds);
  part('cdk8s and cdk8s-plus', empty.seconds - start.seconds);
  part('our code: load, build, prove, write', box.seconds - empty.seconds);
  part('cdk8s-cli and the swap', whole.seconds - box.seconds);
} finally {
  rmSync(work, { recursive: true, force: true });
}
