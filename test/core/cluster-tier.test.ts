import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type NamespaceProps, namespaces } from '../../constructs/core/namespaces.js';
import { Tier } from '../../constructs/core/tier.js';
import { Wave } from '../../constructs/core/waves.js';
import { at, find, messageOf, namesOf, ofKind, sampleBox, specOf } from '../support/sample.js';

function rendered(props: NamespaceProps) {
  const box = sampleBox();
  new Tier(box, 'tier', { namespace: props, wave: Wave.Apps });
  return { box, manifests: box.manifests() };
}

test('a governed namespace enforces the restricted standard, is meshed, and denies by default', () => {
  const { manifests } = rendered({ name: 'shop', labels: { extra: 'yes' } });
  const { labels, annotations } = find(manifests, 'Namespace', 'shop').metadata;
  assert.equal(labels, {
    'app.kubernetes.io/managed-by': 'business-box',
    'box/trust': 'true',
    extra: 'yes',
    'pod-security.kubernetes.io/audit': 'restricted',
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/warn': 'restricted',
  });
  assert.is(annotations?.['linkerd.io/inject'], 'enabled');
  assert.is(annotations?.['config.linkerd.io/default-inbound-policy'], 'deny');
  assert.is(annotations?.['argocd.argoproj.io/sync-wave'], '0');
});

test('default-deny: every pod, both directions, nothing allowed', () => {
  const policy = find(rendered({ name: 'shop' }).manifests, 'NetworkPolicy', 'default-deny');
  assert.is(policy.metadata.namespace, 'shop');
  assert.equal(specOf(policy), { podSelector: {}, policyTypes: ['Egress', 'Ingress'] });
});

test('a container that declares no memory gets little', () => {
  const range = find(rendered({ name: 'shop' }).manifests, 'LimitRange', 'fallback');
  assert.is(range.metadata.namespace, 'shop');
  assert.equal(specOf(range), {
    limits: [
      { type: 'Container', default: { memory: '256Mi' }, defaultRequest: { cpu: '10m', memory: '64Mi' } },
    ],
  });
});

test('a namespace that is only an operator’s has neither mesh nor rules of ours', () => {
  const { box, manifests } = rendered({ name: 'operator', governed: false });
  const { annotations = {}, labels } = find(manifests, 'Namespace', 'operator').metadata;
  assert.not.ok('linkerd.io/inject' in annotations);
  assert.is(labels?.['box/trust'], undefined);
  assert.equal(namesOf(manifests, 'NetworkPolicy'), []);
  assert.equal(namesOf(manifests, 'LimitRange'), []);
  assert.is(box.cluster.governs('operator'), false);
});

test('less than restricted needs a reason, which is written on the namespace', () => {
  const because = 'it binds ports of the node';
  const { metadata } = find(
    rendered({ name: 'door', podSecurity: 'privileged', because }).manifests,
    'Namespace',
    'door',
  );
  assert.is(metadata.labels?.['pod-security.kubernetes.io/enforce'], 'privileged');
  assert.is(metadata.annotations?.['box/exception-pod-security'], because);
  assert.is(
    messageOf(() => rendered({ name: 'door', podSecurity: 'baseline' })),
    "namespace 'door' enforces 'baseline' without saying why; give 'because'",
  );
});

test('a namespace Kubernetes has made is not rendered, but objects can be put there', () => {
  const { box, manifests } = rendered(namespaces.kubeSystem);
  assert.equal(namesOf(manifests, 'Namespace'), []);
  assert.is(box.cluster.governs('kube-system'), false);
});

test('two tiers share a declaration; two declarations of one name are an error', () => {
  const box = sampleBox();
  new Tier(box, 'one', { namespace: namespaces.data, wave: Wave.Engines });
  new Tier(box, 'two', { namespace: namespaces.data, wave: Wave.Stores });
  assert.equal(namesOf(box.manifests(), 'Namespace'), ['data']);
  const other = sampleBox();
  new Tier(other, 'one', { namespace: namespaces.data, wave: Wave.Engines });
  assert.is(
    messageOf(
      () => new Tier(other, 'two', { namespace: { name: 'data', governed: false }, wave: Wave.Stores }),
    ),
    "namespace 'data' is declared twice with different properties; share one declaration",
  );
});

test('only namespaces that are used are made', () => {
  const manifests = sampleBox().manifests();
  assert.equal(namesOf(manifests, 'Namespace'), []);
  assert.is(sampleBox().cluster.governs('data'), false);
});

test('priority classes: one default, and batch work pushes nobody out', () => {
  const classes = ofKind(sampleBox().manifests(), 'PriorityClass').map(
    ({ metadata, value, globalDefault, preemptionPolicy }) => [
      metadata.name,
      value,
      globalDefault,
      preemptionPolicy,
    ],
  );
  assert.equal(classes, [
    ['box-platform', 1_000_000, false, 'PreemptLowerPriority'],
    ['box-core', 900_000, false, 'PreemptLowerPriority'],
    ['box-app', 500_000, true, 'PreemptLowerPriority'],
    ['box-batch', 100_000, false, 'Never'],
  ]);
});

test('every namespace of the box that enforces less says why', () => {
  for (const props of Object.values<NamespaceProps>(namespaces)) {
    const isLess = props.podSecurity !== undefined && props.podSecurity !== 'restricted';
    assert.is(at(props, 'because') !== undefined, isLess, props.name);
  }
});

test.run();
