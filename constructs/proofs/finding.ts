import type { Manifest } from '../core/manifest.js';
import type { Tree } from './tree.js';

/** A rule that does not hold, said so that somebody can act on it. */
export interface Finding {
  /** Name of the proof that failed. */
  readonly proof: string;
  /** Where it was declared: path of the construct, or the object's kind, namespace and name. */
  readonly construct: string;
  /** The object at fault, e.g. 'Deployment lasuite/docs-backend'. */
  readonly object: string;
  /** The value that is wrong, and where in the object it stands. */
  readonly value: string;
  /** What should hold. */
  readonly rule: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** What the proofs know of a site beyond its manifests. A `Site` of the core is one. */
export interface ProofSite {
  readonly settings: { readonly size: string };
  /** Cores and memory of one server. */
  readonly server: { readonly cpu: number; readonly memoryGi: number };
  /** Three servers instead of one. */
  readonly isCluster: boolean;
}

/** One proof: reads the tree, says what does not hold. */
export type Proof = (tree: Tree, site: ProofSite) => Finding[];

/** 'Deployment lasuite/docs-backend' */
export function nameOf({ kind, metadata }: Manifest): string {
  return metadata.namespace === undefined
    ? `${kind} ${metadata.name}`
    : `${kind} ${metadata.namespace}/${metadata.name}`;
}

/** Annotation that leads from an object back to the construct which made it. */
const constructAnnotation = 'box/construct';

/** Path of the construct an object came from, or else its name. */
const constructOf = (object: Manifest): string =>
  object.metadata.annotations?.[constructAnnotation] ?? nameOf(object);

/** Findings of one proof, each with the object at fault. */
export class Findings {
  readonly list: Finding[] = [];
  private readonly seen = new Set<string>();

  constructor(private readonly proof: string) {}

  /** Adds a finding; the same one a second time is left out. */
  add(object: Manifest, value: string, rule: string, remedy: string): void {
    const key = `${object.kind}\0${object.metadata.namespace}\0${object.metadata.name}\0${value}\0${rule}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.list.push({
      proof: this.proof,
      construct: constructOf(object),
      object: nameOf(object),
      value,
      rule,
      remedy,
    });
  }
}

/** A finding in two lines: what is wrong and where, then the rule and the way out. */
export function explain({ proof, construct, object, value, rule, remedy }: Finding): string {
  const where = construct === object ? object : `${construct} (${object})`;
  return `${proof}: ${where}: ${value}\n  ${rule}; ${remedy}`;
}
