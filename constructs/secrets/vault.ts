import { ClusterRole, ClusterRoleBinding, ServiceAccount } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import type { Box } from '../core/box.js';
import { asJson, ConfigFile, type ConfigValue } from '../core/config-file.js';
import { apiServerHost, kubernetesApi } from '../core/destinations.js';
import { type Endpoint, headlessServiceOf, type Peer, serviceHost } from '../core/endpoint.js';
import { PodField } from '../core/env.js';
import { disk, scratch } from '../core/mount.js';
import { namespaces } from '../core/namespaces.js';
import { Probe } from '../core/probe.js';
import { Tier } from '../core/tier.js';
import { Wave } from '../core/waves.js';
import { Workload } from '../core/workload.js';
import { NamespaceAccess, namespaceRole, vaultAudience } from './access.js';
import { bytes, type Generator } from './generator.js';
import { KvEntry, kvMount } from './kv.js';
import { SetupPlan } from './setup-plan.js';
import { type InitRequest, vaultConfig } from './vault-config.js';
import { VaultConnection } from './vso.js';

export interface VaultProps {
  /** Pods of the Vault Secrets Operator, which read on everybody's behalf. */
  readonly operator: Peer;
}

/** Mount of the engine that makes database logins. */
export const databaseMount = 'database';
const setupRole = 'box-setup';
const name = 'openbao';
const ports = { api: 8200, raft: 8201 };
const dataFolder = '/openbao/data';

/** A role of the Kubernetes auth method, as its API takes it. */
const authRole = (namespace: string, serviceAccount: string, policy: string, ttl: object): ConfigValue => ({
  bound_service_account_names: [serviceAccount],
  bound_service_account_namespaces: [namespace],
  audience: vaultAudience,
  token_policies: [policy],
  token_no_default_policy: false,
  ...ttl,
});

/** A login the database engine can make. @see https://openbao.org/api-docs/secret/databases/ */
export interface DatabaseRole {
  readonly db_name: string;
  readonly creation_statements: readonly string[];
  readonly renew_statements: readonly string[];
  readonly revocation_statements: readonly string[];
  readonly default_ttl: string;
  readonly max_ttl: string;
}

/**
 * OpenBao, and everything that is declared to it: values in the key-value engine, logins to databases, and who may
 * read them. The server initializes itself at first start (engines, policies, roles) and leaves no root token;
 * what needs other parts of the box running, and every later change, is in the set-up plan.
 */
export class Vault extends Construct {
  readonly tier: Tier;
  /** What the set-up Job has to do. */
  readonly plan: SetupPlan;
  /** The HTTP API. */
  readonly api: Endpoint;
  /** The server itself, for whoever it has to reach. */
  readonly server: Workload;
  private readonly entries = new Map<string, KvEntry>();
  private readonly accesses = new Map<string, NamespaceAccess>();
  private readonly databaseRoles = new Map<string, DatabaseRole>();
  private databaseConnection: (() => ConfigValue) | undefined;

