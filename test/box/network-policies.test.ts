import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Manifest } from '../../constructs/core/manifest.js';
import { NetworkPolicies, type Protocol } from '../../constructs/proofs/network-policies.js';
import type { PodView } from '../../constructs/proofs/pod-view.js';
import { Tree } from '../../constructs/proofs/tree.js';

/*
 * The semantics of https://kubernetes.io/docs/concepts/services-networking/network-policies/, sentence by sentence,
 * on a small cluster: namespaces red and blue, in each a client and a server.
 */

const namespace = (name: string, labels: Record<string, string> = {}): Manifest => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});

const ports = [
  { name: 'http', containerPort: 8080 },
  { name: 'dns', containerPort: 53, protocol: 'UDP' },
];

const pod = (namespace: string, app: string, spec: object = {}): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace, name: app },
  spec: {
    selector: { matchLabels: { app } },
    template: {
      metadata: { labels: { app, tier: app === 'server' ? 'back' : 'front' } },
      spec: { containers: [{ name: 'main', ports }], ...spec },
    },
  },
});

const cluster = [
  namespace('red', { team: 'red' }),
  namespace('blue', { team: 'blue' }),
  pod('red', 'client'),
  pod('red', 'server'),
  pod('blue', 'client'),
  pod('blue', 'server'),
  pod('red', 'agent', { hostNetwork: true }),
];

const policy = (namespace: string, spec: object, name = 'policy'): Manifest => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { namespace, name },
  spec,
});

/** Whether `red/client` reaches `blue/server` and the like, under policies: both ends must agree. */
function reaches(
  policies: readonly Manifest[],
  from: string,
  to: string,
  port = 8080,
  protocol: Protocol = 'TCP',
) {
  const tree = new Tree([...cluster, ...policies]);
  const find = (name: string): PodView => {
    const found = tree.ownPods.find(
      ({ namespace, origin }) => `${namespace}/${origin.metadata.name}` === name,
    );
    if (found === undefined) throw new Error(`no pod ${name}`);
    return found;
  };
  const rules = new NetworkPolicies(tree);
  const [source, target] = [find(from), find(to)];
  return rules.egress(source, target, port, protocol) && rules.ingress(source, target, port, protocol);
}

const server = { matchLabels: { app: 'server' } };
const denyAll = policy('red', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }, 'default-deny');

test('without policies everything is open', () => {
  assert.ok(reaches([], 'blue/client', 'red/server'));
});

test('a policy that selects a pod closes it for what no rule allows, and leaves others open', () => {
  const closed = policy('red', { podSelector: server, policyTypes: ['Ingress'] });
  assert.not(reaches([closed], 'red/client', 'red/server'));
  assert.ok(reaches([closed], 'red/server', 'red/client'));
  assert.ok(reaches([closed], 'red/client', 'blue/server'));
});

test('an empty podSelector selects all pods of the namespace, and none of another', () => {
  assert.not(reaches([denyAll], 'blue/client', 'red/server'));
  assert.not(reaches([denyAll], 'red/client', 'blue/server'));
  assert.ok(reaches([denyAll], 'blue/client', 'blue/server'));
});

test('without policyTypes a policy is for ingress, and for egress only when it has egress rules', () => {
  const ingressOnly = policy('red', { podSelector: { matchLabels: { app: 'client' } } });
  assert.ok(reaches([ingressOnly], 'red/client', 'red/server'));
  assert.not(reaches([ingressOnly], 'red/server', 'red/client'));
  const both = policy('red', {
    podSelector: { matchLabels: { app: 'client' } },
    egress: [{ to: [{ podSelector: server }] }],
  });
  assert.ok(reaches([both], 'red/client', 'red/server'));
  assert.not(reaches([both], 'red/client', 'blue/server'));
});

test('policies add up', () => {
  const allow = (app: string) =>
    policy(
      'red',
      { podSelector: server, ingress: [{ from: [{ podSelector: { matchLabels: { app } } }] }] },
      app,
    );
  assert.not(reaches([allow('agent')], 'red/client', 'red/server'));
  assert.ok(reaches([allow('agent'), allow('client')], 'red/client', 'red/server'));
});

test('a connection needs egress of the source and ingress of the target', () => {
  const out = policy('red', {
    podSelector: { matchLabels: { app: 'client' } },
    policyTypes: ['Egress'],
    egress: [{ to: [{ podSelector: server }] }],
  });
  const into = policy(
    'red',
    { podSelector: server, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'client' } } }] }] },
    'into',
  );
  assert.not(reaches([denyAll, out], 'red/client', 'red/server'));
  assert.not(reaches([denyAll, into], 'red/client', 'red/server'));
  assert.ok(reaches([denyAll, out, into], 'red/client', 'red/server'));
});

