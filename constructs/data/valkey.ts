import { Construct } from 'constructs';
import { asText, ConfigFile } from '../core/config-file.js';
import type { Endpoint } from '../core/endpoint.js';
import { disk } from '../core/mount.js';
import { Probe } from '../core/probe.js';
import { type Reference, text } from '../core/reference.js';
import type { SecretKey, SecretRef } from '../core/secret.js';
import { Workload } from '../core/workload.js';
import { copyOf, random } from '../secrets/generator.js';
import { type KvEntry, value } from '../secrets/kv.js';
import type { Vault } from '../secrets/vault.js';

export interface ValkeyProps {
  readonly vault: Vault;
}

/** What an app keeps in Valkey. Indices go from 0 to 31 and belong to one app each. */
export interface ValkeyUse {
  /** Index for cache and sessions. Every key needs an expiry: a full server takes those first. */
  readonly cache: number;
  /** Index for Celery's queues; two apps in one would take each other's tasks and drop them. @default - no queues */
  readonly broker?: number;
}

const name = 'valkey';
const port = 6379;
const databases = 32;
const dataFolder = '/data';
const configFolder = '/etc/valkey';
const configFile = 'valkey.conf';
const aclFolder = '/etc/valkey-acl';
const aclFile = 'users.acl';
const healthUser = 'health';
const healthKey = 'health-password';

/**
 * What an app may do. Tried against redis-server 7 with redis-py, kombu, Celery (worker, retries, results, remote
 * control), django-redis and Django's own cache: the last three are all they miss. KEYS is how Meet lists its lobby,
 * FLUSHDB is `cache.clear()`, and Node's ioredis asks INFO whether the server is ready.
 */
const appRules = '~* &* +@all -@admin -@dangerous +info +keys +flushdb';

/** How a line of the ACL file begins; only a hash of the password reaches the server. */
const userWith = (user: string, key: string): string =>
  `user ${user} on #{{ get .Secrets "${key}" | sha256sum }}`;

/** Lines of `valkey.conf`: one directive each, an empty value written as `""`. */
const directives = (settings: Readonly<Record<string, string | number>>): string =>
  Object.entries(settings)
    .map(([directive, setting]) => `${directive} ${setting === '' ? '""' : setting}\n`)
    .join('');

/**
 * Valkey: caches, sessions and task queues of the apps, 64 MiB at most. Whatever has an expiry gives way when it is
 * full; queues have none and stay. It is one server in a cluster too: the apps' clients know neither Sentinel nor
 * Valkey Cluster, and a second server that nobody fails over to would be a second thing to break.
 */
export class Valkey extends Construct {
  /** The port that speaks the Redis protocol. */
  readonly endpoint: Endpoint;
  private readonly vault: Vault;
  private readonly passwords: KvEntry;
  private readonly users: string[] = [];
  private readonly taken = new Map<number, string>();

  constructor(scope: Construct, id: string, { vault }: ValkeyProps) {
    super(scope, id);
    this.vault = vault;
    this.passwords = vault.kv(this, name, { [healthKey]: random(24) });
    const config = new ConfigFile(this, 'Config', {
      name,
      files: {
        [configFile]: asText(
          directives({
            port,
            databases,
            dir: dataFolder,
            aclfile: `${aclFolder}/${aclFile}`,
            // what lets in is the ACL; this mode would refuse everybody who is not on the same machine
            'protected-mode': 'no',
            // the rest of the 64 MiB is for buffers and for the copy that rewrites the append-only file
            maxmemory: '40mb',
            'maxmemory-policy': 'volatile-lru',
            appendonly: 'yes',
            appendfsync: 'everysec',
            save: '',
          }),
        ),
      },
    });
    const acl = this.passwords.syncTo(this, 'Acl', {
      name: 'valkey-acl',
      data: { [aclFile]: () => this.acl(), [healthKey]: value(healthKey) },
    });
    const ping = ['valkey-cli', '-e', '--user', healthUser, '-p', `${port}`, 'ping'];
    const server = new Workload(this, 'Server', {
      name,
      image: 'valkey',
      command: ['valkey-server'],
      args: [`${configFolder}/${configFile}`],
      size: 'valkey',
      priority: 'box-core',
      listens: { redis: { port, protocol: 'tcp' } },
      // reading the secret into the environment also restarts the server when the ACL changes: it reads it once
      env: { VALKEYCLI_AUTH: acl.key(healthKey) },
      mounts: [
        config.mountAt(configFolder),
        acl.mountAt(aclFolder),
        disk(dataFolder, {
          name: 'data',
          sizeGi: 1,
          backup: {
            none: 'caches fill again, people sign in again, and tasks of a lost server are of no use',
          },
        }),
      ],
      probes: {
        liveness: Probe.tcp('redis'),
        // a connection is accepted while the append-only file is still being read; PING is not answered
        readiness: Probe.exec(ping),
        startup: Probe.exec(ping, { failures: 30 }),
      },
    });
    this.endpoint = server.endpoint('redis');
  }

