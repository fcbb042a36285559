import { Construct } from 'constructs';
import {
  AuthorizationPolicy,
  MeshTlsAuthentication,
  NetworkAuthentication,
  Server,
} from '../../imports/policy.linkerd.io.js';
import { type Box, Phase } from '../core/box.js';
import type { Endpoint, Peer, Protocol } from '../core/endpoint.js';
import { podNetwork } from '../core/network.js';

const group = 'policy.linkerd.io';

/** One port of a meshed peer, with everybody who may connect to it. */
interface Port {
  readonly peer: Peer;
  readonly name: string;
  readonly number: number;
  readonly protocol: Protocol;
  readonly consumers: Set<Peer>;
}

/**
 * Derives Linkerd's policy from the edges of the network: a meshed peer accepts connections on a port only from the
 * identities of those that declared the edge. NetworkPolicy cannot say this, since connections between meshed pods all
 * arrive at the proxy's one port.
 * @see https://linkerd.io/2-edge/features/server-policy/
 */
export function deriveMeshPolicy(box: Box): void {
  box.derive(Phase.Render, () => {
    for (const port of meshedPorts(box)) {
      const scope = box.network.scopeOf(port.peer);
      if (scope === undefined) {
        throw new Error(
          `${port.peer.path}: port '${port.name}' is published, but '${port.peer.peerName}' was never enrolled in ` +
            'the network; call network.enroll first',
        );
      }
      new PortPolicy(scope, `MeshPolicy-${port.number}`, port);
    }
  });
}

/** Ports the mesh guards. Two endpoints on one container port are one: Linkerd refuses two Servers for a port. */
function meshedPorts({ network, cluster }: Box): Port[] {
  const ports = new Map<string, Port>();
  for (const endpoint of network.allEndpoints) {
    const { peer, protocol, containerPort } = endpoint;
    if (!peer.meshed || protocol === 'udp' || !cluster.governs(peer.namespace)) continue;
    // these bypass the proxy, see the annotation skip-inbound-ports
    if (network.admitted(peer)?.ports.includes(containerPort)) continue;
    const key = `${peer.namespace}/${peer.peerName}/${containerPort}`;
    const port = ports.get(key) ?? toPort(endpoint);
    for (const consumer of network.consumers(endpoint)) port.consumers.add(consumer);
    ports.set(key, port);
  }
  return [...ports.values()];
}

const toPort = ({ peer, name, containerPort, protocol }: Endpoint): Port => ({
  peer,
  name,
  number: containerPort,
  protocol,
  consumers: new Set(),
});

/** The Linkerd objects of one port. A port nobody connects to gets only its Server: closed but for probes. */
class PortPolicy extends Construct {
  private readonly server: string;

  constructor(scope: Construct, id: string, { peer, name, number, protocol, consumers }: Port) {
    super(scope, id);
    this.server = `${peer.peerName}-${name}`;
    new Server(this, 'Resource', {
      metadata: { name: this.server },
      spec: {
        podSelector: { matchLabels: { ...peer.podLabels } },
        port: number,
        // the same port may carry HTTP/1, WebSockets and cleartext HTTP/2: a fixed version would refuse the others
        proxyProtocol: protocol === 'tcp' ? 'opaque' : 'unknown',
      },
    });
    const all = [...consumers];
    this.admitMeshed(all.filter(({ meshed }) => meshed));
    if (all.some(({ meshed }) => !meshed)) this.admitUnmeshed();
  }

  private admitMeshed(consumers: readonly Peer[]): void {
    if (consumers.length === 0) return;
    const name = `${this.server}-meshed`;
    const accounts = new Map(
      consumers.map((consumer) => [`${consumer.namespace}/${accountOf(consumer)}`, consumer]),
    );
    new MeshTlsAuthentication(this, 'Meshed', {
      metadata: { name },
      spec: {
        identityRefs: [...accounts]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([, consumer]) => ({
            kind: 'ServiceAccount',
            name: accountOf(consumer),
            namespace: consumer.namespace,
          })),
      },
    });
    this.authorize(name, 'MeshTLSAuthentication');
  }

  /** Without identities all that is left is the address; the NetworkPolicy of the port narrows it to the declared pods. */
  private admitUnmeshed(): void {
    const name = `${this.server}-unmeshed`;
    new NetworkAuthentication(this, 'Unmeshed', {
      metadata: { name },
      spec: { networks: [{ cidr: podNetwork }] },
    });
    this.authorize(name, 'NetworkAuthentication');
  }

  private authorize(name: string, kind: 'MeshTLSAuthentication' | 'NetworkAuthentication'): void {
    new AuthorizationPolicy(this, `Authorize${kind}`, {
      metadata: { name },
      spec: {
        targetRef: { group, kind: 'Server', name: this.server },
        requiredAuthenticationRefs: [{ group, kind, name }],
      },
    });
  }
}

function accountOf(peer: Peer): string {
  if (peer.serviceAccountName !== undefined) return peer.serviceAccountName;
  throw new Error(
    `${peer.path}: '${peer.peerName}' is meshed but names no ServiceAccount, so it has no identity`,
  );
}
