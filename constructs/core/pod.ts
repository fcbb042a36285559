import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { Phase } from './box.js';
import type { Destination, Peer } from './endpoint.js';
import { type Env, reachedBy, renderEnv, secretsOf } from './env.js';
import { containerSecurity, type Exceptions, exceptionAnnotations, podSecurity } from './hardening.js';
import { type ImageName, images } from './images.js';
import type { Mount } from './mount.js';
import type { Priority } from './priorities.js';
import type { Probes } from './probe.js';
import { plain, reachesOf, type Text } from './reference.js';
import type { SecretRef } from './secret.js';
import { type Resources, type SizeName, sizes } from './sizes.js';
import { Tier } from './tier.js';
import { trustBundle } from './trust.js';
import { renderVolume, volumeName } from './volumes.js';

/** A container of a pod. */
export interface ContainerProps {
  readonly image: ImageName;
  /** @default - the image's entry point */
  readonly command?: readonly Text[];
  /** @default - the image's own */
  readonly args?: readonly Text[];
  readonly env?: Env;
  readonly mounts?: readonly Mount[];
  /** Row of the size table, or figures of one's own. */
  readonly size: SizeName | Resources;
}

/** A container that does one thing before the main one starts: a migration. */
export interface StepProps extends Partial<ContainerProps> {
  readonly name: string;
}

export interface PodProps extends ContainerProps {
  /** Run one after the other before the container starts; what is not given is as in the container. */
  readonly steps?: readonly StepProps[];
  readonly exceptions?: Exceptions;
  /** @default 'box-app' */
  readonly priority?: Priority;
  /** Destinations that no reference speaks of. */
  readonly uses?: readonly Destination[];
  /** Seconds between SIGTERM and SIGKILL. @default 30 */
  readonly grace?: number;
}

interface PodContext {
  readonly scope: Construct;
  readonly peer: Peer;
  readonly props: PodProps;
  /** Name of the main container. */
  readonly container: string;
  /** Asked for when everything is declared. */
  readonly ports?: () => k8s.ContainerPort[];
  readonly probes?: Probes;
  /** Asked for when everything is declared. */
  readonly annotations?: () => Readonly<Record<string, string>>;
  /** Called for each secret the pod copies into its environment. */
  readonly onSecretRead?: (secret: SecretRef) => void;
}

/** Turns declared containers into a pod template, and what they refer to into network edges. */
export class Pod {
  private readonly tier: Tier;

  constructor(private readonly context: PodContext) {
    this.tier = Tier.of(context.scope);
    const { images: used, network } = this.tier.box;
    for (const { image = context.props.image } of [context.props, ...(context.props.steps ?? [])])
      used.add(image);
    network.enroll(context.peer, context.scope);
    for (const destination of this.declared()) network.connect(context.peer, destination);
    this.checkSecrets();
    this.tier.box.derive(Phase.Bind, () => {
      for (const mount of this.mounts()) {
        if (mount.kind !== 'config') continue;
        for (const destination of mount.config.reaches) network.connect(context.peer, destination);
      }
    });
  }

  /** What one replica asks for: its container and its mesh proxy. */
  get resources(): Resources {
    const own = this.tier.box.site.resources(this.rowOf(this.context.props));
    if (!this.context.peer.meshed) return own;
    const { mesh } = sizes;
    return { cpu: own.cpu + mesh.cpu, memory: own.memory + mesh.memory, limit: own.limit + mesh.limit };
  }

  /** The template. Only to be asked when everything is declared. */
  template(
    labels: Readonly<Record<string, string>>,
    restartPolicy?: 'OnFailure' | 'Never',
  ): k8s.PodTemplateSpec {
    const { props, peer } = this.context;
    const exceptions = props.exceptions ?? {};
    const user = images[props.image].user;
    return {
      metadata: { labels: { ...labels }, annotations: this.annotations() },
      spec: {
        serviceAccountName: peer.peerName,
        automountServiceAccountToken: exceptions.apiToken !== undefined,
        enableServiceLinks: false,
        priorityClassName: props.priority ?? 'box-app',
        terminationGracePeriodSeconds: props.grace ?? 30,
        securityContext: podSecurity(user, exceptions),
        ...(restartPolicy === undefined ? {} : { restartPolicy }),
        ...filled(
          'initContainers',
          (props.steps ?? []).map((step) => this.container({ ...props, ...step }, step.name)),
        ),
        containers: [
          {
            ...this.container(props, this.context.container),
            ...this.ports(),
            ...renderProbes(this.context.probes),
          },
        ],
        ...filled('volumes', this.volumes()),
      },
    };
  }

  private ports(): Pick<k8s.Container, 'ports'> {
    return this.context.ports === undefined ? {} : { ports: this.context.ports() };
  }

