import { k8s, Pods, Protocol as Protocols, Service, ServiceAccount } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { Phase } from './box.js';
import { Endpoint, headlessServiceOf, type Peer, type Protocol, serviceHost } from './endpoint.js';
import type { VolumeClaim } from './mount.js';
import { Pod, type PodProps } from './pod.js';
import type { Probes } from './probe.js';
import { Reference } from './reference.js';
import type { RestartTarget } from './secret.js';
import { storageClass } from './storage.js';
import { Tier } from './tier.js';

/** A port of a container and of the Service in front of it. */
export interface ListenProps {
  /** Port of the container. */
  readonly port: number;
  /** Port of the Service. @default - as the container's */
  readonly service?: number;
  /** @default 'http' */
  readonly protocol?: Protocol;
  /** Port of the node; needs the exception `hostPorts`. */
  readonly node?: number;
  /** Clients need the box's authority to be trusted. @default false */
  readonly needsTrust?: boolean;
}

export interface WorkloadProps extends PodProps {
  /** Name of the Kubernetes objects; stable, since selectors and claims depend on it. */
  readonly name: string;
  /** Kind of workload. @default - a StatefulSet with a disk, else a Deployment */
  readonly kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  /** Ports by name; a number is a plain HTTP port. */
  readonly listens?: Readonly<Record<string, number | ListenProps>>;
  readonly probes?: Probes;
  /** @default 1 */
  readonly replicas?: number;
  /** Stop the old pod before the new one starts: for what must never run twice. @default - true with a disk or node ports */
  readonly exclusive?: boolean;
  /** Where Prometheus finds metrics: port name and path. */
  readonly metrics?: { readonly port: string; readonly path: string };
}

