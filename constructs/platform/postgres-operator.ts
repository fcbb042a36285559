import type { Construct } from 'constructs';
import { namespaces } from '../core/namespaces.js';
import type { Priority } from '../core/priorities.js';
import { Tier } from '../core/tier.js';
import { Wave } from '../core/waves.js';
import { type ChartResources, chartResources, OperatorChart } from './chart.js';
import { operatorSize } from './operator-sizes.js';

/** The values of `cloudnative-pg` that are set here. */
export interface CloudNativePgValues {
  readonly priorityClassName: Priority;
  readonly resources: ChartResources;
}

/** CloudNativePG: PostgreSQL servers and databases as resources. */
export class CloudNativePg extends OperatorChart<CloudNativePgValues> {
  /** Labels of the operator's pods. @see cloudnative-pg/charts `cloudnative-pg/templates/_helpers.tpl` */
  static readonly podLabels = { 'app.kubernetes.io/name': 'cloudnative-pg' };

  constructor(scope: Construct, id: string) {
    const size = operatorSize(Tier.of(scope).box.site, 'cnpg-operator');
    super(scope, id, {
      chart: 'cloudnativePg',
      namespace: namespaces.cnpg,
      values: { priorityClassName: 'box-platform', resources: chartResources(size) },
      pods: [{ name: 'cloudnative-pg', containers: [size] }],
    });
  }
}

/** The values of `plugin-barman-cloud` that are set here. */
export interface BarmanCloudValues {
  readonly priorityClassName: Priority;
  readonly resources: ChartResources;
  readonly certificate: {
    readonly createIssuer: false;
    readonly createServerCertificate: false;
    readonly createClientCertificate: false;
  };
}

/** Barman Cloud plugin: base backups and write-ahead log of PostgreSQL into object storage. */
export class BarmanCloud extends OperatorChart<BarmanCloudValues> {
  /** Service of the plugin, and the Secrets its pod and the operator read. The chart fixes the names. */
  static readonly tls = {
    service: 'barman-cloud',
    server: 'barman-cloud-server-tls',
    client: 'barman-cloud-client-tls',
  };

  constructor(scope: Construct, id: string) {
    const size = operatorSize(Tier.of(scope).box.site, 'barman-cloud');
    super(scope, id, {
      chart: 'barmanCloud',
      namespace: namespaces.cnpg,
      wave: Wave.Trust,
      values: {
        priorityClassName: 'box-platform',
        resources: chartResources(size),
        // `Trust` declares them: a chart with cert-manager's resources fails while cert-manager is still starting
        certificate: {
          createIssuer: false,
          createServerCertificate: false,
          createClientCertificate: false,
        },
      },
      pods: [{ name: 'plugin-barman-cloud', containers: [size] }],
    });
  }
}
