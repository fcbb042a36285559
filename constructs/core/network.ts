import {
  type INetworkPolicyPeer,
  Namespaces,
  NetworkPolicy,
  NetworkPolicyIpBlock,
  NetworkPolicyPort,
  Pods,
} from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { type Destination, Endpoint, External, type Peer } from './endpoint.js';

/** Pod network of k3s. @see https://docs.k3s.io/cli/server (`--cluster-cidr`) */
export const podNetwork = '10.42.0.0/16';

/** Private, link-local and shared ranges: never part of "the Internet", so no pod can be talked into probing them. */
const notInternet = ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'];

/** Ports of Linkerd's control plane that every meshed pod talks to. @see https://linkerd.io/2-edge/reference/proxy-configuration/ */
const meshControlPorts = [8080, 8086, 8090];
/** Port of every Linkerd proxy at which connections between meshed pods arrive, whatever port the app has. */
export const meshInboundPort = 4143;

/** Namespace and labels of the pods a policy peer selects. */
interface Selection {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Who may talk to whom. Workloads add edges as they are given references; when everything is declared,
 * each peer gets one NetworkPolicy with exactly the edges it is part of.
 */
export class Network {
  private readonly peers = new Map<string, { peer: Peer; scope: Construct }>();
  private readonly edges = new Map<Peer, Set<Destination>>();
  private readonly endpoints: Endpoint[] = [];
  private readonly open = new Map<Peer, { ports: number[]; networks: readonly string[] }>();

  /** Makes a peer known; its policy is rendered below `scope`. */
  enroll(peer: Peer, scope: Construct): void {
    this.peers.set(nameOf(peer), { peer, scope });
  }

  /** Makes an endpoint known, so that its port is closed to all that declare no edge. */
  publish(endpoint: Endpoint): void {
    this.endpoints.push(endpoint);
  }

  /** Allows `from` to connect to `to`; saying it twice is saying it once. */
  connect(from: Peer, to: Destination): void {
    const destinations = this.edges.get(from) ?? new Set<Destination>();
    this.edges.set(from, destinations.add(to));
  }

  /** Lets connections from outside the cluster reach ports of a peer: the proxy's front door, webhooks called by the API server. */
  admit(peer: Peer, ports: readonly number[], networks: readonly string[] = ['0.0.0.0/0']): void {
    this.open.set(peer, { ports: [...ports], networks });
  }

  /** All endpoints in order of declaration. */
  get allEndpoints(): readonly Endpoint[] {
    return this.endpoints;
  }

  /** All peers in order of declaration. */
  get allPeers(): readonly Peer[] {
    return [...this.peers.values()].map(({ peer }) => peer);
  }

  /** Where the policies of a peer are rendered; undefined for peers without policies of their own. */
  scopeOf(peer: Peer): Construct | undefined {
    return this.peers.get(nameOf(peer))?.scope;
  }

  /** Who may connect to an endpoint. */
  consumers(endpoint: Endpoint): Peer[] {
    return [...this.edges].filter(([, to]) => to.has(endpoint)).map(([from]) => from);
  }

  /** What a peer may connect to. */
  destinations(peer: Peer): Destination[] {
    return [...(this.edges.get(peer) ?? [])];
  }

  /** Renders one NetworkPolicy for each enrolled peer. */
  render(): void {
    for (const { peer, scope } of this.peers.values()) new PeerPolicy(scope, 'NetworkPolicy', this, peer);
  }

  /** Networks and ports through which the outside may reach a peer. */
  admitted(peer: Peer) {
    return this.open.get(peer);
  }
}

const nameOf = ({ namespace, peerName }: Peer): string => `${namespace}/${peerName}`;
const samePeer = (a: Peer, b: Peer) => nameOf(a) === nameOf(b);

/** The one policy of a peer. */
class PeerPolicy extends Construct {
  private readonly known = new Map<string, INetworkPolicyPeer>();

