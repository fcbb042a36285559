import { Environment } from '@marcbachmann/cel-js';
import { isObject } from './source.js';

/** A rule of `x-kubernetes-validations`. */
export interface Rule {
  readonly rule: string;
  readonly message?: string;
}

const environment = new Environment({
  unlistedVariablesAreDyn: true,
  enableOptionalTypes: true,
});
const parsed = new Map<string, ReturnType<Environment['parse']>>();

/** CEL tells whole numbers from others; in JavaScript they are bigints. */
function toCel(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(toCel);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toCel(member)]));
}

/**
 * The messages of the rules that `self` breaks; one that cannot be evaluated is broken, as for the API server.
 * Rules about changes (`oldSelf`) say nothing about a new object.
 */
export function brokenRules(rules: readonly Rule[], self: unknown): string[] {
  const bound = { self: toCel(self) };
  return rules
    .filter(({ rule }) => !/\boldSelf\b/.test(rule) && !holds(rule, bound))
    .map(({ rule, message }) => message ?? `breaks the rule ${rule}`);
}

function holds(rule: string, bound: { readonly self: unknown }): boolean {
  let check = parsed.get(rule);
  if (check === undefined) {
    check = environment.parse(rule);
    parsed.set(rule, check);
  }
  try {
    return check(bound) === true;
  } catch {
    return false;
  }
}
