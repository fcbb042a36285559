import type { Manifest } from '../core/manifest.js';
import { postgresPorts } from './foreign-pods.js';
import { type Protocol, protocols } from './network-policies.js';
import { type PodView, portNumber } from './pod-view.js';
import { labels, number, rows, text } from './read.js';
import { matches } from './selector.js';
import type { Tree } from './tree.js';

export interface ServicePort {
  readonly name: string | undefined;
  readonly port: number;
  readonly target: number | string;
  readonly protocol: Protocol;
}

/** A Service, ours or one an operator makes. */
export interface ServiceView {
  readonly namespace: string;
  readonly name: string;
  readonly ports: readonly ServicePort[];
  readonly pods: readonly PodView[];
  readonly isHeadless: boolean;
  readonly origin: Manifest;
  /** The API server, which no pod is behind. */
  readonly isApiServer: boolean;
}

const protocolOf = (port: unknown): Protocol =>
  protocols.find((known) => known === text(port, 'protocol')) ?? 'TCP';

/** Services of a tree by `namespace/name`. */
export function servicesOf(tree: Tree): ReadonlyMap<string, ServiceView> {
  const services = new Map<string, ServiceView>();
  const put = (service: ServiceView) => services.set(`${service.namespace}/${service.name}`, service);
  for (const origin of tree.all('Service')) {
    const namespace = origin.metadata.namespace ?? 'default';
    const selector = labels(origin, 'spec', 'selector');
    put({
      namespace,
      name: origin.metadata.name,
      origin,
      isHeadless: text(origin, 'spec', 'clusterIP') === 'None',
      isApiServer: false,
      ports: rows(origin, 'spec', 'ports').map((port) => {
        const exposed = number(port, 'port') ?? 0;
        const target = port.targetPort;
        return {
          name: text(port, 'name'),
          port: exposed,
          target: typeof target === 'number' || typeof target === 'string' ? target : exposed,
          protocol: protocolOf(port),
        };
      }),
      pods:
        Object.keys(selector).length === 0
          ? []
          : tree.podsIn(namespace).filter((pod) => matches(selector, pod.labels)),
    });
  }
  const made = (origin: Manifest, namespace: string, name: string, ports: ServicePort[], pods: PodView[]) =>
    put({ namespace, name, ports, pods, origin, isHeadless: false, isApiServer: false });
  const tcp = (name: string, port: number): ServicePort => ({ name, port, target: port, protocol: 'TCP' });
  for (const pod of tree.foreignPods) {
    const { origin, namespace } = pod;
    if (pod.maker === 'cnpg') {
      for (const suffix of ['rw', 'r', 'ro']) {
        const ports = [tcp('postgres', postgresPorts.postgresql)];
        made(origin, namespace, `${origin.metadata.name}-${suffix}`, ports, [pod]);
      }
    }
    if (pod.maker === 'kube-dns') {
      made(
        origin,
        namespace,
        'kube-dns',
        [{ ...tcp('dns', 53), protocol: 'UDP' }, tcp('dns-tcp', 53)],
        [pod],
      );
      put({
        namespace: 'default',
        name: 'kubernetes',
        origin,
        ports: [tcp('https', 443)],
        pods: [],
        isHeadless: false,
        isApiServer: true,
      });
    }
  }
  return services;
}

/** Port of a Service by number; a headless one has no ports of its own, so its pods' count. */
export function servicePort(service: ServiceView, port: number): ServicePort | undefined {
  return service.ports.find(
    (candidate) =>
      candidate.port === port ||
      (service.isHeadless && service.pods.some((pod) => portNumber(pod, candidate.target) === port)),
  );
}
