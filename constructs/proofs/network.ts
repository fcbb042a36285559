import { didYouMean } from '../core/suggest.js';
import { addressesIn } from './addresses.js';
import { connectionsOf } from './connections.js';
import { type Finding, Findings, nameOf } from './finding.js';
import { meshPoliciesOf, meshPort } from './mesh-policies.js';
import { type NamedService, namedServicesOf } from './named-services.js';
import { networkPoliciesOf, type Protocol } from './network-policies.js';
import { planOf } from './plan.js';
import { type PodView, portNumber } from './pod-view.js';
import { data, everyText } from './read.js';
import { type ServiceView, servicesOf } from './service-view.js';
import { podTextsOf } from './texts-of-pods.js';
import type { Tree } from './tree.js';

/** Port of the API server behind its Service, as NetworkPolicies see it. */
const apiServerPort = 6443;

/** Every Service a program's text names is there, and the way to it is open at both ends. */
export function network(tree: Tree): Finding[] {
  const findings = new Findings('network');
  const told = new Set<string>();
  for (const named of tree.view(namedServicesOf)) {
    if (named.service === undefined) missing(tree, named, findings);
    else if (named.service.isApiServer) checkApiServer(tree, named.pod, named.at, findings);
    else if (named.ports.length === 0) wrongPort(named, named.service, findings);
    else checkWay(tree, named, named.service, told, findings);
  }
  for (const pod of tree.ownPods) {
    if (pod.spec.automountServiceAccountToken === true)
      checkApiServer(tree, pod, 'holds an API token', findings);
  }
  checkStructural(tree, findings);
  checkPublic(tree, findings);
  checkUnread(tree, findings);
  return findings.list;
}

/** Ports at which a connection arrives: between meshed pods also the proxy's, which carries all others but UDP. */
const arrivals = (from: PodView, to: PodView, port: number, protocol: Protocol): number[] =>
  from.meshed && to.meshed && protocol === 'TCP' ? [port, meshPort] : [port];

interface Obstacle {
  readonly at: PodView;
  readonly value: string;
  readonly remedy: string;
  /** How far a connection gets. */
  readonly step: 'egress' | 'ingress' | 'mesh';
}

/** What keeps a connection from being made; undefined when nothing does. */
function obstacle(
  tree: Tree,
  from: PodView,
  to: PodView,
  port: number,
  protocol: Protocol = 'TCP',
): Obstacle | undefined {
  const policies = tree.view(networkPoliciesOf);
  for (const arrival of arrivals(from, to, port, protocol)) {
    if (!policies.egress(from, to, arrival, protocol)) {
      return {
        step: 'egress',
        at: from,
        value: `no NetworkPolicy lets it out to ${nameOf(to.origin)} port ${arrival}`,
        remedy: 'hand the program a reference to the endpoint instead of a text, or name it in `uses`',
      };
    }
    if (!policies.ingress(from, to, arrival, protocol)) {
      return {
        step: 'ingress',
        at: to,
        value: `no NetworkPolicy lets ${nameOf(from.origin)} in on port ${arrival}`,
        remedy: 'both ends come from one edge: connect the two in the network, with no policy by hand',
      };
    }
  }
  const refusal = protocol === 'TCP' ? tree.view(meshPoliciesOf).refusal(from, to, port) : undefined;
  if (refusal === undefined) return undefined;
  return {
    step: 'mesh',
    at: to,
    value: `port ${port} refuses ${nameOf(from.origin)}: ${refusal}`,
    remedy: 'the authorization comes from the same edge as the NetworkPolicy: connect the two in the network',
  };
}

const rule = 'a program must be able to reach what its configuration names, under the policies of both ends';

function missing(tree: Tree, { pod, at, address }: NamedService, findings: Findings): void {
  const known = [...tree.view(servicesOf).values()].filter(
    ({ namespace }) => namespace === address.namespace,
  );
  findings.add(
    pod.origin,
    `${at}: '${address.written}' names Service '${address.namespace}/${address.service}', which is not there`,
    'an in-cluster host name must be that of a Service',
    `take the host from the endpoint's object${didYouMean(
      address.service,
      known.map(({ name }) => name),
    )}`,
  );
}

function wrongPort({ pod, at, address }: NamedService, service: ServiceView, findings: Findings): void {
  const ports = service.ports.map(({ name, port }) => `${name ?? 'unnamed'} ${port}`).join(', ');
  findings.add(
    pod.origin,
    `${at}: '${address.written}' means port ${address.port}, which Service '${service.namespace}/${service.name}' does not have`,
    'a port in a configuration must be a port of the Service',
    `it has ${ports || 'none'}; take the address from the endpoint's object`,
  );
}

