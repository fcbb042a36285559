import { type ContainerView, type PodView, securityField } from './pod-view.js';
import { dig, isData, rows, text, texts } from './read.js';

export type Level = 'restricted' | 'baseline' | 'privileged';

/** How much each level lets through. */
export const levels: readonly Level[] = ['restricted', 'baseline', 'privileged'];

/** A rule of the house that a pod may be excused from by an annotation. */
export interface HouseRule {
  /** Name after `box/exception-`. */
  readonly exception: string;
  readonly says: string;
  /** What in the pod goes against it; an empty list when nothing does. */
  breaks(pod: PodView, meshedNamespace: boolean): Breach[];
}

export interface Breach {
  readonly value: string;
  /** Lowest level of a namespace that admits it. */
  readonly needs: Level;
}

type ContainerRule = (pod: PodView, container: ContainerView) => Breach | undefined;

const each =
  (rule: ContainerRule) =>
  (pod: PodView): Breach[] =>
    pod.containers.flatMap((container) => rule(pod, container) ?? []);

const inContainer = ({ name }: ContainerView, value: string) => `container '${name}': ${value}`;

/** Kinds of volumes that level 'restricted' admits. */
const volumeKinds = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

const safeSysctls = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports',
];

/** Capabilities that level 'baseline' admits. */
const baselineCapabilities = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];

/**
 * Pod Security 'restricted', and what the house adds to it.
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export const houseRules: readonly HouseRule[] = [
  {
    exception: 'writable-root',
    says: 'a container cannot write into its own image',
    breaks: each((_, container) =>
      dig(container.spec, 'securityContext', 'readOnlyRootFilesystem') === true
        ? undefined
        : { value: inContainer(container, 'readOnlyRootFilesystem is not true'), needs: 'restricted' },
    ),
  },
  {
    exception: 'root',
    says: 'nothing runs as root',
    breaks: each((pod, container) => {
      const nonRoot = securityField(pod, container, 'runAsNonRoot');
      const user = securityField(pod, container, 'runAsUser');
      if (nonRoot === true && user !== 0) return undefined;
      return {
        value: inContainer(container, `runAsNonRoot ${nonRoot}, runAsUser ${user}`),
        needs: 'baseline',
      };
    }),
  },
  {
    exception: 'capabilities',
    says: 'all capabilities are dropped and none is added',
    breaks: each((_, container) => {
      const drop = texts(container.spec, 'securityContext', 'capabilities', 'drop');
      const add = texts(container.spec, 'securityContext', 'capabilities', 'add');
      if (drop.includes('ALL') && add.length === 0) return undefined;
      const needs = !drop.includes('ALL')
        ? 'baseline'
        : add.every((name) => name === 'NET_BIND_SERVICE')
          ? 'restricted'
          : add.every((name) => baselineCapabilities.includes(name))
            ? 'baseline'
            : 'privileged';
      const value = `capabilities drop [${drop.join(', ')}], add [${add.join(', ')}]`;
      return { value: inContainer(container, value), needs };
    }),
  },
  {
    exception: 'privilege-escalation',
    says: 'no program gains rights its parent does not have',
    breaks: each((_, container) =>
      dig(container.spec, 'securityContext', 'allowPrivilegeEscalation') === false
        ? undefined
        : { value: inContainer(container, 'allowPrivilegeEscalation is not false'), needs: 'baseline' },
    ),
  },
  {
    exception: 'privileged',
    says: 'no container is privileged',
    breaks: each((_, container) =>
      dig(container.spec, 'securityContext', 'privileged') === true
        ? { value: inContainer(container, 'privileged: true'), needs: 'privileged' }
        : undefined,
    ),
  },
  {
    exception: 'seccomp',
    says: 'the runtime filters system calls',
    breaks: each((pod, container) => {
      const type = securityField(pod, container, 'seccompProfile', 'type');
      if (type === 'RuntimeDefault' || type === 'Localhost') return undefined;
      const needs = type === undefined ? 'baseline' : 'privileged';
      return { value: inContainer(container, `seccompProfile ${type ?? 'is not set'}`), needs };
    }),
  },
  {
    exception: 'proc-mount',
    says: '/proc is masked as usual',
    breaks: each((_, container) => {
      const mount = dig(container.spec, 'securityContext', 'procMount');
      return mount === undefined || mount === 'Default'
        ? undefined
        : { value: inContainer(container, `procMount ${mount}`), needs: 'privileged' };
    }),
  },
  {
    exception: 'host-ports',
    says: 'only the edge binds ports of the node',
    breaks: each((_, container) => {
      const bound = container.ports.flatMap(({ host }) => host ?? []);
      return bound.length === 0
        ? undefined
        : { value: inContainer(container, `hostPort ${bound.join(', ')}`), needs: 'privileged' };
    }),
  },
  {
    exception: 'host-network',
    says: 'a pod has a network, processes and memory of its own',
    breaks: ({ spec }) =>
      ['hostNetwork', 'hostPID', 'hostIPC']
        .filter((field) => spec[field] === true)
        .map((field) => ({ value: `${field}: true`, needs: 'privileged' })),
  },
  {
    exception: 'host-path',
    says: 'a pod sees no folder of the node',
    breaks: ({ spec }) =>
      rows(spec, 'volumes').flatMap((volume) => {
        const kind = Object.keys(volume).find((field) => field !== 'name') ?? '';
        if (volumeKinds.includes(kind)) return [];
        const needs = kind === 'hostPath' ? 'privileged' : 'baseline';
        return [{ value: `volume '${text(volume, 'name')}' is a ${kind}`, needs } satisfies Breach];
      }),
  },
  {
    exception: 'sysctls',
    says: 'a pod changes no setting of the kernel',
    breaks: ({ spec }) =>
      rows(spec, 'securityContext', 'sysctls').map((sysctl) => ({
        value: `sysctl ${text(sysctl, 'name')}`,
        needs: safeSysctls.includes(text(sysctl, 'name') ?? '') ? 'restricted' : 'privileged',
      })),
  },
  {
    exception: 'api-token',
    says: 'only who works with Kubernetes holds a token for it',
    breaks: ({ spec }) =>
      spec.automountServiceAccountToken === false
        ? []
        : [{ value: 'automountServiceAccountToken is not false', needs: 'restricted' }],
  },
  {
    exception: 'unmeshed',
    says: 'every pod carries a mesh proxy',
    breaks: ({ meshed }, meshedNamespace) =>
      meshed || !meshedNamespace ? [] : [{ value: 'the mesh proxy is not injected', needs: 'restricted' }],
  },
  {
    exception: 'no-probe',
    says: 'every long-running container is asked whether it lives and whether it is ready',
    breaks: each((_, container) => {
      // readiness is for traffic, and what has no port gets none
      const asked = container.ports.length === 0 ? ['livenessProbe'] : ['livenessProbe', 'readinessProbe'];
      const lacking = asked.filter((probe) => !isData(container.spec[probe]));
      if (!container.isLongRunning || lacking.length === 0) return undefined;
      return { value: inContainer(container, `has no ${lacking.join(' and no ')}`), needs: 'restricted' };
    }),
  },
];

/** Annotations that name an exception: `box/exception-<name>`. */
export const exceptionPrefix = 'box/exception-';
