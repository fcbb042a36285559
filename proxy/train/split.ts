import { Random } from './random.js';
import type { Row } from './rows.js';

/** Sources that come from one hand or tool, and go to one side together. */
export const tools: Readonly<Record<string, string>> = {
  'nuclei-cve': 'nuclei',
  'nuclei-geeknik': 'nuclei',
};

/** What the committed weights are trained on; everything else is held back from them. */
export const trainingSources = [
  'fuzzdb-paths',
  'crs',
  'httpparams',
  'har-browser (half)',
  'suite',
  'browsing',
  'browsing-foreign',
];

/** Sites of the browser recordings, in two halves of about the same number of requests; a site is never in both. */
export function halveSites(rows: readonly Row[], seed: number): { train: Row[]; test: Row[] } {
  const sites = new Map<string, Row[]>();
  for (const row of rows) sites.set(row.group, [...(sites.get(row.group) ?? []), row]);
  const train: Row[] = [];
  const test: Row[] = [];
  for (const site of new Random(seed).shuffle([...sites.values()]))
    (train.length <= test.length ? train : test).push(...site);
  return { train, test };
}

/** The same probe in other words: path without digits and case, without its query. */
export function familyOf({ target }: Row): string {
  return (target.split('?', 1)[0] ?? '')
    .toLowerCase()
    .replace(/[0-9]+/g, '0')
    .replace(/\/+$/, '');
}

/** Rows without attacks that also stand in the held-back ones: lists of probes copy from each other. */
export function withoutFamilies(rows: readonly Row[], heldBack: readonly Row[]): Row[] {
  const families = new Set(heldBack.filter((row) => row.attack).map(familyOf));
  return rows.filter((row) => !row.attack || !families.has(familyOf(row)));
}

/** Rows as if sent without header fields: in these files they tell the file, not the intent. */
export function bare(rows: readonly Row[]): Row[] {
  return rows.map((row) => ({ ...row, headers: {} }));
}
