import { test } from 'uvu';
import type { Manifest } from '../../constructs/core/manifest.js';
import { testFaults } from '../support/faults.js';
import type { Mutation, Path } from '../support/mutate.js';

const container: Path = ['spec', 'template', 'spec', 'containers', 0];
const backend = 'Deployment lasuite/docs-backend';

const withVariable = (tree: Mutation, name: string, value: string) =>
  tree.edit(tree.find(backend), [...container, 'env'], (env) => [...(env as unknown[]), { name, value }]);

const inCatalog = (tree: Mutation, text: string) =>
  tree.set(tree.find('ConfigMap box-system/catalog'), ['data', 'notes.txt'], text);

const secret: Manifest = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace: 'lasuite', name: 'old-times' },
  stringData: { password: 'hunter2' },
};

testFaults([
  {
    name: 'a Secret holds a value',
    plant: (tree) => tree.add(secret),
    proof: 'plain-secrets',
    construct: 'Secret lasuite/old-times',
    says: ['holds password', 'values are born in the cluster'],
  },
  {
    name: 'a password stands in an environment',
    plant: (tree) => withVariable(tree, 'SMTP_PASSWORD', 'hunter2'),
    proof: 'plain-secrets',
    construct: 'lasuite/Docs/Backend',
    says: ["env SMTP_PASSWORD: 'hun…' (7 characters)", 'declare a value of the vault'],
  },
  {
    name: 'a key that looks random stands in an environment',
    plant: (tree) =>
      withVariable(tree, 'AWS_SECRET_ACCESS_KEY_ID', 'wJalrXUtnFEMI0K7MDENGbPxRfiCYEXAMPLEKEY'),
    proof: 'plain-secrets',
    construct: 'lasuite/Docs/Backend',
    says: ['AWS_SECRET_ACCESS_KEY_ID'],
  },
  {
    name: 'a private key stands in a file',
    plant: (tree) => inCatalog(tree, '-----BEGIN EC PRIVATE KEY-----\nMHc…\n'),
    proof: 'plain-secrets',
    construct: 'catalog/Catalog',
    says: ['notes.txt: a private key'],
  },
  {
    name: 'a URL holds a password',
    plant: (tree) => inCatalog(tree, 'amqp://rabbit:carrots@mq.example:5672'),
    proof: 'plain-secrets',
    construct: 'catalog/Catalog',
    says: ['a URL with password'],
  },
  {
    name: 'a file assigns a token',
    plant: (tree) => inCatalog(tree, 'api_key = "9f86d081884c7d659a2feaa0c55ad015"'),
    proof: 'plain-secrets',
    construct: 'catalog/Catalog',
    says: ['api_key'],
  },
  {
    name: 'a chart is not pinned',
    plant: (tree) => tree.set(tree.find('HelmChart kube-system/cert-manager'), ['spec', 'version'], ''),
    proof: 'plain-secrets',
    construct: 'platform/CertManager',
    says: ["version ''", 'pinned'],
  },
  {
    name: 'the image of a chart moves',
    plant: (tree) =>
      tree.set(tree.find('HelmChart kube-system/cert-manager'), ['spec', 'values', 'image'], {
        tag: 'latest',
      }),
    proof: 'plain-secrets',
    construct: 'platform/CertManager',
    says: ["image.tag: 'latest'"],
  },
  {
    name: 'the tree holds a time',
    plant: (tree) => inCatalog(tree, 'rendered at 2026-11-24T18:19:07Z'),
    proof: 'determinism',
    construct: 'catalog/Catalog',
    says: ['2026-11-24T18:19', 'looks like a time'],
  },
  {
    name: 'the tree holds a random identifier',
    plant: (tree) => inCatalog(tree, 'id: 3d813cbb-47fb-42ba-91df-831e1593ac29'),
    proof: 'determinism',
    construct: 'catalog/Catalog',
    says: ['looks like a random identifier'],
  },
]);

test.run();
