import type { Manifest } from '../core/manifest.js';
import { injectAnnotation, type PodView, type PortView } from './pod-view.js';
import { data, type Labels, labels, number, rows, text } from './read.js';
import type { Tree } from './tree.js';

interface ForeignProps {
  readonly origin: Manifest;
  readonly maker: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly ports?: Readonly<Record<string, number>>;
  readonly serviceAccount?: string;
  readonly replicas?: number;
  readonly meshed?: boolean;
}

function foreign(props: ForeignProps): PodView {
  const ports: PortView[] = Object.entries(props.ports ?? {}).flatMap(([name, port]) =>
    (name === 'dns' ? ['UDP', 'TCP'] : ['TCP']).map((protocol) => ({
      name,
      number: port,
      protocol,
      host: undefined,
    })),
  );
  return {
    origin: props.origin,
    namespace: props.namespace,
    labels: props.labels,
    annotations: {},
    spec: {},
    containers: [{ name: props.maker, spec: {}, isInit: false, isLongRunning: true, ports }],
    serviceAccount: props.serviceAccount ?? 'default',
    meshed: props.meshed ?? false,
    ends: false,
    hostNetwork: false,
    replicas: props.replicas ?? 1,
    foreign: true,
    maker: props.maker,
  };
}

/** What charts put on their pods beyond Helm's usual `app.kubernetes.io/name` and `/instance`, and where they listen. */
const chartPods: Readonly<Record<string, { labels?: Labels; ports?: Readonly<Record<string, number>> }>> = {
  'hydra-maester': { labels: { 'control-plane': 'controller-manager' } },
  'vault-secrets-operator': { labels: { 'control-plane': 'controller-manager' } },
  // identity, destination, policy: what every proxy talks to
  'linkerd-control-plane': { ports: { identity: 8080, destination: 8086, policy: 8090 } },
};

/** Charts that make no pods. */
const withoutPods = ['linkerd-crds'];

/** A chart that k3s or Argo CD installs. */
export interface ChartView {
  readonly origin: Manifest;
  readonly chart: string;
  readonly release: string;
  readonly namespace: string;
}

/** Charts of the tree, whoever installs them. */
export function charts(tree: Tree): ChartView[] {
  const k3s = tree.all('HelmChart').map((origin) => ({
    origin,
    chart: text(origin, 'spec', 'chart')?.split('/').pop() ?? origin.metadata.name,
    release: origin.metadata.name,
    namespace: text(origin, 'spec', 'targetNamespace') ?? origin.metadata.namespace ?? 'default',
  }));
  const argo = tree.all('Application').flatMap((origin) => {
    const chart = text(origin, 'spec', 'source', 'chart');
    if (chart === undefined) return [];
    const release = text(origin, 'spec', 'source', 'helm', 'releaseName') ?? origin.metadata.name;
    return [
      { origin, chart, release, namespace: text(origin, 'spec', 'destination', 'namespace') ?? 'default' },
    ];
  });
  return [...k3s, ...argo];
}

/** Ports of an instance of CloudNativePG: the server, its metrics, the instance manager. */
export const postgresPorts = { postgresql: 5432, metrics: 9187, status: 8000 };

/** Label of the pods cert-manager starts for an HTTP-01 challenge. */
export const solverLabel = 'acme.cert-manager.io/http01-solver';

/** Everything that runs without a pod template in the tree. */
export function foreignPods(tree: Tree): PodView[] {
  const injects = (namespace: string) => tree.namespaceAnnotations(namespace)[injectAnnotation] === 'enabled';
  const ofCharts = charts(tree)
    .filter(({ chart }) => !withoutPods.includes(chart))
    .map(({ origin, chart, release, namespace }) =>
      foreign({
        origin,
        maker: chart,
        namespace,
        labels: {
          'app.kubernetes.io/name': chart,
          'app.kubernetes.io/instance': release,
          ...chartPods[chart]?.labels,
        },
        ports: chartPods[chart]?.ports ?? {},
        meshed: injects(namespace) && !saysDisabled(origin),
      }),
    );
  const ofClusters = tree.all('Cluster').map((origin) => {
    const namespace = origin.metadata.namespace ?? 'default';
    const inherited = labels(origin, 'spec', 'inheritedMetadata', 'annotations');
    return foreign({
      origin,
      maker: 'cnpg',
      namespace,
      labels: {
        'cnpg.io/cluster': origin.metadata.name,
        'cnpg.io/podRole': 'instance',
        ...labels(origin, 'spec', 'inheritedMetadata', 'labels'),
      },
      ports: postgresPorts,
      serviceAccount: origin.metadata.name,
      replicas: number(origin, 'spec', 'instances') ?? 1,
      meshed: injects(namespace) && inherited[injectAnnotation] !== 'disabled',
    });
  });
  return [...ofCharts, ...ofClusters, ...solvers(tree, injects), kubeDns];
}

const saysDisabled = (origin: Manifest) =>
  JSON.stringify(origin).includes(`"${injectAnnotation}":"disabled"`);

/** Pods that answer challenges, beside each certificate that is proven over HTTP. */
function solvers(tree: Tree, injects: (namespace: string) => boolean): PodView[] {
  const acme = [...tree.all('ClusterIssuer'), ...tree.all('Issuer')].filter((issuer) =>
    rows(issuer, 'spec', 'acme', 'solvers').some((solver) => 'http01' in solver),
  );
  const namespaces = new Map<string, Manifest>();
  for (const certificate of tree.all('Certificate')) {
    const { name, kind = 'Issuer' } = labels(certificate, 'spec', 'issuerRef');
    const issuer = acme.find((candidate) => candidate.kind === kind && candidate.metadata.name === name);
    if (issuer !== undefined) namespaces.set(certificate.metadata.namespace ?? 'default', issuer);
  }
  return [...namespaces].map(([namespace, origin]) =>
    foreign({
      origin,
      maker: 'acme-solver',
      namespace,
      labels: { [solverLabel]: 'true' },
      ports: { http: 8089 },
      meshed: injects(namespace) && !saysDisabled(origin),
    }),
  );
}

/** CoreDNS as k3s installs it. */
const kubeDns = foreign({
  origin: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'kube-system', name: 'coredns' },
  },
  maker: 'kube-dns',
  namespace: 'kube-system',
  labels: { 'k8s-app': 'kube-dns' },
  ports: { dns: 53 },
});

/** Values of a chart, in whichever form its installer takes them. */
export function chartValues(origin: Manifest): unknown {
  return origin.kind === 'HelmChart'
    ? (origin.spec as { values?: unknown } | undefined)?.values
    : data(origin, 'spec', 'source', 'helm').valuesObject;
}
