import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Exceptions, exceptionAnnotations } from '../../constructs/core/hardening.js';
import type { WorkloadProps } from '../../constructs/core/workload.js';
import { at, containerOf, find, podOf, sampleTier } from '../support/sample.js';

/** A workload with exceptions, and what became of it. */
function rendered(exceptions: Exceptions = {}, props: Partial<WorkloadProps> = {}) {
  const { box, workload } = sampleTier();
  workload('web', { exceptions, ...props });
  const deployment = find(box.manifests(), 'Deployment', 'web');
  const pod = podOf(deployment);
  const reasons = Object.entries(pod.metadata.annotations ?? {}).filter(([key]) =>
    key.startsWith('box/exception'),
  );
  return { pod, container: containerOf(deployment), reasons: Object.fromEntries(reasons) };
}

test('without exceptions a pod meets the restricted standard, and its root cannot be written', () => {
  const { pod, container, reasons } = rendered();
  assert.equal(reasons, {});
  assert.equal(container.securityContext, {
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  assert.equal(pod.spec.securityContext, {
    runAsNonRoot: true,
    runAsUser: 65532,
    runAsGroup: 65532,
    fsGroup: 65532,
    fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
  });
  assert.is(pod.spec.automountServiceAccountToken, false);
  assert.is(pod.spec.enableServiceLinks, false);
});

const because = 'it must be';

/** Exception, its annotation, and the one field that differs. */
const effects: [exceptions: Exceptions, annotation: string, path: (string | number)[], expected: unknown][] =
  [
    [
      { writableRoot: because },
      'writable-root',
      ['spec', 'containers', 0, 'securityContext', 'readOnlyRootFilesystem'],
      false,
    ],
    [{ root: because }, 'root', ['spec', 'securityContext', 'runAsUser'], 0],
    [{ root: because }, 'root', ['spec', 'securityContext', 'runAsNonRoot'], false],
    [{ apiToken: because }, 'api-token', ['spec', 'automountServiceAccountToken'], true],
    [{ unmeshed: because }, 'unmeshed', ['metadata', 'annotations', 'linkerd.io/inject'], 'disabled'],
  ];

for (const [exceptions, annotation, path, expected] of effects) {
  test(`exception ${annotation}: ${path.at(-1)} is ${expected}, with the reason on the pod`, () => {
    const { pod, reasons } = rendered(exceptions);
    assert.equal(reasons, { [`box/exception-${annotation}`]: because });
    assert.is(at(pod, ...path), expected);
    assert.is.not(at(rendered().pod, ...path), expected);
  });
}

test('capabilities: they are added, and the reason names them', () => {
  const { container, reasons } = rendered({ capabilities: { add: ['CHOWN', 'FOWNER'], because } });
  assert.equal(reasons, { 'box/exception-capabilities': 'CHOWN, FOWNER: it must be' });
  assert.equal(at(container, 'securityContext', 'capabilities'), { drop: ['ALL'], add: ['CHOWN', 'FOWNER'] });
});

test('host ports: the node binds the port, and the old pod goes first', () => {
  const { container, reasons } = rendered(
    { hostPorts: because },
    { listens: { https: { port: 8443, node: 443, protocol: 'tcp' } } },
  );
  assert.equal(reasons, { 'box/exception-host-ports': because });
  assert.equal(container.ports, [{ name: 'https', containerPort: 8443, protocol: 'TCP', hostPort: 443 }]);
});

test('no probe: said on the pod, for the proof that asks for probes', () => {
  assert.equal(rendered({ noProbe: because }).reasons, { 'box/exception-no-probe': because });
});

test('several exceptions are several annotations; undefined is none', () => {
  const all: Exceptions = { root: 'a', writableRoot: 'b', apiToken: 'c' };
  assert.equal(exceptionAnnotations(all), {
    'box/exception-root': 'a',
    'box/exception-writable-root': 'b',
    'box/exception-api-token': 'c',
  });
  assert.equal(exceptionAnnotations({}), {});
});

test('an exception holds for the steps before the container too', () => {
  const { pod } = rendered({ writableRoot: because }, { steps: [{ name: 'prepare' }] });
  assert.is(at(pod, 'spec', 'initContainers', 0, 'securityContext', 'readOnlyRootFilesystem'), false);
});

test.run();
