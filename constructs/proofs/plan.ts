import type { Manifest } from '../core/manifest.js';
import { type Data, data, parsed, rows, text } from './read.js';
import type { Tree } from './tree.js';

/** The set-up plan: what the set-up Job brings about in the cluster. */
export interface PlanView {
  readonly origin: Manifest;
  readonly root: Data;
  /** Secrets made before the vault is there. */
  readonly secrets: readonly PlannedSecret[];
  /** Path of the key-value engine -> key -> how its value comes into being. */
  readonly kv: ReadonlyMap<string, Data>;
  readonly kvMount: string;
  readonly databaseMount: string;
  readonly databaseRoles: Data;
  readonly policies: Data;
  readonly roles: Data;
}

export interface PlannedSecret {
  readonly namespace: string;
  readonly name: string;
  readonly keys: Data;
}

/** Where the plan stands. */
export const planName = { namespace: 'box-system', name: 'setup-plan', key: 'plan.json' };

/** The plan of a tree; undefined when it has none, or one that is no JSON. */
export function planOf(tree: Tree): PlanView | undefined {
  const origin = tree.get('ConfigMap', planName.name, planName.namespace);
  const root = parsed(text(origin, 'data', planName.key) ?? '');
  if (origin === undefined || root === undefined) return undefined;
  const vault = data(root, 'vault');
  return {
    origin,
    root: data(root),
    secrets: rows(root, 'secrets').map((secret) => ({
      namespace: text(secret, 'namespace') ?? '',
      name: text(secret, 'name') ?? '',
      keys: data(secret, 'keys'),
    })),
    kv: new Map(Object.entries(data(vault, 'kv', 'paths')).map(([path, keys]) => [path, data(keys)])),
    kvMount: text(vault, 'kv', 'mount') ?? 'secret',
    databaseMount: text(vault, 'database', 'mount') ?? 'database',
    databaseRoles: data(vault, 'database', 'roles'),
    policies: data(vault, 'policies'),
    roles: data(vault, 'roles'),
  };
}
