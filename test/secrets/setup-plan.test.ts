import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { askOperator, bytes } from '../../constructs/secrets/generator.js';
import { SetupPlan } from '../../constructs/secrets/setup-plan.js';
import { find, messageOf, sampleBox } from '../support/sample.js';

function made() {
  const box = sampleBox();
  const plan = new SetupPlan(box);
  const read = () => {
    const { data } = find(box.manifests(), 'ConfigMap', 'setup-plan') as unknown as {
      data: Record<string, string>;
    };
    return JSON.parse(data['plan.json'] ?? '') as Record<string, unknown>;
  };
  return { box, plan, read };
}

test('an empty plan has a version and no secrets', () => {
  const { box, read } = made();
  assert.equal(read(), { version: 1, secrets: [] });
  const { metadata } = find(box.manifests(), 'ConfigMap', 'setup-plan');
  assert.is(metadata.namespace, 'box-system');
  assert.is(metadata.annotations?.['argocd.argoproj.io/sync-wave'], '2');
});

test('sections stand in order of declaration and are asked for at the end', () => {
  const { plan, read } = made();
  const names: string[] = [];
  plan.section('buckets', () => names.map((name) => ({ name })));
  plan.section('other', () => 1);
  names.push('late');
  assert.equal(read(), { version: 1, secrets: [], buckets: [{ name: 'late' }], other: 1 });
  assert.equal(Object.keys(read()), ['version', 'secrets', 'buckets', 'other']);
});

test('a section has one owner', () => {
  const { plan } = made();
  assert.is(
    messageOf(() => plan.section('secrets', () => [])),
    "the set-up plan has two sections 'secrets'",
  );
});

test('a Secret from before the vault: where, how its values come about, and why', () => {
  const { plan, read } = made();
  const props = {
    namespace: 'data',
    name: 'seal',
    keys: { key: bytes(32), other: askOperator('the other') },
    labels: { a: 'b' },
    because: 'it cannot wait',
  };
  const secret = plan.secret(props);
  assert.equal(read().secrets, [
    {
      namespace: 'data',
      name: 'seal',
      keys: { key: { kind: 'bytes', length: 32 }, other: { kind: 'operator', prompt: 'the other' } },
      labels: { a: 'b' },
      because: 'it cannot wait',
    },
  ]);
  assert.equal([secret.namespace, secret.name, secret.keys], ['data', 'seal', ['key', 'other']]);
  assert.equal(secret.reaches, []);
});

test.run();
