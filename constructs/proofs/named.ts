import type { Manifest } from '../core/manifest.js';
import { text } from './read.js';

/** Something that is named, and must be there. */
export interface Named {
  /** 'Secret', 'ConfigMap', 'PersistentVolumeClaim', 'ServiceAccount', … */
  readonly kind: string;
  readonly name: string;
  /** Undefined for what belongs to no namespace. */
  readonly namespace: string | undefined;
  /** Keys that are read; none when it is enough that the object is there. */
  readonly keys: readonly string[];
  /** Where the name stands. */
  readonly at: string;
}

/** Names in an object of one kind. */
export type Reader = (object: Manifest) => Named[];

/** One name, if it is given. */
export const inNamespace = (
  kind: string,
  name: string | undefined,
  namespace: string | undefined,
  at: string,
  keys: readonly string[] = [],
): Named[] => (name === undefined ? [] : [{ kind, name, namespace, keys, at }]);

/** A reference to a key: `{ name, key }`. */
export const keyOf = (ref: unknown, namespace: string | undefined, at: string, kind = 'Secret'): Named[] => {
  const key = text(ref, 'key');
  return inNamespace(kind, text(ref, 'name'), namespace, at, key === undefined ? [] : [key]);
};