  private container(props: ContainerProps, name: string): k8s.Container {
    const mounts = this.trusting(props.mounts ?? []);
    return {
      name,
      image: this.tier.box.site.image(props.image),
      imagePullPolicy: 'IfNotPresent',
      ...(props.command === undefined ? {} : { command: props.command.map(plain) }),
      ...(props.args === undefined ? {} : { args: props.args.map(plain) }),
      ...filled('env', renderEnv({ ...props.env, ...(this.needsTrust ? trustBundle.env : {}) })),
      resources: renderResources(this.tier.box.site.resources(this.rowOf(props))),
      securityContext: containerSecurity(this.context.props.exceptions ?? {}),
      ...filled(
        'volumeMounts',
        mounts.map((mount) => ({
          name: volumeName(mount),
          mountPath: mount.path,
          ...(mount.kind === 'scratch' || mount.kind === 'volume' ? {} : { readOnly: true }),
        })),
      ),
    };
  }

  private rowOf({ size }: ContainerProps): Resources {
    return typeof size === 'string' ? sizes[size] : size;
  }

  private get needsTrust(): boolean {
    return this.tier.box.network.destinations(this.context.peer).some(({ needsTrust }) => needsTrust);
  }

  private trusting(mounts: readonly Mount[]): readonly Mount[] {
    return this.needsTrust ? [...mounts, trustBundle.mount] : mounts;
  }

  private mounts(): readonly Mount[] {
    const { props } = this.context;
    const all = [...(props.mounts ?? []), ...(props.steps ?? []).flatMap((step) => step.mounts ?? [])];
    return all.filter((mount, i) => all.findIndex((other) => volumeName(other) === volumeName(mount)) === i);
  }

  private envs(): Env[] {
    const { props } = this.context;
    return [props.env ?? {}, ...(props.steps ?? []).map((step) => step.env ?? {})];
  }

  private declared(): Destination[] {
    const { props } = this.context;
    const texts = [props, ...(props.steps ?? [])].flatMap(({ command = [], args = [] }) => [
      ...command,
      ...args,
    ]);
    const secrets = this.mounts().flatMap((mount) =>
      mount.kind === 'secret' ? [...mount.secret.reaches] : [],
    );
    return [
      ...(props.uses ?? []),
      ...texts.flatMap(reachesOf),
      ...this.envs().flatMap(reachedBy),
      ...secrets,
    ];
  }

  private checkSecrets(): void {
    const read = this.envs()
      .flatMap(secretsOf)
      .map(({ secret }) => secret);
    const mounted = this.mounts().flatMap((mount) => (mount.kind === 'secret' ? [mount.secret] : []));
    for (const secret of [...read, ...mounted]) {
      if (secret.namespace === this.tier.namespaceName) continue;
      throw new Error(
        `${this.context.scope.node.path}: secret '${secret.name}' lives in namespace '${secret.namespace}', but this pod runs in ` +
          `'${this.tier.namespaceName}'; a pod reads secrets of its own namespace only, so sync the secret there`,
      );
    }
    for (const secret of new Set(read)) this.context.onSecretRead?.(secret);
  }

  private annotations(): Record<string, string> {
    const checksums = this.mounts().flatMap((mount) =>
      mount.kind === 'config' && mount.watched !== true ? [mount.config.checksum] : [],
    );
    return {
      ...this.context.annotations?.(),
      ...exceptionAnnotations(this.context.props.exceptions ?? {}),
      ...(this.context.peer.meshed ? {} : { 'linkerd.io/inject': 'disabled' }),
      ...(checksums.length === 0 ? {} : { 'box/config-checksum': checksums.join('-') }),
    };
  }

  private volumes(): k8s.Volume[] {
    return this.trusting(this.mounts()).flatMap(renderVolume);
  }
}

/** A list as a field, left out when empty. */
function filled<K extends string, T>(key: K, items: T[]): { [key in K]?: T[] } {
  return items.length === 0 ? {} : ({ [key]: items } as { [key in K]: T[] });
}

function renderProbes(
  probes: Probes = {},
): Pick<k8s.Container, 'livenessProbe' | 'readinessProbe' | 'startupProbe'> {
  return {
    ...(probes.liveness === undefined ? {} : { livenessProbe: probes.liveness._toKube() }),
    ...(probes.readiness === undefined ? {} : { readinessProbe: probes.readiness._toKube() }),
    ...(probes.startup === undefined ? {} : { startupProbe: probes.startup._toKube() }),
  };
}

/** Requests and the memory limit of one container. */
export function renderResources({ cpu, memory, limit }: Resources): k8s.ResourceRequirements {
  return {
    requests: { cpu: k8s.Quantity.fromString(`${cpu}m`), memory: k8s.Quantity.fromString(`${memory}Mi`) },
    limits: { memory: k8s.Quantity.fromString(`${limit}Mi`) },
  };
}
