import { z } from 'zod';
import { configSchema } from './schema.js';

type Json = { [key: string]: unknown };

/** Order in which keywords are written: what it is before what it holds. */
const first = ['$schema', '$ref', 'title', 'description', 'type', 'additionalProperties', 'required'];
const last = ['default', '$defs'];

/** The JSON Schema (draft 2020-12) of a configuration as a file may have it. */
export function jsonSchema(): Json {
  return tidy(z.toJSONSchema(configSchema, { target: 'draft-2020-12', io: 'input' })) as Json;
}

/** The text of the schema file: objects over several lines, short lists on one, as the formatter leaves them. */
export const jsonSchemaText = (): string => `${write(jsonSchema(), '', 0)}\n`;

function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (value === null || typeof value !== 'object') return value;
  const node = closed(value as Json);
  return Object.fromEntries(
    Object.entries(node)
      .map(([key, item], i) => [key, key === 'default' ? item : tidy(item), rank(key, i)] as const)
      .sort((a, b) => a[2] - b[2]),
  );
}

/** Under `properties` a name may be that of a keyword; what order it then gets does no harm. */
function rank(key: string, i: number): number {
  if (first.includes(key)) return first.indexOf(key) - first.length;
  return last.includes(key) ? 10_000 + last.indexOf(key) : i;
}

/**
 * What zod writes, put as a person would: records as closed objects, so that a name that breaks the rule is an unknown
 * one; no type beside const or enum; no bound that only says what a safe integer is; slashes as they are.
 */
function closed(node: Json): Json {
  if (('const' in node || 'enum' in node) && 'type' in node) {
    const { type: _, ...rest } = node;
    return rest;
  }
  if (node.maximum === Number.MAX_SAFE_INTEGER) {
    const { maximum: _, ...rest } = node;
    return rest;
  }
  if (typeof node.pattern === 'string') return { ...node, pattern: unescaped(node.pattern) };
  if ('anyOf' in node) {
    // the members of our unions exclude each other
    const { anyOf, ...rest } = node;
    return { ...rest, oneOf: anyOf };
  }
  if (!('propertyNames' in node)) return node;
  const { propertyNames, additionalProperties, ...rest } = node;
  const { pattern } = propertyNames as { pattern: string };
  return { ...rest, patternProperties: { [pattern]: additionalProperties }, additionalProperties: false };
}

const unescaped = (pattern: string) => pattern.replaceAll('\\/', '/');

const width = 110;

function write(value: unknown, indent: string, before: number): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const short = `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
    const scalars = value.every((item) => item === null || typeof item !== 'object');
    // 1 for the comma that may follow
    if (scalars && before + short.length + 1 <= width) return short;
    return `[\n${value.map((item) => inner + write(item, inner, inner.length)).join(',\n')}\n${indent}]`;
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return '{}';
  const lines = entries.map(([key, item]) => {
    const head = `${inner}${JSON.stringify(key)}: `;
    return head + write(item, inner, head.length);
  });
  return `{\n${lines.join(',\n')}\n${indent}}`;
}