function checkWay(
  tree: Tree,
  named: NamedService,
  service: ServiceView,
  told: Set<string>,
  findings: Findings,
): void {
  const { pod, at, address, ports } = named;
  // what a program says about itself it need not be able to call, unless its replicas talk to each other
  if (service.pods.includes(pod) && !(pod.replicas > 1 && address.replica !== undefined)) return;
  for (const target of service.pods) {
    // nor need another one that is handed the same text: a job with the configuration of the server
    if (target !== pod && readsToo(tree, target, named.text)) continue;
    const obstacles = ports.map(({ target: port, protocol }) =>
      obstacle(tree, pod, target, portNumber(target, port) ?? 0, protocol),
    );
    // a text without a port may mean any of them
    if (obstacles.some((one) => one === undefined)) continue;
    const first = steps.flatMap((step) => obstacles.find((one) => one?.step === step) ?? [])[0];
    if (first === undefined) continue;
    // one obstacle is told once, with the first text that meets it
    const key = `${nameOf(pod.origin)} ${first.value}`;
    if (told.has(key)) continue;
    told.add(key);
    findings.add(
      first.at.origin,
      `${first.value} (${nameOf(pod.origin)}, ${at}: '${address.written}')`,
      rule,
      first.remedy,
    );
  }
}

/** The port that a connection gets furthest to is most likely the one that is meant. */
const steps: readonly Obstacle['step'][] = ['mesh', 'ingress', 'egress'];

const readsToo = (tree: Tree, pod: PodView, text: string): boolean =>
  tree
    .view(podTextsOf)
    .get(pod)
    ?.some((own) => own.text === text) ?? false;

function checkApiServer(tree: Tree, pod: PodView, at: string, findings: Findings): void {
  if (tree.view(networkPoliciesOf).leaves(pod, apiServerPort)) return;
  findings.add(
    pod.origin,
    `${at}: no NetworkPolicy lets it out to port ${apiServerPort} of the nodes`,
    rule,
    'add the Kubernetes API to what the workload uses',
  );
}

/** DNS and the mesh's control plane are reached by all who need them. */
function checkStructural(tree: Tree, findings: Findings): void {
  const policies = tree.view(networkPoliciesOf);
  for (const { from, to, port, because } of tree.view(connectionsOf).structural) {
    const protocols = port === 53 ? (['UDP', 'TCP'] as const) : (['TCP'] as const);
    for (const protocol of protocols) {
      if (
        from === to ||
        (policies.egress(from, to, port, protocol) && policies.ingress(from, to, port, protocol))
      )
        continue;
      const isOut = !policies.egress(from, to, port, protocol);
      findings.add(
        isOut ? from.origin : to.origin,
        isOut
          ? `no NetworkPolicy lets it out to ${nameOf(to.origin)} port ${port} ${protocol}`
          : `no NetworkPolicy lets ${nameOf(from.origin)} in on port ${port} ${protocol}`,
        because,
        'enrol the pods in the network, which opens this by itself',
      );
    }
  }
}

/**
 * A public name may be for browsers alone, so it asks for no way to the proxy. But who has one end of such a way must
 * have the other.
 */
function checkPublic(tree: Tree, findings: Findings): void {
  const policies = tree.view(networkPoliciesOf);
  for (const { from, to, port } of tree.view(connectionsOf).publicNames) {
    if (from === to || policies.over(from, 'egress').length === 0) continue;
    const ports = arrivals(from, to, port, 'TCP');
    const isOut = ports.some((arrival) => policies.egress(from, to, arrival));
    const isIn = ports.some((arrival) => policies.ingress(from, to, arrival));
    const half = isOut || isIn ? obstacle(tree, from, to, port) : undefined;
    if (half !== undefined) findings.add(half.at.origin, half.value, rule, half.remedy);
  }
}

/** Host names in what no pod of ours reads (CoreDNS, Prometheus' rules, the plan) must still be real. */
function checkUnread(tree: Tree, findings: Findings): void {
  const services = tree.view(servicesOf);
  const read = new Set(
    tree.view(namedServicesOf).map(({ address }) => `${address.namespace}/${address.service}`),
  );
  const plan = tree.view(planOf);
  const origins = [
    ...tree.all('ConfigMap'),
    ...tree.all('VaultStaticSecret'),
    ...tree.all('VaultDynamicSecret'),
  ];
  for (const origin of origins) {
    const content = origin.kind === 'ConfigMap' ? data(origin, 'data') : data(origin, 'spec', 'destination');
    for (const [path, text] of everyText(content)) {
      if (!text.includes('.svc')) continue;
      for (const { service, namespace, written } of addressesIn(text, '', () => false)) {
        const key = `${namespace}/${service}`;
        if (services.has(key) || (read.has(key) && origin !== plan?.origin)) continue;
        findings.add(
          origin,
          `${path}: '${written}' names Service '${key}', which is not there`,
          'an in-cluster host name must be that of a Service',
          "take the host from the endpoint's object",
        );
      }
    }
  }
}
