import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { internet, kubernetesApi } from '../../constructs/core/destinations.js';
import { External } from '../../constructs/core/endpoint.js';
import { ForeignPods } from '../../constructs/core/foreign-pods.js';
import type { Manifest } from '../../constructs/core/manifest.js';
import { namespaces } from '../../constructs/core/namespaces.js';
import { Tier } from '../../constructs/core/tier.js';
import { Wave } from '../../constructs/core/waves.js';
import { find, sampleTier, specOf } from '../support/sample.js';

/** The sample tier and a second namespace. */
function twoTiers() {
  const made = sampleTier();
  const data = new Tier(made.box, 'data', { namespace: namespaces.data, wave: Wave.Stores });
  const policy = (name: string, namespace?: string) => {
    const all = made.box
      .manifests()
      .filter(({ metadata }) => metadata.namespace === namespace || namespace === undefined);
    return specOf<Policy>(find(all, 'NetworkPolicy', name));
  };
  return { ...made, data, policy };
}

interface Policy {
  readonly [field: string]: unknown;
  readonly egress?: readonly unknown[];
  readonly ingress?: readonly unknown[];
}

const ports = (...numbers: number[]) => numbers.map((port) => ({ port, protocol: 'TCP' }));
const pods = (namespace: string, labels: Record<string, string> | undefined) => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
  podSelector: labels === undefined ? {} : { matchLabels: labels },
});
const dns = {
  ports: [
    { port: 53, protocol: 'UDP' },
    { port: 53, protocol: 'TCP' },
  ],
  to: [pods('kube-system', { 'k8s-app': 'kube-dns' })],
};
const mesh = {
  ports: ports(8080, 8086, 8090),
  to: [pods('linkerd', undefined)],
};
const unmeshed = { unmeshed: 'it breaks' };

test('a pod with no edges resolves names and reaches the mesh; the namespace lets nobody reach it', () => {
  const { workload, policy } = twoTiers();
  workload('alone');
  assert.equal(policy('alone'), {
    podSelector: { matchLabels: { app: 'alone' } },
    policyTypes: ['Egress'],
    egress: [dns, mesh],
  });
  assert.equal(policy('default-deny', 'lasuite'), { podSelector: {}, policyTypes: ['Egress', 'Ingress'] });
});

test('an edge between meshed pods: the port and the port of the mesh, on both sides', () => {
  const { data, workload, policy } = twoTiers();
  const store = workload('store', { listens: { http: { port: 8080, service: 80 } } }, data);
  workload('web', { uses: [store.endpoint('http')] });
  assert.equal(policy('web').egress, [
    dns,
    mesh,
    { ports: ports(8080, 4143), to: [pods('data', { app: 'store' })] },
  ]);
  assert.equal(policy('store'), {
    podSelector: { matchLabels: { app: 'store' } },
    policyTypes: ['Egress', 'Ingress'],
    egress: [dns, mesh],
    ingress: [{ ports: ports(8080, 4143), from: [pods('lasuite', { app: 'web' })] }],
  });
});

const meshes: [from: object, to: object, ports: number[]][] = [
  [{}, { exceptions: unmeshed }, [8080]],
  [{ exceptions: unmeshed }, {}, [8080]],
  [{ exceptions: unmeshed }, { exceptions: unmeshed }, [8080]],
];

for (const [from, to, expected] of meshes) {
  test(`an edge from ${JSON.stringify(from)} to ${JSON.stringify(to)} is the port alone`, () => {
    const { workload, policy } = twoTiers();
    const store = workload('store', { listens: { http: 8080 }, ...to });
    workload('web', { uses: [store.endpoint('http')], ...from });
    assert.equal(policy('web').egress?.at(-1), {
      ports: ports(...expected),
      to: [pods('lasuite', { app: 'store' })],
    });
    assert.equal(policy('store').ingress, [
      { ports: ports(...expected), from: [pods('lasuite', { app: 'web' })] },
    ]);
    assert.is(JSON.stringify(policy('web')).includes('linkerd'), !('exceptions' in from));
  });
}

test('saying an edge twice is saying it once; two ports of one peer are one rule', () => {
  const { box, workload, policy } = twoTiers();
  const store = workload('store', { listens: { http: 8080, admin: 9090 } });
  const web = workload('web', { uses: [store.endpoint('http'), store.endpoint('http')] });
  box.network.connect(web, store.endpoint('http'));
  box.network.connect(web, store.endpoint('admin'));
  assert.equal(policy('web').egress?.slice(2), [
    { ports: ports(8080, 9090, 4143), to: [pods('lasuite', { app: 'store' })] },
  ]);
  assert.equal(policy('store').ingress, [
    { ports: ports(8080, 9090, 4143), from: [pods('lasuite', { app: 'web' })] },
  ]);
  assert.is(box.network.destinations(web).length, 2);
  assert.equal(box.network.consumers(store.endpoint('admin')), [web]);
});

