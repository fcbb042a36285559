/**
 * `npm run bench:synth`: cold synthesis of the reference environment, five runs, each in a new process: wall time, peak
 * memory of the largest process, and where the time goes. Compared with an empty cdk8s app in the same run, which is what nobody can go below.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const runs = 5;
const work = mkdtempSync(join(tmpdir(), 'bench-synth-'));
const timer = join(work, 'timer.mjs');
const peaks = join(work, 'peaks');
// every process of a run writes down its own peak, since node has no wait4
writeFileSync(
  timer,
  `import { appendFileSync } from 'node:fs';
process.on('exit', () => appendFileSync(${JSON.stringify(peaks)}, process.resourceUsage().maxRSS + '\\n'));`,
);

interface Sample {
  readonly seconds: number;
  readonly peakMb: number;
}

function sample(args: readonly string[], env: Record<string, string> = {}): Sample {
  writeFileSync(peaks, '');
  const started = performance.now();
  const run = spawnSync(process.execPath, ['--import', 'tsx', ...args], {
    env: { ...process.env, NODE_OPTIONS: `--import ${timer}`, ...env },
    encoding: 'utf8',
  });
  const seconds = (performance.now() - started) / 1000;
  if (run.status !== 0) throw new Error(`${args.join(' ')} failed:\n${run.stdout}${run.stderr}`);
  const kilobytes = readFileSync(peaks, 'utf8').trim().split('\n').map(Number);
  return { seconds, peakMb: Math.max(...kilobytes) / 1024 };
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

/** Median laps of the app's own work, each in a process that does it for the first time. */
function parts(): [string, number][] {
  const laps = `
    let last = performance.now();
    const lap = (name) => { const now = performance.now(); console.log(name + '=' + (now - last) / 1000); last = now; };
    const { Site } = await import('./constructs/core/site.ts');
    const { appIds, buildBox } = await import('./apps/render.ts');
    const { prove } = await import('./constructs/proofs/prove.ts');
    lap('our modules and bindings');
    const box = buildBox(Site.load('box.yaml', appIds), { outdir: '${work}/parts' });
    box.finish(); lap('declare and derive');
    const manifests = box.manifests(); lap('to plain objects');
    prove(manifests, box.site); lap('prove');
    box.synth(); lap('write');`;
  const all = new Map<string, number[]>();
  for (let i = 0; i < runs; i++) {
    const args = ['--import', 'tsx', '--input-type=module', '--eval', laps];
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    for (const [, name = '', seconds] of stdout.matchAll(/^(.+)=([\d.]+)$/gm)) {
      all.set(name, [...(all.get(name) ?? []), Number(seconds)]);
    }
  }
  return [...all].map(([name, values]) => [name, median(values)]);
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
  for (const [name, seconds] of parts()) part(name, seconds);
  part('cdk8s-cli and the swap', whole.seconds - box.seconds);
} finally {
  rmSync(work, { recursive: true, force: true });
}
