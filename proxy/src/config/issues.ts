import type { z } from 'zod';
import { type Problem, placeName, shown } from './problems.js';
import { knownKeys, nearest, type Place } from './schema-lookup.js';

type Issue = z.core.$ZodIssue;

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object of names and values',
};

/** What the schema finds wrong, each as one problem with value, rule and way out. */
export function explainIssues(issues: readonly Issue[], config: unknown): Problem[] {
  return issues.flatMap((issue) => explain(issue, config));
}

function explain(issue: Issue, config: unknown): Problem[] {
  const { path: place } = issue;
  const value = valueAt(config, place);
  const key = place.at(-1);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((name) => unknownKey(name, place, config));
    case 'invalid_key':
      return issue.issues.map(({ message }) => ({ place, message: `${shown(key)} ${message}` }));
    case 'invalid_union':
      if (issue.discriminator !== undefined) return [unknownKind(place, value)];
      return [{ place, message: rule(value, issue.message) }];
    case 'invalid_type':
      if (value === undefined) return [missing(place)];
      return [{ place, message: rule(value, `must be ${kinds[issue.expected] ?? issue.expected}`) }];
    case 'invalid_value':
      if (value === undefined) return [missing(place)];
      return [{ place, message: rule(value, `must be ${oneOf(issue.values.map(shown), value)}`) }];
    case 'too_small':
      return [{ place, message: rule(value, small(issue)) }];
    case 'too_big':
      return [{ place, message: rule(value, big(issue)) }];
    default:
      return [{ place, message: rule(value, issue.message) }];
  }
}

const rule = (value: unknown, text: string) => `${shown(value)} ${text}`;

function missing(place: Place): Problem {
  return { place, message: `is missing; add '${String(place.at(-1))}' to ${placeName(place.slice(0, -1))}` };
}

function unknownKey(name: string, place: Place, config: unknown): Problem {
  const known = knownKeys(config, place);
  const meant = nearest(name, known);
  const hint =
    meant === undefined ? `take it out, or use one of ${known.join(', ')}` : `did you mean '${meant}'?`;
  return { place: [...place, name], message: `is not a known key; ${hint}` };
}

const routeKinds = ['proxy', 'media', 'static', 'redirect', 'answer', 'deny', 'portal'];

function unknownKind(place: Place, value: unknown): Problem {
  if (value === undefined) return missing(place);
  return { place, message: rule(value, `must be ${oneOf(routeKinds.map(shown), value)}`) };
}

function oneOf(values: readonly string[], value: unknown): string {
  const meant = typeof value === 'string' ? nearest(`'${value}'`, values) : undefined;
  const list = values.length === 1 ? values[0] : `one of ${values.join(', ')}`;
  return meant === undefined ? `${list}` : `${list}; did you mean ${meant}?`;
}

function small(issue: Issue & { code: 'too_small' }): string {
  const least = String(issue.minimum);
  if (issue.origin === 'string') return 'must not be empty';
  if (issue.origin === 'array') return `must have at least ${least} item${least === '1' ? '' : 's'}`;
  return issue.inclusive === false ? `must be more than ${least}` : `must be ${least} or more`;
}

function big(issue: Issue & { code: 'too_big' }): string {
  const most = String(issue.maximum);
  if (issue.origin === 'string') return `must have ${most} characters or less`;
  if (issue.origin === 'array') return `must have ${most} items or less`;
  return `must be ${most} or less`;
}

/** Values of fields sent to a collector may be secrets. */
function valueAt(config: unknown, place: Place): unknown {
  let value = config;
  for (const key of place) {
    if (value === null || typeof value !== 'object') return undefined;
    value = Reflect.get(value, key);
  }
  return place[0] === 'telemetry' && place.includes('headers') && typeof value === 'string' ? '…' : value;
}
