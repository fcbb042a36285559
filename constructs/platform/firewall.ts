import { asYaml, type FileContent } from '../core/config-file.js';
import { apiServerPort } from '../core/destinations.js';
import type { Manifest } from '../core/manifest.js';
import type { Site } from '../core/site.js';

/** A port of the node on which something of the box listens. */
export interface NodePort {
  readonly port: number;
  /** Last port of a range that begins at `port`. @default - a single port */
  readonly to?: number;
  readonly protocol: 'tcp' | 'udp';
  /** What is there, in words, e.g. 'web'. */
  readonly purpose: string;
}

interface PodTemplateHolder {
  readonly template?: {
    readonly spec?: {
      readonly containers?: readonly {
        readonly ports?: readonly {
          readonly name?: string;
          readonly hostPort?: number;
          readonly protocol?: string;
        }[];
      }[];
    };
  };
}

/** Ports of the node that workloads bind, as they stand in rendered objects. */
export function nodePortsOf(manifests: readonly Manifest[]): NodePort[] {
  return manifests.flatMap(({ spec, metadata }) => {
    const containers = (spec as PodTemplateHolder | undefined)?.template?.spec?.containers ?? [];
    return containers.flatMap(({ ports = [] }) =>
      ports.flatMap(({ name, hostPort, protocol }): NodePort[] =>
        hostPort === undefined
          ? []
          : [
              {
                port: hostPort,
                protocol: protocol === 'UDP' ? 'udp' : 'tcp',
                purpose: [metadata.name, name].filter((part) => part !== undefined).join(' '),
              },
            ],
      ),
    );
  });
}

interface Rule {
  readonly from: 'everyone' | 'administrators' | 'servers';
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly ports?: string;
  readonly purpose: string;
}

/** Port of the server's own SSH; 22 belongs to the git service behind the proxy. */
export const sshPort = 2222;

const portsOf = ({ port, to }: NodePort) => (to === undefined ? String(port) : `${port}-${to}`);

/**
 * Inbound rules for the provider's firewall; everything else is dropped. A firewall on the server itself cannot do the
 * whole job: ports that pods bind on the node are redirected before its input rules are asked.
 * @throws when a declared port is one that must stay inside
 */
export function firewall(site: Site, nodePorts: readonly NodePort[]): FileContent {
  const taken = [sshPort, apiServerPort, 10250];
  for (const node of nodePorts) {
    const hit = taken.find((port) => port >= node.port && port <= (node.to ?? node.port));
    if (hit !== undefined && node.protocol === 'tcp') {
      throw new Error(
        `node port ${portsOf(node)}/tcp (${node.purpose}): ${hit} belongs to the server itself; choose another`,
      );
    }
  }
  const declared = nodePorts.map(
    (node): Rule => ({
      from: 'everyone',
      protocol: node.protocol,
      ports: portsOf(node),
      purpose: node.purpose,
    }),
  );
  const between: Rule[] = [
    { from: 'servers', protocol: 'tcp', ports: '2379-2380', purpose: 'etcd' },
    { from: 'servers', protocol: 'tcp', ports: String(apiServerPort), purpose: 'Kubernetes API' },
    { from: 'servers', protocol: 'tcp', ports: '10250', purpose: 'kubelet' },
    { from: 'servers', protocol: 'udp', ports: '51820', purpose: 'pod network (WireGuard)' },
  ];
  const rules: Rule[] = [
    ...declared,
    { from: 'everyone', protocol: 'icmp', purpose: 'reachability and path MTU' },
    { from: 'administrators', protocol: 'tcp', ports: String(sshPort), purpose: 'SSH of the server' },
    { from: 'administrators', protocol: 'tcp', ports: String(apiServerPort), purpose: 'Kubernetes API' },
    ...(site.isCluster ? between : []),
  ];
  return asYaml({ inbound: rules.map((rule) => ({ ...rule })), otherwise: 'drop' });
}
