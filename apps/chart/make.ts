import { isDeepStrictEqual } from 'node:util';
import type { Manifest } from '../../constructs/core/manifest.js';
import type { Site } from '../../constructs/core/site.js';
import { documents } from './documents.js';
import { type ChartValue, chartValues, choice, withValue } from './forms.js';
import { type ChartModel, modelOf, objectName, objectsFor } from './model.js';
import type { Render, Rendered } from './render.js';
import { templateFiles } from './templates.js';
import { schemaFile, valuesFile } from './values.js';

/** The files of a chart, by path. */
export type ChartFiles = Readonly<Record<string, string>>;

export interface ChartProps {
  /** The site whose values come with the chart. */
  readonly site: Site;
  /** Its settings as `box.yaml` has them; those the chart does not take as values are fixed in it. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly render: Render;
  /** @default - all the chart can take */
  readonly values?: readonly ChartValue[];
}

/** Values of another site, as unlike the stand-ins as can be: the chart is held against it before it is written. */
const touchstone: readonly (readonly [path: readonly string[], value: unknown])[] = [
  [['domain'], '0-a.b-c.example'],
  [['publicIp'], '192.0.2.7'],
  [['adminEmail'], "o'neil+box@people.example"],
  [['backup', 'endpoint'], 'https://store.example'],
  [['backup', 'bucket'], '007'],
  [['backup', 'region'], 'no'],
  [['backup', 'retentionDays'], 1],
  [['smtp', 'host'], 'relay.example'],
  [['smtp', 'port'], 25],
  [['smtp', 'security'], choice.values[1]],
  [['tls', 'email'], undefined],
  [['matrixServerName'], undefined],
  [['brand', 'name'], `"Ü" 'n': #1\\`],
  [['brand', 'primary'], '#000000'],
  [['brand', 'accent'], '#ffffff'],
  [['ai', 'baseUrl'], 'https://models.example:8443/v1'],
  [['ai', 'model'], 'on'],
];

/**
 * The chart for a box: rendered with stand-ins for a site's values, which become template expressions.
 * @throws when something in the box depends on a value in a way the chart cannot follow, naming object and field
 */
export function makeChart({ site, settings, render, values = chartValues }: ChartProps): ChartFiles {
  const withStandIns = values.reduce((all, { path, probe }) => withValue(all, path, probe), { ...settings });
  const usual = render(withValue(withStandIns, choice.path, choice.values[0]));
  const other = render(withValue(withStandIns, choice.path, choice.values[1]));
  const model = modelOf(usual, other, values);
  check(
    model,
    render(touchstone.reduce((all, [path, value]) => withValue(all, path, value), { ...settings })),
  );
  return {
    ...documents(site, model),
    'values.yaml': valuesFile(site, model),
    'values.schema.json': schemaFile(model),
    ...templateFiles(model),
  };
}

/** What nobody describes as a form (an order, a length, a hash) shows when another site is rendered. */
function check(model: ChartModel, { site, tiers }: Rendered): void {
  const wanted = tiers.flatMap(({ manifests }) => manifests);
  const made = objectsFor(model, site.settings);
  if (wanted.length !== made.length)
    throw new Error(`the chart would have ${made.length} objects, the box has ${wanted.length}`);
  const problems = wanted.flatMap((manifest, i) => {
    const found = differences(manifest, made[i]);
    return found.map(
      (difference) =>
        `${objectName(manifest)}: ${difference}: depends on the site in a way the chart does not follow`,
    );
  });
  if (problems.length > 0) throw new Error(problems.slice(0, 10).join('\n'));
}

/** Fields in which two values differ, with what each says. */
export function differences(wanted: unknown, found: unknown, field = ''): string[] {
  if (isDeepStrictEqual(wanted, found)) return [];
  if (isBranch(wanted) && isBranch(found) && Array.isArray(wanted) === Array.isArray(found)) {
    const keys = new Set([...Object.keys(wanted), ...Object.keys(found)]);
    return [...keys].flatMap((key) =>
      differences(Reflect.get(wanted, key), Reflect.get(found, key), field === '' ? key : `${field}.${key}`),
    );
  }
  if (typeof wanted === 'string' && typeof found === 'string') {
    const at = [...wanted].findIndex((letter, i) => letter !== found[i]);
    const start = Math.max(0, (at === -1 ? wanted.length : at) - 20);
    const cut = (text: string) => JSON.stringify(text.slice(start, start + 80));
    return [`${field}: the box says ${cut(wanted)}, the chart ${cut(found)}`];
  }
  return [`${field}: the box says ${JSON.stringify(wanted)}, the chart ${JSON.stringify(found)}`];
}

const isBranch = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** The objects of a box by the name the API server knows them by. */
export const byKey = (manifests: readonly Manifest[]): Map<string, Manifest> =>
  new Map(manifests.map((manifest) => [`${manifest.apiVersion} ${objectName(manifest)}`, manifest]));
