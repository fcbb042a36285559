import type { z } from 'zod';
import { didYouMean, nearest } from './suggest.js';

const show = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

/** Follows a path into the data that was read. */
function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value !== null && typeof value === 'object' ? Reflect.get(value, key) : undefined),
    data,
  );
}

/** Follows a path into a JSON schema. */
function keysAt(schema: unknown, path: readonly PropertyKey[]): string[] {
  const node = path.reduce<unknown>((at, key) => valueAt(at, ['properties', key]), schema);
  return Object.keys((valueAt(node, ['properties']) as object | undefined) ?? {});
}

/** The broken end of a range: 'short; at least 2 characters', 'large; at most 3650'. */
function bound({ origin }: { origin: string }, limit: number | bigint, which: 'least' | 'most'): string {
  const [word, unit] =
    origin === 'string'
      ? [which === 'least' ? 'short' : 'long', limit === 1 ? ' character' : ' characters']
      : [which === 'least' ? 'small' : 'large', ''];
  return `${word}; at ${which} ${limit}${unit}`;
}

/** One sentence for each problem: path, value, rule, and the nearest valid spelling. */
export function explainIssues(
  issues: readonly z.core.$ZodIssue[],
  data: unknown,
  jsonSchema: unknown,
): string[] {
  return issues.flatMap((issue) => {
    const at = issue.path.join('.') || '(top level)';
    const value = valueAt(data, issue.path);
    if (issue.code === 'unrecognized_keys') {
      const allowed = keysAt(jsonSchema, issue.path);
      return issue.keys.map((key) => {
        const where = [...issue.path, key].join('.');
        const offer =
          nearest(key, allowed) === undefined
            ? `; known here: ${allowed.join(', ')}`
            : didYouMean(key, allowed);
        return `${where}: unknown key${offer}`;
      });
    }
    if (issue.code === 'invalid_value') {
      const offer = typeof value === 'string' ? didYouMean(value, issue.values.map(String)) : '';
      return [`${at}: ${show(value)} is not one of ${issue.values.join(', ')}${offer}`];
    }
    if (value === undefined) return [`${at}: is required and missing`];
    if (issue.code === 'invalid_type') return [`${at}: ${show(value)} should be of type ${issue.expected}`];
    if (issue.code === 'invalid_format')
      return [`${at}: ${show(value)} is not valid; expected ${issue.message}`];
    if (issue.code === 'too_small')
      return [`${at}: ${show(value)} is too ${bound(issue, issue.minimum, 'least')}`];
    if (issue.code === 'too_big')
      return [`${at}: ${show(value)} is too ${bound(issue, issue.maximum, 'most')}`];
    return [`${at}: ${show(value)}: ${issue.message}`];
  });
}
