import type { Manifest } from '../core/manifest.js';
import { type PodView, portsOf } from './pod-view.js';
import { data, dig, isData, number, rows, text, texts } from './read.js';
import type { Tree } from './tree.js';

export type Direction = 'ingress' | 'egress';
export const protocols = ['TCP', 'UDP', 'SCTP'] as const;
export type Protocol = (typeof protocols)[number];

/** Ports of a rule: `first` to `last`, or a name that the target's container resolves. */
export interface PortRange {
  readonly protocol: string;
  readonly name: string | undefined;
  readonly first: number;
  readonly last: number;
}

/** One `from` or `to` of a policy with its ports. */
export interface Rule {
  /** Pods its selectors match; 'everything' when it names no peer. */
  readonly peers: ReadonlySet<PodView> | 'everything';
  /** Each peer that selects pods, with what it matches, so that one that matches nothing can be named. */
  readonly selections: readonly { readonly peer: unknown; readonly pods: readonly PodView[] }[];
  /** Networks, which stand for addresses outside the cluster. */
  readonly blocks: readonly string[];
  /** Undefined for all ports. */
  readonly ports: readonly PortRange[] | undefined;
}

export interface Policy {
  readonly origin: Manifest;
  readonly selected: readonly PodView[];
  readonly rules: Readonly<Record<Direction, readonly Rule[] | undefined>>;
}

/**
 * NetworkPolicies as Kubernetes defines them: policies only add; a pod that no policy selects for a direction is open
 * in that direction; a connection needs both ends. Addresses (`ipBlock`) are for what is outside the cluster, so they
 * never stand for pods here. Pods on the node's own network are beyond policies.
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export class NetworkPolicies {
  readonly policies: readonly Policy[];
  private readonly byPod: Readonly<Record<Direction, Map<PodView, Policy[]>>> = {
    ingress: new Map(),
    egress: new Map(),
  };

  constructor(tree: Tree) {
    this.policies = tree.all('NetworkPolicy').map((origin) => toPolicy(origin, tree));
    for (const policy of this.policies) {
      for (const direction of ['ingress', 'egress'] as const) {
        if (policy.rules[direction] === undefined) continue;
        for (const pod of policy.selected) {
          const there = this.byPod[direction].get(pod);
          if (there === undefined) this.byPod[direction].set(pod, [policy]);
          else there.push(policy);
        }
      }
    }
  }

  /** Policies that rule over a pod's connections of a direction. */
  over(pod: PodView, direction: Direction): readonly Policy[] {
    return this.byPod[direction].get(pod) ?? [];
  }

  /** Whether the source may open connections to a port of the target's pods. */
  egress(from: PodView, to: PodView, port: number, protocol: Protocol = 'TCP'): boolean {
    return this.permits('egress', from, to, to, port, protocol);
  }

  /** Whether the target may take connections of the source on a port. */
  ingress(from: PodView, to: PodView, port: number, protocol: Protocol = 'TCP'): boolean {
    return this.permits('ingress', to, from, to, port, protocol);
  }

  /** Whether some rule lets a pod out to addresses outside the cluster on a port. */
  leaves(pod: PodView, port: number, protocol: Protocol = 'TCP'): boolean {
    const policies = this.over(pod, 'egress');
    if (policies.length === 0 || pod.hostNetwork) return true;
    return policies.some(({ rules }) =>
      rules.egress?.some(
        (rule) =>
          (rule.peers === 'everything' || rule.blocks.length > 0) && takes(rule, undefined, port, protocol),
      ),
    );
  }

  private permits(
    direction: Direction,
    subject: PodView,
    peer: PodView,
    target: PodView,
    port: number,
    protocol: Protocol,
  ): boolean {
    if (subject.hostNetwork || peer.hostNetwork) return true;
    const policies = this.over(subject, direction);
    if (policies.length === 0) return true;
    return policies.some(({ rules }) =>
      rules[direction]?.some(
        (rule) =>
          (rule.peers === 'everything' || rule.peers.has(peer)) && takes(rule, target, port, protocol),
      ),
    );
  }
}

/** Whether a rule's ports hold a port; a name means the port of that name of the target. */
export function takes(
  { ports }: Rule,
  target: PodView | undefined,
  port: number,
  protocol: Protocol = 'TCP',
): boolean {
  return (
    ports === undefined ||
    ports.some((range) => {
      if (range.protocol !== protocol) return false;
      if (range.name === undefined) return range.first <= port && port <= range.last;
      return (
        target !== undefined &&
        portsOf(target).some(
          (own) => own.name === range.name && own.number === port && own.protocol === protocol,
        )
      );
    })
  );
}

function toPolicy(origin: Manifest, tree: Tree): Policy {
  const { namespace = 'default' } = origin.metadata;
  const spec = data(origin, 'spec');
  const types = Array.isArray(spec.policyTypes)
    ? texts(spec, 'policyTypes')
    : ['Ingress', ...(rows(spec, 'egress').length > 0 ? ['Egress'] : [])];
  const rulesOf = (field: Direction, peers: string) =>
    rows(spec, field).map((rule) => toRule(rule[peers], rule.ports, namespace, tree));
  return {
    origin,
    selected: tree.podsMatching(namespace, spec.podSelector),
    rules: {
      ingress: types.includes('Ingress') ? rulesOf('ingress', 'from') : undefined,
      egress: types.includes('Egress') ? rulesOf('egress', 'to') : undefined,
    },
  };
}

function toRule(peers: unknown, ports: unknown, namespace: string, tree: Tree): Rule {
  const given = rows({ peers }, 'peers');
  const selections = given
    .filter((peer) => !isData(peer.ipBlock))
    .map((peer) => ({ peer, pods: podsOfPeer(peer, namespace, tree) }));
  return {
    peers: given.length === 0 ? 'everything' : new Set(selections.flatMap(({ pods }) => pods)),
    selections,
    blocks: given.flatMap((peer) => text(peer, 'ipBlock', 'cidr') ?? []),
    ports: rows({ ports }, 'ports').length === 0 ? undefined : rows({ ports }, 'ports').map(toRange),
  };
}

/** Pods of the policy's own namespace, unless the peer selects namespaces. */
function podsOfPeer(peer: unknown, namespace: string, tree: Tree): PodView[] {
  const scope = dig(peer, 'namespaceSelector');
  const namespaces = isData(scope) ? tree.namespacesMatching(scope) : [namespace];
  return namespaces.flatMap((name) => tree.podsMatching(name, dig(peer, 'podSelector')));
}

function toRange(given: unknown): PortRange {
  const protocol = text(given, 'protocol') ?? 'TCP';
  const first = number(given, 'port');
  if (first === undefined) {
    const name = text(given, 'port');
    // a protocol alone means all its ports
    return name === undefined
      ? { protocol, name, first: 0, last: 65535 }
      : { protocol, name, first: -1, last: -1 };
  }
  return { protocol, name: undefined, first, last: number(given, 'endPort') ?? first };
}

/** The policies of a tree. */
export const networkPoliciesOf = (tree: Tree): NetworkPolicies => new NetworkPolicies(tree);