test('a podSelector alone means the own namespace; with a namespaceSelector both must match', () => {
  const client = { matchLabels: { app: 'client' } };
  const blue = { matchLabels: { team: 'blue' } };
  const from = (...peers: object[]) => policy('red', { podSelector: server, ingress: [{ from: peers }] });
  assert.ok(reaches([from({ podSelector: client })], 'red/client', 'red/server'));
  assert.not(reaches([from({ podSelector: client })], 'blue/client', 'red/server'));
  const together = from({ podSelector: client, namespaceSelector: blue });
  assert.ok(reaches([together], 'blue/client', 'red/server'));
  assert.not(reaches([together], 'blue/server', 'red/server'));
  assert.not(reaches([together], 'red/client', 'red/server'));
  // as two peers, either is enough
  const apart = from({ podSelector: client }, { namespaceSelector: blue });
  assert.ok(reaches([apart], 'blue/server', 'red/server'));
  assert.ok(reaches([apart], 'red/client', 'red/server'));
});

test('an empty namespaceSelector matches every namespace; each has its name as a label', () => {
  const from = (peer: object) => policy('red', { podSelector: server, ingress: [{ from: [peer] }] });
  assert.ok(reaches([from({ namespaceSelector: {} })], 'blue/client', 'red/server'));
  const named = { matchLabels: { 'kubernetes.io/metadata.name': 'blue' } };
  assert.ok(reaches([from({ namespaceSelector: named })], 'blue/client', 'red/server'));
  assert.not(reaches([from({ namespaceSelector: named })], 'red/client', 'red/server'));
});

test('matchExpressions: In, NotIn, Exists, DoesNotExist', () => {
  const from = (key: string, operator: string, values?: string[]) =>
    policy('red', {
      podSelector: server,
      ingress: [{ from: [{ podSelector: { matchExpressions: [{ key, operator, values }] } }] }],
    });
  assert.ok(reaches([from('tier', 'In', ['front', 'side'])], 'red/client', 'red/server'));
  assert.not(reaches([from('tier', 'In', ['back'])], 'red/client', 'red/server'));
  assert.ok(reaches([from('tier', 'NotIn', ['back'])], 'red/client', 'red/server'));
  assert.ok(reaches([from('other', 'NotIn', ['back'])], 'red/client', 'red/server'));
  assert.ok(reaches([from('tier', 'Exists')], 'red/client', 'red/server'));
  assert.not(reaches([from('tier', 'DoesNotExist')], 'red/client', 'red/server'));
});

test('ports: number, range, name, protocol; none of them means all', () => {
  const on = (port?: object) =>
    policy('red', { podSelector: server, ingress: [port === undefined ? {} : { ports: [port] }] });
  const open = (port: object | undefined, number = 8080, protocol: Protocol = 'TCP') =>
    reaches([on(port)], 'red/client', 'red/server', number, protocol);
  assert.ok(open(undefined, 1234));
  assert.ok(open({ port: 8080 }));
  assert.not(open({ port: 8081 }));
  assert.ok(open({ port: 8000, endPort: 8100 }));
  assert.not(open({ port: 8000, endPort: 8079 }));
  assert.ok(open({ port: 'http' }));
  assert.not(open({ port: 'http' }, 8081));
  assert.not(open({ port: 'https' }));
  assert.not(open({ port: 53 }, 53, 'UDP'), 'TCP is the default');
  assert.ok(open({ port: 53, protocol: 'UDP' }, 53, 'UDP'));
  assert.ok(open({ port: 'dns', protocol: 'UDP' }, 53, 'UDP'));
  assert.ok(open({ protocol: 'UDP' }, 99, 'UDP'));
  assert.not(open({ protocol: 'UDP' }, 99));
});

test('a rule without peers is for everybody, a policy without rules for nobody', () => {
  const everybody = policy('red', { podSelector: server, ingress: [{ ports: [{ port: 8080 }] }] });
  assert.ok(reaches([everybody], 'blue/client', 'red/server'));
  const nobody = policy('red', { podSelector: server, ingress: [] });
  assert.not(reaches([nobody], 'blue/client', 'red/server'));
});

test('an ipBlock stands for addresses outside the cluster, not for pods', () => {
  const world = policy('red', {
    podSelector: server,
    ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }],
  });
  assert.not(reaches([world], 'blue/client', 'red/server'));
});

test('pods on the network of the node are beyond policies', () => {
  assert.ok(reaches([denyAll], 'red/agent', 'red/agent'));
  const into = policy('red', { podSelector: server, ingress: [] });
  assert.ok(reaches([into], 'red/agent', 'red/server'));
});

test('leaving the cluster takes a rule with an address and the port', () => {
  const tree = (spec: object) => new Tree([...cluster, policy('red', spec)]);
  const leaves = (spec: object, port: number) => {
    const all = tree(spec);
    const client = all.ownPods.find(
      ({ labels, namespace }) => labels.app === 'client' && namespace === 'red',
    );
    return client !== undefined && new NetworkPolicies(all).leaves(client, port);
  };
  const api = { to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 6443 }] };
  const policyTypes = ['Egress'];
  assert.ok(leaves({ podSelector: {}, policyTypes, egress: [api] }, 6443));
  assert.not(leaves({ podSelector: {}, policyTypes, egress: [api] }, 443));
  assert.not(leaves({ podSelector: {}, policyTypes, egress: [{ to: [{ podSelector: {} }] }] }, 6443));
  assert.ok(leaves({ podSelector: {}, policyTypes: ['Ingress'] }, 443));
});

test.run();