  constructor(box: Box, id: string, props: VaultProps) {
    const tier = new Tier(box, id, { namespace: namespaces.data, wave: Wave.Engines });
    super(tier, 'OpenBao');
    this.tier = tier;
    this.plan = new SetupPlan(box);
    const seal = this.plan.secret({
      namespace: tier.namespaceName,
      name: 'openbao-seal',
      keys: { key: bytes(32) },
      because: 'the vault unseals itself with it, so it cannot come out of the vault',
    });
    const { isCluster } = box.site;
    const members = isCluster ? [0, 1, 2] : [];
    const configOf = (initializes: boolean) =>
      asJson(() =>
        vaultConfig({
          apiAddress: this.api.url().text,
          sealKeyFile: '/openbao/seal/key',
          ports,
          dataFolder,
          members: members.map((i) => this.server.replicaAddress(i, 'api').text),
          requests: initializes ? this.initRequests() : [],
        }),
      );
    const config = new ConfigFile(this, 'Config', {
      name,
      // whoever is told how makes a vault of his own when he finds none, and all start at the same time
      files: isCluster
        ? Object.fromEntries(members.map((i) => [`${name}-${i}.json`, configOf(i === 0)]))
        : { 'bao.json': configOf(true) },
    });
    this.server = new Workload(this, 'Server', {
      name,
      image: 'openbao',
      command: ['bao'],
      args: ['server', `-config=/openbao/config/${isCluster ? '$(POD_NAME)' : 'bao'}.json`],
      size: 'openbao',
      priority: 'box-platform',
      replicas: isCluster ? members.length : 1,
      listens: { api: ports.api, raft: { port: ports.raft, protocol: 'tcp' } },
      env: {
        POD_NAME: PodField.name,
        BAO_RAFT_NODE_ID: PodField.name,
        BAO_CLUSTER_ADDR: `https://$(POD_NAME).${serviceHost(headlessServiceOf(name), tier.namespaceName)}:${ports.raft}`,
        HOME: '/tmp',
      },
      mounts: [
        config.mountAt('/openbao/config'),
        seal.mountAt('/openbao/seal'),
        disk(dataFolder, { name: 'data', sizeGi: 2, backup: { method: 'snapshot' } }),
        scratch('/tmp'),
      ],
      probes: {
        // a sealed or standby server is alive: restarting it helps nobody
        liveness: Probe.http('api', '/v1/sys/health?standbyok=true&sealedcode=204&uninitcode=204'),
        readiness: Probe.http('api', '/v1/sys/health?standbyok=true'),
        startup: Probe.http('api', '/v1/sys/health?standbyok=true&sealedcode=204&uninitcode=204', {
          failures: 30,
        }),
      },
      metrics: { port: 'api', path: '/v1/sys/metrics?format=prometheus' },
      uses: [kubernetesApi(box.site)],
      exceptions: { apiToken: 'the vault asks the Kubernetes API whether a login token is genuine' },
    });
    this.api = this.server.endpoint('api');
    if (isCluster) for (const own of this.server.allEndpoints) box.network.connect(this.server, own);
    new ClusterRoleBinding(box.cluster, 'VaultTokenReview', {
      metadata: { name: 'openbao-token-review' },
      role: ClusterRole.fromClusterRoleName(box.cluster, 'AuthDelegator', 'system:auth-delegator'),
    }).addSubjects(
      ServiceAccount.fromServiceAccountName(this, 'Reviewer', name, {
        namespaceName: this.tier.namespaceName,
      }),
    );
    new VaultConnection(this, 'Connection', {
      metadata: { name: 'openbao' },
      spec: { address: this.api.url().text },
    });
    box.network.connect(props.operator, this.api);
    this.plan.section('vault', () => this.planned());
  }

  /**
   * Declares a path of the key-value engine with the keys to be made there.
   * @param owner the construct that declares it
   * @throws when another construct has declared the path
   */
  kv(owner: Construct, path: string, keys: Readonly<Record<string, Generator>>): KvEntry {
    const before = this.entries.get(path);
    if (before !== undefined) {
      throw new Error(
        `${owner.node.path}: vault path '${path}' is declared by ${before.owner} already; use another path, or share the entry`,
      );
    }
    const entry = new KvEntry(this, path, new Map(Object.entries(keys)), owner.node.path);
    this.entries.set(path, entry);
    return entry;
  }

  /** All declared paths. */
  get kvEntries(): readonly KvEntry[] {
    return [...this.entries.values()];
  }

  /** The way of secrets into a tier's namespace; made on first use. */
  accessFrom(tier: Tier): NamespaceAccess {
    const before = this.accesses.get(tier.namespaceName);
    if (before !== undefined) return before;
    const access = new NamespaceAccess(tier, `${this.tier.namespaceName}/${name}`);
    this.accesses.set(tier.namespaceName, access);
    return access;
  }

  /** Tells the database engine how it reaches the server. There is one server in the box. */
  connectDatabase(connection: () => ConfigValue): void {
    this.databaseConnection = connection;
  }

