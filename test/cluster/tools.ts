import { goTool } from './cache.js';

/** Kubernetes release that the control plane is built from: the minor version that the box's k3s has. */
export const kubernetesVersion = 'v1.35.4';

const kubernetes = 'test/cluster/tools/kubernetes';

/** Without these the API server takes itself for a version 0 and refuses to serve. */
function stamps(): string {
  const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(kubernetesVersion) ?? [];
  const values = { gitVersion: kubernetesVersion, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
    .flatMap((path) => Object.entries(values).map(([name, value]) => `-X ${path}.${name}=${value}`))
    .join(' ');
}

const ofKubernetes = (name: string) =>
  goTool({ name, module: kubernetes, package: `k8s.io/kubernetes/cmd/${name}`, ldflags: stamps() });

/** The programs of the control plane and its client; each builds on first use. */
export const tools = {
  etcd: () =>
    goTool({ name: 'etcd', module: 'test/cluster/tools/etcd', package: 'go.etcd.io/etcd/server/v3' }),
  apiServer: () => ofKubernetes('kube-apiserver'),
  controllerManager: () => ofKubernetes('kube-controller-manager'),
  scheduler: () => ofKubernetes('kube-scheduler'),
  kubectl: () => ofKubernetes('kubectl'),
  kwok: () =>
    goTool({ name: 'kwok', module: 'test/cluster/tools/kwok', package: 'sigs.k8s.io/kwok/cmd/kwok' }),
} as const;
