import { jsonSchema } from './json-schema.js';

type Node = { readonly [key: string]: unknown };

/** A place in a configuration: keys and indexes from the root. */
export type Place = readonly PropertyKey[];

/** Keys an object at a place may have, as the schema knows them. */
export function knownKeys(config: unknown, place: Place): string[] {
  const schema = jsonSchema();
  let node = follow(schema, schema, config);
  let value = config;
  for (const key of place) {
    value = value !== null && typeof value === 'object' ? Reflect.get(value, key) : undefined;
    const child = typeof key === 'number' ? node.items : (node.properties as Node | undefined)?.[String(key)];
    if (child === undefined) return [];
    node = follow(schema, child as Node, value);
  }
  return Object.keys((node.properties as Node | undefined) ?? {});
}

/** A node without its references; of kinds of route the one the value names. */
function follow(schema: Node, node: Node, value: unknown): Node {
  if (typeof node.$ref === 'string') {
    const name = node.$ref.slice('#/$defs/'.length);
    return follow(schema, (schema.$defs as Node)[name] as Node, value);
  }
  if (!Array.isArray(node.oneOf)) return node;
  const kind = value !== null && typeof value === 'object' && 'kind' in value ? value.kind : undefined;
  for (const branch of node.oneOf as Node[]) {
    const found = follow(schema, branch, value);
    const { kind: own } = (found.properties ?? {}) as { kind?: { const?: unknown } };
    if (own?.const === kind) return found;
  }
  return node;
}

/** The name most like a misspelt one, or undefined when none comes close. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  // a third of the letters may be wrong; one in short names
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const away = distance(name.toLowerCase(), candidate.toLowerCase());
    if (away < least) [best, least] = [candidate, away];
  }
  return best;
}

/** Letters to insert, delete or replace (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
