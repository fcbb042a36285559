import type { Construct } from 'constructs';
import { namespaces } from '../core/namespaces.js';
import type { Priority } from '../core/priorities.js';
import { Tier } from '../core/tier.js';
import { type ChartResources, chartResources, OperatorChart } from './chart.js';
import { operatorSize } from './operator-sizes.js';

/** The values of `jetstack/cert-manager` that are set here. */
export interface CertManagerValues {
  readonly crds: { readonly enabled: true; readonly keep: true };
  readonly global: {
    readonly priorityClassName: Priority;
    readonly leaderElection: { readonly namespace: string };
  };
  readonly resources: ChartResources;
  readonly cainjector: { readonly resources: ChartResources };
  readonly webhook: { readonly replicaCount: number; readonly resources: ChartResources };
  readonly startupapicheck: { readonly enabled: false };
}

/** cert-manager: keys and certificates, public and internal. */
export class CertManager extends OperatorChart<CertManagerValues> {
  constructor(scope: Construct, id: string) {
    const { site } = Tier.of(scope).box;
    const controller = operatorSize(site, 'cert-manager');
    const cainjector = operatorSize(site, 'cert-manager-cainjector');
    const webhook = operatorSize(site, 'cert-manager-webhook');
    const webhooks = site.isCluster ? 2 : 1;
    super(scope, id, {
      chart: 'certManager',
      namespace: namespaces.certManager,
      values: {
        crds: { enabled: true, keep: true },
        global: {
          priorityClassName: 'box-platform',
          leaderElection: { namespace: namespaces.certManager.name },
        },
        resources: chartResources(controller),
        cainjector: { resources: chartResources(cainjector) },
        webhook: { replicaCount: webhooks, resources: chartResources(webhook) },
        // a check that times out on a slow line would leave the release failed; `box up` waits for the webhook instead
        startupapicheck: { enabled: false },
      },
      pods: [
        { name: 'cert-manager', containers: [controller] },
        { name: 'cert-manager-cainjector', containers: [cainjector] },
        { name: 'cert-manager-webhook', replicas: webhooks, containers: [webhook] },
      ],
    });
  }
}

/** The values of `jetstack/trust-manager` that are set here. */
export interface TrustManagerValues {
  readonly crds: { readonly enabled: true; readonly keep: true };
  readonly app: {
    readonly trust: { readonly namespace: string };
    readonly webhook: { readonly tls: { readonly helmCert: { readonly enabled: boolean } } };
  };
  readonly priorityClassName: Priority;
  readonly resources: ChartResources;
  readonly defaultPackage: { readonly resources: ChartResources };
}

/** trust-manager: certificate authorities as a ConfigMap in every namespace that asks for them. */
export class TrustManager extends OperatorChart<TrustManagerValues> {
  constructor(scope: Construct, id: string) {
    const { site } = Tier.of(scope).box;
    const size = operatorSize(site, 'trust-manager');
    super(scope, id, {
      chart: 'trustManager',
      namespace: namespaces.certManager,
      values: {
        crds: { enabled: true, keep: true },
        app: {
          trust: { namespace: namespaces.certManager.name },
          // k3s installs all charts at once, so this one must not need cert-manager's webhook to be there;
          // Argo CD renders again and again and would get a new certificate each time, but it retries
          webhook: { tls: { helmCert: { enabled: site.settings.installer === 'k3s' } } },
        },
        priorityClassName: 'box-platform',
        resources: chartResources(size),
        defaultPackage: { resources: chartResources(size) },
      },
      pods: [{ name: 'trust-manager', containers: [size] }],
    });
  }
}
