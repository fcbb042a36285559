import { parseDocument, Scalar, stringify, visit } from 'yaml';
import type { SiteSettings } from '../../constructs/core/site-schema.js';
import { type Form, standInPattern, traces } from './forms.js';

/** A value inside a JSON or YAML text, to be quoted as its format asks for once it is known. */
export interface Quoted {
  readonly as: 'json' | 'yaml';
  readonly pieces: readonly (string | Form)[];
}

/** Part of a text: literal, a form of a value, or a quoted value. */
export type Piece = string | Form | Quoted;

export const isQuoted = (piece: Piece): piece is Quoted => typeof piece === 'object' && 'as' in piece;

/** Splits texts at the forms known to a chart. */
export class Splitter {
  private readonly forms: ReadonlyMap<string, Form>;
  private readonly pattern: RegExp;

  constructor(forms: readonly Form[]) {
    this.forms = new Map(forms.map((form) => [form.standIn, form]));
    const longestFirst = [...this.forms.keys()].sort((a, b) => b.length - a.length);
    this.pattern = new RegExp(`(${longestFirst.map(standInPattern).join('|')})`);
  }

  /** The form whose stand-in a text is. */
  form(text: string): Form | undefined {
    return this.forms.get(text);
  }

  /** @throws when something of a stand-in is left that no form explains */
  split(text: string): (string | Form)[] {
    return text
      .split(this.pattern)
      .filter((part) => part !== '')
      .map((part) => {
        const form = this.forms.get(part);
        if (form === undefined && traces.test(part)) {
          const at = Math.max(0, part.search(traces) - 30);
          throw new Error(
            `holds '…${part.slice(at, at + 80).replaceAll('\n', ' ')}…', a form of a site's value that the chart does not know; ` +
              `describe it in apps/chart/forms.ts`,
          );
        }
        return form ?? part;
      });
  }

  /** A text whose format is told by the name of its file. @throws as `split` does */
  splitFile(name: string, text: string): Piece[] {
    if (!traces.test(text)) return [text];
    if (/\.json$/.test(name)) return this.splitJson(text);
    if (/\.ya?ml$/.test(name)) return this.splitYaml(text);
    const pieces = this.split(text);
    const unsafe = pieces.find((piece) => typeof piece !== 'string' && piece.grammar === 'free');
    if (typeof unsafe === 'object')
      throw new Error(`holds ${unsafe.template} in a format whose quoting the chart does not know`);
    return pieces;
  }

  /** JSON: a string that holds free text is quoted anew. */
  splitJson(text: string): Piece[] {
    return this.requote(
      text,
      [...text.matchAll(/"(?:[^"\\]|\\.)*"/g)].map((match) => ({
        start: match.index,
        end: match.index + match[0].length,
        value: JSON.parse(match[0]) as string,
        as: 'json',
      })),
    );
  }

  /** YAML: a scalar is quoted anew when its value could change how the library quotes it. */
  private splitYaml(text: string): Piece[] {
    const scalars: Span[] = [];
    visit(parseDocument(text, { version: '1.1' }), {
      Scalar: (key, node) => {
        if (typeof node.value !== 'string' || !node.range || !traces.test(node.value)) return;
        if (key === 'key') throw new Error(`holds a site's value in the key '${node.value}'`);
        // a block is a block whatever stands in its lines
        if (node.type === Scalar.BLOCK_LITERAL) return;
        scalars.push({ start: node.range[0], end: node.range[1], value: node.value, as: 'yaml' });
      },
    });
    return this.requote(text, scalars);
  }

  private requote(text: string, spans: readonly Span[]): Piece[] {
    const pieces: Piece[] = [];
    let at = 0;
    for (const { start, end, value, as } of spans) {
      if (!traces.test(value)) continue;
      const parts = this.split(value);
      if (!needsQuoting(parts, as)) continue;
      pieces.push(...this.split(text.slice(at, start)), { as, pieces: parts });
      at = end;
    }
    return [...pieces, ...this.split(text.slice(at))];
  }
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly value: string;
  readonly as: Quoted['as'];
}

/** Whether a value may change the quotes around it. Without a letter beside it, a word could pass for a number. */
function needsQuoting(parts: readonly (string | Form)[], as: Quoted['as']): boolean {
  if (parts.some((part) => typeof part !== 'string' && part.grammar !== 'word')) return true;
  return as === 'yaml' && !parts.some((part) => typeof part === 'string' && /[^\d.eE+:_-]/.test(part));
}

/** A scalar as the YAML library writes it. */
export const yamlScalar = (text: string): string =>
  stringify({ k: text }, { lineWidth: 0, version: '1.1' }).slice(3, -1);

/** The text for a site. */
export function evaluate(pieces: readonly Piece[], settings: SiteSettings): string {
  return pieces
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      if (!isQuoted(piece)) return piece.of(settings);
      const text = evaluate(piece.pieces, settings);
      return piece.as === 'json' ? JSON.stringify(text) : yamlScalar(text);
    })
    .join('');
}
