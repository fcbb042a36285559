import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { namespaces } from '../../constructs/core/namespaces.js';
import { waveAnnotation } from '../../constructs/core/waves.js';
import type { Manifest } from '../support/manifests.js';
import { referenceBox } from '../support/reference-box.js';
import { problemLines, requireSchemas, validateManifest } from '../support/schemas.js';

const folder = mkdtempSync(join(tmpdir(), 'box-argocd-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));
const repo = 'https://src.studio.example/studio/box.git';

function argocd(...options: string[]) {
  const args = ['--import', 'tsx', 'apps/argocd.ts', '--output', folder, ...options];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, stderr };
}

interface Spec {
  readonly [field: string]: unknown;
  readonly destination: { readonly server: string; readonly namespace: string };
  readonly destinations: readonly { readonly namespace: string }[];
  readonly clusterResourceWhitelist: readonly { readonly group: string; readonly kind: string }[];
  readonly source: { readonly repoURL: string; readonly directory: { readonly recurse: boolean } };
}

const written = argocd('--repo', repo);
const objects = readdirSync(folder).map(
  (file) => parse(readFileSync(join(folder, file), 'utf8')) as Manifest,
);
const find = (kind: string) => {
  const object = objects.find((candidate) => candidate.kind === kind);
  if (object === undefined) throw new Error(`no ${kind}`);
  return object as Manifest & { spec: Spec };
};
const groupOf = (apiVersion: string) => (apiVersion.includes('/') ? apiVersion.replace(/\/.*/, '') : '');

test('settings, project and application are written, in the order they are needed', () => {
  assert.is(written.status, 0, written.stderr);
  assert.equal(readdirSync(folder).sort(), [
    '1-argocd-cm.k8s.yaml',
    '2-project.k8s.yaml',
    '3-application.k8s.yaml',
  ]);
});

const check = requireSchemas() ? test : test.skip;
check('they are what the definitions of Argo CD say', () => {
  for (const object of objects) assert.equal(problemLines(validateManifest(object)), []);
});

test('the project allows everything the box is made of, and the application itself', () => {
  const { spec } = find('AppProject');
  const allowed = spec.destinations.map(({ namespace }) => namespace);
  const kinds = spec.clusterResourceWhitelist.map(({ group, kind }) => `${group}/${kind}`);
  for (const { apiVersion, kind, metadata } of referenceBox().manifests) {
    if (metadata.namespace === undefined) assert.ok(kinds.includes(`${groupOf(apiVersion)}/${kind}`), kind);
    else assert.ok(allowed.includes(metadata.namespace), metadata.namespace);
  }
  assert.ok(allowed.includes(find('Application').spec.destination.namespace));
  assert.equal(spec.sourceRepos, [repo]);
  assert.equal(allowed.length, Object.keys(namespaces).length);
});

test('no secret may come from the repository', () => {
  assert.equal(find('AppProject').spec.namespaceResourceBlacklist, [{ group: '', kind: 'Secret' }]);
});

test('the branch is tracked without its folders, and deleting the application deletes nothing', () => {
  const { metadata, spec } = find('Application');
  assert.is(spec.source.repoURL, repo);
  assert.is(spec.source.directory.recurse, false);
  assert.is((metadata as { finalizers?: unknown }).finalizers, undefined);
});

test('every object of the box has the wave it is synced in', () => {
  for (const { kind, metadata } of referenceBox().manifests)
    assert.match(metadata.annotations?.[waveAnnotation] ?? '', /^\d$/, `${kind} ${metadata.name}`);
});

for (const [what, options] of [
  ['missing', []],
  ['no URL', ['--repo', 'box']],
] as const) {
  test(`a repository that is ${what} is refused with an example`, () => {
    const { status, stderr } = argocd(...options);
    assert.is(status, 1);
    assert.match(stderr, 'npm run argocd -- --repo https://');
  });
}

test.run();
