/** Plain data whose shape is not known yet. */
export type Data = Readonly<Record<string, unknown>>;
export type Labels = Readonly<Record<string, string>>;

const nothing: Data = Object.freeze({});

export const isData = (value: unknown): value is Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is below `value`; undefined where a step is missing. */
export function dig(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const key of path) {
    if (!isData(at)) return undefined;
    at = at[key];
  }
  return at;
}

/** The object below `value`; an empty one where there is none. */
export function data(value: unknown, ...path: readonly string[]): Data {
  const found = dig(value, ...path);
  return isData(found) ? found : nothing;
}

/** The objects of the list below `value`. */
export function rows(value: unknown, ...path: readonly string[]): readonly Data[] {
  const found = dig(value, ...path);
  return Array.isArray(found) ? found.filter(isData) : [];
}

/** The text below `value`. */
export function text(value: unknown, ...path: readonly string[]): string | undefined {
  const found = dig(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

/** The texts of the list below `value`. */
export function texts(value: unknown, ...path: readonly string[]): readonly string[] {
  const found = dig(value, ...path);
  return Array.isArray(found) ? found.filter((item) => typeof item === 'string') : [];
}

/** The number below `value`. */
export function number(value: unknown, ...path: readonly string[]): number | undefined {
  const found = dig(value, ...path);
  return typeof found === 'number' ? found : undefined;
}

/** Labels, annotations or any other map of texts below `value`. */
export function labels(value: unknown, ...path: readonly string[]): Labels {
  return data(value, ...path) as Labels;
}

/** Parsed JSON, or undefined. */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Every text below a value, with the path that leads to it. */
export function* everyText(value: unknown, path = ''): Generator<readonly [path: string, text: string]> {
  if (typeof value === 'string') yield [path, value];
  else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) yield* everyText(item, `${path}[${i}]`);
  } else if (isData(value)) {
    for (const [key, item] of Object.entries(value))
      yield* everyText(item, path === '' ? key : `${path}.${key}`);
  }
}
