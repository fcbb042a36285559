/**
 * `npm run synth [-- --config box.yaml --output dist]`: renders the box through cdk8s-cli into a folder beside the
 * output and puts it in place only when all went well, so that a mistake leaves the last good output untouched. The Helm
 * chart is made by a command of its own, `npm run chart`, into the same folder.
 */
import { spawnSync } from 'node:child_process';
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
try {
  const cli = join(dirname(createRequire(import.meta.url).resolve('cdk8s-cli/package.json')), 'bin', 'cdk8s');
  const run = spawnSync(process.execPath, [cli, 'synth', '--output', staging], {
    env: { ...process.env, BOX_CONFIG: values.config, BOX_RESULT: result, CDK8S_CHECK_UPGRADE: 'false' },
    encoding: 'utf8',
  });
  const text = existsSync(result) ? readFileSync(result, 'utf8') : `${run.stdout}${run.stderr}`;
  if (run.status !== 0 || !existsSync(staging)) {
    console.error(text);
    process.exitCode = 1;
  } else {
    if (existsSync(output)) renameSync(output, before);
    renameSync(staging, output);
    rmSync(before, { recursive: true, force: true });
    console.log(text);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
