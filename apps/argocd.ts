/**
 * `npm run argocd -- --repo <url> [--branch dist --config box.yaml --output build/argocd]`: what makes Argo CD track
 * the synthesized files on a branch.
 */
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { App, Chart } from 'cdk8s';
import { Site } from '../constructs/core/site.js';
import { renderApplication, renderProject, renderSettings } from './argocd/application.js';
import { appIds, buildBox } from './render.js';

const { values } = parseArgs({
  options: {
    repo: { type: 'string' },
    branch: { type: 'string', default: 'dist' },
    config: { type: 'string', default: 'box.yaml' },
    output: { type: 'string', default: 'build/argocd' },
  },
});

try {
  const { repo, branch, output } = values;
  if (repo === undefined || !/^(https?:\/\/|ssh:\/\/|[\w.-]+@[\w.-]+:)\S+$/.test(repo)) {
    throw new Error(
      `--repo ${repo === undefined ? 'is missing' : `"${repo}" is no URL of a repository`}; ` +
        'write npm run argocd -- --repo https://src.studio.example/studio/box.git',
    );
  }
  const manifests = buildBox(Site.load(values.config, appIds)).manifests();
  const app = new App({ outdir: output });
  const chart = (id: string) => new Chart(app, id, { disableResourceNameHashes: true });
  const tracking = { repo, branch, manifests };
  renderSettings(chart('1-argocd-cm'));
  renderProject(chart('2-project'), tracking);
  renderApplication(chart('3-application'), tracking);
  rmSync(output, { recursive: true, force: true });
  app.synth();
  console.log(`${output}: apply with kubectl apply --server-side --field-manager=business-box -f ${output}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
