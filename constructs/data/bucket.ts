import type { Endpoint } from '../core/endpoint.js';
import type { Text } from '../core/reference.js';
import type { SecretKey, SecretRef } from '../core/secret.js';

/** The region clients must name; SeaweedFS has no regions, but it is part of every signature. */
export const region = 'us-east-1';

/** Keys of an identity's entry in the vault and of its Secret. */
export const identityKeys = { accessKey: 'access-key', secretKey: 'secret-key' } as const;

export interface S3IdentityProps {
  /** May read and list every bucket, for copies of them all. @default false */
  readonly readsEveryBucket?: boolean;
}

/** Who an app is to the object store. It may use the buckets it owns and no other. Made by `objectStore.identity`. */
export class S3Identity {
  constructor(
    /** Name of the identity. */
    readonly name: string,
    readonly secret: SecretRef,
    readonly props: S3IdentityProps,
    /** Construct that declared it. */
    readonly declaredBy: string,
  ) {}

  /** Public half of the key pair. */
  get accessKey(): SecretKey {
    return this.secret.key(identityKeys.accessKey);
  }

  /** Secret half of the key pair. */
  get secretKey(): SecretKey {
    return this.secret.key(identityKeys.secretKey);
  }
}

/** Which web pages may use a bucket directly, with URLs an app has signed. */
export interface BucketCors {
  /** Origins, e.g. `https://drive.DOMAIN`. */
  readonly origins: readonly Text[];
  /** @default GET, HEAD, PUT, POST */
  readonly methods?: readonly ('GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE')[];
  /** Fields of an answer that a page may read. @default ETag, which uploads in parts need */
  readonly exposes?: readonly string[];
}

export interface BucketProps {
  /** Who may use it. */
  readonly identity: S3Identity;
  /** Keep what is overwritten or deleted as older versions. @default false */
  readonly versioned?: boolean;
  /** @default - no page may */
  readonly cors?: BucketCors;
  /** Days after which objects are deleted. @default - never */
  readonly expireDays?: number;
}

/**
 * @throws when the name breaks the S3 rules; dots, which S3 allows, are refused because no certificate covers them
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export function checkBucketName(name: string, path: string): void {
  const problem =
    name.length < 3 || name.length > 63
      ? `has ${name.length} characters`
      : !/^[a-z0-9]([a-z0-9-]*[a-z0-9])$/.test(name)
        ? "holds something other than small letters, digits and '-', or begins or ends with '-'"
        : /^xn--|^sthree-|-s3alias$|--ol-s3$/.test(name)
          ? 'begins or ends with something S3 keeps for itself'
          : undefined;
  if (problem === undefined) return;
  throw new Error(
    `${path}: bucket name '${name}' ${problem}; use 3 to 63 small letters, digits and '-', e.g. 'sunbeam-docs'`,
  );
}

/** A bucket of the box. Made by `objectStore.bucket`. */
export class Bucket {
  readonly region = region;
  readonly identity: S3Identity;
  readonly versioned: boolean;
  readonly cors: BucketCors | undefined;
  /** Days after which objects are deleted; undefined for never. */
  readonly expireDays: number | undefined;

  constructor(
    readonly name: string,
    /** Where S3 clients connect to; buckets are paths below it. */
    readonly endpoint: Endpoint,
    props: BucketProps,
    /** Construct that declared it. */
    readonly declaredBy: string,
  ) {
    this.identity = props.identity;
    this.versioned = props.versioned ?? false;
    this.cors = props.cors;
    this.expireDays = props.expireDays;
  }

  /** Public half of the owner's key pair. */
  get accessKey(): SecretKey {
    return this.identity.accessKey;
  }

  /** Secret half of the owner's key pair. */
  get secretKey(): SecretKey {
    return this.identity.secretKey;
  }
}
