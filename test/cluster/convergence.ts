import { type Api, type LiveObject, nameOf } from './api.js';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}

interface Workload extends LiveObject {
  readonly spec: {
    readonly replicas?: number;
    readonly completions?: number;
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
    readonly desiredNumberScheduled?: number;
    readonly numberAvailable?: number;
    readonly updatedNumberScheduled?: number;
    readonly succeeded?: number;
    readonly conditions?: readonly Condition[];
  };
}

/** A pod as the API server has it. */
export interface Pod extends LiveObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
  };
  readonly status: { readonly phase: string; readonly conditions?: readonly Condition[] };
}

interface Container {
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string>>;
    readonly limits?: Readonly<Record<string, string>>;
  };
}

/** Something a controller or the scheduler complains about. */
export interface Complaint {
  /** Kind, namespace and name. */
  readonly object: string;
  readonly reason: string;
  readonly message: string;
}

const paths = {
  Deployment: '/apis/apps/v1/deployments',
  StatefulSet: '/apis/apps/v1/statefulsets',
  DaemonSet: '/apis/apps/v1/daemonsets',
  Job: '/apis/batch/v1/jobs',
};

/** Whether a workload is where its specification wants it. */
function isThere(kind: string, { spec, status = {}, metadata }: Workload): boolean {
  if (kind === 'Job')
    return status.conditions?.some(({ type, status: is }) => type === 'Complete' && is === 'True') === true;
  if (status.observedGeneration !== metadata.generation) return false;
  if (kind === 'DaemonSet') {
    const wanted = status.desiredNumberScheduled ?? 0;
    return wanted > 0 && status.numberAvailable === wanted && status.updatedNumberScheduled === wanted;
  }
  const wanted = spec.replicas ?? 1;
  const counts = [status.replicas, status.updatedReplicas, status.readyReplicas, status.availableReplicas];
  return counts.every((count) => (count ?? 0) === wanted);
}

/** Everything that is not where it should be, one sentence each; nothing when all is well. */
export async function unsettled(api: Api): Promise<string[]> {
  const [pods, complaints, claims] = await Promise.all([
    podsOf(api),
    complaintsOf(api),
    api.list('/api/v1/persistentvolumeclaims'),
  ]);
  const found: string[] = [];
  for (const [kind, path] of Object.entries(paths)) {
    for (const workload of (await api.list(path)) as Workload[]) {
      if (isThere(kind, workload)) continue;
      const { namespace, name } = workload.metadata;
      const about = complaints.find(
        ({ object }) => object.endsWith(` ${namespace}/${name}`) || object.includes(` ${namespace}/${name}-`),
      );
      found.push(
        `${kind} ${namespace}/${name} is not in its wanted state${about === undefined ? '' : `: ${about.message}`}`,
      );
    }
  }
  for (const pod of pods) {
    if (pod.status.phase !== 'Pending') continue;
    const why = pod.status.conditions?.find(
      ({ type, status }) => type === 'PodScheduled' && status === 'False',
    );
    found.push(`${nameOf(pod)} is pending${why?.message === undefined ? '' : `: ${why.message}`}`);
  }
  for (const claim of claims as (LiveObject & { status?: { phase?: string } })[])
    if (claim.status?.phase !== 'Bound') found.push(`${nameOf(claim)} is not bound`);
  return found;
}

/**
 * Waits until every workload is where it should be and nothing moves any more.
 * @throws naming what is not, and what the server says about it
 */
export async function settle(api: Api, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  let quiet = 0;
  for (;;) {
    const left = await unsettled(api);
    quiet = left.length === 0 ? quiet + 1 : 0;
    // controllers may only just have begun: twice in a row, with time between
    if (quiet === 2) return;
    if (Date.now() > deadline)
      throw new Error(`not settled after ${seconds} s:\n${left.map((line) => `  ${line}`).join('\n')}`);
    await new Promise((done) => setTimeout(done, 500));
  }
}

/** All pods of the server. */
export async function podsOf(api: Api): Promise<Pod[]> {
  const pods = (await api.list('/api/v1/pods')) as Pod[];
  return pods.map((pod) => ({ ...pod, kind: 'Pod' }));
}

/** Warnings that controllers and the scheduler left as events. */
export async function complaintsOf(api: Api): Promise<Complaint[]> {
  const events = (await api.list('/api/v1/events?fieldSelector=type%3DWarning')) as (LiveObject & {
    readonly involvedObject: { readonly kind: string; readonly namespace?: string; readonly name: string };
    readonly reason: string;
    readonly message: string;
  })[];
  return events.map(({ involvedObject: { kind, namespace, name }, reason, message }) => ({
    object: `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`,
    reason,
    message,
  }));
}

const milli = (quantity = '0') =>
  quantity.endsWith('m') ? Number.parseInt(quantity, 10) : Number.parseFloat(quantity) * 1000;
const bytes: Readonly<Record<string, number>> = { Ki: 1 / 1024, Mi: 1, Gi: 1024, '': 1 / 1024 / 1024 };
const mebi = (quantity = '0') => {
  const [, number = '0', unit = ''] = /^([\d.]+)(.*)$/.exec(quantity) ?? [];
  return Number(number) * (bytes[unit] ?? Number.NaN);
};

/** Thousandths of a core and MiB that pods ask for, by the scheduler's rule: initial steps count by their maximum. */
export function requestsOf(pods: readonly Pod[]): { cpu: number; memory: number } {
  const sum = { cpu: 0, memory: 0 };
  for (const { spec } of pods) {
    for (const [key, name, read] of [
      ['cpu', 'cpu', milli],
      ['memory', 'memory', mebi],
    ] as const) {
      const amounts = (containers: readonly Container[] = []) =>
        containers.map(({ resources }) => read(resources?.requests?.[name]));
      const running = amounts(spec.containers).reduce((total, amount) => total + amount, 0);
      sum[key] += Math.max(running, ...amounts(spec.initContainers));
    }
  }
  return { cpu: Math.round(sum.cpu), memory: Math.round(sum.memory) };
}
