import type { Manifest } from '../core/manifest.js';
import { type Address, addressesIn } from './addresses.js';
import { proxyOf } from './edge-view.js';
import { postgresPorts, solverLabel } from './foreign-pods.js';
import { type PodView, portNumber, portsOf } from './pod-view.js';
import { dig, rows, text, texts } from './read.js';
import { selects } from './selector.js';
import { type ServicePort, type ServiceView, servicePort, servicesOf } from './service-view.js';
import { podTextsOf } from './texts-of-pods.js';
import type { Tree } from './tree.js';

/** A Service that a pod's text names. */
export interface NamedService {
  readonly pod: PodView;
  readonly at: string;
  /** The whole text. */
  readonly text: string;
  readonly address: Address;
  /** Undefined when there is no such Service. */
  readonly service: ServiceView | undefined;
  /** Ports that are meant; all when the text does not say; none when it names one that is not there. */
  readonly ports: readonly ServicePort[];
}

/** All Services that texts of pods name. */
export function namedServicesOf(tree: Tree): NamedService[] {
  const services = tree.view(servicesOf);
  const isNamespace = (name: string) => tree.namespaceLabels(name) !== undefined;
  // many pods read the same file, and it is searched once
  const searched = new Map<string, Address[]>();
  const search = (text: string, home: string): Address[] => {
    const key = `${home} ${text}`;
    const found = searched.get(key) ?? addressesIn(text, home, isNamespace);
    searched.set(key, found);
    return found;
  };
  return [...tree.view(podTextsOf)].flatMap(([pod, texts]) =>
    texts.flatMap(({ at, text }) =>
      search(text, pod.namespace).map((address): NamedService => {
        const service = services.get(`${address.namespace}/${address.service}`);
        const ports = service === undefined ? [] : portsMeant(service, address.port);
        return { pod, at, text, address, service, ports };
      }),
    ),
  );
}

function portsMeant(service: ServiceView, port: number | undefined): readonly ServicePort[] {
  if (port === undefined) return service.ports;
  const meant = servicePort(service, port);
  return meant === undefined ? [] : [meant];
}

/** A connection that is made, although no text says where to. */
export interface Structural {
  readonly from: PodView;
  readonly to: PodView;
  readonly port: number;
  readonly because: string;
}

/** Ports of Linkerd's control plane that each proxy talks to. */
export const meshControlPorts = [8080, 8086, 8090];

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

/** All connections that something makes. */
export class Connections {
  readonly structural: readonly Structural[];
  /** Those to the proxy that public names in texts may mean. */
  readonly publicNames: { readonly from: PodView; readonly to: PodView; readonly port: number }[] = [];
  private readonly ports = new Map<PodView, Map<PodView, Set<number>>>();

  constructor(tree: Tree) {
    this.structural = tree.view(structuralOf);
    for (const { from, to, port } of this.structural) this.add(from, to, port);
    for (const { pod, service, ports } of tree.view(namedServicesOf)) {
      for (const target of service?.pods ?? []) {
        for (const { target: port } of ports) this.add(pod, target, portNumber(target, port) ?? 0);
      }
    }
    this.addPublic(tree);
  }

  /** Whether something connects from one to the other on a port of the container. */
  has(from: PodView, to: PodView, port: number): boolean {
    return this.ports.get(from)?.get(to)?.has(port) ?? false;
  }

  /** Whether something connects from one to the other at all. */
  any(from: PodView, to: PodView): boolean {
    return this.ports.get(from)?.has(to) ?? false;
  }

  private add(from: PodView, to: PodView, port: number): void {
    const targets = this.ports.get(from) ?? new Map<PodView, Set<number>>();
    this.ports.set(from, targets.set(to, (targets.get(to) ?? new Set()).add(port)));
  }

  /** A public name in a text may mean the proxy, since it leads there inside the cluster; or it is for browsers alone. */
  private addPublic(tree: Tree): void {
    const proxy = tree.view(proxyOf);
    if (proxy === undefined || proxy.domain === '') return;
    const url = new RegExp(`(https?|wss?)://[^\\s/"']*${proxy.domain.replaceAll('.', '\\.')}\\b`, 'g');
    const doors = [...tree.view(servicesOf).values()].filter(({ pods }) =>
      pods.some((pod) => proxy.pods.includes(pod)),
    );
    for (const [from, texts] of tree.view(podTextsOf)) {
      const schemes = new Set<string>();
      for (const { text: written } of texts) {
        // some programs are given their hosts as one regular expression
        const text = written.includes('\\.') ? written.replaceAll('\\.', '.') : written;
        if (!text.includes(proxy.domain)) continue;
        for (const [, protocol = ''] of text.matchAll(url)) schemes.add(protocol);
      }
      const wanted = [...schemes].map((protocol): number => (/s$/.test(protocol) ? 443 : 80));
      for (const { pods, ports } of doors) {
        for (const { port, target } of ports) {
          if (!wanted.includes(port)) continue;
          for (const to of pods) {
            const number = portNumber(to, target) ?? 0;
            this.add(from, to, number);
            this.publicNames.push({ from, to, port: number });
          }
        }
      }
    }
  }
}

/** The connections of a tree. */
export const connectionsOf = (tree: Tree): Connections => new Connections(tree);
