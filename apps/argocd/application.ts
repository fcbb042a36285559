import { ApiObject, type Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import type { Manifest } from '../../constructs/core/manifest.js';
import { namespaces } from '../../constructs/core/namespaces.js';
import { inCluster, injectedAuthorities, syncRetry } from '../../constructs/platform/argo.js';
import { Application } from '../../imports/argoproj.io.js';
import { healthChecks } from './health.js';

/** Name of Application and AppProject. */
const name = 'business-box';
const metadata = { name, namespace: namespaces.argocd.name };

export interface TrackingProps {
  /** URL of the repository. */
  readonly repo: string;
  /** Branch with nothing but synthesized files. */
  readonly branch: string;
  /** What the box consists of; the project allows exactly these kinds outside namespaces. */
  readonly manifests: readonly Manifest[];
}

/** Lets Argo CD make what a box is made of, from one repository, and nothing else. */
export function renderProject(chart: Chart, { repo, manifests }: TrackingProps): void {
  const clusterWide = new Map<string, { group: string; kind: string }>();
  for (const { apiVersion, kind, metadata } of manifests) {
    if (metadata.namespace !== undefined) continue;
    const group = apiVersion.includes('/') ? apiVersion.replace(/\/.*$/, '') : '';
    clusterWide.set(`${group}/${kind}`, { group, kind });
  }
  const whitelist = [...clusterWide].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  new ApiObject(chart, 'Project', {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata,
    spec: {
      description: 'The business box: everything on its server',
      sourceRepos: [repo],
      // those of apps that are off as well, so that switching one on needs nothing here
      destinations: Object.values(namespaces).map((namespace) => ({
        server: inCluster,
        namespace: namespace.name,
      })),
      clusterResourceWhitelist: whitelist,
      // secrets are born in the cluster: one in the repository is a mistake
      namespaceResourceBlacklist: [{ group: '', kind: 'Secret' }],
    },
  });
}

/** Tracks the branch. Without a finalizer: deleting the Application leaves the box running. */
export function renderApplication(chart: Chart, { repo, branch }: TrackingProps): void {
  const restarted = ['vso.secrets.hashicorp.com/restartedAt', 'kubectl.kubernetes.io/restartedAt'];
  new Application(chart, 'Application', {
    metadata: {
      ...metadata,
      // defaults that the API server and admission webhooks fill in are no difference
      annotations: {
        'argocd.argoproj.io/compare-options': 'ServerSideDiff=true,IncludeMutationWebhook=true',
      },
    },
    spec: {
      project: name,
      source: {
        repoUrl: repo,
        targetRevision: branch,
        path: '.',
        // host/ holds files for the server, chart/ templates
        directory: { recurse: false, include: '*.k8s.yaml', exclude: '{host/**,chart/**}' },
      },
      // objects say themselves where they belong; the project asks for a namespace it knows
      destination: { server: inCluster, namespace: namespaces.boxSystem.name },
      ignoreDifferences: [
        ...['Deployment', 'StatefulSet', 'DaemonSet'].map((kind) => ({
          group: 'apps',
          kind,
          // whoever gets a new secret is restarted by this mark
          jsonPointers: restarted.map(
            (mark) => `/spec/template/metadata/annotations/${mark.replaceAll('/', '~1')}`,
          ),
        })),
        ...injectedAuthorities,
      ],
      syncPolicy: {
        // what holds data carries Prune=false of its own
        automated: { prune: true, selfHeal: true, allowEmpty: false },
        syncOptions: [
          'ServerSideApply=true',
          'CreateNamespace=false',
          'PruneLast=true',
          'PrunePropagationPolicy=foreground',
          'RespectIgnoreDifferences=true',
          'FailOnSharedResource=true',
          // definitions come with the operators, which an earlier wave installs
          'SkipDryRunOnMissingResource=true',
        ],
        retry: syncRetry,
      },
    },
  });
}

/** What Argo CD's own settings need: keys beside those that are there. */
export function renderSettings(chart: Chart): void {
  const data = Object.entries(healthChecks).map(([kind, lua]) => [
    `resource.customizations.health.${kind}`,
    lua,
  ]);
  new k8s.KubeConfigMap(chart, 'Settings', {
    metadata: {
      name: 'argocd-cm',
      namespace: namespaces.argocd.name,
      labels: { 'app.kubernetes.io/part-of': 'argocd' },
    },
    data: Object.fromEntries(data),
  });
}
