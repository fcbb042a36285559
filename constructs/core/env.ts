import { k8s } from 'cdk8s-plus-28';
import type { Destination } from './endpoint.js';
import { plain, Reference, reachesOf, type Text } from './reference.js';
import { SecretKey } from './secret.js';

/** A field of the pod itself, e.g. its name. @see https://kubernetes.io/docs/concepts/workloads/pods/downward-api/ */
export class PodField {
  private constructor(readonly fieldPath: string) {}
  static readonly name = new PodField('metadata.name');
  static readonly namespace = new PodField('metadata.namespace');
  static readonly ip = new PodField('status.podIP');
}

/** Value of an environment variable. A function is called when everything is declared, and carries no edge. */
export type EnvValue = Text | number | boolean | SecretKey | PodField | (() => string);

/** Environment by name, in the order it is written; undefined leaves the variable out. */
export type Env = Readonly<Record<string, EnvValue | undefined>>;

const entries = (env: Env) =>
  Object.entries(env).filter((entry): entry is [string, EnvValue] => entry[1] !== undefined);

/** The secrets an environment reads. */
export const secretsOf = (env: Env): SecretKey[] =>
  entries(env).flatMap(([, value]) => (value instanceof SecretKey ? [value] : []));

/** What an environment connects to. */
export const reachedBy = (env: Env): Destination[] =>
  entries(env).flatMap(([, value]) => {
    if (value instanceof SecretKey) return [...value.secret.reaches];
    return value instanceof Reference ? [...reachesOf(value)] : [];
  });

/** The environment as Kubernetes has it. */
export function renderEnv(env: Env): k8s.EnvVar[] {
  return entries(env).map(([name, value]) => {
    if (value instanceof SecretKey)
      return { name, valueFrom: { secretKeyRef: { name: value.secret.name, key: value.key } } };
    if (value instanceof PodField) return { name, valueFrom: { fieldRef: { fieldPath: value.fieldPath } } };
    if (typeof value === 'function') return { name, value: value() };
    return {
      name,
      value: typeof value === 'string' || value instanceof Reference ? plain(value) : String(value),
    };
  });
}
