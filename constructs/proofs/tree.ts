import type { Manifest } from '../core/manifest.js';
import { foreignPods } from './foreign-pods.js';
import { type PodView, podsOf } from './pod-view.js';
import { type Labels, labels } from './read.js';
import { selects } from './selector.js';

const key = (kind: string, name: string, namespace: string | undefined) =>
  `${kind}/${namespace ?? ''}/${name}`;

/** Label every namespace has without anybody writing it. */
const nameLabel = 'kubernetes.io/metadata.name';

/** Namespaces Kubernetes makes by itself, and the one Argo CD's installation makes. */
const givenNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease', 'argocd'];

/** All manifests, indexed once: objects by kind and name, pod templates, labels of namespaces. */
export class Tree {
  /** Pods of the manifests' own workloads. */
  readonly ownPods: readonly PodView[];
  /** Pods that operators, charts and Kubernetes make. */
  readonly foreignPods: readonly PodView[];
  /** Both. */
  readonly pods: readonly PodView[];
  private readonly byKind = new Map<string, Manifest[]>();
  private readonly byName = new Map<string, Manifest>();
  private readonly podsByNamespace = new Map<string, PodView[]>();
  private readonly namespaces = new Map<string, Labels>();
  private readonly derived = new Map<unknown, unknown>();

  constructor(readonly manifests: readonly Manifest[]) {
    for (const manifest of manifests) {
      const { kind, metadata } = manifest;
      const same = this.byKind.get(kind);
      if (same === undefined) this.byKind.set(kind, [manifest]);
      else same.push(manifest);
      this.byName.set(key(kind, metadata.name, metadata.namespace), manifest);
    }
    for (const name of givenNamespaces) this.namespaces.set(name, { [nameLabel]: name });
    for (const { metadata } of this.all('Namespace')) {
      this.namespaces.set(metadata.name, { ...labels(metadata.labels), [nameLabel]: metadata.name });
    }
    this.ownPods = manifests.flatMap((manifest) => podsOf(manifest, this));
    this.foreignPods = foreignPods(this);
    this.pods = [...this.ownPods, ...this.foreignPods];
    for (const pod of this.pods) {
      const there = this.podsByNamespace.get(pod.namespace);
      if (there === undefined) this.podsByNamespace.set(pod.namespace, [pod]);
      else there.push(pod);
    }
  }

  /** Objects of a kind. */
  all(kind: string): readonly Manifest[] {
    return this.byKind.get(kind) ?? [];
  }

  get(kind: string, name: string, namespace?: string): Manifest | undefined {
    return this.byName.get(key(kind, name, namespace));
  }

  /** Labels of a namespace, the one with its name included; undefined when there is no such namespace. */
  namespaceLabels(name: string): Labels | undefined {
    return this.namespaces.get(name);
  }

  /** Names of the namespaces a selector matches. */
  namespacesMatching(selector: unknown): string[] {
    return [...this.namespaces].filter(([, given]) => selects(selector, given)).map(([name]) => name);
  }

  /** Annotations of a namespace. */
  namespaceAnnotations(name: string): Labels {
    return this.get('Namespace', name)?.metadata.annotations ?? {};
  }

  /** Pods of a namespace. */
  podsIn(namespace: string): readonly PodView[] {
    return this.podsByNamespace.get(namespace) ?? [];
  }

  /** Pods of a namespace that a label selector matches. */
  podsMatching(namespace: string, selector: unknown): PodView[] {
    return this.podsIn(namespace).filter((pod) => selects(selector, pod.labels));
  }

  /** A further index over the tree, made on first use. */
  view<T>(make: (tree: Tree) => T): T {
    if (!this.derived.has(make)) this.derived.set(make, make(this));
    return this.derived.get(make) as T;
  }
}
