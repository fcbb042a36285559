import type { BudgetRow } from '../../constructs/core/budget.js';
import type { Manifest } from '../../constructs/core/manifest.js';
import { type Resources, sizes } from '../../constructs/core/sizes.js';
import { type Api, messageOf } from './api.js';
import type { RenderedBox } from './box.js';

/** Namespace of the stand-ins; no part of the box. */
export const standInNamespace = 'stand-ins';

const kinds = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

interface Template {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
}

const templateOf = ({ spec }: Manifest) => (spec as { template: Template; replicas?: number }).template;
const replicasOf = ({ spec }: Manifest) => (spec as { replicas?: number }).replicas ?? 1;

/** What operators and the mesh run, which nobody starts here: rows of the budget, and a proxy for each meshed pod. */
export function missingPods({ manifests, budget, site }: RenderedBox): BudgetRow[] {
  const own = manifests.filter(({ kind }) => kinds.has(kind));
  const names = new Set(own.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  const foreign = budget.rows.filter(({ namespace, workload }) => !names.has(`${namespace}/${workload}`));
  const meshed = own.filter(
    (workload) => templateOf(workload).metadata?.annotations?.['linkerd.io/inject'] !== 'disabled',
  );
  const proxies = meshed.reduce((sum, workload) => sum + replicasOf(workload), 0);
  return [
    ...foreign,
    { namespace: 'mesh', workload: 'proxy', replicas: proxies, resources: site.resources(sizes.mesh) },
  ];
}

/** Starts pods of the same size in their place, so that the scheduler sees the whole box. */
export async function addStandIns(api: Api, rows: readonly BudgetRow[]): Promise<void> {
  const labels = { 'app.kubernetes.io/part-of': standInNamespace };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: standInNamespace } };
  const { status, body } = await api.ask('POST', '/api/v1/namespaces', namespace);
  // those of an earlier box lived there
  if (status !== 201 && status !== 409) throw new Error(messageOf(body));
  for (const { namespace, workload, replicas, resources } of rows) {
    const name = `${namespace}-${workload}`;
    await api.must('POST', `/apis/apps/v1/namespaces/${standInNamespace}/deployments`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, labels },
      spec: {
        replicas,
        selector: { matchLabels: { name } },
        template: { metadata: { labels: { ...labels, name } }, spec: podOf(resources) },
      },
    });
  }
}

function podOf({ cpu, memory, limit }: Resources): object {
  return {
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'stand-in',
        image: 'stand-in',
        resources: { requests: { cpu: `${cpu}m`, memory: `${memory}Mi` }, limits: { memory: `${limit}Mi` } },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  };
}

/** Takes them away again, to be replaced by those of another box. */
export async function removeStandIns(api: Api): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${standInNamespace}/deployments`;
  await api.must('DELETE', path);
}
