import { test } from 'uvu';
import { testFaults } from '../support/faults.js';
import type { Mutation, Path } from '../support/mutate.js';

const inVault: Path = ['vault'];
const identities: Path = ['spec', 'destination', 'transformation', 'templates', 's3.json', 'text'];

/** Changes the text of the object store's identities. */
const inIdentities = (tree: Mutation, from: string, to: string) =>
  tree.edit(tree.find('VaultStaticSecret storage/seaweedfs-s3'), identities, (text) => {
    const changed = String(text).replace(from, to);
    if (changed === text) throw new Error(`the identities hold no ${from}`);
    return changed;
  });

testFaults([
  {
    name: 'the owner of a database is no managed role',
    plant: (tree) =>
      tree.filter(
        tree.find('Cluster data/postgres'),
        ['spec', 'managed', 'roles'],
        (role) => (role as { name: string }).name !== 'docs',
      ),
    proof: 'databases',
    construct: 'postgres/Postgres/Database-docs',
    says: ["owner 'docs' is no managed role of Cluster 'postgres'"],
  },
  {
    name: 'an owner can log in',
    plant: (tree) =>
      tree.edit(tree.find('Cluster data/postgres'), ['spec', 'managed', 'roles'], (roles) =>
        (roles as { name: string }[]).map((role) => (role.name === 'docs' ? { ...role, login: true } : role)),
      ),
    proof: 'databases',
    construct: 'postgres/Postgres/Cluster',
    says: ["managed role 'docs' has login"],
  },
  {
    name: 'an owner is not in the group the vault serves',
    plant: (tree) =>
      tree.edit(tree.find('Cluster data/postgres'), ['spec', 'managed', 'roles'], (roles) =>
        (roles as { name: string }[]).map((role) => (role.name === 'docs' ? { ...role, inRoles: [] } : role)),
      ),
    proof: 'databases',
    construct: 'postgres/Postgres/Cluster',
    says: ["'docs' is not in 'box_owner'"],
  },
  {
    name: 'the vault makes no logins for a database',
    plant: (tree) => tree.plan((plan) => tree.remove(plan, [...inVault, 'database', 'roles', 'docs'])),
    proof: 'databases',
    construct: 'postgres/Postgres/Database-docs',
    says: ["owner 'docs' stands in no database role"],
  },
  {
    name: 'the connection does not allow a role',
    plant: (tree) =>
      tree.plan((plan) =>
        tree.filter(plan, [...inVault, 'database', 'connection', 'allowed_roles'], (role) => role !== 'docs'),
      ),
    proof: 'databases',
    construct: 'setup/Plan',
    says: ["database role 'docs' is not in allowed_roles"],
  },
  {
    name: 'a database has no base backup',
    plant: (tree) => tree.drop('ScheduledBackup data/postgres-nightly'),
    proof: 'databases',
    construct: 'postgres/Postgres/Cluster',
    says: ['no ScheduledBackup makes base backups', 'declare a ScheduledBackup'],
  },
  {
    name: 'the write-ahead log is not archived',
    plant: (tree) =>
      tree.set(tree.find('Cluster data/postgres'), ['spec', 'plugins', 0, 'isWALArchiver'], false),
    proof: 'databases',
    construct: 'postgres/Postgres/Cluster',
    says: ['no plugin archives its write-ahead log'],
  },
  {
    name: 'the pools together want too many connections',
    plant: (tree) => tree.set(tree.find('Database data/docs'), ['spec', 'connectionLimit'], 110),
    proof: 'databases',
    construct: 'postgres/Postgres/Cluster',
    says: ['max_connections 120', 'docs 110', 'lower the share'],
  },
  {
    name: 'a database takes as many connections as it likes',
    plant: (tree) => tree.set(tree.find('Database data/docs'), ['spec', 'connectionLimit'], -1),
    proof: 'databases',
    construct: 'postgres/Postgres/Database-docs',
    says: ['connectionLimit -1'],
  },
  {
    name: 'a bucket has no identity',
    plant: (tree) => tree.plan((plan) => tree.set(plan, ['buckets', 'buckets', 0, 'owner'], 'docz')),
    proof: 'buckets',
    construct: 'setup/Plan',
    says: ["bucket 'sunbeam-docs' belongs to 'docz', which is no identity", "did you mean 'docs'"],
  },
  {
    name: 'an identity reaches all buckets',
    plant: (tree) => inIdentities(tree, '"Write:sunbeam-docs"', '"Write"'),
    proof: 'buckets',
    construct: 'storage/ObjectStore/Identities',
    says: ["identity 'docs' may Write in every bucket"],
  },
  {
    name: 'an identity reaches the bucket of another',
    plant: (tree) => inIdentities(tree, '"Read:sunbeam-docs"', '"Read:sunbeam-docs","Read:sunbeam-mail"'),
    proof: 'buckets',
    construct: 'storage/ObjectStore/Identities',
    says: ["may Read in bucket 'sunbeam-mail', which the plan does not make"],
  },
  {
    name: 'a value that is read is not made',
    plant: (tree) =>
      tree.plan((plan) => tree.remove(plan, [...inVault, 'kv', 'paths', 'docs', 'django-secret-key'])),
    proof: 'vault',
    construct: 'lasuite/Docs/Secrets',
    says: ["vault path 'docs' has no key 'django-secret-key'"],
  },
  {
    name: 'a value is copied from a key that is not made',
    plant: (tree) =>
      tree.plan((plan) => tree.remove(plan, [...inVault, 'kv', 'paths', 's3/docs', 'secret-key'])),
    proof: 'vault',
    construct: 'setup/Plan',
    says: ["'seaweedfs' key 'docs-secret-key'", "'s3/docs' has no key 'secret-key'"],
  },
  {
    name: 'a value that is made is not read',
    plant: (tree) =>
      tree.plan((plan) =>
        tree.set(plan, [...inVault, 'kv', 'paths', 'docs', 'spare'], { kind: 'random', bytes: 32 }),
      ),
    proof: 'vault',
    construct: 'setup/Plan',
    says: ["vault.kv.paths: 'docs' key 'spare' is read by nothing"],
  },
  {
    name: 'a policy allows one path more than is synced',
    plant: (tree) =>
      tree.plan((plan) =>
        tree.set(plan, [...inVault, 'policies', 'namespace-lasuite', 'path', 'secret/data/hydra'], {
          capabilities: ['read'],
        }),
      ),
    proof: 'vault',
    construct: 'setup/Plan',
    says: ["role 'namespace-lasuite' of namespace 'lasuite' may read 'secret/data/hydra'"],
  },
  {
    name: 'a policy allows more than reading',
    plant: (tree) =>
      tree.plan((plan) =>
        tree.set(
          plan,
          [...inVault, 'policies', 'namespace-ory', 'path', 'secret/data/hydra', 'capabilities'],
          ['read', 'update'],
        ),
      ),
    proof: 'vault',
    construct: 'setup/Plan',
    says: ["may read, update 'secret/data/hydra'", 'allow only read'],
  },
  {
    name: 'a policy lacks a path that is synced',
    plant: (tree) =>
      tree.plan((plan) =>
        tree.remove(plan, [...inVault, 'policies', 'namespace-ory', 'path', 'secret/data/hydra']),
      ),
    proof: 'vault',
    construct: 'identity/Hydra/Secrets',
    says: ["needs to read 'secret/data/hydra', which no policy of vault role 'namespace-ory' allows"],
  },
  {
    name: 'the plan is gone',
    plant: (tree) => tree.drop('ConfigMap box-system/setup-plan'),
    proof: 'vault',
    // with it go the Secrets it makes, and what the vault is told of the database
    follows: ['references', 'idle-edges'],
    construct: 'identity/VaultAccess/Auth',
    says: ["ConfigMap 'box-system/setup-plan' is not there", 'render the plan'],
  },
  {
    name: 'a role of the vault is bound to another namespace',
    plant: (tree) =>
      tree.plan((plan) =>
        tree.set(plan, [...inVault, 'roles', 'namespace-ory', 'bound_service_account_namespaces'], ['*']),
      ),
    proof: 'vault',
    construct: 'setup/Plan',
    says: ["'namespace-ory' has bound_service_account_namespaces [*]", 'set it to [ory]'],
  },
]);

test.run();
