import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Row } from './rows.js';

/** Data sets by name, in the order of the report. */
export const sources = [
  'nuclei-cve',
  'nuclei-geeknik',
  'fuzzdb-paths',
  'crowdsec-hub',
  'crs',
  'httpparams',
  'har-browser',
  'elastic-apache',
] as const;

/** Name of a data set. */
export type Source = (typeof sources)[number];

/** Where the data sets are: `$PROXY_DATA`, or beside the repository. */
export function dataFolder(): string {
  return process.env.PROXY_DATA ?? fileURLToPath(new URL('../../../shared/data/http', import.meta.url));
}

/** Whether there are any data to read. */
export function hasData(): boolean {
  return existsSync(join(dataFolder(), 'nuclei-cve.jsonl.gz'));
}

interface Line {
  method: string;
  path: string;
  headers: Record<string, string>;
  label: 'attack' | 'benign' | 'unlabelled';
  category: string;
  id?: string;
  ip?: string;
  ts?: number;
  status?: number;
  weak?: boolean;
}

/** Rows of a data set with a label, and the SHA-256 of the file. Rows whose label is weak are left out. */
export function read(source: Source): { rows: Row[]; hash: string } {
  const packed = readFileSync(join(dataFolder(), `${source}.jsonl.gz`));
  const rows: Row[] = [];
  for (const text of gunzipSync(packed).toString('utf8').split('\n')) {
    if (text === '') continue;
    const line = JSON.parse(text) as Line;
    if (line.label === 'unlabelled' || line.weak === true) continue;
    rows.push({
      method: line.method,
      target: line.path,
      trafficClass: 'browser',
      attack: line.label === 'attack',
      source,
      group: groupOf(source, line),
      status: line.status ?? 0,
      time: (line.ts ?? 0) * 1000,
      headers: line.headers,
    });
  }
  return { rows, hash: createHash('sha256').update(packed).digest('hex') };
}

/** What belongs together: pages of one site, requests of one client, probes of one product. */
function groupOf(source: Source, line: Line): string {
  switch (source) {
    case 'har-browser':
      return siteOf(line.id ?? '');
    case 'elastic-apache':
      return line.ip ?? '';
    case 'nuclei-cve':
    case 'nuclei-geeknik':
      return line.id ?? '';
    default:
      return line.category;
  }
}

const marks: readonly (readonly [RegExp, string])[] = [
  [/github/, 'github'],
  [/filamentgroup/, 'filamentgroup'],
  [/nghttp2/, 'nghttp2'],
  [/bbc\./, 'bbc'],
  [/aftonbladet/, 'aftonbladet'],
  [/sitespeed/, 'sitespeed'],
  [/^(http1\.1|http2|spdy)-/, 'protocol-demo'],
  [/redirect/, 'redirects'],
];

/** Recordings of one site carry its name in various ways. */
function siteOf(file: string): string {
  for (const [mark, site] of marks) if (mark.test(file)) return site;
  return file;
}
