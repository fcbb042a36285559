import { type Data, data, type Labels, labels, rows, text, texts } from './read.js';

/**
 * Whether a label selector (`matchLabels`, `matchExpressions`) matches. An empty one matches everything.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#resources-that-support-set-based-requirements
 */
export function selects(selector: unknown, given: Labels): boolean {
  for (const [key, value] of Object.entries(labels(selector, 'matchLabels'))) {
    if (given[key] !== value) return false;
  }
  return rows(selector, 'matchExpressions').every((expression) => holds(expression, given));
}

function holds(expression: Data, given: Labels): boolean {
  const value = given[text(expression, 'key') ?? ''];
  const values = texts(expression, 'values');
  switch (text(expression, 'operator')) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

/** Whether a selector of the older kind, a plain map of labels, matches. */
export function matches(selector: Labels, given: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => given[key] === value);
}

/** A selector in words. */
export function describeSelector(selector: unknown): string {
  const equal = Object.entries(labels(selector, 'matchLabels')).map(([key, value]) => `${key}=${value}`);
  const sets = rows(selector, 'matchExpressions').map(
    (expression) =>
      `${text(expression, 'key')} ${text(expression, 'operator')} (${texts(expression, 'values').join(', ')})`,
  );
  const all = [...equal, ...sets];
  return all.length === 0 ? 'everything' : all.join(', ');
}

/** Whether nothing is asked of the labels. */
export const isEmptySelector = (selector: unknown): boolean =>
  Object.keys(data(selector, 'matchLabels')).length === 0 && rows(selector, 'matchExpressions').length === 0;
