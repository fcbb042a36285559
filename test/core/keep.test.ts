import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { keepAnnotations } from '../../constructs/core/keep.js';
import { referenceBox } from '../support/reference-box.js';

const keeping = {
  'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
  'helm.sh/resource-policy': 'keep',
};

for (const [apiVersion, kind] of [
  ['v1', 'Namespace'],
  ['apps/v1', 'StatefulSet'],
  ['postgresql.cnpg.io/v1', 'Cluster'],
  ['helm.cattle.io/v1', 'HelmChart'],
] as const) {
  test(`${kind} is kept`, () => assert.equal(keepAnnotations(apiVersion, kind), keeping));
}

test('what can be made again is not', () => {
  assert.equal(keepAnnotations('apps/v1', 'Deployment'), {});
  assert.equal(keepAnnotations('v1', 'ConfigMap'), {});
  assert.equal(keepAnnotations('cluster.x-k8s.io/v1', 'Cluster'), {});
});

test('in the box, everything with a disk, a database or definitions carries the annotations', () => {
  const { manifests } = referenceBox();
  const wanted = manifests.filter(
    ({ apiVersion, kind, spec }) =>
      kind === 'Namespace' ||
      kind === 'HelmChart' ||
      (apiVersion.startsWith('postgresql.cnpg.io') && kind !== 'ScheduledBackup') ||
      (spec as { volumeClaimTemplates?: unknown[] } | undefined)?.volumeClaimTemplates !== undefined,
  );
  assert.ok(wanted.length > 20);
  for (const { kind, metadata } of wanted) {
    for (const [name, value] of Object.entries(keeping))
      assert.is(metadata.annotations?.[name], value, `${kind} ${metadata.name}`);
  }
});

test.run();
