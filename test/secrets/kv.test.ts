import { Construct } from 'constructs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { External } from '../../constructs/core/endpoint.js';
import { namespaces } from '../../constructs/core/namespaces.js';
import { Reference, text } from '../../constructs/core/reference.js';
import { Workload } from '../../constructs/core/workload.js';
import { constant, random } from '../../constructs/secrets/generator.js';
import { type SyncProps, value } from '../../constructs/secrets/kv.js';
import { messageOf } from '../support/sample.js';
import { requireSchemas, validateManifest } from '../support/schemas.js';
import { VaultBox } from '../support/vault-box.js';

/** What a template begins with, so that a value that is not there yet is no empty password. */
const made = (...keys: string[]) =>
  keys
    .map((key) => `{{ if not (hasKey .Secrets "${key}") }}{{ fail "${key} is not made yet" }}{{ end }}`)
    .join('');

/** An app with an entry of two keys, synced as `props` say. */
function synced(props: Partial<SyncProps> = {}) {
  const box = new VaultBox();
  const tier = box.tier('lasuite', namespaces.lasuite);
  const entry = box.vault.kv(tier, 'docs', { id: constant('docs'), password: random(32) });
  const secret = entry.syncTo(tier, 'Secrets', { name: 'docs', ...props });
  const spec = (...path: string[]) => box.read('VaultStaticSecret', 'docs', 'spec', ...path);
  return { box, tier, entry, secret, spec };
}

test('every key under its own name, and nothing of the raw answer', () => {
  const { box, secret, spec } = synced();
  assert.equal(spec(), {
    vaultAuthRef: 'vso-auth',
    mount: 'secret',
    type: 'kv-v2',
    path: 'docs',
    refreshAfter: '30s',
    hmacSecretData: true,
    destination: {
      name: 'docs',
      create: true,
      overwrite: true,
      transformation: {
        excludeRaw: true,
        excludes: ['.*'],
        templates: {
          id: { text: `${made('id')}{{ get .Secrets "id" }}` },
          password: { text: `${made('password')}{{ get .Secrets "password" }}` },
        },
      },
    },
  });
  assert.equal(secret.keys, ['id', 'password']);
  assert.is(secret.namespace, 'lasuite');
  assert.is(box.read('VaultStaticSecret', 'docs', 'metadata', 'namespace'), 'lasuite');
});

test('secrets come before the apps of their tier: in the wave of the stores', () => {
  const { box } = synced();
  const wave = box.read(
    'VaultStaticSecret',
    'docs',
    'metadata',
    'annotations',
    'argocd.argoproj.io/sync-wave',
  );
  assert.is(wave, '4');
});

test('keys can be composed, from values, plain text and references', () => {
  const store = new External({ name: 'store', ports: [443] });
  const { secret, spec } = synced({
    data: { url: text`https://${value('id')}:${value('password')}@${new Reference('store', [store])}` },
  });
  assert.equal(spec('destination', 'transformation', 'templates'), {
    url: {
      text: `${made('id', 'password')}https://{{ get .Secrets "id" }}:{{ get .Secrets "password" }}@store`,
    },
  });
  assert.equal(secret.reaches, [store]);
  assert.equal(secret.keys, ['url']);
});

test('a function is asked when everything is declared', () => {
  const lines: string[] = [];
  const { spec } = synced({ data: { file: () => lines.join() } });
  lines.push('late');
  assert.equal(spec('destination', 'transformation', 'templates'), { file: { text: 'late' } });
});

test('what is reached may be said instead', () => {
  const relay = new External({ name: 'relay', ports: [587] });
  assert.equal(synced({ reaches: [relay] }).secret.reaches, [relay]);
});

test('type and labels are those of the Secret', () => {
  const { spec } = synced({ type: 'kubernetes.io/tls', labels: { a: 'b' } });
  assert.is(spec('destination', 'type'), 'kubernetes.io/tls');
  assert.equal(spec('destination', 'labels'), { a: 'b' });
});

test('a key the entry does not have is an error at synthesis', () => {
  const { box } = synced({ data: { url: `x:${value('pasword')}` } });
  assert.is(
    messageOf(() => box.box.manifests()),
    "lasuite/Secrets: vault path 'docs' has no key 'pasword'; it has id, password",
  );
});

test('keys that are read are told from those that are not', () => {
  const { box, entry } = synced({ data: { only: value('password') } });
  box.box.manifests();
  assert.equal([...entry.readKeys], ['password']);
  assert.equal([...entry.generators.keys()], ['id', 'password']);
});

test('a path is declared once; the message names both places', () => {
  const { box, tier } = synced();
  const other = new Construct(tier, 'Other');
  assert.is(
    messageOf(() => box.vault.kv(other, 'docs', {})),
    "lasuite/Other: vault path 'docs' is declared by lasuite already; use another path, or share the entry",
  );
});

test('a key is added once', () => {
  const { entry } = synced();
  entry.add('extra', random(16));
  assert.equal(entry.generators.get('extra'), { kind: 'random', bytes: 16 });
  assert.is(
    messageOf(() => entry.add('extra', random(16))),
    "lasuite: vault path 'docs' has key 'extra' already",
  );
});

test('whoever copies a value into its environment restarts when it changes, whoever mounts it does not', () => {
  const { tier, secret, spec } = synced();
  const common = { image: 'login', size: 'login' } as const;
  new Workload(tier, 'Web', { name: 'web', ...common, env: { P: secret.key('password') } });
  new Workload(tier, 'Agent', { name: 'agent', kind: 'DaemonSet', ...common, env: { P: secret.key('id') } });
  new Workload(tier, 'Files', { name: 'files', ...common, mounts: [secret.mountAt('/etc/x')] });
  assert.equal(spec('rolloutRestartTargets'), [
    { kind: 'Deployment', name: 'web' },
    { kind: 'DaemonSet', name: 'agent' },
  ]);
});

test('with nobody to restart the list is left out', () => {
  assert.is(synced().spec('rolloutRestartTargets'), undefined);
});

if (requireSchemas()) {
  test('the operator takes what is rendered', () => {
    const { box } = synced({ type: 'Opaque', labels: { a: 'b' } });
    for (const manifest of box.box.manifests()) assert.equal(validateManifest(manifest), []);
  });
}

test.run();
