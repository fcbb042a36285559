import { parse, stringify } from 'yaml';
import type { Manifest } from '../../constructs/core/manifest.js';

/** A way into an object: names of fields, places in lists. */
export type Path = readonly (string | number)[];

type Container = Record<string | number, unknown>;

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

/** A copy of a tree of manifests in which faults are planted. Every step fails when there is nothing to change. */
export class Mutation {
  readonly manifests: Manifest[];

  constructor(original: readonly Manifest[]) {
    this.manifests = structuredClone([...original]);
  }

  /** The object `kind namespace/name`, or `kind name`; a name may end with `*`. */
  find(reference: string): Manifest {
    const [kind = '', full = ''] = reference.split(' ');
    const [first = '', second] = full.split('/');
    const [namespace, name] = second === undefined ? [undefined, first] : [first, second];
    const found = this.manifests.find(
      (manifest) =>
        manifest.kind === kind &&
        manifest.metadata.namespace === namespace &&
        (name.endsWith('*')
          ? manifest.metadata.name.startsWith(name.slice(0, -1))
          : manifest.metadata.name === name),
    );
    if (found === undefined) throw new Error(`there is no ${reference} to change`);
    return found;
  }

  /** The value at a path of an object. */
  get(target: unknown, path: Path): unknown {
    return path.reduce<unknown>((at, key) => (isContainer(at) ? at[key] : undefined), target);
  }

  /** Changes the value at a path; `change` is given what is there. */
  edit(target: unknown, path: Path, change: (value: unknown) => unknown): void {
    const last = path.at(-1);
    const parent = this.get(target, path.slice(0, -1));
    if (last === undefined || !isContainer(parent)) throw new Error(`there is nothing at ${path.join('.')}`);
    const value = change(parent[last]);
    if (value !== undefined) parent[last] = value;
    else if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else delete parent[last];
  }

  /** Sets the value at a path. */
  set(target: unknown, path: Path, value: unknown): void {
    this.edit(target, path, () => value);
  }

  /** Removes what is at a path. */
  remove(target: unknown, path: Path): void {
    if (this.get(target, path) === undefined) throw new Error(`there is nothing at ${path.join('.')}`);
    this.edit(target, path, () => undefined);
  }

  /** Keeps the items of a list that `keep` says yes to; fails when that is all of them. */
  filter(target: unknown, path: Path, keep: (item: unknown) => boolean): void {
    this.edit(target, path, (list) => {
      const items: unknown[] = Array.isArray(list) ? list : [];
      const kept = items.filter(keep);
      if (kept.length === items.length) throw new Error(`nothing was taken out of ${path.join('.')}`);
      return kept;
    });
  }

  /** Takes an object out of the tree. */
  drop(reference: string): void {
    this.manifests.splice(this.manifests.indexOf(this.find(reference)), 1);
  }

  /** Puts an object into the tree. */
  add(manifest: Manifest): void {
    this.manifests.push(manifest);
  }

  /** Changes the set-up plan, parsed. */
  plan(change: (plan: unknown) => void): void {
    this.file('ConfigMap box-system/setup-plan', 'plan.json', change, JSON.stringify);
  }

  /** Changes the configuration of the edge proxy, parsed. */
  proxy(change: (config: unknown) => void): void {
    this.file('ConfigMap ingress/proxy-config', 'config.yaml', change, stringify);
  }

  private file(
    reference: string,
    key: string,
    change: (content: unknown) => void,
    write: (content: unknown) => string,
  ): void {
    this.edit(this.find(reference), ['data', key], (text) => {
      const content: unknown = parse(String(text));
      change(content);
      return write(content);
    });
  }
}
