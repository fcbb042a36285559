import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namespaces } from '../../constructs/core/namespaces.js';
import { random } from '../../constructs/secrets/generator.js';
import { ofKind } from '../support/sample.js';
import { requireSchemas, validateManifest } from '../support/schemas.js';
import { VaultBox } from '../support/vault-box.js';

function twoTiers() {
  const box = new VaultBox();
  const one = box.tier('one', namespaces.lasuite);
  const two = box.tier('two', namespaces.lasuite);
  const other = box.tier('other', namespaces.ory);
  const sync = (tier: typeof one, path: string) =>
    box.vault.kv(tier, path, { key: random(16) }).syncTo(tier, path, { name: path });
  sync(one, 'drive');
  sync(two, 'docs');
  sync(other, 'kratos');
  return { box, one, two, other };
}

test('tiers of one namespace share their way to the vault', () => {
  const { box, one, two, other } = twoTiers();
  assert.is(box.vault.accessFrom(one), box.vault.accessFrom(two));
  assert.is.not(box.vault.accessFrom(one), box.vault.accessFrom(other));
  const manifests = box.box.manifests();
  assert.equal(
    ofKind(manifests, 'VaultAuth').map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
    ['lasuite/vso-auth', 'ory/vso-auth'],
  );
});

test('a namespace may read exactly what is synced into it', () => {
  const { box, one, other } = twoTiers();
  const read = { capabilities: ['read'] };
  assert.equal(box.vault.accessFrom(one).policy, {
    path: { 'secret/data/docs': read, 'secret/data/drive': read },
  });
  // sorted, so that the order of declarations does not change what is rendered
  assert.equal(Object.keys(box.vault.accessFrom(one).policy.path), ['secret/data/docs', 'secret/data/drive']);
  assert.equal(box.vault.accessFrom(other).policy, { path: { 'secret/data/kratos': read } });
});

test('asking twice is asking once, another capability is said', () => {
  const { box, other } = twoTiers();
  const access = box.vault.accessFrom(other);
  access.allow('secret/data/kratos');
  access.allow('sys/leases/revoke', 'update');
  assert.equal(access.policy.path, {
    'secret/data/kratos': { capabilities: ['read'] },
    'sys/leases/revoke': { capabilities: ['update'] },
  });
});

test('an identity of its own: a ServiceAccount, a role of the same name as the policy', () => {
  const { box, one } = twoTiers();
  const access = box.vault.accessFrom(one);
  assert.is(access.role, 'namespace-lasuite');
  assert.equal(box.read('VaultAuth', 'vso-auth', 'spec'), {
    vaultConnectionRef: 'data/openbao',
    method: 'kubernetes',
    mount: 'kubernetes',
    kubernetes: { role: 'namespace-lasuite', serviceAccount: 'vso', audiences: ['openbao'] },
  });
  assert.is(box.read('ServiceAccount', 'vso', 'automountServiceAccountToken'), false);
  assert.is(
    box.read('VaultAuth', 'vso-auth', 'metadata', 'annotations', 'argocd.argoproj.io/sync-wave'),
    '4',
  );
});

if (requireSchemas()) {
  test('the operator takes what is rendered', () => {
    for (const manifest of twoTiers().box.box.manifests()) assert.equal(validateManifest(manifest), []);
  });
}

test.run();