  /**
   * Declares a user with a password of its own, synced into the namespace of `scope` as Secret `<app>-valkey`.
   * @param app name of the user, e.g. 'docs'
   * @throws when the name is not free, or an index is not between 0 and 31 or belongs to another use
   */
  client(scope: Construct, app: string, use: ValkeyUse): ValkeyClient {
    if (!/^[a-z][a-z0-9-]*$/.test(app) || app === 'default' || app === healthUser) {
      throw new Error(
        `${scope.node.path}: '${app}' cannot be a Valkey user; use the app's name in small letters, digits and '-', ` +
          `other than 'default' and '${healthUser}'`,
      );
    }
    this.claim(scope, use.cache, `cache of '${app}' (${scope.node.path})`);
    if (use.broker !== undefined) this.claim(scope, use.broker, `queues of '${app}' (${scope.node.path})`);
    const login = this.vault.kv(scope, `${name}/${app}`, { password: random(24) });
    this.passwords.add(app, copyOf(login.path, 'password'));
    this.users.push(app);
    const url = (index: number): Reference =>
      text`redis://${app}:${value('password')}@${this.endpoint.address}/${index}`;
    const secret = login.syncTo(scope, `Valkey-${app}`, {
      name: `${app}-valkey`,
      data: {
        'cache-url': url(use.cache),
        ...(use.broker === undefined ? {} : { 'broker-url': url(use.broker) }),
      },
    });
    return new ValkeyClient(app, secret, this.endpoint, use);
  }

  private claim(scope: Construct, index: number, use: string): void {
    if (!Number.isInteger(index) || index < 0 || index >= databases) {
      throw new Error(
        `${scope.node.path}: Valkey index ${index} does not exist; use a whole number from 0 to ${databases - 1}`,
      );
    }
    const before = this.taken.get(index);
    if (before !== undefined) {
      const free = Array.from({ length: databases }, (_, i) => i).filter((i) => !this.taken.has(i));
      throw new Error(
        `${scope.node.path}: Valkey index ${index} is claimed for the ${use}, but it holds the ${before}; ` +
          `take one that is free: ${free.slice(0, 8).join(', ')}`,
      );
    }
    this.taken.set(index, use);
  }

  /** The ACL file as a template over the vault's values. @see https://valkey.io/topics/acl/ */
  private acl(): string {
    return [
      'user default off',
      `${userWith(healthUser, healthKey)} -@all +ping`,
      ...this.users.map((user) => `${userWith(user, user)} ${appRules}`),
      '',
    ].join('\n');
  }
}

/** An app's login to Valkey. Made by `valkey.client`. */
export class ValkeyClient {
  constructor(
    /** Name of the user. */
    readonly user: string,
    /** Holds the URLs. */
    readonly secret: SecretRef,
    /** The server, for programs that want host and port apart. */
    readonly endpoint: Endpoint,
    /** The app's indices. */
    readonly use: ValkeyUse,
  ) {}

  /** URL of the index for cache and sessions. */
  get cacheUrl(): SecretKey {
    return this.secret.key('cache-url');
  }

  /** URL of the index for queues; undefined when the app has declared none. */
  get brokerUrl(): SecretKey | undefined {
    return this.use.broker === undefined ? undefined : this.secret.key('broker-url');
  }
}
