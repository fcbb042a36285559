import { ApiResource, ConfigMap, Role, RoleBinding, Secret, ServiceAccount } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { asYaml, ConfigFile } from '../core/config-file.js';
import { kubernetesApi } from '../core/destinations.js';
import type { Endpoint } from '../core/endpoint.js';
import { ForeignPods } from '../core/foreign-pods.js';
import { Probe } from '../core/probe.js';
import { Tier } from '../core/tier.js';
import { Workload } from '../core/workload.js';
import type { ProxyConfig } from './proxy-config.js';

/** Name of the proxy's Deployment, Service, ServiceAccount, Role. */
const name = 'proxy';
const configFolder = '/etc/proxy';
/** ConfigMap and key the proxy reads, and watches, its configuration in. */
export const proxyConfigMap = { name: 'proxy-config', key: 'config.yaml' } as const;
/** Ports of the container; the public ones are mapped to those of the node. */
export const proxyPorts = { http: 8080, https: 8443, admin: 9090 } as const;

const read = ['get', 'list', 'watch'];

export interface EdgeProxyProps {
  /** The configuration, asked for when everything is declared. */
  readonly config: () => ProxyConfig;
  /** Whether certificates are proven over HTTP: the proxy must find and reach cert-manager's solvers. */
  readonly acme: boolean;
}

/** The edge proxy: the only thing that listens on the server's public ports for the web. */
export class EdgeProxy extends Construct {
  /** Plain HTTP: redirects to HTTPS, and ACME challenges. */
  readonly http: Endpoint;
  /** Where every public host name is served. */
  readonly https: Endpoint;
  private readonly workload: Workload;
  private readonly acme: boolean;

  constructor(scope: Construct, id: string, props: EdgeProxyProps) {
    super(scope, id);
    const { site } = Tier.of(this).box;
    this.acme = props.acme;
    const config = new ConfigFile(this, 'Config', {
      name: proxyConfigMap.name,
      files: { [proxyConfigMap.key]: asYaml(props.config) },
    });
    this.workload = new Workload(this, 'Server', {
      name,
      image: 'proxy',
      size: 'proxy',
      kind: site.isCluster ? 'DaemonSet' : 'Deployment',
      priority: 'box-platform',
      listens: {
        http: { port: proxyPorts.http, service: 80, node: 80 },
        https: {
          port: proxyPorts.https,
          service: 443,
          node: 443,
          protocol: 'tcp',
          needsTrust: site.settings.tls.issuer === 'local',
        },
        admin: proxyPorts.admin,
      },
      env: { CONFIG: `${configFolder}/${proxyConfigMap.key}` },
      mounts: [config.watchedAt(configFolder)],
      probes: {
        liveness: Probe.http('admin', '/healthz'),
        readiness: Probe.http('admin', '/readyz'),
        startup: Probe.http('admin', '/healthz', { period: 2, failures: 30 }),
      },
      metrics: { port: 'admin', path: '/metrics' },
      uses: [kubernetesApi(site), ...(props.acme ? [this.solvers()] : [])],
      exceptions: {
        hostPorts: 'the public ports of the server, with the true address of every client',
        apiToken: 'watches its certificates and its configuration, so that a change needs no restart',
      },
      // long enough to tell open WebSockets to come back elsewhere, spread over half a minute
      grace: 45,
    });
    this.http = this.workload.endpoint('http');
    this.https = this.workload.endpoint('https');
  }

  /**
   * Opens a port of the node for raw TCP.
   * @returns the port of the container
   */
  listen(portName: string, nodePort: number): number {
    // unprivileged, and in the case of SSH the usual one: 22 -> 2222
    const port = nodePort < 1024 ? nodePort + 2200 : nodePort;
    this.workload.listen(portName, { port, service: nodePort, node: nodePort, protocol: 'tcp' });
    return port;
  }

  /** Lets the proxy read its Secrets and its ConfigMap by name, and the Ingresses of its namespace. */
  grantAccess(secrets: readonly string[]): void {
    const role = new Role(this, 'Role', { metadata: { name } });
    for (const secret of secrets) role.allow(read, Secret.fromSecretName(this, `Secret-${secret}`, secret));
    role.allow(read, ConfigMap.fromConfigMapName(this, 'ConfigMap', proxyConfigMap.name));
    // the solvers' names are generated, so they can only be listed
    if (this.acme) role.allow(['list', 'watch'], ApiResource.INGRESSES);
    new RoleBinding(this, 'RoleBinding', {
      metadata: { name },
      role: Role.fromRoleName(this, 'RoleOfBinding', name),
    }).addSubjects(
      ServiceAccount.fromServiceAccountName(this, 'Subject', this.workload.serviceAccountName, {
        namespaceName: this.workload.namespace,
      }),
    );
  }

  /** Pods cert-manager starts to answer HTTP-01 challenges. @see https://cert-manager.io/docs/configuration/acme/http01/ */
  private solvers(): Endpoint {
    const pods = new ForeignPods(this, 'Solvers', {
      name: 'acme-solver',
      podLabels: { 'acme.cert-manager.io/http01-solver': 'true' },
    });
    return pods.endpoint({ service: 'cm-acme-http-solver', name: 'http', port: 8089 });
  }
}
