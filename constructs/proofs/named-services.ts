import { type Address, addressesIn } from './addresses.js';
import type { PodView } from './pod-view.js';
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
