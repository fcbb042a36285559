import { Construct } from 'constructs';
import {
  Database as DatabaseResource,
  DatabaseSpecDatabaseReclaimPolicy,
} from '../../imports/postgresql.cnpg.io.js';
import type { Env } from '../core/env.js';
import type { Mount } from '../core/mount.js';
import type { SecretKey } from '../core/secret.js';
import { trustBundle } from '../core/trust.js';
import { DatabaseCredential } from '../secrets/database-credential.js';
import { creationStatements, renewStatements, revocationStatements } from './login-sql.js';
import { dsnTemplate, pgServiceTemplate } from './pg-service.js';
import type { Postgres } from './postgres.js';

/** Extensions that an owner may create himself because PostgreSQL trusts them. */
export type Extension = 'pg_trgm' | 'fuzzystrmatch' | 'unaccent' | 'uuid-ossp' | 'citext';

export interface DatabaseProps {
  /** Connections that all pods of the app together may hold open; counted against the server's maximum. */
  readonly connections: number;
  /** Made by the operator before the first migration. @default - none */
  readonly extensions?: readonly Extension[];
}

/** A login that libpq finds by itself: where the service file is, and how it is named. */
export interface RotatingLogin {
  readonly mount: Mount;
  /** `PGSERVICEFILE` and `PGSERVICE`. */
  readonly env: Env;
  readonly service: string;
}

const loginFolder = '/etc/box/database';
const serviceFile = 'pg_service.conf';

/** A database and the role that owns it. Made by `postgres.database`. */
export class Database extends Construct {
  /** Name of the database. */
  readonly name: string;
  /** NOLOGIN role that owns everything in it. */
  readonly owner: string;
  readonly connections: number;

  constructor(
    private readonly postgres: Postgres,
    app: string,
    /** Construct that declared it. */
    readonly declaredBy: string,
    props: DatabaseProps,
  ) {
    super(postgres, `Database-${app}`);
    this.name = `${app}_db`;
    this.owner = app;
    this.connections = props.connections;
    new DatabaseResource(this, 'Resource', {
      metadata: { name: app },
      spec: {
        cluster: { name: postgres.clusterName },
        name: this.name,
        owner: app,
        connectionLimit: props.connections,
        // an app that is switched off leaves its data behind
        databaseReclaimPolicy: DatabaseSpecDatabaseReclaimPolicy.RETAIN,
        ...(props.extensions === undefined ? {} : { extensions: props.extensions.map((name) => ({ name })) }),
      },
    });
  }

  /**
   * A login for programs that use libpq, in the namespace of `scope`: it changes about every 5 minutes without a
   * restart. Mount it and set its environment.
   */
  rotatingLogin(scope: Construct): RotatingLogin {
    const service = this.owner;
    const { secret } = this.credential(scope, 'rotating', {
      [serviceFile]: pgServiceTemplate({ service, ...this.address }),
    });
    return {
      mount: secret.mountAt(loginFolder),
      env: { PGSERVICEFILE: `${loginFolder}/${serviceFile}`, PGSERVICE: service },
      service,
    };
  }

  /**
   * A DSN for programs that read it once, in the namespace of `scope`: it changes about once a day, and the
   * workloads that read it restart.
   * @param parameters further parameters of the driver, e.g. `max_conns`
   */
  dailyDsn(scope: Construct, parameters: Readonly<Record<string, string | number>> = {}): SecretKey {
    return this.credential(scope, 'daily', { dsn: dsnTemplate({ ...this.address, parameters }) }).secret.key(
      'dsn',
    );
  }

  private get address() {
    const { hostName: host, port } = this.postgres.endpoint;
    return { host, port, database: this.name, caFile: trustBundle.path };
  }

  private credential(
    scope: Construct,
    mode: 'rotating' | 'daily',
    data: Record<string, string>,
  ): DatabaseCredential {
    return new DatabaseCredential(scope, 'DatabaseCredential', {
      vault: this.postgres.vault,
      name: `${this.owner}-database`,
      mode,
      role: this.owner,
      server: this.postgres.engineName,
      statements: {
        creation_statements: creationStatements(this.owner),
        renew_statements: renewStatements(),
        revocation_statements: revocationStatements(),
      },
      data,
      reaches: [this.postgres.endpoint],
    });
  }
}
