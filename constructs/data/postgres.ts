import { Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import {
  Certificate,
  CertificateSpecPrivateKeyAlgorithm,
  CertificateSpecPrivateKeyRotationPolicy,
} from '../../imports/cert-manager.io.js';
import {
  Cluster,
  type ClusterSpecManagedRoles,
  ClusterSpecManagedRolesEnsure,
  ClusterSpecPrimaryUpdateMethod,
  ClusterSpecResourcesLimits,
  ClusterSpecResourcesRequests,
} from '../../imports/postgresql.cnpg.io.js';
import { Phase } from '../core/box.js';
import { internet, kubernetesApi } from '../core/destinations.js';
import { type Endpoint, type Peer, serviceHost } from '../core/endpoint.js';
import { ForeignPods } from '../core/foreign-pods.js';
import { sizes } from '../core/sizes.js';
import { storageClass } from '../core/storage.js';
import { Tier } from '../core/tier.js';
import { trustBundle } from '../core/trust.js';
import { askOperator, constant, random, template } from '../secrets/generator.js';
import type { Vault } from '../secrets/vault.js';
import { Database, type DatabaseProps } from './database.js';
import { bootstrapStatements, ownerGroup, vaultLogin, vaultLoginStatement } from './login-sql.js';
import { barmanPlugin, PostgresBackup } from './postgres-backup.js';
import { maxConnections, postgresParameters, reservedConnections } from './postgres-parameters.js';

export interface PostgresProps {
  readonly vault: Vault;
  /** Signs the server's certificate, so that clients can tell it from an impostor. */
  readonly issuer: { readonly name: string; readonly kind: string };
  /** Pods of the CloudNativePG operator. */
  readonly operator: Peer;
}

const name = 'postgres';
const port = 5432;
/** The instance manager's status port, which the operator asks over TLS of its own. */
const statusPort = 8000;
/** The database CloudNativePG insists on making; nothing lives in it and nobody can log in as its owner. */
const unused = 'box';

/**
 * One PostgreSQL for everything, run by CloudNativePG: a database and a NOLOGIN owner for each app that declares
 * one, logins made by the vault, TLS with a certificate of the box's authority, WAL archived off-site. Not meshed:
 * it speaks TLS itself.
 */
export class Postgres extends Construct {
  /** Where the primary is reached. */
  readonly endpoint: Endpoint;
  /** Name of the CloudNativePG cluster. */
  readonly clusterName = name;
  /** Name of the server in the vault's database engine. */
  readonly engineName = name;
  readonly vault: Vault;
  private readonly declared = new Map<string, Database>();

  constructor(tier: Tier, id: string, props: PostgresProps) {
    super(tier, id);
    const { box } = tier;
    this.vault = props.vault;
    const pods = new ForeignPods(this, 'Instances', { name, podLabels: { 'cnpg.io/cluster': name } });
    this.endpoint = pods.endpoint({
      service: `${name}-rw`,
      name: 'postgres',
      port,
      protocol: 'tcp',
      needsTrust: true,
    });
    const status = pods.endpoint({
      service: `${name}-rw`,
      name: 'status',
      port: statusPort,
      protocol: 'tcp',
    });
    for (const endpoint of [status, this.endpoint]) {
      box.network.connect(props.operator, endpoint);
      // instances of one cluster follow each other
      if (box.site.isCluster) box.network.connect(pods, endpoint);
    }
    box.network.connect(pods, kubernetesApi(box.site));
    const offsite = new URL(box.site.settings.backup.endpoint);
    box.network.connect(pods, internet('off-site backup', Number(offsite.port || 443)));
    box.network.connect(props.vault.server, this.endpoint);

    const login = props.vault.plan.secret({
      namespace: tier.namespaceName,
      name: 'postgres-vault-login',
      keys: { password: random(32), 'login.sql': template(vaultLoginStatement('{password}')) },
      because:
        'it makes the login with which the vault reaches PostgreSQL; the vault changes the password at once',
    });
    const backup = new PostgresBackup(this, 'Backup', {
      site: box.site,
      cluster: name,
      credentials: props.vault.plan.secret({
        namespace: tier.namespaceName,
        name: 'offsite-backup',
        keys: {
          'access-key-id': askOperator('access key of the off-site backup bucket'),
          'secret-access-key': askOperator('secret key of the off-site backup bucket'),
          region: constant(box.site.settings.backup.region),
        },
        because: 'PostgreSQL archives from its first minute, before the vault is filled',
      }),
    });
    const certificate = this.certificate(tier, props);
    const { cpu, memory, limit } = box.site.resources(sizes.postgres);
    const instances = box.site.isCluster ? 3 : 1;
    box.budget.add({
      namespace: tier.namespaceName,
      workload: name,
      replicas: instances,
      resources: { cpu, memory, limit },
    });
    box.images.add('postgres');
    const quantity = ClusterSpecResourcesRequests.fromString;
    new Cluster(this, 'Cluster', {
      metadata: { name },
      spec: {
        instances,
        imageName: box.site.image('postgres'),
        primaryUpdateMethod: ClusterSpecPrimaryUpdateMethod.RESTART,
        priorityClassName: 'box-platform',
        enableSuperuserAccess: false,
        // with one instance a disruption budget would block every drain of the node
        enablePdb: instances > 1,
        storage: { size: '10Gi', storageClass },
        resources: {
          requests: { cpu: quantity(`${cpu}m`), memory: quantity(`${memory}Mi`) },
          limits: { memory: ClusterSpecResourcesLimits.fromString(`${limit}Mi`) },
        },
        inheritedMetadata: { annotations: { 'linkerd.io/inject': 'disabled' } },
        certificates: { serverTlsSecret: certificate, serverCaSecret: certificate },
        postgresql: {
          parameters: postgresParameters(limit),
          pgHba: Lazy.any({ produce: () => this.accessRules() }) as unknown as string[],
        },
        bootstrap: {
          initdb: {
            database: unused,
            owner: unused,
            dataChecksums: true,
            postInitSql: [...bootstrapStatements],
            postInitSqlRefs: { secretRefs: [{ name: login.name, key: 'login.sql' }] },
          },
        },
        managed: { roles: Lazy.any({ produce: () => this.roles() }) as unknown as ClusterSpecManagedRoles[] },
        plugins: [
          {
            name: barmanPlugin,
            isWalArchiver: true,
            parameters: { barmanObjectName: backup.objectStoreName },
          },
        ],
      },
    });
    props.vault.connectDatabase(() => ({
      name: this.engineName,
      plugin_name: 'postgresql-database-plugin',
      allowed_roles: [...this.declared.keys()],
      connection_url:
        `postgresql://{{username}}:{{password}}@${this.endpoint.hostName}:${port}/postgres` +
        `?sslmode=verify-full&sslrootcert=${trustBundle.path}`,
      username: vaultLogin,
      // the first password; rotate-root makes it worthless
      password_from: { namespace: login.namespace, secret: login.name, key: 'password' },
      password_authentication: 'scram-sha-256',
      max_open_connections: reservedConnections.vault,
      max_connection_lifetime: '5m',
    }));
    box.derive(Phase.Render, () => this.checkBudget());
  }

  /**
   * Declares a database. @throws when another construct has declared it
   * @param owner the construct that declares it
   * @param app name of the owner role, e.g. 'docs'; the database is `docs_db`
   */
  database(owner: Construct, app: string, props: DatabaseProps): Database {
    const before = this.declared.get(app);
    if (before !== undefined) {
      throw new Error(
        `${owner.node.path}: database '${before.name}' is declared by ${before.declaredBy} already; ` +
          'choose another name, or take the other app’s Database object if both are to share it',
      );
    }
    const database = new Database(this, app, owner.node.path, props);
    this.declared.set(app, database);
    return database;
  }

  /** All declared databases. */
  get databases(): readonly Database[] {
    return [...this.declared.values()];
  }

  /**
   * Lines of pg_hba.conf between CloudNativePG's own and its closing one, which would let every login into every
   * database: an app's logins reach its database alone, over TLS.
   */
  private accessRules(): string[] {
    const apps = this.databases.map(({ name, owner }) => `hostssl ${name} +${owner} all scram-sha-256`);
    return [...apps, `hostssl postgres ${vaultLogin} all scram-sha-256`, 'host all all all reject'];
  }

  private roles(): ClusterSpecManagedRoles[] {
    const owners = this.databases.map(({ owner }) => ({
      name: owner,
      ensure: ClusterSpecManagedRolesEnsure.PRESENT,
      login: false,
      inRoles: [ownerGroup],
      comment: 'owns a database; logins are made by the vault',
    }));
    return [
      ...owners,
      { name: unused, ensure: ClusterSpecManagedRolesEnsure.PRESENT, login: false, disablePassword: true },
    ];
  }

  private certificate(tier: Tier, { issuer }: PostgresProps): string {
    const secretName = 'postgres-server-tls';
    const services = ['rw', 'r', 'ro'].map((suffix) => `${name}-${suffix}`);
    new Certificate(this, 'Certificate', {
      metadata: { name: 'postgres-server' },
      spec: {
        secretName,
        // tells CloudNativePG to reload when the certificate is renewed
        secretTemplate: { labels: { 'cnpg.io/reload': '' } },
        dnsNames: services.flatMap((service) => [
          service,
          `${service}.${tier.namespaceName}`,
          `${service}.${tier.namespaceName}.svc`,
          serviceHost(service, tier.namespaceName),
        ]),
        issuerRef: issuer,
        privateKey: {
          algorithm: CertificateSpecPrivateKeyAlgorithm.ECDSA,
          size: 256,
          rotationPolicy: CertificateSpecPrivateKeyRotationPolicy.ALWAYS,
        },
      },
    });
    return secretName;
  }

  private checkBudget(): void {
    const reserve = Object.values(reservedConnections).reduce((sum, count) => sum + count, 0);
    const wanted = this.databases.reduce((sum, { connections }) => sum + connections, reserve);
    if (wanted < maxConnections) return;
    const list = this.databases.map(({ owner, connections }) => `${owner} ${connections}`).join(', ');
    throw new Error(
      `${this.node.path}: the pools together want ${wanted} connections (${list}, reserved ${reserve}), but PostgreSQL takes ` +
        `${maxConnections}; lower 'connections' of a database, or raise max_connections together with the memory limit`,
    );
  }
}
