import { Construct } from 'constructs';
import { scratch } from '../core/mount.js';
import { Probe } from '../core/probe.js';
import { Tier } from '../core/tier.js';
import { Workload } from '../core/workload.js';
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
}

/** The box's own sign-in pages: Kratos' flows, Hydra's consent and sign-out. */
export class LoginUi extends Construct {
  readonly workload: Workload;

  constructor(scope: Construct, id: string, props: LoginUiProps) {
    super(scope, id);
    const { brand, domain } = Tier.of(this).box.site.settings;
    const secrets = props.vault
      .kv(this, 'login-ui', { 'cookie-secret': random(32), 'csrf-cookie-secret': random(32) })
      .syncTo(this, 'Secrets', { name: 'login-ui' });
    this.workload = new Workload(this, 'Server', {
      name: 'login-ui',
      image: 'login',
      size: 'login',
      priority: 'box-core',
      listens: { http: 3000 },
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
      },
      mounts: [scratch('/tmp')],
      probes: { liveness: Probe.http('http', '/healthz'), readiness: Probe.http('http', '/readyz') },
      metrics: { port: 'http', path: '/metrics' },
    });
  }
}
