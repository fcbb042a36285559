/** Figures and tables. */

/** What a measurement prints. */
export interface Table {
  readonly title: string;
  /** Exact commands of the load, and remarks. */
  readonly notes: readonly string[];
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What went wrong, or must be known to read the rows. */
  readonly remarks: readonly string[];
}

/** The middle of the figures; NaN when there is none. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The figure below which the given share of the sorted figures lies. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Three significant digits, `-` for what could not be measured. */
export function format(figure: number): string {
  if (!Number.isFinite(figure)) return '-';
  const size = Math.abs(figure);
  return figure.toFixed(size >= 100 || figure === 0 ? 0 : size >= 10 ? 1 : 2);
}

/** Smallest and largest figure. */
export function spread(figures: readonly number[]): string {
  return figures.length === 0 ? '-' : `${format(Math.min(...figures))}..${format(Math.max(...figures))}`;
}

/** A figure as a multiple of the reference. */
export function ratio(figure: number, reference: number): string {
  return Number.isFinite(figure / reference) ? `${(figure / reference).toFixed(2)}x` : '-';
}

/** The table as text: title, notes, aligned columns; the first column to the left, others to the right. */
export function render(table: Table): string {
  const lines = [table.head, ...table.rows];
  const widths = table.head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const text = lines.map((line) =>
    line
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
  text.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  return [
    `\n## ${table.title}`,
    ...table.notes.map((note) => `   ${note}`),
    '',
    ...text,
    ...table.remarks,
  ].join('\n');
}
