import type { App } from './apps.js';
import { type Brand, brandOf } from './brand.js';
import type { Config } from './config.js';
import { Csrf } from './csrf.js';
import { Destinations } from './destinations.js';
import { Hydra } from './hydra.js';
import { Kratos } from './kratos.js';
import type { Logger } from './log.js';
import { Metrics } from './metrics.js';
import { Seal } from './sealed.js';
import { Upstream } from './upstream.js';

/** What answering a request needs, made once. */
export interface Services {
  readonly config: Config;
  readonly apps: readonly App[];
  readonly brand: Brand;
  readonly kratos: Kratos;
  readonly hydra: Hydra;
  readonly destinations: Destinations;
  readonly csrf: Csrf;
  readonly seal: Seal;
  readonly metrics: Metrics;
  readonly log: Logger;
}

export function makeServices(config: Config, apps: readonly App[], log: Logger): Services {
  const metrics = new Metrics();
  const upstream = (name: string, base: string) =>
    new Upstream(name, base, config.UPSTREAM_TIMEOUT_SECONDS, metrics);
  return {
    config,
    apps,
    brand: brandOf(config),
    kratos: new Kratos(
      upstream('kratos', config.KRATOS_PUBLIC_URL),
      upstream('kratos-admin', config.KRATOS_ADMIN_URL),
    ),
    hydra: new Hydra(upstream('hydra', config.HYDRA_ADMIN_URL)),
    destinations: new Destinations(config),
    csrf: new Csrf(config.CSRF_COOKIE_SECRET),
    seal: new Seal(config.COOKIE_SECRET),
    metrics,
    log,
  };
}
