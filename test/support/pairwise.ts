/** What may vary: names with their values. */
export type Factors = Readonly<Record<string, readonly string[]>>;
export type Row = Readonly<Record<string, string>>;

interface Pair {
  readonly a: readonly [factor: string, value: string];
  readonly b: readonly [factor: string, value: string];
}

const holds = (row: Row, { a, b }: Pair) => row[a[0]] === a[1] && row[b[0]] === b[1];
const fits = (row: Row, { a, b }: Pair) => (row[a[0]] ?? a[1]) === a[1] && (row[b[0]] ?? b[1]) === b[1];

function pairsOf(factors: Factors): Pair[] {
  const names = Object.entries(factors);
  return names.flatMap(([first, values], i) =>
    names
      .slice(i + 1)
      .flatMap(([second, others]) =>
        values.flatMap((value) => others.map((other): Pair => ({ a: [first, value], b: [second, other] }))),
      ),
  );
}

/**
 * Rows in which every two values of two factors meet at least once, since most faults of combinations need but two.
 * Greedy, so a row or two more than the fewest; the same rows for the same factors.
 * @param allowed says of a row, which may lack factors, whether it can be; pairs that cannot be are left out
 */
export function allPairs(factors: Factors, allowed: (row: Row) => boolean = () => true): Row[] {
  const grow = (row: Row, { a, b }: Pair): Row => ({ ...row, [a[0]]: a[1], [b[0]]: b[1] });
  let open = pairsOf(factors).filter((pair) => allowed(grow({}, pair)));
  const rows: Row[] = [];
  while (open.length > 0) {
    let row: Row = {};
    for (const pair of open) {
      if (fits(row, pair) && allowed(grow(row, pair))) row = grow(row, pair);
    }
    for (const [name, values] of Object.entries(factors)) {
      if (name in row) continue;
      const value = values.find((candidate) => allowed({ ...row, [name]: candidate })) ?? '';
      row = { ...row, [name]: value };
    }
    rows.push(row);
    const left = open.filter((pair) => !holds(row, pair));
    if (left.length === open.length) throw new Error(`no row holds ${JSON.stringify(open[0])}`);
    open = left;
  }
  return rows;
}
