/**
 * `npm run synth [-- --config box.yaml --output dist]`: renders the box through cdk8s-cli into a folder beside the
 * output and puts it in place only when all went well, so that a mistake leaves the last good output untouched.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    config: { type: 'string', default: 'box.yaml' },
    output: { type: 'string', default: 'dist' },
  },
});
const output = resolve(values.output);
const before = `${output}.before`;
// a run that was killed between the two renames left the last good output here
if (!existsSync(output) && existsSync(before)) renameSync(before, output);
rmSync(before, { recursive: true, force: true });

mkdirSync('build', { recursive: true });
const work = mkdtempSync(join('build', 'synth-'));
const result = join(work, 'result.txt');
const staging = join(work, 'dist');
/** Runs a program of Node's and gathers what it says. */
async function run(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? 1, said: Buffer.concat(said).toString('utf8') };
}

try {
  const cli = join(dirname(createRequire(import.meta.url).resolve('cdk8s-cli/package.json')), 'bin', 'cdk8s');
  const chartFolder = join(work, 'chart');
  const [box, chart] = await Promise.all([
    run([cli, 'synth', '--output', staging], {
      BOX_CONFIG: values.config,
      BOX_RESULT: result,
      CDK8S_CHECK_UPGRADE: 'false',
    }),
    run(['--import', 'tsx', 'apps/chart.ts', '--config', values.config, '--output', chartFolder]),
  ]);
  const text = existsSync(result) ? readFileSync(result, 'utf8') : box.said;
  if (box.code !== 0 || !existsSync(staging)) {
    console.error(text);
    process.exitCode = 1;
  } else if (chart.code !== 0) {
    console.error(`the Helm chart could not be made:\n${chart.said}`);
    process.exitCode = 1;
  } else {
    renameSync(chartFolder, join(staging, 'chart'));
    if (existsSync(output)) renameSync(output, before);
    renameSync(staging, output);
    rmSync(before, { recursive: true, force: true });
    console.log(text);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
