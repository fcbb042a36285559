import { Chart } from 'cdk8s';
import { ConfigMap } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namespaces } from '../../constructs/core/namespaces.js';
import { Tier } from '../../constructs/core/tier.js';
import { Wave, waveAnnotation } from '../../constructs/core/waves.js';
import { find, messageOf, sampleBox } from '../support/sample.js';

test('objects carry wave, origin, namespace and who manages them', () => {
  const box = sampleBox();
  const tier = new Tier(box, 'stores', { namespace: namespaces.data, wave: Wave.Stores });
  new ConfigMap(new Construct(tier, 'Valkey'), 'Resource', { metadata: { name: 'valkey' } });
  const { metadata } = find(box.manifests(), 'ConfigMap', 'valkey');
  assert.equal(metadata, {
    name: 'valkey',
    namespace: 'data',
    labels: { 'app.kubernetes.io/managed-by': 'business-box' },
    annotations: { [waveAnnotation]: '4', 'box/construct': 'stores/Valkey' },
  });
});

test('an object that must come earlier than its tier keeps its wave', () => {
  const box = sampleBox();
  const tier = new Tier(box, 'apps', { namespace: namespaces.lasuite, wave: Wave.Apps });
  new ConfigMap(tier, 'Early', { metadata: { name: 'early', annotations: { [waveAnnotation]: '4' } } });
  assert.is(find(box.manifests(), 'ConfigMap', 'early').metadata.annotations?.[waveAnnotation], '4');
});

test('the tier of a construct is found from any depth', () => {
  const box = sampleBox();
  const tier = new Tier(box, 'apps', { namespace: namespaces.lasuite, wave: Wave.Apps });
  assert.is(Tier.of(new Construct(new Construct(tier, 'A'), 'B')), tier);
  assert.is(Tier.of(tier), tier);
});

test('a plain chart is no tier', () => {
  const box = sampleBox();
  const chart = new Chart(box, 'plain');
  assert.is(Tier.isTier(chart), false);
  assert.is(Tier.isTier({}), false);
  assert.is(
    messageOf(() => Tier.of(new Construct(chart, 'A'))),
    'plain/A: is in a plain Chart; put it below a Tier',
  );
});

test('a tier of cluster-wide objects has no namespace to name', () => {
  const tier = new Tier(sampleBox(), 'everywhere', { wave: Wave.Platform });
  assert.is(
    messageOf(() => tier.namespaceName),
    'everywhere: this tier has no namespace',
  );
});

test.run();
