import { k8s } from 'cdk8s-plus-28';
import type { ImageUser } from './images.js';

/**
 * Rules of the house a workload may be excused from, each with the reason, which lands in an annotation
 * (`box/exception-<rule>`) on the pod and is read by the proofs.
 */
export interface Exceptions {
  /** The root file system is writable. */
  readonly writableRoot?: string;
  /** The container runs as root. */
  readonly root?: string;
  /** Capabilities beyond none. */
  readonly capabilities?: { readonly add: readonly string[]; readonly because: string };
  /** Ports of the node are bound. */
  readonly hostPorts?: string;
  /** The pod holds a token for the Kubernetes API. */
  readonly apiToken?: string;
  /** The pod has no mesh proxy. */
  readonly unmeshed?: string;
  /** A long-running container has no probe. */
  readonly noProbe?: string;
}

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Prefix of the annotation that carries the reason of an exception. */
export const exceptionPrefix = 'box/exception-';

/** The exceptions as annotations of a pod. */
export function exceptionAnnotations(exceptions: Exceptions): Record<string, string> {
  return Object.fromEntries(
    Object.entries(exceptions)
      .filter(([, reason]) => reason !== undefined)
      .map(([rule, reason]) => [
        exceptionPrefix + kebab(rule),
        typeof reason === 'string' ? reason : `${reason.add.join(', ')}: ${reason.because}`,
      ]),
  );
}

/** Security context of a container: Pod Security 'restricted' and a read-only root, less the declared exceptions. */
export function containerSecurity(exceptions: Exceptions): k8s.SecurityContext {
  const { capabilities } = exceptions;
  return {
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: exceptions.writableRoot === undefined,
    capabilities: { drop: ['ALL'], ...(capabilities === undefined ? {} : { add: [...capabilities.add] }) },
  };
}

/** Security context of a pod: a user by number, files of its group, the runtime's system call filter. */
export function podSecurity(user: ImageUser, exceptions: Exceptions): k8s.PodSecurityContext {
  return {
    runAsNonRoot: exceptions.root === undefined,
    runAsUser: exceptions.root === undefined ? user.uid : 0,
    runAsGroup: user.gid,
    fsGroup: user.gid,
    fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
  };
}
