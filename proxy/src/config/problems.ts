import { ProxyError } from '../core/errors.js';
import type { Place } from './schema-lookup.js';

/** Something wrong at a place; the message says the value, the rule and the way out. */
export interface Problem {
  readonly place: Place;
  readonly message: string;
}

/** What checks over the whole table find: problems refuse a configuration, warnings are only told. */
export interface Findings {
  readonly problems: Problem[];
  readonly warnings: Problem[];
}

/** A configuration that is refused: all its problems, a line each. */
export class ConfigError extends ProxyError {
  /** `where (line n): what is wrong`, in the order of the file. */
  readonly problems: readonly string[];

  constructor(source: string, problems: readonly string[]) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    super('EDGE_CONFIG', `${source} has ${count}:\n${problems.map((line) => `  ${line}`).join('\n')}`);
    this.problems = problems;
  }
}

/** A place as people write it: `hosts[3].routes[1].path`. */
export function placeName(place: Place): string {
  let name = '';
  for (const key of place) {
    if (typeof key === 'number') name += `[${key}]`;
    else name += name === '' ? String(key) : `.${String(key)}`;
  }
  return name === '' ? 'the configuration' : name;
}

/** A value in a message: on one line, cut when it is long. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  if (typeof value !== 'string') return String(value);
  const cut = value.length > 80 ? `${value.slice(0, 79)}…` : value;
  // a line break would break the list of problems
  return `'${JSON.stringify(cut).slice(1, -1).replaceAll('\\"', '"')}'`;
}
