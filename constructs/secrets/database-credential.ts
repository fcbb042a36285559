import { Construct } from 'constructs';
import { Phase } from '../core/box.js';
import type { Destination } from '../core/endpoint.js';
import { type RestartTarget, SecretRef } from '../core/secret.js';
import { Tier } from '../core/tier.js';
import { syncWave } from './access.js';
import { destination } from './kv.js';
import { type DatabaseRole, databaseMount, type Vault } from './vault.js';
import { VaultDynamicSecret } from './vso.js';

/**
 * How an app takes changing database logins.
 * - `rotating`: for libpq programs. A new login about every 5 minutes, valid for an hour, in a mounted service file
 *   that libpq reads at each connect. Nothing restarts.
 * - `daily`: for programs that read a DSN once. A new login about once a day, valid for a day and a half; the
 *   workloads that read it are restarted one after the other.
 */
export type CredentialMode = 'rotating' | 'daily';

/**
 * Lifetime of a login and the share of it after which the operator asks for the next one. The operator adds a tenth of
 * the lifetime less a random part of that, so 3 % of an hour is a new login every 2 to 8 minutes, 5 on average.
 * @see https://github.com/hashicorp/vault-secrets-operator/blob/v1.4.1/controllers/vaultdynamicsecret_controller.go
 */
const modes: Record<CredentialMode, { ttl: string; renewalPercent: number }> = {
  rotating: { ttl: '1h', renewalPercent: 3 },
  daily: { ttl: '36h', renewalPercent: 67 },
};

export interface DatabaseCredentialProps {
  readonly vault: Vault;
  /** Name of the Kubernetes Secret. */
  readonly name: string;
  readonly mode: CredentialMode;
  /** Name of the role in the vault's database engine. */
  readonly role: string;
  /** SQL by which a login is made, renewed and dropped. */
  readonly statements: Pick<
    DatabaseRole,
    'creation_statements' | 'renew_statements' | 'revocation_statements'
  >;
  /** Name of the server in the database engine. */
  readonly server: string;
  /** Keys of the Secret, as Go templates over `username` and `password`. */
  readonly data: Readonly<Record<string, string>>;
  /** What a holder connects to. */
  readonly reaches: readonly Destination[];
}

/** A login to a database that changes by itself, synced into the namespace of `scope`. Nobody has a static password. */
export class DatabaseCredential extends Construct {
  readonly secret: SecretRef;
  readonly mode: CredentialMode;

  constructor(scope: Construct, id: string, props: DatabaseCredentialProps) {
    super(scope, id);
    const { vault, mode } = props;
    const { ttl, renewalPercent } = modes[mode];
    this.mode = mode;
    const tier = Tier.of(this);
    const access = vault.accessFrom(tier);
    access.allow(`${databaseMount}/creds/${props.role}`);
    // a credential that is no longer declared gives its login back
    access.allow('sys/leases/revoke', 'update');
    vault.databaseRole(props.role, {
      db_name: props.server,
      ...props.statements,
      default_ttl: ttl,
      max_ttl: ttl,
    });
    const restarts: RestartTarget[] = [];
    tier.box.derive(Phase.Render, () => {
      new VaultDynamicSecret(this, 'Resource', {
        metadata: { name: props.name, annotations: syncWave },
        spec: {
          vaultAuthRef: access.authName,
          mount: databaseMount,
          path: `creds/${props.role}`,
          renewalPercent,
          revoke: true,
          destination: destination(props.name, props.data),
          ...(restarts.length > 0 ? { rolloutRestartTargets: restarts } : {}),
        },
      });
    });
    this.secret = new SecretRef({
      name: props.name,
      namespace: tier.namespaceName,
      keys: Object.keys(props.data),
      reaches: props.reaches,
      onRead: (target) => {
        if (mode === 'rotating') {
          throw new Error(
            `${target.kind} '${target.name}' reads the rotating login '${tier.namespaceName}/${props.name}' into its ` +
              "environment, where it is stale within the hour; mount it as a file, or take a login with mode 'daily'",
          );
        }
        restarts.push(target);
      },
    });
  }
}
