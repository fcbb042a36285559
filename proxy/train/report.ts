import type { Counts, Scan } from './evaluate.js';

/** Figures of a source of attacks. */
export interface AttackFigures {
  readonly source: string;
  /** Which weights were asked: those committed, or others that never saw the source. */
  readonly by: string;
  readonly single: Counts;
  readonly scans: readonly Scan[];
  /** Requests caught in scans of fifty, at the worst pace. */
  readonly short: number;
}

/** Figures of a source of honest requests. */
export interface HonestFigures {
  readonly source: string;
  readonly by: string;
  readonly single: Counts;
  readonly recorded:
    | { readonly rows: number; readonly limited: number; readonly refused: number }
    | undefined;
}

/** Percent, or a share of a whole. */
export const percent = (part: number, whole: number, digits = 1) =>
  whole === 0 ? '-' : `${((100 * part) / whole).toFixed(digits)} %`;

/** Rows of a table of Markdown. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(cells[0] ?? []), rule, ...cells.slice(1).map(line)].join('\n');
}

/** The table of attacks: by single requests, and as scans of one client. */
export function attackTable(figures: readonly AttackFigures[]): string {
  const head = ['Source', 'Weights', 'Rows', 'Original hits', 'Caught', 'of it refused', 'Groups caught'];
  return table(
    [...head, 'In scans of 50', 'In one scan', 'First at', 'Blocked at'],
    figures.map(({ source, by, single, scans, short }) => [
      source,
      by,
      single.rows,
      percent(single.original, single.rows),
      percent(single.limited + single.refused, single.rows),
      percent(single.refused, single.rows),
      percent(single.groupsCaught, single.groups),
      ...(scans.length === 0
        ? ['-', '-', '-', '-']
        : [
            percent(short, single.rows),
            percent(Math.min(...scans.map(({ caught }) => caught)), single.rows),
            Math.max(...scans.map(({ first }) => first)),
            Math.max(...scans.map(({ blocked }) => blocked)),
          ]),
    ]),
  );
}

/** The table of honest requests. */
export function honestTable(figures: readonly HonestFigures[]): string {
  return table(
    [
      'Source',
      'Weights',
      'Rows',
      'Original hits',
      'Limited',
      'Refused',
      'Limited as recorded',
      'Refused as recorded',
    ],
    figures.map(({ source, by, single, recorded }) => [
      source,
      by,
      single.rows,
      percent(single.original, single.rows, 2),
      percent(single.limited, single.rows, 2),
      `${percent(single.refused, single.rows, 3)} (${single.refused})`,
      recorded === undefined ? '-' : percent(recorded.limited, recorded.rows, 2),
      recorded === undefined ? '-' : `${percent(recorded.refused, recorded.rows, 3)} (${recorded.refused})`,
    ]),
  );
}
