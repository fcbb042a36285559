import { test } from 'uvu';
import type { Manifest } from '../../constructs/core/manifest.js';
import { testFaults } from '../support/faults.js';
import type { Mutation, Path } from '../support/mutate.js';

const pod = ['spec', 'template', 'spec'];
const container: Path = [...pod, 'containers', 0];
const backend = 'Deployment lasuite/docs-backend';

const isNamed = (name: string) => (item: unknown) => (item as { name?: unknown }).name === name;

/** Place of a named item in a list. */
function indexOf(tree: Mutation, object: Manifest, path: Path, name: string): number {
  const list = tree.get(object, path);
  return Array.isArray(list) ? list.findIndex(isNamed(name)) : -1;
}

testFaults([
  {
    name: 'a key is taken out of a synced Secret that an environment reads',
    plant: (tree) =>
      tree.remove(tree.find('VaultStaticSecret lasuite/oidc-docs'), [
        ...['spec', 'destination', 'transformation', 'templates', 'CLIENT_SECRET'],
      ]),
    proof: 'references',
    follows: ['vault'],
    construct: 'lasuite/Docs/Backend',
    says: ["env OIDC_RP_CLIENT_SECRET: Secret 'lasuite/oidc-docs' has no key 'CLIENT_SECRET'", 'CLIENT_ID'],
  },
  {
    name: 'an environment names a Secret with a slip',
    plant: (tree) => {
      const object = tree.find(backend);
      const env: Path = [...container, 'env'];
      const at = indexOf(tree, object, env, 'OPENAI_SDK_API_KEY');
      tree.set(object, [...env, at, 'valueFrom', 'secretKeyRef', 'name'], 'docs-aii');
    },
    proof: 'references',
    construct: 'lasuite/Docs/Backend',
    says: ["Secret 'lasuite/docs-aii' is made by nothing", "did you mean 'docs-ai'"],
  },
  {
    name: 'a mounted ConfigMap is gone',
    plant: (tree) => tree.drop('ConfigMap data/valkey'),
    proof: 'references',
    construct: /^stores\/Valkey/,
    says: ["ConfigMap 'data/valkey' is made by nothing"],
  },
  {
    name: 'an argument names a file that its Secret does not hold',
    plant: (tree) =>
      tree.edit(tree.find('StatefulSet storage/seaweedfs-filer'), [...container, 'args'], (args) =>
        (args as string[]).map((arg) => arg.replace('/etc/sw/s3.json', '/etc/sw/s4.json')),
      ),
    proof: 'references',
    construct: 'storage/ObjectStore/SeaweedFs/Filer',
    says: ["'/etc/sw/s4.json' is no file of Secret 'seaweedfs-s3'"],
  },
  {
    name: 'an argument uses a variable nobody declares',
    plant: (tree) =>
      tree.filter(
        tree.find('StatefulSet storage/seaweedfs-master'),
        [...container, 'env'],
        (item) => !isNamed('POD_NAME')(item),
      ),
    proof: 'references',
    construct: 'storage/ObjectStore/SeaweedFs/Master',
    says: ['$(POD_NAME) is in no variable before it'],
  },
  {
    name: 'a container mounts a volume the pod does not have',
    plant: (tree) => {
      const object = tree.find(backend);
      const volumes: Path = [...pod, 'volumes'];
      tree.remove(object, [...volumes, indexOf(tree, object, volumes, 'scratch-tmp')]);
    },
    proof: 'references',
    construct: 'lasuite/Docs/Backend',
    says: ["mounts volume 'scratch-tmp'"],
  },
  {
    name: 'a ServiceAccount is gone that a pod without mesh names',
    plant: (tree) => tree.drop('ServiceAccount lasuite/docs-worker'),
    proof: 'references',
    construct: 'lasuite/Docs/Worker',
    says: ["ServiceAccount 'lasuite/docs-worker' is not there"],
  },
  {
    name: 'a priority class is gone',
    plant: (tree) => tree.drop('PriorityClass box-batch'),
    proof: 'references',
    construct: 'lasuite/Docs/Migrate',
    says: ["PriorityClass 'box-batch' is not there"],
  },
  {
    name: 'a storage class is gone',
    plant: (tree) => tree.drop('StorageClass box-retain'),
    proof: 'references',
    construct: 'postgres/Postgres/Cluster',
    says: ["StorageClass 'box-retain' is not there"],
  },
  {
    name: 'a certificate names an issuer that is not there',
    plant: (tree) =>
      tree.set(tree.find('Certificate data/postgres-server'), ['spec', 'issuerRef', 'name'], 'box-cb'),
    proof: 'references',
    construct: 'postgres/Postgres/Certificate',
    says: ["spec.issuerRef: ClusterIssuer 'box-cb' is not there", "did you mean 'box-ca'"],
  },
  {
    name: 'a restart target is not there',
    plant: (tree) =>
      tree.set(
        tree.find('VaultStaticSecret ory/hydra'),
        ['spec', 'rolloutRestartTargets'],
        [{ kind: 'Deployment', name: 'hydr' }],
      ),
    proof: 'references',
    construct: 'identity/Hydra/Secrets',
    says: ["Deployment 'ory/hydr' is not there", "did you mean 'hydra'"],
  },
  {
    name: 'the backup names an object store that is gone',
    plant: (tree) => tree.drop('ObjectStore data/offsite'),
    proof: 'references',
    construct: 'postgres/Postgres/Cluster',
    says: ["ObjectStore 'data/offsite' is not there"],
  },
  {
    name: 'the plan no longer makes a key the backup reads',
    plant: (tree) =>
      tree.plan((plan) =>
        tree.edit(plan, ['secrets'], (secrets) =>
          (secrets as { name: string }[]).filter(({ name }) => name !== 'offsite-backup'),
        ),
      ),
    proof: 'references',
    construct: 'postgres/Postgres/Backup/ObjectStore',
    says: ["Secret 'data/offsite-backup' is made by nothing"],
  },
  {
    name: 'a sign-in to the vault names a connection that is gone',
    plant: (tree) =>
      tree.set(tree.find('VaultAuth ory/vso-auth'), ['spec', 'vaultConnectionRef'], 'data/bao'),
    proof: 'references',
    construct: 'identity/VaultAccess/Auth',
    says: ["VaultConnection 'data/bao' is not there"],
  },
  {
    name: 'a chart is installed into a namespace that is not there',
    plant: (tree) =>
      tree.set(tree.find('HelmChart kube-system/trust-manager'), ['spec', 'targetNamespace'], 'trust'),
    proof: 'references',
    construct: 'platform/TrustManager',
    says: ["Namespace 'trust' is not there"],
  },
  {
    name: 'a role grants a Secret that nobody makes',
    plant: (tree) =>
      tree.edit(tree.find('Role ingress/proxy'), ['rules'], (rules) => [
        ...(rules as unknown[]),
        { apiGroups: [''], resources: ['secrets'], resourceNames: ['edge-tls-9'], verbs: ['get'] },
      ]),
    proof: 'references',
    construct: 'edge/Edge/Proxy/Role',
    says: ["Secret 'ingress/edge-tls-9' is made by nothing"],
  },
  {
    name: 'a secret is synced that nobody reads',
    plant: (tree) =>
      tree.set(
        tree.find('VaultStaticSecret lasuite/docs-ai'),
        ['spec', 'destination', 'transformation', 'templates', 'spare'],
        { text: 'nothing in particular' },
      ),
    proof: 'unread',
    construct: 'lasuite/Docs',
    says: ["key 'spare' of Secret 'lasuite/docs-ai' is read by nothing"],
  },
  {
    name: 'a pod comes before the secret it needs',
    plant: (tree) =>
      tree.edit(
        tree.find('VaultDynamicSecret ory/kratos-database'),
        ['metadata', 'annotations'],
        (given) => ({
          ...(given as object),
          'argocd.argoproj.io/sync-wave': '8',
        }),
      ),
    proof: 'order',
    construct: 'identity/Kratos/Server',
    says: ["needs Secret 'kratos-database'", 'which is in wave 8'],
  },
]);

test.run();
