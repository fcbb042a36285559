import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Manifest } from '../../constructs/core/manifest.js';
import { disk } from '../../constructs/core/mount.js';
import type { WorkloadProps } from '../../constructs/core/workload.js';
import { at, containerOf, find, messageOf, namesOf, podOf, sampleTier, specOf } from '../support/sample.js';
import { requireSchemas, validateManifest } from '../support/schemas.js';

const data = disk('/data', { name: 'data', sizeGi: 5, backup: { method: 'files' } });
const kinds = ['Deployment', 'StatefulSet', 'DaemonSet'];

/** One workload named `web`, and everything that came of it. */
function made(props: Partial<WorkloadProps> = {}) {
  const { box, workload } = sampleTier();
  const web = workload('web', props);
  const manifests = box.manifests();
  const [main] = manifests.filter(({ kind }) => kinds.includes(kind));
  if (main === undefined) throw new Error('no workload was rendered');
  return { web, manifests, main, pod: podOf(main) };
}

const service = (manifests: readonly Manifest[], name = 'web') =>
  specOf<{ ports: object[] }>(find(manifests, 'Service', name));

const kindOf: [props: Partial<WorkloadProps>, kind: string][] = [
  [{}, 'Deployment'],
  [{ mounts: [data] }, 'StatefulSet'],
  [{ kind: 'StatefulSet' }, 'StatefulSet'],
  [{ kind: 'DaemonSet' }, 'DaemonSet'],
];

for (const [props, kind] of kindOf) {
  test(`${JSON.stringify(props).slice(0, 60)} is a ${kind}`, () => {
    const { main, web } = made(props);
    assert.is(main.kind, kind);
    assert.is(web.kind, kind);
    assert.is(main.metadata.name, 'web');
    assert.is(main.metadata.namespace, 'lasuite');
    assert.equal(web.restartTarget, { kind, name: 'web' });
  });
}

test('labels select, and say what it is part of', () => {
  const { main, pod, manifests } = made({ listens: { http: 80 } });
  const labels = { app: 'web', 'app.kubernetes.io/name': 'web', 'app.kubernetes.io/part-of': 'apps' };
  assert.equal(pod.metadata.labels, labels);
  assert.equal(main.metadata.labels, { ...labels, 'app.kubernetes.io/managed-by': 'business-box' });
  assert.equal(at(main, 'spec', 'selector'), { matchLabels: { app: 'web' } });
  assert.equal(at(service(manifests), 'selector'), { app: 'web' });
});

test('it has a ServiceAccount of its own, whose token it does not hold', () => {
  const { manifests, pod } = made();
  assert.is(find(manifests, 'ServiceAccount', 'web').automountServiceAccountToken, false);
  assert.is(pod.spec.serviceAccountName, 'web');
});

test('ports stand on container and Service under one name', () => {
  const { main, manifests, web } = made({
    listens: {
      http: { port: 8080, service: 80 },
      admin: 9000,
      sql: { port: 5432, protocol: 'tcp', needsTrust: true },
      rtp: { port: 7882, protocol: 'udp' },
    },
  });
  assert.equal(containerOf(main).ports, [
    { name: 'http', containerPort: 8080, protocol: 'TCP' },
    { name: 'admin', containerPort: 9000, protocol: 'TCP' },
    { name: 'sql', containerPort: 5432, protocol: 'TCP' },
    { name: 'rtp', containerPort: 7882, protocol: 'UDP' },
  ]);
  assert.equal(service(manifests).ports, [
    { name: 'http', port: 80, targetPort: 8080 },
    { name: 'admin', port: 9000, targetPort: 9000 },
    { name: 'sql', port: 5432, targetPort: 5432 },
    { name: 'rtp', port: 7882, targetPort: 7882, protocol: 'UDP' },
  ]);
  assert.equal(
    web.allEndpoints.map(({ name, port, containerPort, protocol, needsTrust }) => [
      name,
      port,
      containerPort,
      protocol,
      needsTrust,
    ]),
    [
      ['http', 80, 8080, 'http', false],
      ['admin', 9000, 9000, 'http', false],
      ['sql', 5432, 5432, 'tcp', true],
      ['rtp', 7882, 7882, 'udp', false],
    ],
  );
});

test('what listens on nothing has no Service', () => {
  assert.equal(namesOf(made().manifests, 'Service'), []);
});

test('a StatefulSet has a headless Service too, with the ports of the container', () => {
  const { manifests, main, web } = made({ mounts: [data], listens: { http: { port: 8080, service: 80 } } });
  assert.equal(namesOf(manifests, 'Service'), ['web', 'web-internal']);
  const headless = service(manifests, 'web-internal');
  assert.is(at(headless, 'clusterIP'), 'None');
  assert.is(at(headless, 'publishNotReadyAddresses'), true);
  assert.equal(headless.ports, [{ name: 'http', port: 8080, targetPort: 8080 }]);
  assert.is(at(main, 'spec', 'serviceName'), 'web-internal');
  assert.is(web.replicaHost(1), 'web-1.web-internal.lasuite.svc.cluster.local');
  const address = web.replicaAddress(1, 'http');
  assert.is(address.text, 'web-1.web-internal.lasuite.svc.cluster.local:8080');
  assert.equal([...address.reaches], [web.endpoint('http')]);
});

