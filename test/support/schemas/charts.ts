import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import { didYouMean } from '../../../constructs/core/suggest.js';
import {
  createAjv,
  isObject,
  type Json,
  pointer,
  problems,
  readJson,
  type SchemaProblem,
  schemaFolder,
} from './source.js';

/** Keys that are handed to a chart of their own, whose defaults the parent chart repeats only in part. */
const SUBCHARTS: Readonly<Record<string, readonly string[]>> = {
  'kube-prometheus-stack': [
    'grafana',
    'kube-state-metrics',
    'prometheus-node-exporter',
    'prometheus-windows-exporter',
  ],
};

/** What is known of a chart. */
interface Chart {
  /** Every key the chart has, with its default. */
  readonly defaults: unknown;
  readonly schema?: Json;
  readonly validate?: ValidateFunction;
}

const charts = new Map<string, Chart>();

function loadChart(name: string): Chart {
  let chart = charts.get(name);
  if (chart) return chart;
  const file = (ending: string) => join(schemaFolder, 'charts', `${name}.values.${ending}`);
  if (!existsSync(file('yaml')))
    throw new Error(`no default values of a chart '${name}' at '${file('yaml')}'`);
  const defaults: unknown = parse(readFileSync(file('yaml'), 'utf8'));
  chart = { defaults };
  if (existsSync(file('schema.json'))) {
    const schema = readJson(file('schema.json'));
    chart = { defaults, schema, validate: createAjv({ validateFormats: false }).compile(schema) };
  }
  charts.set(name, chart);
  return chart;
}

/** `schema` with a reference inside its document, the only kind that chart schemas use, followed. */
function resolve(root: Json, schema: unknown): Json {
  if (!isObject(schema)) return {};
  if (typeof schema.$ref !== 'string') return schema;
  let target: unknown = root;
  for (const step of schema.$ref.split('/').slice(1)) target = isObject(target) ? target[step] : undefined;
  return resolve(root, target);
}

/**
 * Keys of `values` that the chart does not know. Anything goes below a key whose default is an empty map, a
 * list or null: there the chart takes what it is given.
 */
function unknownKeys(
  values: Json,
  defaults: unknown,
  schema: Json,
  root: Json,
  path: string,
): SchemaProblem[] {
  const known = isObject(defaults) ? defaults : {};
  const declared = isObject(schema.properties) ? schema.properties : {};
  return Object.entries(values).flatMap(([key, value]) => {
    const here = path + pointer(key);
    if (!(key in known) && !(key in declared)) {
      const hint = didYouMean(key, [...Object.keys(known), ...Object.keys(declared)]);
      return [{ path: here, message: `the chart has no value '${key}'${hint}`, value }];
    }
    const fallback = known[key];
    const isOpen =
      fallback === undefined ||
      fallback === null ||
      Array.isArray(fallback) ||
      (isObject(fallback) && Object.keys(fallback).length === 0);
    if (!isObject(value) || isOpen) return [];
    return unknownKeys(value, fallback, resolve(root, declared[key]), root, here);
  });
}

/**
 * What is wrong with `values` for the chart named `chart`: what its own schema refuses, if it has one, and
 * every key that its default values do not have. Helm itself ignores such a key without a word.
 *
 * @throws when nothing is known of the chart, or the folder of the schemas is missing.
 */
export function validateChartValues(chart: string, values: unknown): SchemaProblem[] {
  const { defaults, schema = {}, validate } = loadChart(chart);
  if (!isObject(values)) return [{ path: '', message: 'chart values must be a map', value: values }];
  const own = { ...values };
  for (const key of SUBCHARTS[chart] ?? []) delete own[key];
  const refused = validate ? problems(validate, values) : [];
  // A schema that lists its keys has found the unknown ones already.
  const places = new Set(refused.map(({ path }) => path));
  const unknown = unknownKeys(own, defaults, resolve(schema, schema), schema, '');
  return [...refused, ...unknown.filter(({ path }) => !places.has(path))];
}
