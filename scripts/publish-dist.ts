/**
 * `npm run publish:dist [-- --config box.yaml --branch dist --push origin]`: puts the synthesized files of an
 * environment on a branch of their own, for Argo CD to track. Neither the work tree nor the checked-out branch is touched.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { secretsIn } from './publish/plain-secrets.js';
import { Repository } from './publish/repository.js';

const { values } = parseArgs({
  options: {
    config: { type: 'string', default: 'box.yaml' },
    /** A folder that is synthesized already, instead of `config`. */
    from: { type: 'string' },
    branch: { type: 'string', default: 'dist' },
    /** Remote to push the branch to. */
    push: { type: 'string' },
  },
});

/** Synthesizes into a folder, so that what is published belongs to the commit that is named. */
function synthesize(config: string, output: string): void {
  const run = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'scripts/synth.ts', '--config', config, '--output', output],
    { encoding: 'utf8' },
  );
  if (run.status !== 0) throw new Error(`${run.stdout}${run.stderr}`.trim());
}

const work = mkdtempSync(join(tmpdir(), 'publish-dist-'));
try {
  const repository = new Repository(process.cwd(), work);
  repository.requireClean();
  const folder = resolve(values.from ?? join(work, 'dist'));
  if (values.from === undefined) synthesize(values.config, folder);
  const secrets = secretsIn(folder);
  if (secrets.length > 0)
    throw new Error(`not published, a secret value would be readable:\n  ${secrets.join('\n  ')}`);

  const { branch, push } = values;
  const parent = repository.startOf(branch, push);
  const tree = repository.treeOf(folder);
  const isNew = parent === undefined || repository.run('rev-parse', `${parent}^{tree}`) !== tree;
  const commit = isNew ? repository.commit(tree, parent) : parent;
  repository.move(branch, commit);
  if (push !== undefined) repository.push(branch, push);
  const done = isNew ? 'is now' : 'holds the same files, it stays';
  console.log(
    `branch ${branch} ${done} ${commit.slice(0, 12)}${push === undefined ? '' : `, also on ${push}`}`,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
