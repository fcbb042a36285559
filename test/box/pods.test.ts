import { test } from 'uvu';
import type { Manifest } from '../../constructs/core/manifest.js';
import { testFaults } from '../support/faults.js';
import type { Mutation, Path } from '../support/mutate.js';

const template: Path = ['spec', 'template'];
const pod: Path = [...template, 'spec'];
const container: Path = [...pod, 'containers', 0];
const security: Path = [...container, 'securityContext'];
const backend = 'Deployment lasuite/docs-backend';
const named = 'lasuite/Docs/Backend';

/** Annotates the pods of a workload. */
const annotate = (tree: Mutation, workload: Manifest, key: string, value: string) =>
  tree.edit(workload, [...template, 'metadata', 'annotations'], (annotations) => ({
    ...(annotations as object),
    [key]: value,
  }));

testFaults([
  {
    name: 'a container is privileged',
    plant: (tree) => tree.set(tree.find(backend), [...security, 'privileged'], true),
    proof: 'pods',
    construct: named,
    says: ["container 'docs-backend': privileged: true", "declare the exception 'privileged'"],
  },
  {
    name: 'an excuse does not help where the namespace refuses',
    plant: (tree) => {
      const object = tree.find(backend);
      tree.set(object, [...security, 'privileged'], true);
      annotate(tree, object, 'box/exception-privileged', 'because');
    },
    proof: 'pods',
    construct: named,
    says: ["in namespace 'lasuite' of level 'restricted'", "namespace of level 'privileged'"],
  },
  {
    name: 'a container can write into its image',
    plant: (tree) => tree.set(tree.find(backend), [...security, 'readOnlyRootFilesystem'], false),
    proof: 'pods',
    construct: named,
    says: ['readOnlyRootFilesystem is not true', 'writable-root'],
  },
  {
    name: 'a container runs as root',
    plant: (tree) => tree.set(tree.find(backend), [...pod, 'securityContext', 'runAsUser'], 0),
    proof: 'pods',
    construct: named,
    says: ['runAsNonRoot true, runAsUser 0', 'nothing runs as root'],
  },
  {
    name: 'a container gets a capability',
    plant: (tree) => tree.set(tree.find(backend), [...security, 'capabilities', 'add'], ['NET_ADMIN']),
    proof: 'pods',
    construct: named,
    says: ['capabilities drop [ALL], add [NET_ADMIN]'],
  },
  {
    name: 'a container keeps its capabilities',
    plant: (tree) => tree.remove(tree.find(backend), [...security, 'capabilities', 'drop']),
    proof: 'pods',
    construct: named,
    says: ['capabilities drop [], add []'],
  },
  {
    name: 'a container may gain rights',
    plant: (tree) => tree.remove(tree.find(backend), [...security, 'allowPrivilegeEscalation']),
    proof: 'pods',
    construct: named,
    says: ['allowPrivilegeEscalation is not false'],
  },
  {
    name: 'system calls are not filtered',
    plant: (tree) => tree.remove(tree.find(backend), [...pod, 'securityContext', 'seccompProfile']),
    proof: 'pods',
    construct: named,
    says: ['seccompProfile is not set'],
  },
  {
    name: 'a pod sees a folder of the node',
    plant: (tree) =>
      tree.edit(tree.find(backend), [...pod, 'volumes'], (volumes) => [
        ...(volumes as unknown[]),
        { name: 'docker', hostPath: { path: '/var/run' } },
      ]),
    proof: 'pods',
    construct: named,
    says: ["volume 'docker' is a hostPath"],
  },
  {
    name: 'a pod is on the network of the node',
    plant: (tree) => tree.set(tree.find('Deployment lasuite/docs-worker'), [...pod, 'hostNetwork'], true),
    proof: 'pods',
    // it has no identity any more
    follows: ['network', 'idle-edges'],
    construct: 'lasuite/Docs/Worker',
    says: ['hostNetwork: true', 'host-network'],
  },
  {
    name: 'a port of the node is bound without an excuse',
    plant: (tree) => tree.set(tree.find(backend), [...container, 'ports', 0, 'hostPort'], 8000),
    proof: 'pods',
    construct: named,
    says: ['hostPort 8000', 'only the edge binds ports of the node'],
  },
  {
    name: 'a pod holds a token without an excuse',
    plant: (tree) => tree.set(tree.find(backend), [...pod, 'automountServiceAccountToken'], true),
    proof: 'pods',
    // and it is not let out to use it
    follows: ['network'],
    construct: named,
    says: ['automountServiceAccountToken is not false', "'api-token'"],
  },
  {
    name: 'a pod has the default ServiceAccount',
    plant: (tree) =>
      tree.set(tree.find('Deployment lasuite/docs-worker'), [...pod, 'serviceAccountName'], 'default'),
    proof: 'pods',
    // the mesh does not know it any more
    follows: ['network', 'idle-edges'],
    construct: 'lasuite/Docs/Worker',
    says: ["serviceAccountName 'default'", 'an identity of its own'],
  },
  {
    name: 'a pod gets variables of Services',
    plant: (tree) => tree.remove(tree.find(backend), [...pod, 'enableServiceLinks']),
    proof: 'pods',
    construct: named,
    says: ['enableServiceLinks is not set'],
  },
  {
    name: 'a pod has no priority',
    plant: (tree) => tree.remove(tree.find(backend), [...pod, 'priorityClassName']),
    proof: 'pods',
    construct: named,
    says: ['no priorityClassName'],
  },
  {
    name: 'an image moves',
    plant: (tree) => tree.set(tree.find(backend), [...container, 'image'], 'lasuite/impress-backend:main'),
    proof: 'pods',
    construct: named,
    says: ["image 'lasuite/impress-backend:main' has tag 'main', which moves", 'name a version'],
  },
  {
    name: 'an image has no tag',
    plant: (tree) => tree.set(tree.find(backend), [...container, 'image'], 'registry:5000/impress-backend'),
    proof: 'pods',
    construct: named,
    says: ["'registry:5000/impress-backend' has no tag"],
  },
  {
    name: 'the image of the database moves',
    plant: (tree) => tree.set(tree.find('Cluster data/postgres'), ['spec', 'imageName'], 'postgresql:latest'),
    proof: 'pods',
    construct: 'postgres/Postgres/Cluster',
    says: ["imageName 'postgresql:latest'"],
  },
  {
    name: 'a container has no memory limit',
    plant: (tree) => tree.remove(tree.find(backend), [...container, 'resources', 'limits', 'memory']),
    proof: 'pods',
    construct: named,
    says: ['no memory limit', 'set limits.memory'],
  },
  {
    name: 'a container asks for no CPU',
    plant: (tree) => tree.remove(tree.find(backend), [...container, 'resources', 'requests', 'cpu']),
    proof: 'pods',
    construct: named,
    says: ['no cpu request'],
  },
  {
    name: 'a container has a CPU limit',
    plant: (tree) => tree.set(tree.find(backend), [...container, 'resources', 'limits', 'cpu'], '2'),
    proof: 'pods',
    construct: named,
    says: ['cpu limit 2', 'no cpu limits'],
  },
  {
    name: 'a container is never asked whether it is ready',
    plant: (tree) => tree.remove(tree.find(backend), [...container, 'readinessProbe']),
    proof: 'pods',
    construct: named,
    says: ['has no readinessProbe', "'no-probe'"],
  },
  {
    name: 'both probes ask the same',
    plant: (tree) =>
      tree.set(tree.find(backend), [...container, 'livenessProbe', 'httpGet', 'path'], '/__heartbeat__'),
    proof: 'pods',
    construct: named,
    says: ['livenessProbe and readinessProbe both ask', '/__heartbeat__'],
  },
  {
    name: 'an excuse is no longer needed',
    plant: (tree) =>
      annotate(tree, tree.find(backend), 'box/exception-capabilities', 'NET_ADMIN: once upon a time'),
    proof: 'pods',
    construct: named,
    says: ['box/exception-capabilities', 'once upon a time', 'remove the exception'],
  },
  {
    name: 'an excuse from the mesh, but the proxy is injected',
    plant: (tree) => annotate(tree, tree.find(backend), 'box/exception-unmeshed', 'speaks TLS itself'),
    proof: 'pods',
    construct: named,
    says: ['box/exception-unmeshed', 'every pod carries a mesh proxy'],
  },
  {
    name: 'a pod is taken out of the mesh without an excuse',
    plant: (tree) =>
      annotate(tree, tree.find('Deployment lasuite/docs-worker'), 'linkerd.io/inject', 'disabled'),
    proof: 'pods',
    // it has no identity any more, and no use for the control plane
    follows: ['network', 'idle-edges'],
    construct: 'lasuite/Docs/Worker',
    says: ['the mesh proxy is not injected', "'unmeshed'"],
  },
  {
    name: 'an excuse is from a rule that does not exist',
    plant: (tree) => annotate(tree, tree.find(backend), 'box/exception-writeable-root', 'needs it'),
    proof: 'pods',
    construct: named,
    says: ["did you mean 'writable-root'"],
  },
  {
    name: 'an excuse gives no reason',
    plant: (tree) => {
      const object = tree.find(backend);
      tree.set(object, [...security, 'readOnlyRootFilesystem'], false);
      annotate(tree, object, 'box/exception-writable-root', ' ');
    },
    proof: 'pods',
    construct: named,
    says: ['an exception says why'],
  },
  {
    name: 'a namespace is more open than its pods need',
    plant: (tree) =>
      tree.set(
        tree.find('Namespace lasuite'),
        ['metadata', 'labels', 'pod-security.kubernetes.io/enforce'],
        'baseline',
      ),
    proof: 'pods',
    construct: 'cluster/Namespace-lasuite',
    says: ["enforce 'baseline', its pods need 'restricted'"],
  },
  {
    name: 'a namespace does not say why it is open',
    plant: (tree) =>
      tree.remove(tree.find('Namespace ingress'), ['metadata', 'annotations', 'box/exception-pod-security']),
    proof: 'pods',
    construct: 'cluster/Namespace-ingress',
    says: ["enforce 'privileged' without a reason"],
  },
  {
    name: 'a pod takes more than the server has',
    plant: (tree) => tree.set(tree.find(backend), [...container, 'resources', 'limits', 'memory'], '64Gi'),
    proof: 'budget',
    construct: 'Namespace lasuite',
    says: ['memory limits (MiB)', "at size 'standard'", 'choose a smaller size'],
  },
]);

test.run();
