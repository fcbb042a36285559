import { Construct } from 'constructs';
import { asJson, asText, ConfigFile, type ConfigValue } from '../core/config-file.js';
import type { Endpoint } from '../core/endpoint.js';
import { scratch } from '../core/mount.js';
import { Probe } from '../core/probe.js';
import type { Reference } from '../core/reference.js';
import { Tier } from '../core/tier.js';
import { Workload } from '../core/workload.js';
import type { Host } from '../edge/host.js';
import { random } from '../secrets/generator.js';
import type { Vault } from '../secrets/vault.js';
import type { Hydra } from './hydra.js';
import type { Kratos } from './kratos.js';

export interface LoginUiProps {
  readonly vault: Vault;
  readonly kratos: Kratos;
  readonly hydra: Hydra;
  /** Public URL of the pages, without a slash at the end. */
  readonly pages: string;
  /** Public path of Kratos' own API. */
  readonly publicPath: string;
  /** Hosts of the box, for the home page; asked when everything is declared. */
  readonly hosts: () => readonly Host[];
}

const configFolder = '/etc/login';

/** The box's own sign-in pages: Kratos' flows, Hydra's consent and sign-out. */
export class LoginUi extends Construct {
  readonly workload: Workload;
  /** What browsers reach by the edge. */
  readonly web: Endpoint;

  constructor(scope: Construct, id: string, props: LoginUiProps) {
    super(scope, id);
    const { site } = Tier.of(this).box;
    const { brand, domain } = site.settings;
    const secrets = props.vault
      .kv(this, 'login-ui', { 'cookie-secret': random(32), 'csrf-cookie-secret': random(32) })
      .syncTo(this, 'Secrets', { name: 'login-ui' });
    const { logo } = site;
    const config = new ConfigFile(this, 'Config', {
      name: 'login-ui',
      files: {
        'apps.json': asJson(() => appsOf(props.hosts(), props.pages)),
        ...(logo === undefined ? {} : { 'logo.svg': asText(logo) }),
      },
    });
    this.workload = new Workload(this, 'Server', {
      name: 'login-ui',
      image: 'login',
      size: 'login',
      priority: 'box-core',
      // the edge has no way to the second port: whoever reaches Hydra's hook may ask about people
      listens: { http: 3000, internal: 3001 },
      env: {
        PUBLIC_URL: props.pages,
        KRATOS_PUBLIC_URL: props.kratos.public.url(),
        KRATOS_BROWSER_URL: `${props.pages}${props.publicPath}`,
        KRATOS_ADMIN_URL: props.kratos.admin.url(),
        HYDRA_ADMIN_URL: props.hydra.admin.url(),
        COOKIE_SECRET: secrets.key('cookie-secret'),
        CSRF_COOKIE_SECRET: secrets.key('csrf-cookie-secret'),
        BOX_DOMAIN: domain,
        BRAND_NAME: brand.name,
        BRAND_PRIMARY: brand.primary,
        BRAND_ACCENT: brand.accent,
        ...(logo === undefined ? {} : { BRAND_LOGO_FILE: `${configFolder}/logo.svg` }),
        APPS_FILE: `${configFolder}/apps.json`,
      },
      mounts: [scratch('/tmp'), config.mountAt(configFolder)],
      probes: { liveness: Probe.http('http', '/healthz'), readiness: Probe.http('http', '/readyz') },
      metrics: { port: 'internal', path: '/metrics' },
    });
    this.web = this.workload.endpoint('http');
  }

  /** Where Hydra asks before it gives a token. */
  get tokenHook(): Reference {
    return this.workload.endpoint('internal').url('/hooks/token');
  }
}

/** Hosts with a tile, but for the sign-in pages themselves. */
function appsOf(hosts: readonly Host[], pages: string): ConfigValue {
  return hosts.flatMap((host): ConfigValue[] => {
    const { title, description, tile, openTo } = host;
    const own = host.url().text === pages;
    if (title === undefined || tile === undefined || own) return [];
    return [{ title, url: host.url('/'), description, group: tile, groups: openTo }];
  });
}
