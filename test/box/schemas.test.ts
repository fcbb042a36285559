import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import type { Manifest } from '../../constructs/core/manifest.js';
import { readManifests } from '../support/manifests.js';
import { referenceBox } from '../support/reference-box.js';
import { problemLines, requireSchemas } from '../support/schemas/source.js';
import { validateManifest } from '../support/schemas.js';

const trial = parse(readFileSync('apps/environments/trial.yaml', 'utf8')) as Record<string, unknown>;
const variants: readonly [string, Readonly<Record<string, unknown>>][] = [
  ['the trial environment', trial],
  ['a cluster', { scale: 'cluster' }],
  ['charts by Argo CD', { installer: 'argocd' }],
  ['no app at all', { apps: { docs: false } }],
];

const problemsOf = (manifests: readonly Manifest[]) =>
  manifests.flatMap((manifest) => {
    const { kind, metadata } = manifest;
    return problemLines(validateManifest(manifest)).map(
      (line) => `${kind} ${metadata.namespace}/${metadata.name}: ${line}`,
    );
  });

const check = requireSchemas() ? test : test.skip;

check('every object that is committed is accepted by its schema', () => {
  const manifests = readManifests('dist');
  assert.ok(manifests.length > 200);
  assert.equal(problemsOf(manifests), []);
});

for (const [name, settings] of variants) {
  check(`every object of ${name} is accepted by its schema`, () => {
    assert.equal(problemsOf(referenceBox(settings).manifests), []);
  });
}

check('a field that its schema does not know is named', () => {
  const [first] = readManifests('dist').filter(({ kind }) => kind === 'Cluster');
  if (first === undefined) throw new Error('no Cluster');
  const spec = { ...(first.spec as object), instnaces: 2 };
  assert.equal(problemsOf([{ ...first, spec }]), [
    "Cluster data/postgres: /spec/instnaces: unknown field 'instnaces'; did you mean 'instances'?",
  ]);
});

test.run();
