import { Construct } from 'constructs';
import { asYaml, ConfigFile } from '../core/config-file.js';
import { internet } from '../core/destinations.js';
import type { Endpoint } from '../core/endpoint.js';
import { scratch } from '../core/mount.js';
import { Probe } from '../core/probe.js';
import { Workload } from '../core/workload.js';
import { random } from '../secrets/generator.js';
import type { Vault } from '../secrets/vault.js';

export interface SearXngProps {
  readonly vault: Vault;
}

const name = 'searxng';
const port = 8080;

/**
 * SearXNG: searches the web on behalf of people and of the AI colleague. It keeps nothing, so it has no disk and
 * nothing to back up. Run as published, because its licence (AGPL-3.0) obliges whoever changes it to offer the change.
 * @see https://docs.searxng.org/admin/settings/
 */
export class SearXng extends Construct {
  /** Page and API: `/search?q=…&format=json`. */
  readonly web: Endpoint;

  constructor(scope: Construct, id: string, { vault }: SearXngProps) {
    super(scope, id);
    const secret = vault
      .kv(this, name, { 'secret-key': random(32) })
      .syncTo(this, 'Secret', { name: 'searxng' });
    const config = new ConfigFile(this, 'Config', {
      name,
      files: {
        'settings.yml': asYaml({
          use_default_settings: true,
          general: { instance_name: 'Search', enable_metrics: false },
          // json is off by default, and asking for it is then answered with 403
          search: { formats: ['html', 'json'], safe_search: 0, autocomplete: '' },
          // the limiter keeps strangers' robots out and needs a Valkey; here nobody is a stranger
          server: { limiter: false, public_instance: false, image_proxy: true, method: 'GET' },
          valkey: { url: false },
          outgoing: { request_timeout: 6 },
        }),
      },
    });
    const server = new Workload(this, 'Server', {
      name,
      image: 'searxng',
      size: 'searxng',
      listens: { http: port },
      env: {
        SEARXNG_SECRET: secret.key('secret-key'),
        // the image listens on '::', which a node without IPv6 refuses
        GRANIAN_HOST: '0.0.0.0',
        GRANIAN_PORT: port,
        GRANIAN_BLOCKING_THREADS: 4,
      },
      mounts: [config.mountAt('/etc/searxng'), scratch('/var/cache/searxng', 256), scratch('/tmp')],
      probes: {
        liveness: Probe.tcp('http'),
        readiness: Probe.http('http', '/healthz'),
        startup: Probe.http('http', '/healthz', { failures: 30 }),
      },
      uses: [internet('search engines', 80, 443)],
    });
    this.web = server.endpoint('http');
  }
}
