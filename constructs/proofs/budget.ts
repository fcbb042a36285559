import type { Manifest } from '../core/manifest.js';
import { reserved, sizes } from '../core/sizes.js';
import { type Finding, Findings, type ProofSite } from './finding.js';
import { charts, chartValues } from './foreign-pods.js';
import type { PodView } from './pod-view.js';
import { dig, isData, number, text } from './read.js';
import type { Tree } from './tree.js';

/** Cores in thousandths, memory in MiB. */
export interface Amount {
  readonly cpu: number;
  readonly memory: number;
  readonly limit: number;
}

/** One line of the resource table. */
export interface BudgetLine extends Amount {
  readonly namespace: string;
  readonly pods: number;
}

const none: Amount = { cpu: 0, memory: 0, limit: 0 };
const sum = (amounts: readonly Amount[]): Amount =>
  amounts.reduce(
    (total, { cpu, memory, limit }) => ({
      cpu: total.cpu + cpu,
      memory: total.memory + memory,
      limit: total.limit + limit,
    }),
    none,
  );
const times = ({ cpu, memory, limit }: Amount, count: number): Amount => ({
  cpu: cpu * count,
  memory: memory * count,
  limit: limit * count,
});
const most = (a: Amount, b: Amount): Amount => ({
  cpu: Math.max(a.cpu, b.cpu),
  memory: Math.max(a.memory, b.memory),
  limit: Math.max(a.limit, b.limit),
});

/** MiB of a memory quantity. @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
export function mebibytes(quantity: unknown): number {
  const [, value = '', unit = ''] = /^([\d.]+)([A-Za-z]*)$/.exec(String(quantity ?? 0)) ?? [];
  const binary = { Ki: 1 / 1024, Mi: 1, Gi: 1024, Ti: 1024 ** 2 }[unit];
  const decimal = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 }[unit];
  return Number(value || Number.NaN) * (binary ?? (decimal ?? Number.NaN) / 1024 ** 2);
}

/** Thousandths of a core of a CPU quantity. */
export function millicores(quantity: unknown): number {
  const value = String(quantity ?? 0);
  return value.endsWith('m') ? Number(value.slice(0, -1)) : Number(value) * 1000;
}

const amountOf = (resources: unknown): Amount => ({
  cpu: millicores(dig(resources, 'requests', 'cpu')),
  memory: mebibytes(dig(resources, 'requests', 'memory')),
  limit: mebibytes(dig(resources, 'limits', 'memory')),
});

/** What one pod takes: its containers together, or a step before them if that is more; and its mesh proxy. */
function podAmount({ containers, meshed }: PodView): Amount {
  const of = (isInit: boolean) =>
    containers.filter((one) => one.isInit === isInit).map(({ spec }) => amountOf(spec.resources));
  const running = sum(of(false));
  return sum([of(true).reduce(most, running), meshed ? sizes.mesh : none]);
}

/** Every block of resources in a chart's values stands for a container: Kubernetes' form, and Linkerd's. */
function chartAmounts(value: unknown): Amount[] {
  if (!isData(value)) return [];
  const { requests, limits, cpu, memory } = value;
  if (isData(requests) || isData(limits)) return [amountOf(value)];
  if (isData(cpu) && isData(memory) && 'request' in memory) {
    return [
      { cpu: millicores(cpu.request), memory: mebibytes(memory.request), limit: mebibytes(memory.limit) },
    ];
  }
  return Object.values(value).flatMap(chartAmounts);
}

/** What all that runs for long takes, by namespace; Jobs are left out. */
export function budgetTable(tree: Tree, site: ProofSite): BudgetLine[] {
  const lines = new Map<string, { pods: number; amounts: Amount[] }>();
  const add = (namespace: string, amount: Amount, count: number) => {
    const line = lines.get(namespace) ?? { pods: 0, amounts: [] };
    lines.set(namespace, { pods: line.pods + count, amounts: [...line.amounts, times(amount, count)] });
  };
  const servers = site.isCluster ? 3 : 1;
  for (const pod of tree.ownPods) {
    if (!pod.ends)
      add(pod.namespace, podAmount(pod), pod.origin.kind === 'DaemonSet' ? servers : pod.replicas);
  }
  for (const { origin, namespace } of charts(tree)) {
    const values = chartValues(origin);
    const amounts = chartAmounts(values);
    const replicas = number(values, 'controllerReplicas') ?? 1;
    if (amounts.length > 0) add(namespace, sum(amounts), replicas);
  }
  for (const cluster of tree.all('Cluster')) {
    const amount = amountOf(dig(cluster, 'spec', 'resources'));
    add(cluster.metadata.namespace ?? '', amount, number(cluster, 'spec', 'instances') ?? 1);
  }
  return [...lines]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([namespace, { pods, amounts }]) => ({ namespace, pods, ...sum(amounts) }));
}

/** What comes on top for a while: the largest Job, or the second pod of the largest Deployment that is replaced. */
function transient(tree: Tree): { origin: Manifest; amount: Amount } | undefined {
  return tree.ownPods
    .filter(
      ({ ends, origin }) =>
        ends || (origin.kind === 'Deployment' && text(origin, 'spec', 'strategy', 'type') !== 'Recreate'),
    )
    .map((pod) => ({ origin: pod.origin, amount: podAmount(pod) }))
    .sort((a, b) => b.amount.memory - a.amount.memory)[0];
}

/** All that runs fits the server, with room for the largest thing that comes and goes. */
export function budget(tree: Tree, site: ProofSite): Finding[] {
  const findings = new Findings('budget');
  const table = budgetTable(tree, site);
  const total = sum(table);
  const servers = site.isCluster ? 3 : 1;
  const cpu = servers * (site.server.cpu - reserved.cpu) * 1000;
  const memory = servers * (site.server.memoryGi - reserved.memoryGi) * 1024;
  const extra = transient(tree);
  const largest = table.toSorted((a, b) => b.limit - a.limit)[0];
  const subject = tree.get('Namespace', largest?.namespace ?? '') ?? tree.manifests[0];
  if (subject === undefined) return findings.list;
  const name = extra === undefined ? '' : ` with ${extra.origin.metadata.name} beside them`;
  const check = (what: string, needed: number, has: number) => {
    if (!Number.isNaN(needed) && needed <= has) return;
    findings.add(
      subject,
      `${what} ${Math.ceil(needed)} of ${has} at size '${site.settings.size}'`,
      'what all pods ask for, and the memory they may use, must fit the server',
      `choose a smaller size, switch apps off, or take a larger server; this namespace takes most`,
    );
  };
  check(`CPU requests (thousandths of a core)${name}`, total.cpu + (extra?.amount.cpu ?? 0), cpu);
  check(`memory requests (MiB)${name}`, total.memory + (extra?.amount.memory ?? 0), memory);
  check('memory limits (MiB)', total.limit, memory);
  return findings.list;
}
