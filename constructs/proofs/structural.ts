import type { Manifest } from '../core/manifest.js';
import { proxyOf } from './edge-view.js';
import { postgresPorts, solverLabel } from './foreign-pods.js';
import { type PodView, portNumber, portsOf } from './pod-view.js';
import { dig, rows, text, texts } from './read.js';
import { selects } from './selector.js';
import { servicesOf } from './service-view.js';
import type { Tree } from './tree.js';

/** A connection that is made, although no text says where to. */
export interface Structural {
  readonly from: PodView;
  readonly to: PodView;
  readonly port: number;
  readonly because: string;
}

/** Ports of Linkerd's control plane that each proxy talks to. */
const meshControlPorts = [8080, 8086, 8090];

/** Connections that follow from what programs are. The list is short on purpose: a text is the better reason. */
export function structuralOf(tree: Tree): Structural[] {
  const foreign = (maker: string) => tree.foreignPods.filter((pod) => pod.maker === maker);
  const each = (
    sources: readonly PodView[],
    targets: readonly PodView[],
    ports: readonly number[],
    because: string,
  ): Structural[] =>
    sources.flatMap((from) => targets.flatMap((to) => ports.map((port) => ({ from, to, port, because }))));
  const { status, postgresql } = postgresPorts;
  const asks = 'CloudNativePG asks for both ports in its page on networking';
  const proxies = tree.view(proxyOf)?.pods ?? [];
  return [
    ...each(tree.pods, foreign('kube-dns'), [53], 'every program looks up names'),
    ...each(
      tree.pods.filter(({ meshed }) => meshed),
      foreign('linkerd-control-plane'),
      meshControlPorts,
      'every mesh proxy asks for identity, destinations and policy',
    ),
    ...each(foreign('cloudnative-pg'), foreign('cnpg'), [status, postgresql], asks),
    ...foreign('cnpg').flatMap((pod) =>
      pod.replicas > 1 ? each([pod], [pod], [status, postgresql], 'replicas follow the primary') : [],
    ),
    ...each(
      proxies,
      tree.foreignPods.filter((pod) => pod.labels[solverLabel] === 'true'),
      [8089],
      'the proxy passes ACME challenges to the pod that answers them',
    ),
    ...objectStore(tree),
    ...scrapes(tree),
  ];
}

/** Members of SeaweedFS are told where the masters are, and learn from these of each other and of their gRPC ports. */
function objectStore(tree: Tree): Structural[] {
  const because = 'members of the object store learn of each other from its masters';
  const members = (role: string) =>
    tree.ownPods.filter(({ containers }) =>
      containers.some(
        ({ spec }) => text(spec, 'image')?.includes('seaweedfs') && texts(spec, 'args').includes(role),
      ),
    );
  const [masters, volumes, filers] = [members('master'), members('volume'), members('filer')];
  const ways: [PodView[], PodView[], string[]][] = [
    [[...volumes, ...filers], masters, ['grpc']],
    [filers, volumes, ['http', 'grpc']],
    [masters, volumes, ['grpc']],
    // leaders are elected and copies are made among replicas
    [masters.filter(({ replicas }) => replicas > 1), masters, ['http', 'grpc']],
    [volumes.filter(({ replicas }) => replicas > 1), volumes, ['http', 'grpc']],
  ];
  return ways.flatMap(([sources, targets, names]) =>
    sources.flatMap((from) =>
      targets.flatMap((to) =>
        names.flatMap((name) => {
          const port = portNumber(to, name);
          return port === undefined ? [] : [{ from, to, port, because }];
        }),
      ),
    ),
  );
}

/** Prometheus connects to what monitors select. */
function scrapes(tree: Tree): Structural[] {
  const prometheus = tree.pods.filter(
    ({ labels, maker }) => labels['app.kubernetes.io/name'] === 'prometheus' || maker === 'prometheus',
  );
  if (prometheus.length === 0) return [];
  const because = 'Prometheus reads metrics of what a monitor selects';
  const scope = (monitor: Manifest): string[] => {
    const given = dig(monitor, 'spec', 'namespaceSelector', 'matchNames');
    return Array.isArray(given) ? given.map(String) : [monitor.metadata.namespace ?? 'default'];
  };
  const ofServices = tree
    .all('ServiceMonitor')
    .flatMap((monitor) =>
      [...tree.view(servicesOf).values()]
        .filter(
          ({ namespace, origin }) =>
            scope(monitor).includes(namespace) &&
            selects(dig(monitor, 'spec', 'selector'), origin.metadata.labels ?? {}),
        )
        .flatMap(({ pods, ports }) =>
          rows(monitor, 'spec', 'endpoints').flatMap((endpoint) =>
            ports
              .filter(({ name }) => name === text(endpoint, 'port'))
              .flatMap(({ target }) => pods.flatMap((pod) => ({ pod, port: portNumber(pod, target) ?? 0 }))),
          ),
        ),
    );
  const ofPods = tree.all('PodMonitor').flatMap((monitor) =>
    scope(monitor)
      .flatMap((namespace) => tree.podsMatching(namespace, dig(monitor, 'spec', 'selector')))
      .flatMap((pod) =>
        rows(monitor, 'spec', 'podMetricsEndpoints').flatMap((endpoint) =>
          portsOf(pod)
            .filter(({ name }) => name === text(endpoint, 'port'))
            .map(({ number }) => ({ pod, port: number })),
        ),
      ),
  );
  return [...ofServices, ...ofPods].flatMap(({ pod, port }) =>
    prometheus.map((from) => ({ from, to: pod, port, because })),
  );
}
