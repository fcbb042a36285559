import type { Manifest } from '../../../constructs/core/manifest.js';
import type { Site } from '../../../constructs/core/site.js';
import { hostFiles, nodePortsOf } from '../../../constructs/platform/host-files.js';
import { data, rows, text } from '../../../constructs/proofs/read.js';

/** A container of the box as Kubernetes would start it. */
export interface ContainerSpec {
  readonly name: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvSpec[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly [probe: `${string}Probe`]: { readonly httpGet?: { readonly path: string } } | undefined;
}

/** One variable of its environment. */
export interface EnvSpec {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef?: { readonly name: string; readonly key: string };
    readonly fieldRef?: { readonly fieldPath: string };
  };
}

/** A volume of its pod. */
export interface VolumeSpec {
  readonly name: string;
  readonly configMap?: { readonly name: string };
  readonly secret?: { readonly secretName: string };
}

const podPaths: Readonly<Record<string, readonly string[]>> = {
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** What synthesis gave, for programs to read. Objects are named by `namespace/name`. */
export class Rendering {
  constructor(
    readonly manifests: readonly Manifest[],
    readonly site: Site,
    /** Files for the server itself, by name. */
    readonly host: Record<string, string> = hostFiles(site, nodePortsOf(manifests)),
  ) {}

  /** A copy with a fault in it. */
  with(fault: (copy: Rendering) => void): Rendering {
    const copy = new Rendering(structuredClone(this.manifests), this.site, { ...this.host });
    fault(copy);
    return copy;
  }

  /** An object. @throws when synthesis gave none of that name */
  object(kind: string, place: string): Manifest {
    const found = this.manifests.find(
      (each) => each.kind === kind && `${each.metadata.namespace}/${each.metadata.name}` === place,
    );
    if (found === undefined) throw new Error(`the box has no ${kind} ${place}, which this check reads`);
    return found;
  }

  all(kind: string): readonly Manifest[] {
    return this.manifests.filter((each) => each.kind === kind);
  }

  /** The files of a ConfigMap. */
  files(place: string): Readonly<Record<string, string>> {
    return data(this.object('ConfigMap', place), 'data') as Record<string, string>;
  }

  /** A file of a ConfigMap. @throws when it has no such key */
  file(place: string, key: string): string {
    const found = this.files(place)[key];
    if (found === undefined) throw new Error(`ConfigMap ${place} has no key ${key}, which this check reads`);
    return found;
  }

  /** Replaces a file of a ConfigMap, for planted faults. */
  setFile(place: string, key: string, content: string): void {
    (this.files(place) as Record<string, string>)[key] = content;
  }

  /** Plan of the set-up Job. */
  get plan(): Record<string, unknown> {
    return JSON.parse(this.file('box-system/setup-plan', 'plan.json'));
  }

  /** Changes the plan of the set-up Job, for planted faults. */
  changePlan<T>(change: (plan: T) => void): void {
    const plan = this.plan as T;
    change(plan);
    this.setFile('box-system/setup-plan', 'plan.json', JSON.stringify(plan, null, 2));
  }

  volumes(kind: string, place: string): readonly VolumeSpec[] {
    return rows(this.pod(kind, place), 'volumes') as unknown as VolumeSpec[];
  }

  /** A container of a workload. @param name default: the only one that is no initContainer */
  container(kind: string, place: string, name?: string): ContainerSpec {
    const pod = this.pod(kind, place);
    const found =
      name === undefined
        ? rows(pod, 'containers')[0]
        : [...rows(pod, 'initContainers'), ...rows(pod, 'containers')].find(
            (container) => text(container, 'name') === name,
          );
    if (found === undefined) throw new Error(`${kind} ${place} has no container ${name ?? ''}`);
    return found as unknown as ContainerSpec;
  }

  private pod(kind: string, place: string) {
    return data(this.object(kind, place), ...(podPaths[kind] ?? ['spec', 'template', 'spec']));
  }
}
