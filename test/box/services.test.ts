import { test } from 'uvu';
import { testFaults } from '../support/faults.js';
import type { Path } from '../support/mutate.js';

const container: Path = ['spec', 'template', 'spec', 'containers', 0];
const backend = 'Deployment lasuite/docs-backend';

testFaults([
  {
    name: 'an object stands twice',
    plant: (tree) => tree.add(structuredClone(tree.find('LimitRange ory/fallback'))),
    proof: 'names',
    construct: 'cluster/LimitRange-ory',
    says: ["'LimitRange ory/fallback' stands twice", 'rename'],
  },
  {
    name: 'a name holds a capital letter',
    plant: (tree) => tree.set(tree.find('ConfigMap box-system/catalog'), ['metadata', 'name'], 'Catalog'),
    proof: 'names',
    construct: 'catalog/Catalog',
    says: ["name 'Catalog'", 'DNS-1123'],
  },
  {
    name: 'an object is in a namespace nobody makes',
    plant: (tree) =>
      tree.set(tree.find('ConfigMap box-system/catalog'), ['metadata', 'namespace'], 'box-sytem'),
    proof: 'names',
    construct: 'catalog/Catalog',
    says: ["namespace 'box-sytem' is not there"],
  },
  {
    name: 'an object says no namespace',
    plant: (tree) => tree.remove(tree.find('ConfigMap box-system/catalog'), ['metadata', 'namespace']),
    proof: 'names',
    construct: 'catalog/Catalog',
    says: ['every object says which namespace it is in'],
  },
  {
    name: 'an object is too large for kubectl apply',
    plant: (tree) =>
      tree.set(tree.find('ConfigMap box-system/catalog'), ['data', 'more'], 'x'.repeat(300_000)),
    proof: 'names',
    construct: 'catalog/Catalog',
    says: ['256 KiB'],
  },
  {
    name: 'a probe asks a port that is not there',
    plant: (tree) => tree.set(tree.find(backend), [...container, 'livenessProbe', 'httpGet', 'port'], 'htp'),
    proof: 'services',
    construct: 'lasuite/Docs/Backend',
    says: ["container 'docs-backend': livenessProbe asks port htp", 'http 8000'],
  },
  {
    name: 'a selector does not match its own pods',
    plant: (tree) =>
      tree.set(
        tree.find('Deployment lasuite/docs-worker'),
        ['spec', 'selector', 'matchLabels', 'app'],
        'other',
      ),
    proof: 'services',
    construct: 'lasuite/Docs/Worker',
    says: ['app=other', 'a workload must select the pods it makes'],
  },
  {
    name: 'a StatefulSet names a Service with an address',
    plant: (tree) => tree.set(tree.find('StatefulSet data/valkey'), ['spec', 'serviceName'], 'valkey'),
    proof: 'services',
    construct: /^stores\/Valkey/,
    says: ["spec.serviceName 'valkey'", 'headless'],
  },
  {
    name: 'a Service is open to the outside',
    plant: (tree) => tree.set(tree.find('Service data/opensearch'), ['spec', 'type'], 'NodePort'),
    proof: 'services',
    construct: /^stores\/OpenSearch/,
    says: ["spec.type 'NodePort'", 'the edge proxy'],
  },
  {
    name: 'a policy selects nothing',
    plant: (tree) =>
      tree.set(
        tree.find('NetworkPolicy lasuite/docs-worker'),
        ['spec', 'podSelector', 'matchLabels', 'app'],
        'docs-celery',
      ),
    proof: 'services',
    // the pods it was for are left without a way out
    follows: ['network'],
    construct: 'lasuite/Docs/Worker/NetworkPolicy',
    says: ['app=docs-celery', 'no pod of the namespace has'],
  },
]);

test.run();
