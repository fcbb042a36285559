import { Construct } from 'constructs';
import type { ImageName } from '../core/images.js';
import { scratch } from '../core/mount.js';
import { Probe } from '../core/probe.js';
import type { SecretRef } from '../core/secret.js';
import type { SizeName } from '../core/sizes.js';
import { Workload, type WorkloadProps } from '../core/workload.js';
import type { Bucket, BucketProps } from '../data/bucket.js';
import type { Database, DatabaseProps } from '../data/database.js';
import type { Host } from '../edge/host.js';
import type { HostProps } from '../edge/host-options.js';
import type { OidcClient, OidcClientProps } from '../identity/oidc-client.js';
import type { Generator } from '../secrets/generator.js';
import type { Suite } from './suite.js';

/**
 * An app of the suite. It says what it needs; names follow from its id, so that `docs` owns database `docs_db`,
 * secret `docs`, client `docs` and workloads `docs-…`.
 */
export abstract class SuiteApp extends Construct {
  /** @param app id of the app, e.g. 'docs' */
  constructor(
    readonly suite: Suite,
    readonly app: string,
  ) {
    super(suite, app[0]?.toUpperCase() + app.slice(1));
  }

  /** A database of its own. */
  protected database(props: DatabaseProps): Database {
    return this.suite.services.data.postgres.database(this, this.app, props);
  }

  /** A bucket, and an S3 identity that reaches no other. */
  protected bucket(name: string, props: Omit<BucketProps, 'identity'> = {}): Bucket {
    const { objectStore } = this.suite.services.data;
    return objectStore.bucket(this, name, { ...props, identity: objectStore.identity(this, this.app) });
  }

  /** Secret values of its own, made in the cluster. */
  protected secret(keys: Readonly<Record<string, Generator>>): SecretRef {
    return this.suite.services.vault.kv(this, this.app, keys).syncTo(this, 'Secrets', { name: this.app });
  }

  /** A client at the sign-in. */
  protected client(props: OidcClientProps): OidcClient {
    return this.suite.services.identity.client(this, this.app, props);
  }

  /** A host of its own. @param label first label of the host name. */
  protected host(label: string, props: HostProps): Host {
    return this.suite.services.edge.host(label, { owner: this, ...props });
  }

  /** A workload named `<app>-<role>`. */
  protected workload(role: string, props: Omit<WorkloadProps, 'name'>): Workload {
    const id = role.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
    return new Workload(this, id, { name: `${this.app}-${role}`, ...props });
  }

  /** The app's web pages: nginx with a static build, on 8080 behind port 80. */
  protected frontend({ image, size }: { image: ImageName; size: SizeName }): Workload {
    return this.workload('frontend', {
      image,
      size,
      listens: { http: { port: 8080, service: 80 } },
      mounts: [scratch('/tmp')],
      probes: { liveness: Probe.tcp('http'), readiness: Probe.http('http', '/') },
    });
  }
}
