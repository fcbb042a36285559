import { ServiceAccount } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { Tier } from '../core/tier.js';
import { Wave, waveAnnotation } from '../core/waves.js';
import { VaultAuth } from './vso.js';

/** Audience of the tokens with which the operator logs in; the vault refuses tokens made for anyone else. */
export const vaultAudience = 'openbao';

/** Earliest wave of what the operator syncs: apps may come later, their secrets need not. */
export const syncWave = { [waveAnnotation]: String(Wave.Stores) };

/** Name of a namespace's role and policy in the vault. */
export const namespaceRole = (namespace: string): string => `namespace-${namespace}`;

/**
 * How secrets come into one namespace: an identity of its own and a vault policy that reads exactly the paths
 * something in this namespace has asked for.
 */
export class NamespaceAccess extends Construct {
  /** Name of the VaultAuth that syncs refer to. */
  readonly authName = 'vso-auth';
  readonly serviceAccountName = 'vso';
  readonly namespace: string;
  /** Vault role and policy have the same name. */
  readonly role: string;
  private readonly allowed = new Map<string, 'read' | 'update'>();

  constructor(tier: Tier, connection: string) {
    super(tier, 'VaultAccess');
    this.namespace = tier.namespaceName;
    this.role = namespaceRole(this.namespace);
    new ServiceAccount(this, 'ServiceAccount', {
      metadata: { name: this.serviceAccountName, annotations: syncWave },
      automountToken: false,
    });
    new VaultAuth(this, 'Auth', {
      metadata: { name: this.authName, annotations: syncWave },
      spec: {
        vaultConnectionRef: connection,
        method: 'kubernetes',
        mount: 'kubernetes',
        kubernetes: { role: this.role, serviceAccount: this.serviceAccountName, audiences: [vaultAudience] },
      },
    });
  }

  /** Allows a call of an API path, e.g. reading `secret/data/docs`. */
  allow(path: string, capability: 'read' | 'update' = 'read'): void {
    this.allowed.set(path, capability);
  }

  /** The policy in OpenBao's JSON form. @see https://openbao.org/docs/concepts/policies/ */
  get policy(): { path: Record<string, { capabilities: string[] }> } {
    const paths = [...this.allowed].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      path: Object.fromEntries(paths.map(([path, capability]) => [path, { capabilities: [capability] }])),
    };
  }
}
