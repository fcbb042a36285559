import type { Manifest } from '../core/manifest.js';
import { type Data, data, dig, type Labels, labels, number, rows, text } from './read.js';
import type { Tree } from './tree.js';

export interface PortView {
  readonly name: string | undefined;
  readonly number: number;
  readonly protocol: string;
  /** Port of the node. */
  readonly host: number | undefined;
}

export interface ContainerView {
  readonly name: string;
  readonly spec: Data;
  /** Runs before the others. */
  readonly isInit: boolean;
  /** Goes on as long as the pod: not a step, not in a pod that ends. */
  readonly isLongRunning: boolean;
  readonly ports: readonly PortView[];
}

/** A pod template, or pods that something else makes. */
export interface PodView {
  /** The workload, or the resource by which somebody else makes the pods. */
  readonly origin: Manifest;
  readonly namespace: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly spec: Data;
  readonly containers: readonly ContainerView[];
  readonly serviceAccount: string;
  /** Carries a Linkerd proxy. */
  readonly meshed: boolean;
  /** A Job's or CronJob's. */
  readonly ends: boolean;
  readonly hostNetwork: boolean;
  readonly replicas: number;
  /** Made by an operator, a chart or Kubernetes: only its labels, ports and texts are known. */
  readonly foreign: boolean;
  /** What makes foreign pods: the chart, 'cnpg', 'kube-dns'. */
  readonly maker: string | undefined;
}

/** Where the pod template stands, for each kind of workload. */
const templatePaths: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};

/** Kinds that hold a pod template. */
export const workloadKinds = Object.keys(templatePaths);

export const injectAnnotation = 'linkerd.io/inject';

/** The pods a manifest is a template of: one view, or none. */
export function podsOf(origin: Manifest, tree: Tree): PodView[] {
  const path = templatePaths[origin.kind];
  if (path === undefined) return [];
  const template = data(origin, ...path);
  const spec = data(template, 'spec');
  const annotations = labels(template, 'metadata', 'annotations');
  const namespace = origin.metadata.namespace ?? 'default';
  const ends = origin.kind === 'Job' || origin.kind === 'CronJob';
  const hostNetwork = spec.hostNetwork === true;
  const inject = annotations[injectAnnotation] ?? tree.namespaceAnnotations(namespace)[injectAnnotation];
  return [
    {
      origin,
      namespace,
      labels: labels(template, 'metadata', 'labels'),
      annotations,
      spec,
      containers: [
        ...rows(spec, 'initContainers').map((container) => containerView(container, true, ends)),
        ...rows(spec, 'containers').map((container) => containerView(container, false, ends)),
      ],
      serviceAccount: text(spec, 'serviceAccountName') ?? 'default',
      meshed: inject === 'enabled' && !hostNetwork,
      ends,
      hostNetwork,
      replicas: number(origin, 'spec', 'replicas') ?? 1,
      foreign: false,
      maker: undefined,
    },
  ];
}

function containerView(spec: Data, isInit: boolean, ends: boolean): ContainerView {
  const isSidecar = isInit && spec.restartPolicy === 'Always';
  return {
    name: text(spec, 'name') ?? '',
    spec,
    isInit,
    isLongRunning: !ends && (!isInit || isSidecar),
    ports: rows(spec, 'ports').map((port) => ({
      name: text(port, 'name'),
      number: number(port, 'containerPort') ?? 0,
      protocol: text(port, 'protocol') ?? 'TCP',
      host: number(port, 'hostPort'),
    })),
  };
}

/** All ports of a pod's containers. */
export const portsOf = (pod: PodView): readonly PortView[] => pod.containers.flatMap(({ ports }) => ports);

/** Number of a port that is given by number or name; undefined when no container declares the name. */
export function portNumber(pod: PodView, port: unknown): number | undefined {
  if (typeof port === 'number') return port;
  return portsOf(pod).find(({ name }) => name === port)?.number;
}

/** Whether a container declares a port, by number or name. */
export const declaresPort = (ports: readonly PortView[], port: unknown): boolean =>
  ports.some(({ name, number }) => port === number || (typeof port === 'string' && name === port));

/** `securityContext` field of a container, or else of its pod. */
export const securityField = (pod: PodView, container: ContainerView, ...path: string[]): unknown =>
  dig(container.spec, 'securityContext', ...path) ?? dig(pod.spec, 'securityContext', ...path);
