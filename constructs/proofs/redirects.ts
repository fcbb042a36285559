import type { Manifest } from '../core/manifest.js';
import { didYouMean } from '../core/suggest.js';
import { type Address, addressesIn } from './addresses.js';
import { type ProxyView, routeFor } from './edge-view.js';
import type { Findings } from './finding.js';
import { declaresPort, portsOf } from './pod-view.js';
import { text, texts } from './read.js';
import { servicePort, servicesOf } from './service-view.js';
import type { Tree } from './tree.js';

/** Why nothing answers at an address; undefined when a container listens there. */
export function unreachable(tree: Tree, { service: name, namespace, port }: Address): string | undefined {
  const services = tree.view(servicesOf);
  const service = services.get(`${namespace}/${name}`);
  if (service === undefined) {
    const known = [...services.values()].flatMap((one) => (one.namespace === namespace ? [one.name] : []));
    return `names Service '${namespace}/${name}', which is not there${didYouMean(name, known)}`;
  }
  if (port === undefined) return 'says no port';
  const exposed = servicePort(service, port);
  if (exposed === undefined) {
    return `means port ${port}, but Service '${namespace}/${name}' has ${service.ports.map((one) => one.port).join(', ') || 'none'}`;
  }
  if (service.pods.some((pod) => declaresPort(portsOf(pod), exposed.target))) return undefined;
  return `leads to targetPort ${exposed.target}, which no container behind '${namespace}/${name}' declares`;
}

/** Whereto sign-in sends browsers, and tells of a sign-out, there is something that answers. */
export function checkClient(tree: Tree, client: Manifest, proxy: ProxyView, findings: Findings): void {
  const uris: [at: string, uri: string][] = [
    ...texts(client, 'spec', 'redirectUris').map((uri): [string, string] => ['redirectUris', uri]),
    ...texts(client, 'spec', 'postLogoutRedirectUris').map((uri): [string, string] => [
      'postLogoutRedirectUris',
      uri,
    ]),
    ...['frontChannelLogoutURI', 'backChannelLogoutURI'].flatMap((field): [string, string][] => {
      const uri = text(client, 'spec', field);
      return uri === undefined || uri === '' ? [] : [[field, uri]];
    }),
  ];
  for (const [at, uri] of uris) {
    const problem = redirectProblem(tree, at, uri, proxy);
    if (problem === undefined) continue;
    findings.add(
      client,
      `spec.${at}: '${uri}' ${problem}`,
      'whereto sign-in sends a browser must be on a route of the edge proxy',
      'take the URL from the host the app declares, and route its path',
    );
  }
}

/** Programs on a person's own machine listen there for a moment. */
const onOwnMachine = ['localhost', '127.0.0.1', '[::1]'];

function redirectProblem(tree: Tree, at: string, uri: string, proxy: ProxyView): string | undefined {
  if (!URL.canParse(uri)) return 'is not a URL';
  const { protocol, hostname, pathname } = new URL(uri);
  if (onOwnMachine.includes(hostname)) return undefined;
  if (/\.svc(\.cluster\.local)?$/.test(hostname)) {
    if (at !== 'backChannelLogoutURI') return 'is inside the cluster, where no browser gets';
    const [address] = addressesIn(uri, '', () => false);
    return address === undefined ? 'is not the address of a Service' : unreachable(tree, address);
  }
  if (protocol !== 'https:') return `is not https`;
  if (!proxy.hosts.includes(hostname))
    return `is on no host of the proxy${didYouMean(hostname, proxy.hosts)}`;
  const route = routeFor(proxy, hostname, pathname, at === 'backChannelLogoutURI' ? 'POST' : 'GET');
  if (route === undefined) return `is on no route of host '${hostname}'`;
  return route.kind === 'deny' ? `is on route '${route.path}', which refuses everybody` : undefined;
}