/** A long-running program with the box's manners: hardened, probed, sized, alone on the network but for its edges. */
export class Workload extends Construct implements Peer {
  readonly peerName: string;
  readonly namespace: string;
  readonly podLabels: Readonly<Record<string, string>>;
  readonly meshed: boolean;
  readonly serviceAccountName: string;
  readonly path: string;
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly replicas: number;
  readonly metrics: WorkloadProps['metrics'];
  private readonly tier: Tier;
  private readonly listening = new Map<string, ListenProps>();
  private readonly endpoints = new Map<string, Endpoint>();
  private readonly admitted: number[] = [];
  private readonly pod: Pod;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: WorkloadProps,
  ) {
    super(scope, id);
    this.tier = Tier.of(this);
    this.peerName = props.name;
    this.namespace = this.tier.namespaceName;
    this.podLabels = { app: props.name };
    this.meshed = props.exceptions?.unmeshed === undefined;
    this.serviceAccountName = props.name;
    this.path = this.node.path;
    this.replicas = props.replicas ?? 1;
    this.metrics = props.metrics;
    this.kind = props.kind ?? (this.disks().length > 0 ? 'StatefulSet' : 'Deployment');
    for (const [name, listens] of Object.entries(props.listens ?? {})) this.listen(name, listens);
    this.pod = new Pod({
      scope: this,
      peer: this,
      props,
      container: props.name,
      ports: () => this.containerPorts(),
      ...(props.probes === undefined ? {} : { probes: props.probes }),
      annotations: () => this.meshAnnotations(),
      onSecretRead: (secret) => secret.readBy(this.restartTarget),
    });
    this.tier.box.budget.add({
      namespace: this.namespace,
      workload: props.name,
      replicas: this.replicas,
      resources: this.pod.resources,
    });
    this.tier.box.derive(Phase.Render, () => this.render());
  }

  /** Where others reach a port. @throws when there is no port of that name */
  endpoint(name: string): Endpoint {
    const endpoint = this.endpoints.get(name);
    if (endpoint !== undefined) return endpoint;
    throw new Error(
      `${this.path}: '${this.peerName}' listens on no port '${name}'; it has ${[...this.endpoints.keys()].join(', ') || 'none'}`,
    );
  }

  /** All ports in order of declaration. */
  get allEndpoints(): readonly Endpoint[] {
    return [...this.endpoints.values()];
  }

  /** Name of the headless Service that gives each replica of a StatefulSet a host name. */
  get headlessService(): string {
    return headlessServiceOf(this.peerName);
  }

  /** `host:port` of one replica of a StatefulSet, for engines whose members address each other. */
  replicaAddress(index: number, port: string): Reference {
    const endpoint = this.endpoint(port);
    return new Reference(`${this.replicaHost(index)}:${endpoint.containerPort}`, [endpoint]);
  }

  /** Host name of one replica of a StatefulSet. */
  replicaHost(index: number): string {
    return `${this.peerName}-${index}.${serviceHost(this.headlessService, this.namespace)}`;
  }

  /** How a producer of secrets restarts this workload. */
  get restartTarget(): RestartTarget {
    return { kind: this.kind, name: this.peerName };
  }

  /** Disks of one replica. */
  disks(): VolumeClaim[] {
    return (this.props.mounts ?? []).flatMap((mount) => (mount.kind === 'volume' ? [mount.volume] : []));
  }

  /**
   * Adds a port; for those that only the declarations of others call for.
   * @throws when there is a port of that name already
   */
  listen(name: string, given: number | ListenProps): Endpoint {
    if (this.listening.has(name)) {
      throw new Error(`${this.path}: port '${name}' is declared twice; choose another name`);
    }
    const listens: ListenProps = typeof given === 'number' ? { port: given } : given;
    this.listening.set(name, listens);
    const { port, service, protocol, needsTrust, node } = listens;
    const endpoint = new Endpoint({
      peer: this,
      service: this.props.name,
      name,
      port: service ?? port,
      containerPort: port,
      protocol: protocol ?? 'http',
      needsTrust: needsTrust ?? false,
    });
    this.endpoints.set(name, endpoint);
    this.tier.box.network.publish(endpoint);
    if (node !== undefined) {
      if (this.props.exceptions?.hostPorts === undefined) {
        throw new Error(
          `${this.path}: port '${name}' binds port ${node} of the node without saying why; give 'exceptions.hostPorts'`,
        );
      }
      this.admitted.push(port);
      this.tier.box.network.admit(this, this.admitted);
    }
    return endpoint;
  }

  private containerPorts(): k8s.ContainerPort[] {
    return [...this.listening].map(([name, { port, protocol, node }]) => ({
      name,
      containerPort: port,
      protocol: protocol === 'udp' ? 'UDP' : 'TCP',
      ...(node === undefined ? {} : { hostPort: node }),
    }));
  }

  /** Opaque ports are always listed: Linkerd's own default list holds ports that speak HTTP here (4444). */
  private meshAnnotations(): Record<string, string> {
    if (!this.meshed) return {};
    return {
      'config.linkerd.io/opaque-ports': this.opaque((endpoint) => endpoint.containerPort),
      ...(this.admitted.length === 0
        ? {}
        : { 'config.linkerd.io/skip-inbound-ports': this.admitted.join(',') }),
    };
  }

  private opaque(port: (endpoint: Endpoint) => number): string {
    return this.allEndpoints
      .filter(({ protocol }) => protocol === 'tcp')
      .map(port)
      .join(',');
  }

  private get labels(): Record<string, string> {
    return {
      ...this.podLabels,
      'app.kubernetes.io/name': this.peerName,
      'app.kubernetes.io/part-of': this.tier.node.id,
    };
  }

  private render(): void {
    new ServiceAccount(this, 'ServiceAccount', {
      metadata: { name: this.peerName, labels: this.labels },
      automountToken: false,
    });
    const metadata: k8s.ObjectMeta = { name: this.peerName, labels: this.labels };
    const template = this.pod.template(this.labels);
    const selector: k8s.LabelSelector = { matchLabels: { ...this.podLabels } };
    if (this.kind === 'Deployment') {
      new k8s.KubeDeployment(this, 'Resource', {
        metadata,
        spec: {
          replicas: this.replicas,
          revisionHistoryLimit: 3,
          selector,
          template,
          strategy: this.strategy(),
        },
      });
    } else if (this.kind === 'DaemonSet') {
      const updateStrategy = { type: 'RollingUpdate' };
      new k8s.KubeDaemonSet(this, 'Resource', {
        metadata,
        spec: { revisionHistoryLimit: 3, selector, template, updateStrategy },
      });
    } else {
      const volumeClaimTemplates = this.disks().map((volume) => this.claim(volume));
      new k8s.KubeStatefulSet(this, 'Resource', {
        metadata,
        spec: {
          replicas: this.replicas,
          revisionHistoryLimit: 3,
          serviceName: this.headlessService,
          podManagementPolicy: 'Parallel',
          selector,
          template,
          volumeClaimTemplates,
        },
      });
    }
    this.renderServices();
  }

  private claim(volume: VolumeClaim): k8s.KubePersistentVolumeClaimProps {
    return {
      metadata: { name: volume.name },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: storageClass,
        resources: { requests: { storage: k8s.Quantity.fromString(`${volume.sizeGi}Gi`) } },
      },
    };
  }

  private strategy(): k8s.DeploymentStrategy {
    if (this.props.exclusive ?? this.admitted.length > 0) return { type: 'Recreate' };
    const count = k8s.IntOrString.fromNumber;
    return { type: 'RollingUpdate', rollingUpdate: { maxSurge: count(1), maxUnavailable: count(0) } };
  }

  private renderServices(): void {
    if (this.endpoints.size === 0) return;
    const ports = this.allEndpoints.map(({ name, port, containerPort, protocol }) => ({
      name,
      port,
      targetPort: containerPort,
      ...(protocol === 'udp' ? { protocol: Protocols.UDP } : {}),
    }));
    const annotations = this.meshed
      ? { 'config.linkerd.io/opaque-ports': this.opaque(({ port }) => port) }
      : {};
    const selector = Pods.select(this, 'Pods', { labels: { ...this.podLabels } });
    new Service(this, 'Service', {
      metadata: { name: this.peerName, labels: this.labels, annotations },
      selector,
      ports,
    });
    if (this.kind !== 'StatefulSet') return;
    new Service(this, 'HeadlessService', {
      metadata: { name: this.headlessService, labels: this.labels, annotations },
      selector,
      ports: ports.map((port) => ({ ...port, port: port.targetPort })),
      clusterIP: 'None',
      publishNotReadyAddresses: true,
    });
  }
}
