import type { Construct } from 'constructs';
import type { Endpoint } from '../core/endpoint.js';
import { exceptionPrefix } from '../core/hardening.js';
import { namespaces } from '../core/namespaces.js';
import type { Priority } from '../core/priorities.js';
import { Tier } from '../core/tier.js';
import { type ChartResources, chartResources, OperatorChart } from './chart.js';
import { operatorSize } from './operator-sizes.js';

/** The values of `ory/hydra-maester` that are set here. */
export interface HydraMaesterValues {
  readonly adminService: {
    readonly scheme: 'http';
    readonly name: string;
    readonly port: number;
    readonly endpoint: '/admin/clients';
  };
  readonly priorityClassName: Priority;
  readonly deployment: {
    readonly args: { readonly syncPeriod: string };
    readonly resources: ChartResources;
    readonly podMetadata: { readonly annotations: Readonly<Record<string, string>> };
  };
}

/**
 * hydra-maester: clients of the identity provider as resources, with a Secret for each. It watches all namespaces;
 * `enabledNamespaces` stays empty, because it only adds roles the cluster-wide one holds already.
 */
export class HydraMaester extends OperatorChart<HydraMaesterValues> {
  /** Labels of its pods. @see ory/k8s `helm/charts/hydra-maester/templates/deployment.yaml` */
  static readonly podLabels = {
    'control-plane': 'controller-manager',
    'app.kubernetes.io/name': 'hydra-maester',
  };

  /** @param admin where Hydra's admin API listens */
  constructor(scope: Construct, id: string, admin: Endpoint) {
    const size = operatorSize(Tier.of(scope).box.site, 'hydra-maester');
    super(scope, id, {
      chart: 'hydraMaester',
      namespace: namespaces.ory,
      values: {
        adminService: {
          scheme: 'http',
          name: admin.hostName,
          port: admin.port,
          endpoint: '/admin/clients',
        },
        priorityClassName: 'box-platform',
        deployment: {
          // it looks again soon: a client registered before its synced Secret was there gets it then, not after 10 h
          args: { syncPeriod: '5m' },
          resources: chartResources(size),
          podMetadata: {
            annotations: {
              'linkerd.io/inject': 'disabled',
              [`${exceptionPrefix}unmeshed`]: 'an operator must work while the mesh is being installed',
            },
          },
        },
      },
      pods: [{ name: 'hydra-maester', containers: [size] }],
    });
  }
}