  /** Declares a kind of login. @throws when it is declared with other properties already */
  databaseRole(name: string, role: DatabaseRole): void {
    const before = this.databaseRoles.get(name);
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(role)) {
      throw new Error(
        `database role '${name}' is declared twice with different properties (lifetimes ${before.default_ttl} and ` +
          `${role.default_ttl}); take the same kind of login in both places`,
      );
    }
    this.databaseRoles.set(name, role);
  }

  /** Policies of the namespaces by name, in OpenBao's JSON form. */
  private namespacePolicies(): Record<string, ConfigValue> {
    return Object.fromEntries([...this.accesses.values()].map((access) => [access.role, access.policy]));
  }

  private policies(): Record<string, ConfigValue> {
    return {
      ...this.namespacePolicies(),
      // the set-up Job shapes the vault, makes the values that are missing, and copies between paths
      [setupRole]: {
        path: {
          // listing is asked of the folder; it finds what belongs to a namespace that is gone
          'sys/policies/acl': { capabilities: ['list'] },
          'auth/kubernetes/role': { capabilities: ['list'] },
          [`sys/policies/acl/${namespaceRole('*')}`]: {
            capabilities: ['create', 'read', 'update', 'delete'],
          },
          [`auth/kubernetes/role/${namespaceRole('*')}`]: {
            capabilities: ['create', 'read', 'update', 'delete'],
          },
          [`${databaseMount}/config/*`]: { capabilities: ['create', 'read', 'update'] },
          [`${databaseMount}/rotate-root/*`]: { capabilities: ['update'] },
          [`${databaseMount}/roles/*`]: { capabilities: ['create', 'read', 'update', 'delete', 'list'] },
          [`${kvMount}/data/*`]: { capabilities: ['create', 'read', 'update', 'patch'] },
          [`${kvMount}/metadata/*`]: { capabilities: ['read', 'list'] },
        },
      },
    };
  }

  private namespaceRoles(): Record<string, ConfigValue> {
    return Object.fromEntries(
      [...this.accesses.values()].map((access): [string, ConfigValue] => [
        access.role,
        // a token's end revokes the logins made with it: the period must outlast them
        authRole(access.namespace, access.serviceAccountName, access.role, { token_period: '48h' }),
      ]),
    );
  }

  private roles(): Record<string, ConfigValue> {
    return {
      ...this.namespaceRoles(),
      [setupRole]: authRole(namespaces.boxSystem.name, setupRole, setupRole, {
        token_ttl: '30m',
        token_max_ttl: '1h',
      }),
    };
  }

  private initRequests(): InitRequest[] {
    const request = (name: string, path: string, data: ConfigValue): InitRequest => ({ name, path, data });
    return [
      request('mount-kv', `sys/mounts/${kvMount}`, { type: 'kv', options: { version: '2' } }),
      request('mount-database', `sys/mounts/${databaseMount}`, { type: 'database' }),
      request('enable-kubernetes', 'sys/auth/kubernetes', { type: 'kubernetes' }),
      request('configure-kubernetes', 'auth/kubernetes/config', {
        kubernetes_host: `https://${apiServerHost}`,
      }),
      ...Object.entries(this.policies()).map(([name, policy]) =>
        request(`policy-${name}`, `sys/policies/acl/${name}`, { policy: JSON.stringify(policy) }),
      ),
      ...Object.entries(this.roles()).map(([name, role]) =>
        request(`role-${name}`, `auth/kubernetes/role/${name}`, role),
      ),
    ];
  }

  private planned(): ConfigValue {
    const generated = (keys: ReadonlyMap<string, Generator>): ConfigValue => Object.fromEntries(keys);
    return {
      address: this.api.url().text,
      // its own policy and role are not for the set-up Job to change
      policies: this.namespacePolicies(),
      roles: this.namespaceRoles(),
      kv: {
        mount: kvMount,
        paths: Object.fromEntries(
          [...this.entries.values()].map((entry) => [entry.path, generated(entry.generators)]),
        ),
      },
      database: {
        mount: databaseMount,
        ...(this.databaseConnection === undefined ? {} : { connection: this.databaseConnection() }),
        roles: Object.fromEntries(this.databaseRoles) as unknown as ConfigValue,
      },
    };
  }
}
