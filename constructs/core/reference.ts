import type { Destination } from './endpoint.js';

/**
 * A piece of text that knows what it points at. Whoever is given a reference (in `env`, `args` or a
 * `ConfigFile`) also gets the network edge to every destination in `reaches`: nothing is declared twice.
 */
export class Reference {
  constructor(
    /** The text as the program will read it. */
    readonly text: string,
    /** What a reader of the text will connect to. Empty for text that only travels to a browser. */
    readonly reaches: readonly Destination[] = [],
  ) {}

  /** Concatenation would lose the edge, so it fails: write text`...${reference}...` instead. */
  toString(): never {
    throw new Error(
      `reference '${this.text}' was turned into a plain string, which loses its network edge; use text\`...\``,
    );
  }
}

/** Text for a program: plain, or a reference that carries edges. */
export type Text = string | Reference;

/** The characters of a text, its edges left aside. */
export const plain = (value: Text): string => (value instanceof Reference ? value.text : value);

/** What a text connects to. */
export const reachesOf = (value: Text): readonly Destination[] =>
  value instanceof Reference ? value.reaches : [];

/** Template tag that joins texts and keeps their edges: text`redis://${valkey.address}/1`. */
export function text(strings: TemplateStringsArray, ...values: (Text | number)[]): Reference {
  let joined = strings[0] ?? '';
  const reaches = new Set<Destination>();
  values.forEach((value, i) => {
    const part = typeof value === 'number' ? String(value) : value;
    joined += plain(part) + (strings[i + 1] ?? '');
    for (const destination of reachesOf(part)) reaches.add(destination);
  });
  return new Reference(joined, [...reaches]);
}

/** Joins texts with a separator and keeps their edges. */
export function join(values: readonly Text[], separator: string): Reference {
  const reaches = new Set(values.flatMap((value) => [...reachesOf(value)]));
  return new Reference(values.map(plain).join(separator), [...reaches]);
}