  constructor(scope: Construct, id: string, network: Network, peer: Peer) {
    super(scope, id);
    const policy = new NetworkPolicy(this, 'Resource', {
      metadata: { name: peer.peerName },
      selector: Pods.select(this, 'Self', { labels: { ...peer.podLabels } }),
    });
    policy.addEgressRule(this.pods({ namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } }), [
      NetworkPolicyPort.udp(53),
      NetworkPolicyPort.tcp(53),
    ]);
    if (peer.meshed)
      policy.addEgressRule(this.namespace('linkerd'), meshControlPorts.map(NetworkPolicyPort.tcp));
    for (const [target, endpoints] of group(network.destinations(peer)))
      policy.addEgressRule(this.pods(target), arrivals(endpoints.map((endpoint) => [peer, endpoint])));
    for (const external of network.destinations(peer)) {
      if (!(external instanceof External)) continue;
      for (const block of this.blocks(external))
        policy.addEgressRule(block, external.ports.map(NetworkPolicyPort.tcp));
    }
    const own = network.allEndpoints.filter((endpoint) => samePeer(endpoint.peer, peer));
    const sources = new Map<string, { from: Selection; reached: [Peer, Endpoint][] }>();
    for (const endpoint of own) {
      for (const consumer of network.consumers(endpoint)) {
        const from = { namespace: consumer.namespace, labels: consumer.podLabels };
        const entry = sources.get(nameOf(consumer)) ?? { from, reached: [] };
        entry.reached.push([consumer, endpoint]);
        sources.set(nameOf(consumer), entry);
      }
    }
    for (const { from, reached } of sources.values())
      policy.addIngressRule(this.pods(from), arrivals(reached));
    const admitted = network.admitted(peer);
    const isUdp = (port: number) =>
      own.some(({ containerPort, protocol }) => containerPort === port && protocol === 'udp');
    for (const cidr of admitted?.networks ?? []) {
      const ports = (admitted?.ports ?? []).map((number) => ({ number, udp: isUdp(number) }));
      policy.addIngressRule(this.block(cidr), rulePorts(ports));
    }
  }

  private pods({ namespace, labels }: Selection): INetworkPolicyPeer {
    const key = `${namespace}-${Object.entries(labels).flat().join('-')}`.replaceAll('/', '.');
    return this.remember(key, () =>
      Pods.select(this, `Pods-${key}`, {
        labels: { ...labels },
        namespaces: Namespaces.select(this, `NamespaceOf-${key}`, { names: [namespace] }),
      }),
    );
  }

  private namespace(name: string): INetworkPolicyPeer {
    return this.remember(name, () => Namespaces.select(this, `Namespace-${name}`, { names: [name] }));
  }

  private block(cidr: string, except?: string[]): INetworkPolicyPeer {
    const key = `Block-${cidr.replaceAll('/', '-')}`;
    return this.remember(key, () => NetworkPolicyIpBlock.ipv4(this, key, cidr, except));
  }

  private blocks(external: External): INetworkPolicyPeer[] {
    return external.networks === undefined
      ? [this.block('0.0.0.0/0', notInternet)]
      : external.networks.map((cidr) => this.block(cidr));
  }

  private remember(key: string, make: () => INetworkPolicyPeer): INetworkPolicyPeer {
    const peer = this.known.get(key) ?? make();
    this.known.set(key, peer);
    return peer;
  }
}

/** A port of a rule. */
interface RulePort {
  readonly number: number;
  readonly udp: boolean;
}

function rulePorts(ports: readonly RulePort[]): NetworkPolicyPort[] {
  const distinct = new Map(ports.map((port) => [`${port.udp}/${port.number}`, port]));
  return [...distinct.values()].map(({ number, udp }) =>
    udp ? NetworkPolicyPort.udp(number) : NetworkPolicyPort.tcp(number),
  );
}

/** Where connections arrive: at the container's port, between meshed pods at the proxy's. UDP never passes the mesh. */
function arrivals(connections: readonly (readonly [from: Peer, to: Endpoint])[]): NetworkPolicyPort[] {
  const isUdp = ({ protocol }: Endpoint) => protocol === 'udp';
  const throughMesh = connections.some(([from, to]) => from.meshed && to.peer.meshed && !isUdp(to));
  return rulePorts([
    ...connections.map(([, to]) => ({ number: to.containerPort, udp: isUdp(to) })),
    ...(throughMesh ? [{ number: meshInboundPort, udp: false }] : []),
  ]);
}

/** Endpoints by the pods behind them, so that a peer with three ports makes one rule. */
function group(destinations: readonly Destination[]): [Selection, Endpoint[]][] {
  const groups = new Map<string, [Selection, Endpoint[]]>();
  for (const to of destinations) {
    if (!(to instanceof Endpoint)) continue;
    const entry = groups.get(nameOf(to.peer)) ?? [
      { namespace: to.peer.namespace, labels: to.peer.podLabels },
      [],
    ];
    entry[1].push(to);
    groups.set(nameOf(to.peer), entry);
  }
  return [...groups.values()];
}
