import { scratch } from '../core/mount.js';
import { Probe } from '../core/probe.js';
import type { Host } from '../edge/host.js';
import { random } from '../secrets/generator.js';
import type { Suite } from './suite.js';
import { SuiteApp } from './suite-app.js';

const port = 9980;

/**
 * Collabora Online at office.DOMAIN, which renders and edits office files for other apps over WOPI. It answers only
 * hosts that asked for it, so it is there only when an app needs it.
 * @see https://sdk.collaboraonline.com/docs/installation/Configuration.html
 */
export class Collabora extends SuiteApp {
  static readonly id = 'collabora';
  static readonly supporting = true;
  /** Where browsers reach the editor. */
  readonly office: Host;
  private readonly allowed: Host[] = [];

  constructor(suite: Suite) {
    super(suite, Collabora.id);
    const secrets = this.secret({ password: random(24) });
    this.office = this.host('office', {});
    const server = this.workload('server', {
      image: 'collabora',
      size: 'collabora',
      listens: { http: port },
      grace: 60,
      env: {
        aliasgroup1: () => this.allowList(),
        server_name: this.office.name,
        username: 'admin',
        password: secrets.key('password'),
        dictionaries: 'en_GB fr_FR de_DE pt_PT',
        DONT_GEN_SSL_CERT: 'true',
        // TLS ends at the edge; documents are confined by the pod, since jails need capabilities that pods here lack
        extra_params: [
          'ssl.enable=false',
          'ssl.termination=true',
          'net.proto=IPv4',
          'logging.level=warning',
          'security.capabilities=false',
          'security.seccomp=false',
          'mount_jail_tree=false',
        ]
          .map((option) => `--o:${option}`)
          .join(' '),
      },
      mounts: [scratch('/tmp', 1024)],
      // it fetches and saves documents at the apps' public names
      uses: [this.suite.services.edge.proxy.https],
      probes: {
        startup: Probe.http('http', '/', { failures: 60 }),
        liveness: Probe.tcp('http'),
        readiness: Probe.http('http', '/hosting/discovery'),
      },
      metrics: { port: 'http', path: '/cool/getMetrics' },
      exceptions: { writableRoot: 'the editor unpacks templates and keeps document jails below /opt/cool' },
    });
    this.office
      .route('/', server, {
        webSocket: true,
        bodyLimitMi: 'unlimited',
        timeouts: { response: 600, idle: 600 },
      })
      .deny(['/cool/adminws', '/cool/getMetrics', '/browser/dist/admin']);
  }

  /** Lets an app's host open its files here. */
  allow(host: Host): void {
    this.allowed.push(host);
  }

  /** One regular expression for all hosts, in the form Collabora takes: `https://(docs|drive)\.domain:443`. */
  private allowList(): string {
    const quoted = (name: string) => name.replaceAll('.', '\\.');
    const labels = this.allowed.map(({ label }) => quoted(label)).join('|');
    return `https://(${labels})\\.${quoted(this.suite.box.site.settings.domain)}:443`;
  }
}
