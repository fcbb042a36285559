/**
 * The whole box, for cdk8s-cli: reads BOX_CONFIG (default box.yaml), proves what it renders and writes it. With
 * BOX_RESULT set, a file of that name receives what a person should read: the report, or what is wrong.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Site } from '../constructs/core/site.js';
import { nodePortsOf, writeHostFiles } from '../constructs/platform/host-files.js';
import { explain, prove } from '../constructs/proofs/prove.js';
import { appIds, buildBox } from './render.js';
import { report } from './report.js';

const tell = (text: string) => {
  const file = process.env.BOX_RESULT;
  if (file === undefined) console.log(text);
  else writeFileSync(file, text);
};

try {
  const site = Site.load(process.env.BOX_CONFIG ?? 'box.yaml', appIds);
  const box = buildBox(site);
  const manifests = box.manifests();
  box.budget.check();
  const findings = prove(manifests, site);
  if (findings.length > 0)
    throw new Error(`what was rendered does not hold together:\n${findings.map(explain).join('\n')}`);
  box.synth();
  writeHostFiles(join(box.outdir, 'host'), site, nodePortsOf(manifests));
  tell(report(box, manifests));
} catch (error) {
  // a mistake of the operator's is a sentence; a mistake of ours needs its stack
  const isOurs = !(error instanceof Error) || error instanceof TypeError || error instanceof ReferenceError;
  tell(isOurs ? String(error instanceof Error ? error.stack : error) : error.message);
  if (process.env.BOX_RESULT === undefined) process.exitCode = 1;
  else process.exit(1);
}
