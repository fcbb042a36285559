import { Construct } from 'constructs';
import { Application } from '../../imports/argoproj.io.js';
import { HelmChart, HelmChartSpecFailurePolicy } from '../../imports/helm.cattle.io.js';
import type { ChartName, ChartPin } from '../core/images.js';
import { type NamespaceProps, namespaces } from '../core/namespaces.js';
import type { Site } from '../core/site.js';
import type { Resources } from '../core/sizes.js';
import { Tier } from '../core/tier.js';
import { type Wave, waveAnnotation } from '../core/waves.js';
import { inCluster, injectedAuthorities, syncRetry } from './argo.js';

/** Requests and memory limit in the form of a container, which most charts hand through. */
export interface ChartResources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly memory: string };
}

/** Figures of one container as chart values. */
export const chartResources = ({ cpu, memory, limit }: Resources): ChartResources => ({
  requests: { cpu: `${cpu}m`, memory: `${memory}Mi` },
  limits: { memory: `${limit}Mi` },
});

/** Pods a chart makes, as the resource table counts them. */
export interface OperatorPod {
  /** Name of the Deployment or DaemonSet. */
  readonly name: string;
  /** @default 1 */
  readonly replicas?: number;
  /** Its long-running containers. */
  readonly containers: readonly Resources[];
}

export interface OperatorChartProps<Values extends object> {
  /** Pin of the chart; its name is also the release's. */
  readonly chart: ChartName;
  /** Where the chart's objects go. Made by the box first, so that its labels hold from the first pod on. */
  readonly namespace: NamespaceProps;
  readonly values: Values;
  /** @default - none: a chart of definitions only */
  readonly pods?: readonly OperatorPod[];
  /** When its pods can become ready, if that is later than their tier's wave. @default - the tier's wave */
  readonly wave?: Wave;
}

/** Time a chart's hooks may take, images pulled over a slow line included. */
const timeout = '10m0s';

/** Namespace of the objects that tell the installer what to install. */
export const installerNamespace = (site: Site): NamespaceProps =>
  site.settings.installer === 'argocd' ? namespaces.argocd : namespaces.kubeSystem;

/**
 * An upstream chart at its pinned version, installed by k3s or by Argo CD as the site says. Values are typed by each
 * subclass, because Helm ignores a misspelt one without a word.
 * @see https://docs.k3s.io/add-ons/helm
 */
export class OperatorChart<Values extends object = object> extends Construct {
  /** Name of the Helm release. */
  readonly release: string;
  readonly namespace: string;
  readonly values: Values;
  private readonly pin: ChartPin;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: OperatorChartProps<Values>,
  ) {
    super(scope, id);
    const { box } = Tier.of(this);
    this.pin = box.site.chart(props.chart);
    this.release = this.pin.chart;
    this.namespace = props.namespace.name;
    this.values = props.values;
    box.cluster.addNamespace(props.namespace);
    box.cluster.addNamespace(installerNamespace(box.site));
    for (const { name, replicas, containers } of props.pods ?? []) {
      box.budget.add({
        namespace: this.namespace,
        workload: name,
        replicas: replicas ?? 1,
        resources: containers.reduce((sum, next) => ({
          cpu: sum.cpu + next.cpu,
          memory: sum.memory + next.memory,
          limit: sum.limit + next.limit,
        })),
      });
    }
    if (box.site.settings.installer === 'argocd') this.application();
    else this.helmChart();
  }

  private get metadata() {
    const { wave } = this.props;
    return {
      name: this.release,
      namespace: installerNamespace(Tier.of(this).box.site).name,
      ...(wave === undefined ? {} : { annotations: { [waveAnnotation]: String(wave) } }),
    };
  }

  /** `abort`, because the default policy uninstalls a release that failed, with all that hangs on its definitions. */
  private helmChart(): void {
    new HelmChart(this, 'Resource', {
      metadata: this.metadata,
      spec: {
        repo: this.pin.repo,
        chart: this.pin.chart,
        version: this.pin.version,
        targetNamespace: this.namespace,
        createNamespace: false,
        failurePolicy: HelmChartSpecFailurePolicy.ABORT,
        timeout,
        values: this.values,
      },
    });
  }

  private application(): void {
    new Application(this, 'Resource', {
      metadata: this.metadata,
      spec: {
        project: 'default',
        source: {
          repoUrl: this.pin.repo,
          chart: this.pin.chart,
          targetRevision: this.pin.version,
          helm: { releaseName: this.release, valuesObject: this.values },
        },
        destination: { server: inCluster, namespace: this.namespace },
        ignoreDifferences: injectedAuthorities,
        syncPolicy: {
          // nothing is pruned: a definition that goes takes every object of its kind along
          automated: { prune: false, selfHeal: true },
          syncOptions: ['ServerSideApply=true', 'CreateNamespace=false', 'RespectIgnoreDifferences=true'],
          retry: syncRetry,
        },
      },
    });
  }
}
