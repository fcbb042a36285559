import type { Env } from '../core/env.js';
import { scratch } from '../core/mount.js';
import { Probe } from '../core/probe.js';
import { random } from '../secrets/generator.js';
import { Collabora } from './collabora.js';
import { DjangoApp } from './django-app.js';
import { oidcPaths, sessionSeconds } from './django-env.js';
import type { Suite } from './suite.js';
import { SuiteApp } from './suite-app.js';

/** Paths of the collaboration server: one for browsers, two for the backend. */
const collaborationPaths = { socket: '/collaboration/ws/', api: '/collaboration/api/', convert: '/api/' };

/**
 * Docs, documents written together at docs.DOMAIN.
 * @see https://github.com/suitenumerique/docs
 */
export class Docs extends SuiteApp {
  static readonly id = 'docs';
  static readonly needs = [Collabora];

  constructor(suite: Suite) {
    super(suite, Docs.id);
    const { data } = suite.services;
    const host = this.host('docs', { title: 'Docs', description: 'Write together' });
    // the history of a document is the history of its object
    const bucket = this.bucket('sunbeam-docs', { versioned: true });
    const secrets = this.secret({
      'django-secret-key': random(50),
      'collaboration-secret': random(32),
      'y-provider-api-key': random(32),
      'superuser-password': random(24),
    });

    const collaboration = this.workload('y-provider', {
      image: 'docsCollaboration',
      size: 'docs-y-provider',
      listens: { ws: 4444 },
      // rooms live in its memory: a second one would split them
      exclusive: true,
      env: {
        COLLABORATION_SERVER_SECRET: secrets.key('collaboration-secret'),
        COLLABORATION_SERVER_ORIGIN: host.url(),
        // it asks the backend with the visitor's cookie, and the backend insists on HTTPS: the public name
        COLLABORATION_BACKEND_BASE_URL: host.insideUrl(),
        COLLABORATION_LOGGING: false,
        Y_PROVIDER_API_KEY: secrets.key('y-provider-api-key'),
      },
      mounts: [scratch('/tmp')],
      probes: { liveness: Probe.tcp('ws'), readiness: Probe.http('ws', '/ping') },
    }).endpoint('ws');

    const valkey = data.valkey.client(this, this.app, { cache: 1, broker: 9 });
    const django = new DjangoApp(this, {
      image: 'docsBackend',
      module: 'impress',
      host,
      bucket,
      secrets,
      sizes: { backend: 'docs-backend', worker: 'docs-worker' },
      // two processes with three connections each, twice while a new version rolls out, and the worker's two
      database: this.database({ connections: 14, extensions: ['pg_trgm', 'fuzzystrmatch', 'unaccent'] }),
      valkey,
      login: this.client({ title: 'Docs', host, ...oidcPaths }),
      env: {
        DJANGO_CELERY_BROKER_URL: valkey.brokerUrl,
        DB_PSYCOPG_POOL_ENABLED: true,
        DB_PSYCOPG_POOL_MIN_SIZE: 1,
        DB_PSYCOPG_POOL_MAX_SIZE: 3,
        COLLABORATION_WS_URL: host.url(collaborationPaths.socket, 'wss'),
        COLLABORATION_API_URL: collaboration.url(collaborationPaths.api),
        COLLABORATION_SERVER_SECRET: secrets.key('collaboration-secret'),
        COLLABORATION_WS_NOT_CONNECTED_READ_ONLY: true,
        Y_PROVIDER_API_BASE_URL: collaboration.url(collaborationPaths.convert),
        Y_PROVIDER_API_KEY: secrets.key('y-provider-api-key'),
        ...this.aiEnv(),
        SESSION_COOKIE_AGE: sessionSeconds,
        FRONTEND_HOMEPAGE_FEATURE_ENABLED: false,
        FRONTEND_SILENT_LOGIN_ENABLED: true,
        TRASHBIN_CUTOFF_DAYS: 30,
      },
      workerEnv: { DB_PSYCOPG_POOL_ENABLED: false },
    });

    host
      .route('/', this.frontend({ image: 'docsFrontend', size: 'docs-frontend' }))
      // AI answers arrive word by word
      .route('/api', django.web, { class: 'stream' })
      .route(['/external_api', '/admin', '/static'], django.web)
      .route(collaborationPaths.socket, collaboration, { class: 'websocket', timeouts: { tunnel: 86_400 } })
      .media('/media/', {
        bucket: bucket.name,
        upstream: bucket.endpoint,
        authorizedBy: { endpoint: django.web, path: '/api/v1.0/documents/media-auth/' },
      });
    suite.link(Collabora, (collabora) => collabora.allow(host));
  }

  private aiEnv(): Env {
    const { ai } = this.suite.services;
    if (ai === undefined) return { AI_FEATURE_ENABLED: false };
    return {
      AI_FEATURE_ENABLED: true,
      AI_FEATURE_BLOCKNOTE_ENABLED: true,
      AI_FEATURE_LEGACY_ENABLED: true,
      AI_MODEL: ai.model,
      OPENAI_SDK_BASE_URL: ai.baseUrl,
      OPENAI_SDK_API_KEY: ai.key(this, `${this.app}-ai`),
    };
  }
}
