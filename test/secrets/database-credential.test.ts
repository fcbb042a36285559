import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { External } from '../../constructs/core/endpoint.js';
import { namespaces } from '../../constructs/core/namespaces.js';
import { Workload } from '../../constructs/core/workload.js';
import { type CredentialMode, DatabaseCredential } from '../../constructs/secrets/database-credential.js';
import { at, messageOf } from '../support/sample.js';
import { requireSchemas, validateManifest } from '../support/schemas.js';
import { VaultBox } from '../support/vault-box.js';

const server = new External({ name: 'server', ports: [5432] });
const statements = {
  creation_statements: ['CREATE'],
  renew_statements: ['RENEW'],
  revocation_statements: ['REVOKE'],
};

function credential(mode: CredentialMode) {
  const box = new VaultBox();
  const tier = box.tier('lasuite', namespaces.lasuite);
  const make = (id: string, as: CredentialMode = mode) =>
    new DatabaseCredential(tier, id, {
      vault: box.vault,
      name: 'docs-database',
      mode: as,
      role: 'docs',
      server: 'postgres',
      statements,
      data: { dsn: '{{ get .Secrets "username" }}' },
      reaches: [server],
    });
  return { box, tier, make, made: make('Credential') };
}

/** A new login every 2 to 8 minutes, 5 on average; one about each day. */
const modes: [mode: CredentialMode, renewalPercent: number, ttl: string][] = [
  ['rotating', 3, '1h'],
  ['daily', 67, '36h'],
];

for (const [mode, renewalPercent, ttl] of modes) {
  test(`${mode}: asked for anew at ${renewalPercent} % of ${ttl}`, () => {
    const { box, made } = credential(mode);
    assert.is(made.mode, mode);
    assert.equal(box.read('VaultDynamicSecret', 'docs-database', 'spec'), {
      vaultAuthRef: 'vso-auth',
      mount: 'database',
      path: 'creds/docs',
      renewalPercent,
      revoke: true,
      destination: {
        name: 'docs-database',
        create: true,
        overwrite: true,
        transformation: {
          excludeRaw: true,
          excludes: ['.*'],
          templates: { dsn: { text: '{{ get .Secrets "username" }}' } },
        },
      },
    });
    assert.equal(at(box.plan('vault'), 'database', 'roles'), {
      docs: { db_name: 'postgres', ...statements, default_ttl: ttl, max_ttl: ttl },
    });
  });
}

test('the namespace may ask for logins of this role, and give them back', () => {
  const { box, tier } = credential('daily');
  assert.equal(box.vault.accessFrom(tier).policy.path, {
    'database/creds/docs': { capabilities: ['read'] },
    'sys/leases/revoke': { capabilities: ['update'] },
  });
});

test('its holder connects to the server, in the namespace it is synced into', () => {
  const { secret } = credential('daily').made;
  assert.equal(secret.reaches, [server]);
  assert.equal(secret.keys, ['dsn']);
  assert.is(secret.namespace, 'lasuite');
});

test('a daily login restarts those that read it', () => {
  const { box, tier, made } = credential('daily');
  const env = { DSN: made.secret.key('dsn') };
  new Workload(tier, 'Web', { name: 'web', image: 'login', size: 'login', env });
  assert.equal(box.read('VaultDynamicSecret', 'docs-database', 'spec', 'rolloutRestartTargets'), [
    { kind: 'Deployment', name: 'web' },
  ]);
});

test('a rotating login in a file restarts nobody', () => {
  const { box, tier, made } = credential('rotating');
  new Workload(tier, 'Web', {
    name: 'web',
    image: 'login',
    size: 'login',
    mounts: [made.secret.mountAt('/etc/database')],
  });
  assert.is(box.read('VaultDynamicSecret', 'docs-database', 'spec', 'rolloutRestartTargets'), undefined);
});

test('a rotating login in the environment would restart every five minutes, or grow stale: it is refused', () => {
  const { tier, made } = credential('rotating');
  const env = { DSN: made.secret.key('dsn') };
  assert.is(
    messageOf(() => new Workload(tier, 'Web', { name: 'web', image: 'login', size: 'login', env })),
    "Deployment 'web' reads the rotating login 'lasuite/docs-database' into its environment, where it is stale within " +
      "the hour; mount it as a file, or take a login with mode 'daily'",
  );
});

test('one role cannot live for an hour and for a day and a half', () => {
  const { make } = credential('rotating');
  assert.is(
    messageOf(() => make('Other', 'daily')),
    "database role 'docs' is declared twice with different properties (lifetimes 1h and 36h); " +
      'take the same kind of login in both places',
  );
});

if (requireSchemas()) {
  test('the operator takes what is rendered', () => {
    for (const manifest of credential('daily').box.box.manifests())
      assert.equal(validateManifest(manifest), []);
  });
}

test.run();