test('a disk is a claim for each replica, of the class that keeps what is on it', () => {
  const { main, web } = made({ mounts: [data], replicas: 3 });
  assert.is(at(main, 'spec', 'replicas'), 3);
  assert.is(at(main, 'spec', 'podManagementPolicy'), 'Parallel');
  assert.equal(at(main, 'spec', 'volumeClaimTemplates'), [
    {
      metadata: { name: 'data' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'box-retain',
        resources: { requests: { storage: '5Gi' } },
      },
    },
  ]);
  assert.equal(containerOf(main).volumeMounts, [{ name: 'data', mountPath: '/data' }]);
  assert.equal(web.disks(), [{ name: 'data', sizeGi: 5, backup: { method: 'files' } }]);
});

const rolling = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
const door: Partial<WorkloadProps> = {
  listens: { http: { port: 8080, node: 80 } },
  exceptions: { hostPorts: 'it is the front door' },
};
const strategies: [props: Partial<WorkloadProps>, strategy: object][] = [
  [{}, rolling],
  [{ replicas: 2 }, rolling],
  [{ exclusive: true }, { type: 'Recreate' }],
  [door, { type: 'Recreate' }],
  [{ ...door, exclusive: false }, rolling],
];

for (const [props, strategy] of strategies) {
  test(`a Deployment with ${Object.keys(props).join(', ') || 'nothing said'} is replaced by ${(strategy as { type: string }).type}`, () => {
    assert.equal(at(made(props).main, 'spec', 'strategy'), strategy);
  });
}

test('one replica unless said, and three old versions to go back to', () => {
  assert.is(at(made().main, 'spec', 'replicas'), 1);
  assert.is(at(made({ replicas: 2 }).main, 'spec', 'replicas'), 2);
  assert.is(at(made().main, 'spec', 'revisionHistoryLimit'), 3);
  assert.is(at(made({ kind: 'DaemonSet' }).main, 'spec', 'replicas'), undefined);
});

const opaque = 'config.linkerd.io/opaque-ports';

test('opaque ports are listed even when there are none: Linkerd would take 4444 for one', () => {
  const { pod, manifests } = made({ listens: { ws: 4444 } });
  assert.is(pod.metadata.annotations?.[opaque], '');
  assert.is(find(manifests, 'Service', 'web').metadata.annotations?.[opaque], '');
});

test('opaque on the pod are ports of the container, on the Service those of the Service', () => {
  const { pod, manifests } = made({
    listens: {
      http: 80,
      sql: { port: 15432, service: 5432, protocol: 'tcp' },
      redis: { port: 6379, protocol: 'tcp' },
    },
  });
  assert.is(pod.metadata.annotations?.[opaque], '15432,6379');
  assert.is(find(manifests, 'Service', 'web').metadata.annotations?.[opaque], '5432,6379');
});

test('ports of the node pass by the mesh; without a reason they are refused', () => {
  assert.is(made(door).pod.metadata.annotations?.['config.linkerd.io/skip-inbound-ports'], '8080');
  assert.is(
    messageOf(() => made({ listens: { http: { port: 8080, node: 80 } } })),
    "apps/web: port 'http' binds port 80 of the node without saying why; give 'exceptions.hostPorts'",
  );
});

test('outside the mesh there is nothing to say to it', () => {
  const { pod, manifests, web } = made({ listens: { ws: 4444 }, exceptions: { unmeshed: 'it breaks' } });
  assert.is(web.meshed, false);
  assert.is(pod.metadata.annotations?.[opaque], undefined);
  assert.is(pod.metadata.annotations?.['linkerd.io/inject'], 'disabled');
  assert.is(find(manifests, 'Service', 'web').metadata.annotations?.[opaque], undefined);
});

test('an unknown port names those there are', () => {
  const { web } = made({ listens: { http: 80, admin: 81 } });
  assert.is(
    messageOf(() => web.endpoint('htttp')),
    "apps/web: 'web' listens on no port 'htttp'; it has http, admin",
  );
  assert.is(
    messageOf(() => made().web.endpoint('http')),
    "apps/web: 'web' listens on no port 'http'; it has none",
  );
});

test('a port that others call for is added later, once', () => {
  const { box, workload } = sampleTier();
  const web = workload('web', { listens: { http: 80 } });
  web.listen('ssh', { port: 22, protocol: 'tcp' });
  assert.is(
    messageOf(() => web.listen('ssh', 2222)),
    "apps/web: port 'ssh' is declared twice; choose another name",
  );
  assert.equal(at(containerOf(find(box.manifests(), 'Deployment', 'web')).ports, 1), {
    name: 'ssh',
    containerPort: 22,
    protocol: 'TCP',
  });
});

if (requireSchemas()) {
  for (const props of [
    { listens: { http: 80 } },
    { mounts: [data], listens: { http: 80 } },
    { kind: 'DaemonSet' as const },
  ]) {
    test(`Kubernetes takes all of ${JSON.stringify(props).slice(0, 40)}`, () => {
      for (const manifest of made(props).manifests) assert.equal(validateManifest(manifest), []);
    });
  }
}

test.run();
