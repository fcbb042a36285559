import { scratch } from '../../constructs/core/mount.js';
import { Probe } from '../../constructs/core/probe.js';
import { Docs } from '../../constructs/lasuite/docs.js';
import type { Suite } from '../../constructs/lasuite/suite.js';
import { SuiteApp } from '../../constructs/lasuite/suite-app.js';
import { random } from '../../constructs/secrets/generator.js';

/** A wiki at wiki.DOMAIN, as somebody would add it who has read the documentation and nothing else. */
export class Wiki extends SuiteApp {
  static readonly id = 'wiki';
  /** Apps it shows links to. */
  readonly links: string[] = [];

  constructor(suite: Suite) {
    super(suite, Wiki.id);
    const host = this.host('wiki', { title: 'Wiki', description: 'What we know' });
    const login = this.client({ title: 'Wiki', host, callback: '/auth/callback', afterLogout: '/' });
    const bucket = this.bucket('sunbeam-wiki');
    const secrets = this.secret({ 'session-key': random(32) });
    const cache = suite.services.data.valkey.client(this, this.app, { cache: 20 });
    const server = this.workload('server', {
      image: 'login',
      size: { cpu: 50, memory: 128, limit: 256 },
      listens: { http: 3000 },
      env: {
        BASE_URL: host.url(),
        DATABASE_URL: this.database({ connections: 6 }).dailyDsn(this),
        REDIS_URL: cache.cacheUrl,
        OIDC_ISSUER: suite.services.identity.hydra.issuer,
        OIDC_CLIENT_ID: login.id,
        OIDC_CLIENT_SECRET: login.clientSecret,
        S3_ENDPOINT: bucket.endpoint.url(),
        S3_BUCKET: bucket.name,
        S3_ACCESS_KEY: bucket.accessKey,
        S3_SECRET_KEY: bucket.secretKey,
        SESSION_KEY: secrets.key('session-key'),
        LINKS: () => this.links.join(),
      },
      mounts: [scratch('/tmp')],
      probes: { liveness: Probe.tcp('http'), readiness: Probe.http('http', '/healthz') },
    });
    host.route('/', server);
    suite.link(Docs, () => this.links.push('docs'));
  }
}
