import { Reference } from './reference.js';

/** How a port speaks. `tcp` also covers TLS and protocols in which the server speaks first. */
export type Protocol = 'http' | 'tcp' | 'udp';

/** Fully qualified name of a Service, so that no search domain is tried first. */
export const serviceHost = (service: string, namespace: string): string =>
  `${service}.${namespace}.svc.cluster.local`;

/** Name of the headless Service that gives each replica of a StatefulSet a host name of its own. */
export const headlessServiceOf = (workload: string): string => `${workload}-internal`;

/** A set of pods as network and mesh policies see them. */
export interface Peer {
  /** Name of the workload; unique in its namespace. */
  readonly peerName: string;
  /** Namespace of the pods. */
  readonly namespace: string;
  /** Labels that select exactly these pods. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** Whether the pods carry a Linkerd proxy. */
  readonly meshed: boolean;
  /** ServiceAccount whose mesh identity the pods have; undefined when unmeshed. */
  readonly serviceAccountName?: string;
  /** Where the peer was declared, for error messages. */
  readonly path: string;
}

/** Something a workload may be allowed to connect to. */
export type Destination = Endpoint | External;

export interface EndpointProps {
  /** Pods that listen. */
  readonly peer: Peer;
  /** Name of the Service in front of them. */
  readonly service: string;
  /** Name of the port, the same on Service and container. */
  readonly name: string;
  /** Port of the Service. */
  readonly port: number;
  /** Port the container listens on. @default - the same as `port` */
  readonly containerPort?: number;
  /** @default 'http' */
  readonly protocol?: Protocol;
  /** Connections need the box's certificate authority to be trusted. @default false */
  readonly needsTrust?: boolean;
}

/** A port that a workload listens on: the only source of in-cluster host names, ports and URLs. */
export class Endpoint {
  readonly peer: Peer;
  readonly service: string;
  readonly name: string;
  readonly port: number;
  readonly containerPort: number;
  readonly protocol: Protocol;
  readonly needsTrust: boolean;

  constructor(props: EndpointProps) {
    this.peer = props.peer;
    this.service = props.service;
    this.name = props.name;
    this.port = props.port;
    this.containerPort = props.containerPort ?? props.port;
    this.protocol = props.protocol ?? 'http';
    this.needsTrust = props.needsTrust ?? false;
  }

  /** Fully qualified name of the Service. */
  get hostName(): string {
    return serviceHost(this.service, this.peer.namespace);
  }

  /** The Service's host name, as text that opens the way to it. */
  get host(): Reference {
    return new Reference(this.hostName, [this]);
  }

  /** `host:port`. */
  get address(): Reference {
    return new Reference(`${this.hostName}:${this.port}`, [this]);
  }

  /**
   * URL of a path on this endpoint; the scheme's default port is left out.
   * @param path absolute path, or '' for the bare origin
   * @param scheme 'http' unless the protocol is something else
   */
  url(path = '', scheme = 'http'): Reference {
    const port = scheme === 'http' && this.port === 80 ? '' : `:${this.port}`;
    return new Reference(`${scheme}://${this.hostName}${port}${path}`, [this]);
  }
}

export interface ExternalProps {
  /** Short name for messages and the catalog, e.g. 'smtp relay'. */
  readonly name: string;
  /** Networks in CIDR form. @default - the whole Internet without private and link-local ranges */
  readonly networks?: readonly string[];
  /** TCP ports. */
  readonly ports: readonly number[];
}

/** A destination outside the box, or on the node itself. */
export class External {
  readonly name: string;
  readonly networks: readonly string[] | undefined;
  readonly ports: readonly number[];
  readonly needsTrust = false;

  constructor(props: ExternalProps) {
    this.name = props.name;
    this.networks = props.networks;
    this.ports = props.ports;
  }
}
