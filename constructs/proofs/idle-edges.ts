import { type Connections, connectionsOf } from './connections.js';
import { type Finding, Findings, nameOf } from './finding.js';
import { identitiesOf, meshPoliciesOf, meshPort } from './mesh-policies.js';
import { type Direction, networkPoliciesOf, type Policy, type Rule, takes } from './network-policies.js';
import { type PodView, portNumber, portsOf } from './pod-view.js';
import { dig, isData } from './read.js';
import { describeSelector } from './selector.js';
import type { Tree } from './tree.js';

const rule = 'a policy allows only connections that something makes';
const remedy =
  'remove the edge, or give the program the endpoint in its configuration, so that the tree shows why it is there';

/** No policy allows a connection that nothing makes. */
export function idleEdges(tree: Tree): Finding[] {
  const findings = new Findings('idle-edges');
  const { policies } = tree.view(networkPoliciesOf);
  const connections = tree.view(connectionsOf);
  // an edge has two ends: the first one that is looked at tells
  const told = new Set<string>();
  for (const direction of ['ingress', 'egress'] as const) {
    for (const policy of policies) {
      for (const one of policy.rules[direction] ?? []) {
        checkPeers(policy, one, direction, findings);
        for (const pod of policy.selected) checkRule(pod, one, direction, connections, told, findings);
      }
    }
  }
  checkMesh(tree, connections, told, findings);
  return findings.list;
}

function checkPeers(
  policy: Policy,
  { peers, selections, ports }: Rule,
  direction: Direction,
  findings: Findings,
): void {
  if (peers === 'everything') {
    findings.add(
      policy.origin,
      `${direction} ${direction === 'ingress' ? 'from' : 'to'} everywhere`,
      'a rule names its peers',
      'declare whom the edge is for',
    );
  }
  for (const { peer, pods } of selections) {
    if (pods.length > 0) continue;
    const scope = dig(peer, 'namespaceSelector');
    const where = isData(scope) ? `namespaces with ${describeSelector(scope)}` : 'the same namespace';
    findings.add(
      policy.origin,
      `${direction} peer: pods with ${describeSelector(dig(peer, 'podSelector'))} in ${where}, of which there are none`,
      rule,
      'remove the rule, or correct the labels',
    );
  }
  if (ports === undefined && selections.length > 0) {
    findings.add(
      policy.origin,
      `${direction} on all ports of ${selections.map(({ pods }) => pods.map(({ origin }) => origin.metadata.name)).join(', ')}`,
      'a rule names its ports',
      'name the ports that are used',
    );
  }
}

function checkRule(
  pod: PodView,
  one: Rule,
  direction: Direction,
  connections: Connections,
  told: Set<string>,
  findings: Findings,
): void {
  for (const peer of one.selections.flatMap(({ pods }) => pods)) {
    const [from, to] = direction === 'ingress' ? [peer, pod] : [pod, peer];
    for (const port of openPorts(one, to)) {
      const used =
        port === meshPort
          ? connections.any(from, to) && from.meshed && to.meshed
          : connections.has(from, to, port);
      if (used) continue;
      const key = `${nameOf(from.origin)} > ${nameOf(to.origin)}`;
      if (port === meshPort && told.has(key)) continue;
      if (told.has(`${key}:${port}`)) continue;
      told.add(key).add(`${key}:${port}`);
      findings.add(
        pod.origin,
        direction === 'ingress'
          ? `lets ${nameOf(from.origin)} in on port ${port}, but nothing it reads names that port`
          : `may connect to ${nameOf(to.origin)} port ${port}, but nothing it reads names that port`,
        rule,
        remedy,
      );
    }
  }
}

/** Ports of a pod that a rule opens: its numbers one by one, or the declared ports that its names and ranges hold. */
function openPorts(one: Rule, to: PodView): number[] {
  if (one.ports === undefined) return [];
  const single = one.ports.flatMap(({ name, first, last }) =>
    name === undefined && first === last ? [first] : [],
  );
  const declared = portsOf(to).flatMap(({ number, protocol }) =>
    takes(one, to, number, protocol === 'UDP' ? 'UDP' : 'TCP') ? [number] : [],
  );
  return [...new Set([...single, ...declared])];
}

/** The mesh admits only identities that connect; what the NetworkPolicies told already is not told again. */
function checkMesh(
  tree: Tree,
  connections: Connections,
  told: ReadonlySet<string>,
  findings: Findings,
): void {
  const mesh = tree.view(meshPoliciesOf);
  for (const server of mesh.servers) {
    const isUsed = (sources: readonly PodView[]): boolean =>
      server.pods.some((to) => {
        const port = portNumber(to, server.port) ?? 0;
        return sources.some(
          (from) =>
            connections.has(from, to, port) ||
            told.has(`${nameOf(from.origin)} > ${nameOf(to.origin)}:${port}`),
        );
      });
    for (const { required } of mesh.authorizations(server)) {
      for (const authentication of required) {
        for (const [identity, sources] of identitiesOf(authentication.origin, tree)) {
          if (isUsed(sources)) continue;
          findings.add(
            authentication.origin,
            `admits ServiceAccount '${identity}' to port ${server.port} of Server '${server.origin.metadata.name}', to which no pod of that account connects`,
            rule,
            remedy,
          );
        }
        if (authentication.origin.kind !== 'NetworkAuthentication') continue;
        const unmeshed = tree.pods.filter(({ meshed }) => !meshed);
        if (isUsed(unmeshed)) continue;
        findings.add(
          authentication.origin,
          `admits pods without identity to port ${server.port} of Server '${server.origin.metadata.name}', to which none connects`,
          rule,
          remedy,
        );
      }
    }
  }
}
