import { Construct } from 'constructs';
import type { ConfigValue } from '../core/config-file.js';
import type { Endpoint } from '../core/endpoint.js';
import { constant, copyOf, random } from '../secrets/generator.js';
import { type KvEntry, value } from '../secrets/kv.js';
import type { Vault } from '../secrets/vault.js';
import {
  Bucket,
  type BucketCors,
  type BucketProps,
  checkBucketName,
  identityKeys,
  region,
  S3Identity,
  type S3IdentityProps,
} from './bucket.js';
import { SeaweedFs } from './seaweedfs.js';
import { gatheredKey, s3ConfigTemplate } from './seaweedfs-identities.js';

export interface ObjectStoreProps {
  readonly vault: Vault;
}

const { accessKey, secretKey } = identityKeys;
const gathering = 'seaweedfs';
const admin = 'admin';
const adminPath = 'seaweedfs-admin';
const identitiesFile = 's3.json';
/** `anonymous` is everybody without a signature. */
const reserved = [admin, 'anonymous'];

/**
 * The box's own S3: buckets of the apps, each with an identity that reaches no other bucket. What runs is SeaweedFS;
 * the buckets themselves are made by the set-up Job, from section `buckets` of its plan.
 */
export class ObjectStore extends Construct {
  /** Where S3 clients connect to. */
  readonly s3: Endpoint;
  /** The servers, for whoever has to name them. */
  readonly servers: SeaweedFs;
  /** Path in the vault of the key pair that may do everything. Nothing but set-up uses it. */
  readonly adminPath = adminPath;
  private readonly vault: Vault;
  private readonly keys: KvEntry;
  private readonly known = new Map<string, Bucket>();
  private readonly identities = new Map<string, S3Identity>();

  constructor(scope: Construct, id: string, { vault }: ObjectStoreProps) {
    super(scope, id);
    this.vault = vault;
    vault.kv(this, adminPath, { [accessKey]: constant(admin), [secretKey]: random(32) });
    this.keys = vault.kv(this, gathering, {});
    this.gather(admin, adminPath);
    this.servers = new SeaweedFs(this, 'SeaweedFs', {
      identities: this.keys.syncTo(this, 'Identities', {
        name: 'seaweedfs-s3',
        data: {
          [identitiesFile]: () => s3ConfigTemplate(admin, [...this.identities.values()], this.buckets),
        },
      }),
      identitiesFile,
    });
    this.s3 = this.servers.s3;
    vault.plan.section('buckets', () => this.planned());
  }

  /** All buckets in order of declaration: what a backup has to cover. */
  get buckets(): readonly Bucket[] {
    return [...this.known.values()];
  }

  /**
   * Declares who an app is to the store, with a key pair synced into the namespace of `scope` as Secret `<app>-s3`.
   * The same construct may ask again and gets the same identity.
   * @throws when another construct has declared the name, or it is not one an app may have
   */
  identity(scope: Construct, app: string, props: S3IdentityProps = {}): S3Identity {
    const before = this.identities.get(app);
    if (before?.declaredBy === scope.node.path) return before;
    if (!/^[a-z][a-z0-9-]*$/.test(app) || reserved.includes(app)) {
      throw new Error(
        `${scope.node.path}: '${app}' cannot be an S3 identity; use the app's name in small letters, digits and '-', ` +
          `other than ${reserved.map((name) => `'${name}'`).join(' and ')}`,
      );
    }
    const entry = this.vault.kv(scope, `s3/${app}`, {
      [accessKey]: constant(app),
      [secretKey]: random(32),
    });
    this.gather(app, entry.path);
    const secret = entry.syncTo(scope, `S3-${app}`, {
      name: `${app}-s3`,
      data: { [accessKey]: value(accessKey), [secretKey]: value(secretKey) },
      reaches: [this.s3],
    });
    const identity = new S3Identity(app, secret, props, scope.node.path);
    this.identities.set(app, identity);
    return identity;
  }

  /**
   * Declares a bucket.
   * @throws when the name breaks the rules of S3 or is taken, or `expireDays` is no number of days
   */
  bucket(scope: Construct, name: string, props: BucketProps): Bucket {
    const { path } = scope.node;
    checkBucketName(name, path);
    const before = this.known.get(name);
    if (before !== undefined) {
      throw new Error(
        `${path}: bucket '${name}' is declared by ${before.declaredBy} already; take another name, or be given that bucket`,
      );
    }
    const { expireDays } = props;
    if (expireDays !== undefined && (!Number.isInteger(expireDays) || expireDays < 1)) {
      throw new Error(
        `${path}: bucket '${name}' expires after ${expireDays} days; give a whole number from 1 on, or leave 'expireDays' out`,
      );
    }
    const bucket = new Bucket(name, this.s3, props, path);
    this.known.set(name, bucket);
    return bucket;
  }

  private gather(identity: string, path: string): void {
    for (const key of [accessKey, secretKey]) this.keys.add(gatheredKey(identity, key), copyOf(path, key));
  }

  /** What the set-up Job has to bring about. It reads the administrator's key pair out of the vault by itself. */
  private planned(): ConfigValue {
    return {
      endpoint: this.s3.url(),
      region,
      admin: { path: adminPath, accessKey, secretKey },
      buckets: this.buckets.map(({ name, identity, versioned, cors, expireDays }) => ({
        name,
        owner: identity.name,
        versioned,
        cors: cors === undefined ? undefined : corsRule(cors),
        expireDays,
      })),
    };
  }
}

const corsRule = ({ origins, methods, exposes }: BucketCors): ConfigValue => ({
  origins,
  methods: methods ?? ['GET', 'HEAD', 'PUT', 'POST'],
  headers: ['*'],
  exposes: exposes ?? ['ETag'],
});
