import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { asText, ConfigFile } from '../../constructs/core/config-file.js';
import { disk, type Mount, scratch } from '../../constructs/core/mount.js';
import { SecretRef } from '../../constructs/core/secret.js';
import { renderVolume, volumeName } from '../../constructs/core/volumes.js';
import { containerOf, find, podOf, sampleTier } from '../support/sample.js';

const secret = new SecretRef({ name: 'login', namespace: 'lasuite', keys: [] });

/** Mounts that need no construct, the name of their volume, and the volume. */
const mounts: [mount: Mount, name: string, volume: object[]][] = [
  [secret.mountAt('/etc/login'), 'secret-login', [{ secret: { secretName: 'login', defaultMode: 0o440 } }]],
  [
    { kind: 'configMap', configMap: 'box-trust', path: '/etc/trust' },
    'config-box-trust',
    [{ configMap: { name: 'box-trust' } }],
  ],
  [
    disk('/data', { name: 'data', sizeGi: 1, backup: { none: 'a cache' } }),
    'data',
    [], // the claim template of the StatefulSet makes it
  ],
];

for (const [mount, name, volumes] of mounts) {
  test(`volume of a ${mount.kind}`, () => {
    assert.is(volumeName(mount), name);
    assert.equal(
      renderVolume(mount),
      volumes.map((volume) => ({ name, ...volume })),
    );
  });
}

const names: [path: string, name: string][] = [
  ['/tmp', 'scratch-tmp'],
  ['/var/cache/nginx', 'scratch-var-cache-nginx'],
  ['/Data_1', 'scratch-data-1'],
];

for (const [path, name] of names) {
  test(`scratch space at ${path} is volume ${name}`, () => assert.is(volumeName(scratch(path)), name));
}

test('scratch space is limited, 64 MiB unless said', () => {
  const { box, workload } = sampleTier();
  workload('web', { mounts: [scratch('/tmp'), scratch('/var/cache', 256)] });
  const deployment = find(box.manifests(), 'Deployment', 'web');
  assert.equal(podOf(deployment).spec.volumes, [
    { name: 'scratch-tmp', emptyDir: { sizeLimit: '64Mi' } },
    { name: 'scratch-var-cache', emptyDir: { sizeLimit: '256Mi' } },
  ]);
  assert.equal(containerOf(deployment).volumeMounts, [
    { name: 'scratch-tmp', mountPath: '/tmp' },
    { name: 'scratch-var-cache', mountPath: '/var/cache' },
  ]);
});

test('one ConfigMap in two places is one volume', () => {
  const { box, tier, workload } = sampleTier();
  const config = new ConfigFile(tier, 'Config', { name: 'c', files: { a: asText('x') } });
  workload('web', {
    mounts: [config.mountAt('/one')],
    steps: [{ name: 'step', mounts: [config.mountAt('/two')] }],
  });
  const pod = podOf(find(box.manifests(), 'Deployment', 'web'));
  assert.equal(pod.spec.volumes, [{ name: 'config-c', configMap: { name: 'c' } }]);
  assert.equal(pod.spec.initContainers?.[0]?.volumeMounts, [
    { name: 'config-c', mountPath: '/two', readOnly: true },
  ]);
});

test.run();
