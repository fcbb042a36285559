/**
 * Typed resources of the Vault Secrets Operator, `secrets.hashicorp.com/v1beta1`.
 *
 * Written by hand, with the fields this project uses and no others: the operator's CRDs are under the
 * Business Source License, and bindings generated from them would be a copy of them. `schemas.test.ts`
 * checks every class here against the CRD itself.
 */
import { ApiObject, type ApiObjectMetadata } from 'cdk8s';
import type { Construct } from 'constructs';

const apiVersion = 'secrets.hashicorp.com/v1beta1';

/** What every resource of the operator is made from. */
interface VsoProps<Spec> {
  /** Name and namespace, labels and annotations of the resource itself (not of the Secret it writes). */
  readonly metadata: ApiObjectMetadata;
  /** The desired state. Values may be `Lazy`. */
  readonly spec: Spec;
}

/** Where the vault is. */
export interface VaultConnectionSpec {
  /** URL of the vault's API, scheme and port included. */
  readonly address: string;
}

/** How the operator signs in to the vault on behalf of one namespace. */
export interface VaultAuthSpec {
  /** The VaultConnection, by `name` in the same namespace or as `namespace/name`. */
  readonly vaultConnectionRef: string;
  readonly method: 'kubernetes';
  /** Path at which the auth method is mounted in the vault. */
  readonly mount: string;
  readonly kubernetes: VaultAuthKubernetes;
}

/** Sign-in with the token of a ServiceAccount, which the operator requests itself: pods need to mount none. */
export interface VaultAuthKubernetes {
  /** Role of the auth method. */
  readonly role: string;
  /** ServiceAccount in the namespace of the VaultAuth. */
  readonly serviceAccount: string;
  /** Audiences the token is issued for; the role may demand one. */
  readonly audiences: readonly string[];
  /**
   * Lifetime of the token in seconds, 600 or more.
   * @default 600
   */
  readonly tokenExpirationSeconds?: number;
}

/** A KV entry to keep in step with a Kubernetes Secret. */
export interface VaultStaticSecretSpec {
  /** The VaultAuth, by `name` in the same namespace or as `namespace/name`. */
  readonly vaultAuthRef: string;
  /** Path at which the KV engine is mounted. */
  readonly mount: string;
  readonly type: 'kv-v2';
  /** Path of the entry below the mount. */
  readonly path: string;
  /** How often the entry is read again: a number with `s`, `m` or `h`, such as `30s`. */
  readonly refreshAfter: string;
  /**
   * Keep a keyed hash of the data in the status: edits of the Secret are then undone, and workloads are
   * restarted only when the data did change.
   * @default true
   */
  readonly hmacSecretData?: boolean;
  readonly destination: VaultDestination;
  /**
   * Workloads to restart when the data changes.
   * @default - none
   */
  readonly rolloutRestartTargets?: readonly RolloutRestartTarget[];
}

/** A leased credential to keep alive in a Kubernetes Secret. */
export interface VaultDynamicSecretSpec {
  /** The VaultAuth, by `name` in the same namespace or as `namespace/name`. */
  readonly vaultAuthRef: string;
  /** Path at which the engine is mounted. */
  readonly mount: string;
  /** Path below the mount that issues the credential, such as `creds/<role>`. */
  readonly path: string;
  /**
   * The share of the lease, 0 to 90 per cent, after which it is renewed or replaced.
   * @default 67
   */
  readonly renewalPercent?: number;
  /**
   * End the lease when this resource is deleted.
   * @default false
   */
  readonly revoke?: boolean;
  readonly destination: VaultDestination;
  /**
   * Workloads to restart when the credential is replaced.
   * @default - none
   */
  readonly rolloutRestartTargets?: readonly RolloutRestartTarget[];
}

/** The Secret that receives the data. */
export interface VaultDestination {
  readonly name: string;
  /** Whether the operator makes the Secret; otherwise it must exist. */
  readonly create: boolean;
  /** Whether a Secret of that name which the operator does not own may be taken over. */
  readonly overwrite: boolean;
  /**
   * Type of a Secret the operator makes.
   * @default 'Opaque'
   */
  readonly type?: string;
  /** @default - no labels beyond the operator's own */
  readonly labels?: Readonly<Record<string, string>>;
  /** @default - none */
  readonly annotations?: Readonly<Record<string, string>>;
  /** @default - every key of the source, and the whole answer under `_raw` unless the operator is told otherwise */
  readonly transformation?: VaultTransformation;
}

/** What becomes of the vault's data on its way into the Secret. */
export interface VaultTransformation {
  /** Leave out the key `_raw`, which repeats the vault's whole answer. */
  readonly excludeRaw: boolean;
  /**
   * Regular expressions of source keys to leave out. They do not touch the results of templates.
   * @default - none
   */
  readonly excludes?: readonly string[];
  /**
   * Regular expressions of source keys to keep; all others are left out.
   * @default - all
   */
  readonly includes?: readonly string[];
  /**
   * Key of the Secret -> Go template with sprig functions, for example
   * `{{ get .Secrets "username" }}`.
   * @default - none
   */
  readonly templates?: Readonly<Record<string, { readonly text: string }>>;
}

/** A workload in the namespace of the resource. It is restarted by an annotation on its pod template. */
export interface RolloutRestartTarget {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly name: string;
}

/** The address of a vault, shared by the VaultAuths that name it. */
export class VaultConnection extends ApiObject {
  constructor(scope: Construct, id: string, props: VsoProps<VaultConnectionSpec>) {
    super(scope, id, { apiVersion, kind: 'VaultConnection', ...props });
  }
}

/** A namespace's way of signing in to the vault. */
export class VaultAuth extends ApiObject {
  constructor(scope: Construct, id: string, props: VsoProps<VaultAuthSpec>) {
    super(scope, id, { apiVersion, kind: 'VaultAuth', ...props });
  }
}

/** A Secret filled from a KV entry. */
export class VaultStaticSecret extends ApiObject {
  constructor(scope: Construct, id: string, props: VsoProps<VaultStaticSecretSpec>) {
    super(scope, id, { apiVersion, kind: 'VaultStaticSecret', ...props });
  }
}

/** A Secret filled with credentials that the vault issues, renews and replaces. */
export class VaultDynamicSecret extends ApiObject {
  constructor(scope: Construct, id: string, props: VsoProps<VaultDynamicSecretSpec>) {
    super(scope, id, { apiVersion, kind: 'VaultDynamicSecret', ...props });
  }
}
