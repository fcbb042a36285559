/** What a page of Prometheus' text format says. */
export interface Exposition {
  /** Value of each series by its name with labels, as written. */
  readonly values: ReadonlyMap<string, number>;
  readonly types: ReadonlyMap<string, string>;
}

const metricName = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const label = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const sample = new RegExp(
  `^(${metricName})(\\{${label}(?:,${label})*,?\\})? ([0-9.e+-]+|[+-]Inf|[Nn][aA][Nn])$`,
);

/** Reads text format 0.0.4 strictly: types before samples, no series twice, histograms that add up. */
export function parseExposition(text: string): Exposition {
  const values = new Map<string, number>();
  const types = new Map<string, string>();
  if (!text.endsWith('\n')) throw new Error('no line feed at the end');
  const buckets = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# HELP ')) continue;
    const type = /^# TYPE (\S+) (counter|gauge|histogram|summary|untyped)$/.exec(line);
    if (type !== null) {
      if (types.has(type[1] as string)) throw new Error(`a type twice: ${line}`);
      types.set(type[1] as string, type[2] as string);
      continue;
    }
    const found = sample.exec(line);
    if (found === null) throw new Error(`no sample: ${line}`);
    const [, name = '', labels = '', number = ''] = found;
    const family = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
    const known = types.get(family);
    if (known === undefined) throw new Error(`no type: ${line}`);
    const value = number === '+Inf' ? Number.POSITIVE_INFINITY : Number(number);
    const key = name + labels;
    if (values.has(key)) throw new Error(`a series twice: ${line}`);
    if (known === 'counter' && !(value >= 0)) throw new Error(`a counter below 0: ${line}`);
    values.set(key, value);
    if (known !== 'histogram') continue;
    const others = family + labels.replace(/le="[^"]*",?/, '');
    if (name.endsWith('_bucket')) {
      if (value < (buckets.get(others) ?? 0))
        throw new Error(`a bucket smaller than the one before: ${line}`);
      buckets.set(others, value);
    } else if (name.endsWith('_count') && buckets.get(others) !== value)
      throw new Error(`a count that is not +Inf: ${line}`);
  }
  return { values, types };
}
