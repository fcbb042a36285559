import { stringify } from 'yaml';
import { type Site, siteJsonSchema } from '../../constructs/core/site.js';
import { Wave } from '../../constructs/core/waves.js';
import { appIds } from '../render.js';
import type { ChartModel } from './model.js';

/** As much of a JSON schema as is read here. */
interface Schema {
  readonly [key: string]: unknown;
  readonly type?: string;
  readonly description?: string;
  readonly pattern?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** Last wave of the box. */
const lastWave = Wave.Operations;

const upToWave: Schema = {
  type: 'integer',
  minimum: 0,
  maximum: lastWave,
  default: lastWave,
  description: 'Last wave to install. 0 brings the operators, whose definitions the later waves need.',
};

/** Free text goes into quoted lines of several formats, all of which hold one line of printable characters. */
const oneLine =
  '^[^\\s\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]([^\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]*[^\\s\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff])?$';
const httpsUrl = '^https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9][0-9]{0,4})?(/[A-Za-z0-9._~/-]*)?$';

/** Paths of the values, the choice included. */
const pathsOf = ({ values, choice }: ChartModel): (readonly string[])[] => [
  ...values.map(({ path }) => path),
  ...(choice === undefined ? [] : [choice.path]),
];

/** The schema of the values: that of `box.yaml`, with nothing but what the chart takes. */
export function schemaFile(model: ChartModel): string {
  const whole = siteJsonSchema(appIds) as Schema;
  const { $schema, ...picked } = pick(whole, pathsOf(model));
  const properties = { ...picked.properties, upToWave };
  const required = Object.keys(properties).filter((key) => key !== 'matrixServerName');
  const schema = { $schema: whole.$schema, ...picked, properties, required };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** A schema with only some of its properties. Values come with the chart, so none of its maps may be taken away. */
function pick(schema: Schema, paths: readonly (readonly string[])[]): Schema {
  const keys = [...new Set(paths.map(([key = '']) => key))];
  const properties = Object.fromEntries(
    Object.entries(schema.properties ?? {})
      .filter(([key]) => keys.includes(key))
      .map(([key, inner]) => {
        const below = paths.filter(([first]) => first === key).map((path) => path.slice(1));
        return [key, below.some(({ length }) => length > 0) ? pick(inner, below) : forHelm(inner)];
      }),
  );
  const required = Object.entries(properties)
    .filter(
      ([key, { default: usual }]) =>
        schema.required?.includes(key) || (usual !== undefined && usual !== null),
    )
    .map(([key]) => key);
  const { default: _, ...rest } = schema;
  return { ...rest, properties, required };
}

/** Helm matches patterns with Go's library, which looks neither ahead nor back. */
function forHelm(schema: Schema): Schema {
  if (schema.format === 'uri') return { ...schema, pattern: httpsUrl };
  if (schema.type !== 'string' || 'enum' in schema) return schema;
  if (schema.pattern === undefined) return { ...schema, pattern: oneLine };
  const ahead = /^\^\(\?=\.\{(\d+),(\d+)\}\$\)/.exec(schema.pattern);
  const pattern = ahead === null ? schema.pattern : `^${schema.pattern.slice(ahead[0].length)}`;
  if (/\(\?[=!<]/.test(pattern)) throw new Error(`Helm cannot read the pattern ${pattern}`);
  return ahead === null
    ? schema
    : { ...schema, pattern, minLength: Number(ahead[1]), maxLength: Number(ahead[2]) };
}

/** `values.yaml`: the site the chart was made for. */
export function valuesFile(site: Site, model: ChartModel): string {
  const { properties = {} } = JSON.parse(schemaFile(model)) as Schema;
  const sections = Object.entries(properties).map(([key, schema]) => {
    const set = key === 'upToWave' ? lastWave : settled(schema, Reflect.get(site.settings, key));
    const comment = [schema.description, ...hints(schema)].filter((line) => line !== undefined);
    const lines = comment.map((line) => `# ${line}\n`).join('');
    return set === undefined ? `${lines}# ${key}:\n` : lines + stringify({ [key]: set }, { lineWidth: 0 });
  });
  return `# What a site decides. Everything else was fixed when the chart was made: see Chart.yaml.\n\n${sections.join('\n')}`;
}

/** The site's value, with nothing but the keys the chart takes. */
function settled({ properties }: Schema, value: unknown): unknown {
  if (properties === undefined || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(properties).flatMap(([key, schema]) => {
      const inner = settled(schema, Reflect.get(value, key));
      return inner === undefined ? [] : [[key, inner]];
    }),
  );
}

const hints = ({ properties = {} }: Schema): string[] =>
  Object.entries(properties).flatMap(([key, { description }]) =>
    description === undefined ? [] : [`${key}: ${description}`],
  );
