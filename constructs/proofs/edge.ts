import type { Manifest } from '../core/manifest.js';
import { addressesIn } from './addresses.js';
import { type ProxyView, proxyConfigName, proxyOf } from './edge-view.js';
import { type Finding, Findings } from './finding.js';
import { portsOf } from './pod-view.js';
import { parsed, rows, text, texts } from './read.js';
import { checkClient, unreachable } from './redirects.js';
import type { Tree } from './tree.js';

/** Every public name leads to a program that listens, has a certificate, and takes what sign-in sends back. */
export function edge(tree: Tree): Finding[] {
  const findings = new Findings('edge');
  checkHostPorts(tree, findings);
  for (const ingress of tree.all('Ingress')) {
    findings.add(
      ingress,
      'an Ingress, which nothing here serves',
      'the server has one way in, the edge proxy',
      'declare a route at the edge',
    );
  }
  const proxy = tree.view(proxyOf);
  if (proxy === undefined) {
    const clients = tree.all('OAuth2Client')[0];
    if (clients !== undefined) {
      findings.add(
        clients,
        `ConfigMap '${proxyConfigName.namespace}/${proxyConfigName.name}' is not there, or holds no hosts`,
        'redirects of sign-in must be on a route of the edge proxy',
        'render the configuration of the proxy',
      );
    }
    return findings.list;
  }
  checkUpstreams(tree, proxy, findings);
  checkHosts(tree, proxy, findings);
  checkRoutes(proxy, findings);
  checkCatalog(tree, proxy, findings);
  for (const client of tree.all('OAuth2Client')) checkClient(tree, client, proxy, findings);
  return findings.list;
}

/** Upstreams in the configuration, with the place each stands in. */
function upstreams(proxy: ProxyView): { at: string; url: string }[] {
  const routes = proxy.routes.flatMap(({ host, path, config }) => [
    ...(text(config, 'upstream') === undefined
      ? []
      : [{ at: `route ${host}${path}`, url: text(config, 'upstream') ?? '' }]),
    ...(text(config, 'authorize', 'url') === undefined
      ? []
      : [{ at: `route ${host}${path}, authorize`, url: text(config, 'authorize', 'url') ?? '' }]),
  ]);
  const whoami = text(proxy.config, 'session', 'whoami');
  return [
    ...routes,
    ...(whoami === undefined ? [] : [{ at: 'session.whoami', url: whoami }]),
    ...rows(proxy.config, 'passthroughs').map((passthrough) => ({
      at: `passthrough '${text(passthrough, 'name')}'`,
      url: text(passthrough, 'upstream') ?? '',
    })),
  ];
}

function checkUpstreams(tree: Tree, proxy: ProxyView, findings: Findings): void {
  const isNamespace = (name: string) => tree.namespaceLabels(name) !== undefined;
  for (const { at, url } of upstreams(proxy)) {
    const [address] = addressesIn(url, proxyConfigName.namespace, isNamespace);
    const problem = address === undefined ? 'is not the address of a Service' : unreachable(tree, address);
    if (problem === undefined) continue;
    findings.add(
      proxy.origin,
      `${at}: upstream '${url}' ${problem}`,
      'a route must end at a Service, on a port a container listens on',
      'hand the route the endpoint, which knows its Service and port',
    );
  }
}

function covers(dnsName: string, host: string): boolean {
  return (
    dnsName === host || (dnsName.startsWith('*.') && host.slice(host.indexOf('.') + 1) === dnsName.slice(2))
  );
}

function checkHosts(tree: Tree, proxy: ProxyView, findings: Findings): void {
  const { namespace } = proxyConfigName;
  const certificates = tree
    .all('Certificate')
    .filter(
      ({ metadata, spec }) =>
        metadata.namespace === namespace && proxy.certificates.includes(text(spec, 'secretName') ?? ''),
    );
  const covered = certificates.flatMap(({ spec }) => texts(spec, 'dnsNames'));
  for (const secret of proxy.certificates) {
    if (certificates.some(({ spec }) => text(spec, 'secretName') === secret)) continue;
    findings.add(
      proxy.origin,
      `tls.secrets: no Certificate of namespace '${namespace}' makes Secret '${secret}'`,
      'the proxy serves certificates that are made',
      'declare the Certificate',
    );
  }
  const seen = new Set<string>();
  for (const host of proxy.hosts) {
    if (seen.has(host)) {
      findings.add(proxy.origin, `host '${host}' stands twice`, 'a host is declared once', 'join the two');
    }
    seen.add(host);
    if (host !== proxy.domain && !host.endsWith(`.${proxy.domain}`)) {
      findings.add(
        proxy.origin,
        `host '${host}'`,
        `every host is '${proxy.domain}' or a name below it`,
        'declare it by its label',
      );
    }
    if (covered.some((dnsName) => covers(dnsName, host))) continue;
    findings.add(
      proxy.origin,
      `host '${host}' is on no certificate of the proxy`,
      'every host must be in dnsNames of a Certificate that the proxy serves',
      `add it to ${certificates.map(({ metadata }) => `Certificate '${metadata.name}'`).join(' or ') || 'a Certificate'}`,
    );
  }
}

/** A route that a shorter list of rules puts out of reach is never tried. */
function checkRoutes(proxy: ProxyView, findings: Findings): void {
  const seen = new Set<string>();
  for (const { host, path, isExact, methods } of proxy.routes) {
    const key = `${host} ${path} ${isExact} ${methods?.join() ?? ''}`;
    if (seen.has(key)) {
      findings.add(
        proxy.origin,
        `route ${host}${path} stands twice`,
        'one path leads to one place',
        'change a path, or tell the routes apart by methods',
      );
    }
    seen.add(key);
  }
}

/** Hosts of the catalog are the proxy's, and each has an address record that the operator is told to publish. */
function checkCatalog(tree: Tree, proxy: ProxyView, findings: Findings): void {
  const origin = tree.get('ConfigMap', 'catalog', 'box-system');
  const catalog = parsed(text(origin, 'data', 'catalog.json') ?? '');
  if (origin === undefined || catalog === undefined) return;
  const listed = rows(catalog, 'hosts').flatMap((host) => text(host, 'name') ?? []);
  const addresses = rows(catalog, 'dns')
    .filter((record) => /^(A|AAAA|CNAME)$/.test(text(record, 'type') ?? ''))
    .flatMap((record) => text(record, 'name') ?? []);
  for (const host of proxy.hosts) {
    if (!listed.includes(host)) {
      findings.add(
        origin,
        `hosts: '${host}' is missing`,
        'the catalog lists every host of the proxy',
        'render the catalog after the edge',
      );
    }
    if (addresses.some((name) => covers(name, host))) continue;
    findings.add(
      origin,
      `dns: no address record leads to '${host}'`,
      'every host is in the list of DNS records',
      'let the edge derive the records from its hosts',
    );
  }
}

/** A port of the node can be bound once. */
function checkHostPorts(tree: Tree, findings: Findings): void {
  const taken = new Map<string, Manifest>();
  for (const pod of tree.ownPods) {
    const ports = portsOf(pod).flatMap(({ number, host, protocol }) =>
      host !== undefined ? [`${host}/${protocol}`] : pod.hostNetwork ? [`${number}/${protocol}`] : [],
    );
    for (const port of ports) {
      const other = taken.get(port);
      if (other === undefined) taken.set(port, pod.origin);
      else if (other !== pod.origin) {
        findings.add(
          pod.origin,
          `port ${port} of the node, which ${other.kind} '${other.metadata.name}' binds too`,
          'a port of the node can be bound once',
          'choose another port',
        );
      }
    }
  }
}
