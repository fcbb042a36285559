import { type Endpoint, serviceHost } from '../core/endpoint.js';
import { type Env, PodField } from '../core/env.js';
import type { ImageName } from '../core/images.js';
import { type Mount, scratch } from '../core/mount.js';
import { Probe } from '../core/probe.js';
import type { SecretRef } from '../core/secret.js';
import type { SizeName } from '../core/sizes.js';
import { Task } from '../core/task.js';
import { Workload } from '../core/workload.js';
import type { Bucket } from '../data/bucket.js';
import type { Database } from '../data/database.js';
import type { ValkeyClient } from '../data/valkey.js';
import type { Host } from '../edge/host.js';
import type { OidcClient } from '../identity/oidc-client.js';
import { cacheEnv, databaseEnv, djangoEnv, mailEnv, oidcEnv, storageEnv } from './django-env.js';
import type { SuiteApp } from './suite-app.js';

export interface DjangoProps {
  readonly image: ImageName;
  /** Python package of the project, e.g. 'impress'. */
  readonly module: string;
  readonly host: Host;
  readonly database: Database;
  readonly valkey: ValkeyClient;
  readonly bucket: Bucket;
  readonly login: OidcClient;
  /** Needs the keys `django-secret-key` and `superuser-password`. */
  readonly secrets: SecretRef;
  readonly sizes: { readonly backend: SizeName; readonly worker: SizeName };
  /** What is particular to the app; wins over the shared settings. */
  readonly env?: Env;
  /** Settings of the worker alone. */
  readonly workerEnv?: Env;
}

const port = 8000;
/** Answers while the process lives; asks nobody else. */
const alive = '/__lbheartbeat__';
/** Asks database, migrations and cache: a pod waits for the migration with it. */
const ready = '/__heartbeat__';

/**
 * The shape all of La Suite's Django apps share: a web server, a Celery worker, a migration before them, one
 * environment for all three.
 */
export class DjangoApp {
  readonly backend: Workload;
  readonly worker: Workload;
  /** The web server. */
  readonly web: Endpoint;

  constructor(scope: SuiteApp, props: DjangoProps) {
    const { app } = scope;
    const { services, box } = scope.suite;
    const { image, module, secrets, host } = props;
    const name = `${app}-backend`;
    const login = props.database.rotatingLogin(scope);
    const mail = services.mail.login(scope, `${app}-mail`);
    const mounts: Mount[] = [login.mount, scratch('/tmp', 256)];
    const ownHosts = [name, serviceHost(name, scope.suite.namespaceName)];
    const shared: Env = {
      ...djangoEnv(module, secrets.key('django-secret-key'), ownHosts, host),
      ...databaseEnv(props.database, login),
      ...cacheEnv(props.valkey, app),
      ...storageEnv(props.bucket, host),
      ...oidcEnv(services.identity, props.login, host),
      ...mailEnv(services.mail, mail, box.site, host),
      ...props.env,
    };
    new Task(scope, 'Migrate', {
      name: `${app}-migrate`,
      image,
      size: 'task',
      steps: [{ name: 'migrate', command: ['python', 'manage.py', 'migrate', '--no-input'] }],
      // makes the administrator once; does nothing when there is one
      command: ['python', 'manage.py', 'createsuperuser'],
      args: ['--email', '$(DJANGO_SUPERUSER_EMAIL)', '--password', '$(DJANGO_SUPERUSER_PASSWORD)'],
      env: {
        ...shared,
        DJANGO_SUPERUSER_EMAIL: box.site.settings.adminEmail,
        DJANGO_SUPERUSER_PASSWORD: secrets.key('superuser-password'),
      },
      mounts,
    });
    this.backend = new Workload(scope, 'Backend', {
      name,
      image,
      size: props.sizes.backend,
      listens: { http: port },
      env: { WEB_CONCURRENCY: 2, ...shared },
      mounts,
      probes: {
        startup: Probe.http('http', ready, { failures: 60 }),
        liveness: Probe.http('http', alive),
        readiness: Probe.http('http', ready, { period: 15 }),
      },
    });
    this.web = this.backend.endpoint('http');
    const celery = ['celery', '-A', `${module}.celery_app`];
    this.worker = new Workload(scope, 'Worker', {
      name: `${app}-worker`,
      image,
      size: props.sizes.worker,
      command: [...celery, 'worker', '-l', 'INFO', '-n', `${module}@$(POD_NAME)`, '-c', '2'],
      env: { POD_NAME: PodField.name, ...shared, ...props.workerEnv },
      mounts,
      probes: {
        // each question starts a Python: ask seldom; Kubernetes expands no variables here, the shell does
        liveness: Probe.exec(['sh', '-c', `exec ${celery.join(' ')} inspect ping -d ${module}@$POD_NAME`], {
          period: 120,
          timeout: 30,
        }),
      },
    });
  }
}
