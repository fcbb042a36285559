import { Construct } from 'constructs';
import { asYaml, ConfigFile } from '../core/config-file.js';
import type { Endpoint } from '../core/endpoint.js';
import { Probe } from '../core/probe.js';
import type { Reference } from '../core/reference.js';
import { Schedule } from '../core/task.js';
import { Tier } from '../core/tier.js';
import { Workload } from '../core/workload.js';
import type { Postgres } from '../data/postgres.js';
import { random } from '../secrets/generator.js';
import type { Vault } from '../secrets/vault.js';
import { hydraConfig } from './hydra-config.js';

export interface HydraProps {
  readonly vault: Vault;
  readonly postgres: Postgres;
  /** Public URL of the sign-in pages, without a slash at the end. */
  readonly pages: string;
  /** Kratos' admin API: signing out of an app ends the session there too. */
  readonly kratosAdmin: () => Reference;
  /** Asked before each token. */
  readonly tokenHook: () => Reference;
}

const configFolder = '/etc/config';
const file = `${configFolder}/hydra.yaml`;
const pool = 4;

/** Ory Hydra: OAuth2 and OpenID Connect for every app. */
export class Hydra extends Construct {
  /** What apps and browsers use: authorization, tokens, keys, user info. */
  readonly public: Endpoint;
  /** Clients, consent, introspection: only for those who declare its use. */
  readonly admin: Endpoint;
  /** The issuer, byte for byte; apps compare it literally. */
  readonly issuer: string;

  constructor(scope: Construct, id: string, props: HydraProps) {
    super(scope, id);
    const { site } = Tier.of(this).box;
    this.issuer = `${props.pages}/`;
    const config = new ConfigFile(this, 'Config', {
      name: 'hydra',
      files: {
        'hydra.yaml': asYaml(() =>
          hydraConfig({
            domain: site.settings.domain,
            pages: props.pages,
            issuer: this.issuer,
            adminUrl: this.admin.url('/').text,
            kratosAdmin: props.kratosAdmin(),
            tokenHook: props.tokenHook(),
          }),
        ),
      },
    });
    const secrets = props.vault
      .kv(this, 'hydra', { 'system-secret': random(32), 'cookie-secret': random(32) })
      .syncTo(this, 'Secrets', { name: 'hydra' });
    const database = props.postgres.database(this, 'hydra', { connections: 2 * pool + 2 });
    const DSN = database.dailyDsn(this, { max_conns: pool, max_idle_conns: 2 });
    const env = {
      DSN,
      SECRETS_SYSTEM: secrets.key('system-secret'),
      SECRETS_COOKIE: secrets.key('cookie-secret'),
    };
    const server = new Workload(this, 'Server', {
      name: 'hydra',
      image: 'hydra',
      args: ['serve', 'all', '--config', file, '--sqa-opt-out'],
      steps: [{ name: 'migrate', args: ['migrate', 'sql', 'up', '-e', '--yes', '--config', file] }],
      size: 'hydra',
      priority: 'box-core',
      grace: 60,
      listens: { public: 4444, admin: 4445 },
      env,
      mounts: [config.mountAt(configFolder)],
      probes: {
        liveness: Probe.http('admin', '/health/alive'),
        readiness: Probe.http('admin', '/health/ready'),
      },
      metrics: { port: 'admin', path: '/admin/metrics/prometheus' },
    });
    this.public = server.endpoint('public');
    this.admin = server.endpoint('admin');
    const keep = ['--keep-if-younger', '24h', '--limit', '10000', '--batch-size', '100'];
    new Schedule(this, 'Janitor', {
      name: 'hydra-janitor',
      image: 'hydra',
      cron: '50 3 * * *',
      // it needs the database alone, so it gets nothing else
      args: ['janitor', '--tokens', '--requests', '--grants', '-e', ...keep],
      size: 'task',
      env: { DSN },
    });
  }
}
