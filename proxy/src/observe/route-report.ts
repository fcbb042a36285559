import type { Route } from '../routing/route.js';
import type { SeriesTable } from './series.js';

/** A line of a report. All lines have the same keys. */
export type Row = Readonly<Record<string, string | number | boolean>>;

/** The table of routes, each with what it has had to do since the process began. */
export function routeRows(routes: readonly Route[], series: SeriesTable): Row[] {
  const rows = routes.map((route) => ({
    host: route.host,
    path: route.path + (route.exact ? ' (exact)' : ''),
    methods: route.methods === undefined ? 'all' : [...route.methods].join(' '),
    kind: route.kind as string,
    class: route.trafficClass as string,
    gate: gateOf(route),
    target: targetOf(route),
    ...counts(series.of(route)),
  }));
  const other = { host: '(no route)', path: '', methods: '', kind: '', class: '', gate: '', target: '' };
  return [...rows, { ...other, ...counts(series.none) }];
}

function counts(series: ReturnType<SeriesTable['of']>) {
  return {
    requests: series.total,
    redirects: series.answered(300, 400),
    refused: series.answered(400, 500),
    failed: series.answered(500, 600),
  };
}

function gateOf(route: Route): string {
  if (!route.gated) return 'open';
  return route.gateGroups === undefined ? 'signed in' : route.gateGroups.join(' ');
}

function targetOf(route: Route): string {
  const { config } = route;
  if (route.upstream !== '') return route.upstream;
  if (config.kind === 'redirect') return `${config.status} ${config.to}`;
  if (config.kind === 'static') return config.root;
  return '';
}

/** Rows as columns of text with a heading; a line that says so when there are none. */
export function textTable(rows: readonly Row[]): string {
  const first = rows[0];
  if (first === undefined) return 'none\n';
  const names = Object.keys(first);
  const lines = [names, ...rows.map((row) => names.map((name) => String(row[name] ?? '')))];
  const widths = names.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const numeric = names.map((name) => typeof first[name] === 'number');
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          numeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}
