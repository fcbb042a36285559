import { Construct } from 'constructs';
import { nameServerHost } from '../core/destinations.js';
import { Probe } from '../core/probe.js';
import { Workload } from '../core/workload.js';
import type { Kratos } from './kratos.js';

/**
 * A page to look after people: invite, disable, reset. It has no login of its own and passes Kratos' admin API to
 * the browser, so it is only ever reached through a gate for administrators.
 * @see https://github.com/dfoxg/kratos-admin-ui
 */
export class AdminUi extends Construct {
  readonly workload: Workload;

  constructor(scope: Construct, id: string, { kratos }: { readonly kratos: Kratos }) {
    super(scope, id);
    this.workload = new Workload(this, 'Server', {
      name: 'kratos-admin-ui',
      image: 'kratosAdminUi',
      size: 'kratos-admin-ui',
      listens: { http: 8080 },
      env: {
        KRATOS_ADMIN_URL: kratos.admin.url(),
        KRATOS_PUBLIC_URL: kratos.public.url(),
        // nginx resolves upstream names by itself
        NAMESERVER: nameServerHost,
      },
      probes: { liveness: Probe.tcp('http'), readiness: Probe.http('http', '/') },
      exceptions: { writableRoot: 'the image writes its nginx configuration from a template when it starts' },
    });
  }
}
