import type { Destination } from './endpoint.js';
import type { Mount } from './mount.js';

/** A workload that must be restarted when a secret it read at start changes. */
export interface RestartTarget {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly name: string;
}

export interface SecretRefProps {
  /** Name of the Kubernetes Secret. */
  readonly name: string;
  /** Namespace it lives in; only pods there can read it. */
  readonly namespace: string;
  /** Keys it will hold; asking for another one is an error. */
  readonly keys: readonly string[];
  /** What a holder of this secret connects to with it. @default - nothing */
  readonly reaches?: readonly Destination[];
  /** Called for each workload that reads the secret at start. @default - nobody restarts */
  readonly onRead?: (target: RestartTarget) => void;
}

/** A Kubernetes Secret that something else fills (the vault, cert-manager, the operator): never a value, only where it will be. */
export class SecretRef {
  readonly name: string;
  readonly namespace: string;
  readonly keys: readonly string[];
  readonly reaches: readonly Destination[];
  private readonly onRead: ((target: RestartTarget) => void) | undefined;

  constructor(props: SecretRefProps) {
    this.name = props.name;
    this.namespace = props.namespace;
    this.keys = props.keys;
    this.reaches = props.reaches ?? [];
    this.onRead = props.onRead;
  }

  /** One value of the secret, for `env`. @throws when the secret has no such key */
  key(name: string): SecretKey {
    if (!this.keys.includes(name)) {
      throw new Error(
        `secret '${this.namespace}/${this.name}' has no key '${name}'; its keys are ${this.keys.join(', ')}`,
      );
    }
    return new SecretKey(this, name);
  }

  /** The secret as files in a folder, one per key. Files follow a rotation within about a minute; nothing restarts. */
  mountAt(path: string): Mount {
    return { kind: 'secret', secret: this, path };
  }

  /** Tells the producer that `target` holds a copy in its environment. */
  readBy(target: RestartTarget): void {
    this.onRead?.(target);
  }
}

/** One key of a Secret: an environment variable set from it, never its value. */
export class SecretKey {
  constructor(
    readonly secret: SecretRef,
    readonly key: string,
  ) {}
}
