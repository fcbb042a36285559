import type { Construct } from 'constructs';
import { namespaces } from '../core/namespaces.js';
import type { Priority } from '../core/priorities.js';
import { Tier } from '../core/tier.js';
import { type ChartResources, chartResources, OperatorChart } from './chart.js';
import { operatorSize } from './operator-sizes.js';

/** The values of `hashicorp/vault-secrets-operator` that are set here. */
export interface VaultSecretsOperatorValues {
  readonly controller: {
    readonly priorityClassName: Priority;
    readonly podSecurityContext: {
      readonly runAsNonRoot: true;
      readonly seccompProfile: { readonly type: 'RuntimeDefault' };
    };
    readonly securityContext: {
      readonly allowPrivilegeEscalation: false;
      readonly capabilities: { readonly drop: readonly string[] };
    };
    readonly kubeRbacProxy: { readonly resources: ChartResources };
    readonly manager: {
      readonly globalTransformationOptions: { readonly excludeRaw: true };
      readonly resources: ChartResources;
    };
  };
  readonly hooks: { readonly resources: ChartResources };
  readonly tests: { readonly enabled: false };
}

/** Vault Secrets Operator: entries and credentials of the vault as Kubernetes Secrets. */
export class VaultSecretsOperator extends OperatorChart<VaultSecretsOperatorValues> {
  /** Labels of the operator's pods. @see hashicorp/vault-secrets-operator `chart/templates/deployment.yaml` */
  static readonly podLabels = {
    'control-plane': 'controller-manager',
    'app.kubernetes.io/name': 'vault-secrets-operator',
  };

  constructor(scope: Construct, id: string) {
    const { site } = Tier.of(scope).box;
    const manager = operatorSize(site, 'vault-secrets-operator');
    const metrics = operatorSize(site, 'vault-secrets-operator-metrics');
    super(scope, id, {
      chart: 'vaultSecretsOperator',
      namespace: namespaces.vaultSecretsOperator,
      values: {
        controller: {
          priorityClassName: 'box-platform',
          // the chart's own contexts stop short of Pod Security 'restricted', which its namespace enforces
          podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          kubeRbacProxy: { resources: chartResources(metrics) },
          manager: {
            // Secrets hold the keys that were asked for, never the vault's whole answer as `_raw`
            globalTransformationOptions: { excludeRaw: true },
            resources: chartResources(manager),
          },
        },
        hooks: { resources: chartResources(manager) },
        tests: { enabled: false },
      },
      pods: [{ name: 'vault-secrets-operator', containers: [manager, metrics] }],
    });
  }
}