test('UDP is UDP in the rules, and never passes the mesh', () => {
  const { workload, policy } = twoTiers();
  const media = workload('media', { listens: { rtp: { port: 7882, protocol: 'udp' } } });
  workload('web', { uses: [media.endpoint('rtp')] });
  const udp = [{ port: 7882, protocol: 'UDP' }];
  assert.equal(policy('web').egress?.at(-1), { ports: udp, to: [pods('lasuite', { app: 'media' })] });
  assert.equal(policy('media').ingress, [{ ports: udp, from: [pods('lasuite', { app: 'web' })] }]);
});

test('the Internet is what is not private', () => {
  const { workload, policy } = twoTiers();
  workload('web', { uses: [internet('anything', 443, 587)] });
  assert.equal(policy('web').egress?.at(-1), {
    ports: ports(443, 587),
    to: [
      {
        ipBlock: {
          cidr: '0.0.0.0/0',
          except: ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
        },
      },
    ],
  });
});

test('an external destination with networks is those, one rule each', () => {
  const { workload, policy } = twoTiers();
  const away = new External({ name: 'away', networks: ['192.0.2.0/24', '198.51.100.7/32'], ports: [25] });
  workload('web', { uses: [away] });
  const to = (cidr: string) => ({ ports: ports(25), to: [{ ipBlock: { cidr } }] });
  assert.equal(policy('web').egress?.slice(2), [to('192.0.2.0/24'), to('198.51.100.7/32')]);
});

test('the Kubernetes API is port 6443 of the nodes', () => {
  const { box } = twoTiers();
  const { networks, ports: numbers } = kubernetesApi(box.site);
  assert.equal(networks, ['203.0.113.10/32', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']);
  assert.equal(numbers, [6443]);
});

test('ports of the node let the outside in, TCP and UDP each as they are', () => {
  const { workload, policy } = twoTiers();
  workload('door', {
    listens: {
      https: { port: 8443, node: 443, protocol: 'tcp' },
      quic: { port: 8444, node: 443, protocol: 'udp' },
      inside: 9000,
    },
    exceptions: { hostPorts: 'it is the front door' },
  });
  assert.equal(policy('door').ingress, [
    {
      ports: [
        { port: 8443, protocol: 'TCP' },
        { port: 8444, protocol: 'UDP' },
      ],
      from: [{ ipBlock: { cidr: '0.0.0.0/0' } }],
    },
  ]);
});

test('admission may be narrower: a webhook that only the API server calls', () => {
  const { box, workload, policy } = twoTiers();
  const hook = workload('hook', { listens: { https: { port: 9443, protocol: 'tcp' } } });
  box.network.admit(hook, [9443], ['203.0.113.10/32']);
  assert.equal(policy('hook').ingress, [
    { ports: ports(9443), from: [{ ipBlock: { cidr: '203.0.113.10/32' } }] },
  ]);
});

test('pods of an operator take part where the box rules', () => {
  const { data, workload, policy } = twoTiers();
  const labels = { 'cnpg.io/cluster': 'postgres' };
  const postgres = new ForeignPods(data, 'Postgres', { name: 'postgres', podLabels: labels });
  const endpoint = postgres.endpoint({ service: 'postgres-rw', name: 'sql', port: 5432, protocol: 'tcp' });
  workload('web', { uses: [endpoint] });
  assert.is(endpoint.address.text, 'postgres-rw.data.svc.cluster.local:5432');
  assert.equal(policy('web').egress?.at(-1), { ports: ports(5432), to: [pods('data', labels)] });
  assert.equal(policy('postgres'), {
    podSelector: { matchLabels: labels },
    policyTypes: ['Egress', 'Ingress'],
    egress: [dns],
    ingress: [{ ports: ports(5432), from: [pods('lasuite', { app: 'web' })] }],
  });
});

test('pods elsewhere are only somebody’s peer: no policy is written into their namespace', () => {
  const { box, tier, workload, policy } = twoTiers();
  const operator = new ForeignPods(tier, 'Operator', {
    name: 'operator',
    namespace: 'operators',
    podLabels: { app: 'operator' },
  });
  const store = workload('store', { listens: { http: 8080 } });
  box.network.connect(operator, store.endpoint('http'));
  assert.equal(policy('store').ingress, [
    { ports: ports(8080), from: [pods('operators', { app: 'operator' })] },
  ]);
  const all = box.manifests().filter(({ kind }: Manifest) => kind === 'NetworkPolicy');
  assert.equal(
    all.filter(({ metadata }) => metadata.namespace === 'operators'),
    [],
  );
});

test.run();
