import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { requireSchemas, validateManifest } from '../support/schemas.js';
import { Made } from './support.js';

interface Rule {
  from?: { ipBlock?: object; podSelector?: { matchLabels: Record<string, string> } }[];
  to?: { ipBlock?: object; podSelector?: { matchLabels: Record<string, string> } }[];
  ports: { port: number }[];
}
interface Policy {
  egress: Rule[];
  ingress: Rule[];
}

const policyOf = (made: Made) => made.get('NetworkPolicy', 'proxy').spec as Policy;

/** Ports open towards the pods with a label. */
const towards = ({ egress }: Policy, label: string, value: string): number[] =>
  egress
    .filter(({ to }) => to?.some(({ podSelector }) => podSelector?.matchLabels?.[label] === value))
    .flatMap(({ ports }) => ports.map(({ port }) => port));

test('the proxy reaches each upstream at its container port, and nothing else of it', () => {
  const made = new Made().declareAll();
  const policy = policyOf(made);
  // 4143 is where meshed pods meet
  assert.equal(towards(policy, 'app', 'web'), [8080, 4143]);
  assert.equal(towards(policy, 'app', 'backend'), [8000, 4143]);
  assert.equal(towards(policy, 'app', 'seaweedfs-filer'), [8333, 4143]);
  assert.equal(
    towards(policy, 'app', 'git').sort((a, b) => a - b),
    [2222, 3000, 3001, 4143],
  );
  const web = made.get('NetworkPolicy', 'web').spec as Policy;
  assert.equal(web.ingress, [
    {
      from: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress' } },
          podSelector: { matchLabels: { app: 'proxy' } },
        },
      ],
      ports: [
        { port: 8080, protocol: 'TCP' },
        { port: 4143, protocol: 'TCP' },
      ],
    },
  ]);
});

test('the world reaches the public ports and not the admin port', () => {
  const { ingress } = policyOf(new Made().declareAll());
  assert.equal(ingress, [
    {
      from: [{ ipBlock: { cidr: '0.0.0.0/0' } }],
      ports: [8080, 8443, 2222].map((port) => ({ port, protocol: 'TCP' })),
    },
  ]);
});

test('with ACME the proxy finds and reaches the solvers, with a local authority it does neither', () => {
  const label = 'acme.cert-manager.io/http01-solver';
  const acme = new Made();
  assert.equal(towards(policyOf(acme), label, 'true'), [8089]);
  assert.equal(acme.config().acme, { ingressClass: 'box-acme' });
  const local = new Made({ tls: { issuer: 'local' } });
  assert.equal(towards(policyOf(local), label, 'true'), []);
  assert.is(local.all('NetworkPolicy').has('acme-solver'), false);
  assert.equal(new Made({}, { ingressClass: 'other' }).config().acme, { ingressClass: 'other' });
});

test('the token reads the named Secret and ConfigMap, lists Ingresses, and nothing else', () => {
  const made = new Made();
  const read = ['get', 'list', 'watch'];
  assert.equal(made.get('Role', 'proxy').rules, [
    { apiGroups: [''], resources: ['secrets'], resourceNames: ['edge-tls'], verbs: read },
    { apiGroups: [''], resources: ['configmaps'], resourceNames: ['proxy-config'], verbs: read },
    { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: ['list', 'watch'] },
  ]);
  const binding = made.get('RoleBinding', 'proxy');
  assert.equal(binding.roleRef, { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'proxy' });
  assert.equal(binding.subjects, [
    { apiGroup: '', kind: 'ServiceAccount', name: 'proxy', namespace: 'ingress' },
  ]);
  const local = new Made({ tls: { issuer: 'local' } }).get('Role', 'proxy').rules as object[];
  assert.is(local.length, 2);
});

test('one proxy on one server, one on every server of a cluster', () => {
  const one = new Made();
  assert.equal((one.get('Deployment', 'proxy').spec as { strategy: object }).strategy, { type: 'Recreate' });
  const cluster = new Made({ scale: 'cluster' });
  assert.ok(cluster.get('DaemonSet', 'proxy'));
  assert.is(cluster.all('Deployment').has('proxy'), false);
});

test('a change of routes changes the configuration and not the pod', () => {
  const pod = (made: Made) => JSON.stringify(made.get('Deployment', 'proxy'));
  const changed = new Made();
  changed.edge.host('new').route('/', changed.web);
  assert.is(pod(changed), pod(new Made()));
});

test('public ports pass the mesh by, and the Service carries them for callers inside', () => {
  const made = new Made().declareAll();
  const { spec } = made.get('Deployment', 'proxy') as unknown as {
    spec: { template: { metadata: { annotations: Record<string, string> } } };
  };
  const { annotations } = spec.template.metadata;
  assert.is(annotations['config.linkerd.io/skip-inbound-ports'], '8080,8443,2222');
  assert.ok(annotations['box/exception-host-ports']);
  assert.ok(annotations['box/exception-api-token']);
  const service = made.get('Service', 'proxy').spec as { ports: { port: number; targetPort: number }[] };
  assert.equal(
    service.ports.map(({ port, targetPort }) => [port, targetPort]),
    [
      [80, 8080],
      [443, 8443],
      [9090, 9090],
      [22, 2222],
    ],
  );
});

(requireSchemas() ? test : test.skip)('every object is what Kubernetes and cert-manager expect', () => {
  for (const made of [new Made().declareAll(), new Made({ scale: 'cluster', tls: { issuer: 'local' } })]) {
    const problems = made.box
      .manifests()
      .flatMap((manifest) =>
        validateManifest(manifest).map(({ path, message }) => `${manifest.kind} ${path}: ${message}`),
      );
    assert.equal(problems, []);
  }
});

test.run();
