import { Construct } from 'constructs';
import { asJson, asYaml, ConfigFile } from '../core/config-file.js';
import { internet } from '../core/destinations.js';
import type { Endpoint } from '../core/endpoint.js';
import { Probe } from '../core/probe.js';
import type { Reference } from '../core/reference.js';
import { Schedule } from '../core/task.js';
import { Tier } from '../core/tier.js';
import { Workload } from '../core/workload.js';
import type { Postgres } from '../data/postgres.js';
import { letters, random } from '../secrets/generator.js';
import type { MailRelay } from '../secrets/mail-relay.js';
import type { Vault } from '../secrets/vault.js';
import { identitySchema, identitySchemas } from './identity-schemas.js';
import { kratosConfig } from './kratos-config.js';

export interface KratosProps {
  readonly vault: Vault;
  readonly postgres: Postgres;
  readonly mail: MailRelay;
  /** Public URL of the sign-in pages, without a slash at the end. */
  readonly pages: string;
  /** Path below it under which the edge serves Kratos' public API. */
  readonly publicPath: string;
  /** Origins people may be sent back to; asked when everything is declared. */
  readonly returnUrls: () => readonly string[];
  /** Hydra's admin API; asked when everything is declared. */
  readonly hydraAdmin: () => Reference;
}

const configFolder = '/etc/config';
const file = `${configFolder}/kratos.yaml`;
/** Two servers and a migration may overlap while a new version rolls out. */
const pool = 4;

/**
 * A run deletes one batch from each table and no more, 100 rows unless told otherwise: fewer than a day of scanners
 * knocking at the sign-in leaves behind. The rest between tables is a minute by default.
 */
const cleanupPace = ['--database.cleanup.batch_size', '100000', '--database.cleanup.sleep.tables', '1s'];

/** Ory Kratos: who people are, how they prove it, and their sessions. */
export class Kratos extends Construct {
  /** API for browsers and whoami. */
  readonly public: Endpoint;
  /** API that can do everything to anybody: only for those who declare its use. */
  readonly admin: Endpoint;

  constructor(scope: Construct, id: string, props: KratosProps) {
    super(scope, id);
    const { site } = Tier.of(this).box;
    const { domain, brand } = site.settings;
    const schemaFile = (kind: string) => `identity.${kind}.schema.json`;
    const config = new ConfigFile(this, 'Config', {
      name: 'kratos',
      files: {
        'kratos.yaml': asYaml(() =>
          kratosConfig({
            domain,
            brandName: brand.name,
            pages: props.pages,
            publicUrl: `${props.pages}${props.publicPath}/`,
            adminUrl: this.admin.url('/').text,
            returnUrls: props.returnUrls(),
            hydraAdmin: props.hydraAdmin(),
            sender: props.mail.sender,
            schemaFile: (kind) => `${configFolder}/${schemaFile(kind)}`,
          }),
        ),
        ...Object.fromEntries(
          identitySchemas.map((kind) => [schemaFile(kind), asJson(identitySchema(kind, domain))]),
        ),
      },
    });
    const secrets = props.vault
      .kv(this, 'kratos', {
        'secrets-default': random(32),
        'secrets-cookie': random(32),
        // exactly 32 characters, or Kratos does not start
        'secrets-cipher': letters(32),
      })
      .syncTo(this, 'Secrets', { name: 'kratos' });
    const database = props.postgres.database(this, 'kratos', { connections: 2 * pool + 2 });
    const DSN = database.dailyDsn(this, { max_conns: pool, max_idle_conns: 2 });
    const env = {
      DSN,
      SECRETS_DEFAULT: secrets.key('secrets-default'),
      SECRETS_COOKIE: secrets.key('secrets-cookie'),
      SECRETS_CIPHER: secrets.key('secrets-cipher'),
      COURIER_SMTP_CONNECTION_URI: props.mail.uri(this, 'kratos-mail'),
    };
    const server = new Workload(this, 'Server', {
      name: 'kratos',
      image: 'kratos',
      // the courier runs inside: one replica only
      args: ['serve', 'all', '--config', file, '--watch-courier', '--sqa-opt-out'],
      steps: [{ name: 'migrate', args: ['migrate', 'sql', 'up', '-e', '--yes', '--config', file] }],
      size: 'kratos',
      priority: 'box-core',
      grace: 60,
      listens: { public: 4433, admin: 4434 },
      env,
      mounts: [config.mountAt(configFolder)],
      probes: {
        liveness: Probe.http('admin', '/admin/health/alive'),
        readiness: Probe.http('admin', '/admin/health/ready'),
      },
      metrics: { port: 'admin', path: '/admin/metrics/prometheus' },
      uses: [internet('password breach list', 443)],
    });
    this.public = server.endpoint('public');
    this.admin = server.endpoint('admin');
    new Schedule(this, 'Cleanup', {
      name: 'kratos-cleanup',
      image: 'kratos',
      cron: '40 3 * * *',
      // it needs the database alone, so it gets nothing else: no configuration, no way to Hydra or the mail relay
      args: ['cleanup', 'sql', '-e', '--keep-last', '6h', ...cleanupPace],
      size: 'task',
      env: { DSN },
    });
  }
}
