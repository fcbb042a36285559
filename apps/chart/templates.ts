import { stringify } from 'yaml';
import type { Form } from './forms.js';
import { type ChartModel, Leaf, type TemplateTier } from './model.js';
import { isQuoted, type Piece } from './pieces.js';
import { digestName } from './variants.js';
import { yamlHelper } from './yaml-helper.js';

/** A string in a Go template. JSON's escapes are Go's. */
const goString = (text: string): string => JSON.stringify(text);

/** Text that must come out as it is: what would open an action becomes one that prints it. */
function literal(text: string, beforeAction: boolean): string {
  const pattern = beforeAction ? /\{\{|\{$/g : /\{\{/g;
  return text.replace(pattern, (braces) => `{{ ${goString(braces)} }}`);
}

const action = (expression: string): string => `{{ ${expression.replace(/^\((.*)\)$/s, '$1')} }}`;

/** One expression for a text, to be quoted as a whole. */
function expression(pieces: readonly (string | Form)[]): string {
  const [only] = pieces;
  if (pieces.length === 1 && typeof only === 'object' && only.grammar === 'free') return only.template;
  // print puts no space beside a string
  return `(print ${pieces.map((piece) => (typeof piece === 'string' ? goString(piece) : piece.template)).join(' ')})`;
}

/** A text written out, values standing where they belong. @param map how literal parts are written */
function inline(pieces: readonly Piece[], map = (text: string) => text): string {
  return pieces
    .map((piece, i) => {
      if (typeof piece === 'string') return literal(map(piece), i < pieces.length - 1);
      if (!isQuoted(piece)) return action(piece.template);
      const value = expression(piece.pieces);
      return piece.as === 'json' ? `{{ toRawJson ${value} }}` : `{{ include "box.yaml" ${value} }}`;
    })
    .join('');
}

/** A scalar of an object. Words need no quoting by value and stay readable. */
function scalar({ kind, pieces }: Leaf): string {
  if (kind === 'number') return inline(pieces);
  const plain = pieces as readonly (string | Form)[];
  if (plain.every((piece) => typeof piece === 'string' || piece.grammar === 'word'))
    return `"${inline(plain, (text) => JSON.stringify(text).slice(1, -1))}"`;
  return `{{ ${expression(plain).replace(/^\((print .*)\)$/s, '$1')} | toJson }}`;
}

/** Texts that several templates need, each once. */
class Texts {
  private readonly names = new Map<string, string>();
  private readonly defined: string[] = [];

  /** Expression for a text, defined under a name when it is the first of its kind. */
  include(leaf: Leaf, name: string): string {
    const known = this.names.get(leaf.raw);
    if (known === undefined) {
      this.names.set(leaf.raw, name);
      this.defined.push(`{{- define ${goString(name)} }}${inline(leaf.pieces)}{{ end }}\n`);
    }
    return `(include ${goString(known ?? name)} .)`;
  }

  get all(): readonly string[] {
    return this.defined;
  }
}

/** Files of `templates/`, by name. */
export function templateFiles(model: ChartModel): Record<string, string> {
  const texts = new Texts();
  const tiers = Object.fromEntries(
    model.tiers
      .filter(({ objects }) => objects.length > 0)
      .map((tier) => [`templates/${tier.wave}-${tier.id}.yaml`, tierFile(tier, texts)]),
  );
  const digests = model.digests.map(({ digest, parts }) => {
    const values = parts.map((leaf) =>
      leaf.kind === 'text' ? goString(leaf.raw) : texts.include(leaf, `input.${digest.of}`),
    );
    const body = `print ${values.join(' ')} | sha256sum | trunc ${digest.hex.length}`;
    return `{{- define ${goString(digestName(digest))} -}}{{ ${body} }}{{- end }}\n`;
  });
  return {
    'templates/_helpers.tpl': [yamlHelper, ...digests].join('\n'),
    'templates/_texts.tpl': texts.all.join('\n'),
    ...tiers,
  };
}

function tierFile({ wave, objects }: TemplateTier, texts: Texts): string {
  const documents = objects.map(({ name, body }) => {
    const shown = name.replace(/zqdigest\d+zq/g, '*');
    return `---\n# ${shown}\n${objectFile(body, texts, shown.replace(/^\w+ /, 'text.'))}`;
  });
  return [`{{- if ge (int .Values.upToWave) ${wave} }}\n`, ...documents, '{{- end }}\n'].join('');
}

/** One object as YAML, its leaves written as actions. */
function objectFile(body: unknown, texts: Texts, textName: string): string {
  const written: string[] = [];
  const hold = (text: string) => `zqleaf${written.push(text) - 1}zq`;
  const held = (value: unknown, key = ''): unknown => {
    if (value instanceof Leaf)
      return hold(
        value.kind === 'file' ? configFile(value, texts.include(value, `${textName}/${key}`)) : scalar(value),
      );
    if (Array.isArray(value)) return value.map((item) => held(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, held(item, name)]));
  };
  const yaml = stringify(held(body), { version: '1.1', lineWidth: 0 });
  return yaml
    .split(/(zqleaf\d+zq)/)
    .map((part, i, parts) => {
      const index = /^zqleaf(\d+)zq$/.exec(part)?.[1];
      if (index !== undefined) return written[Number(index)] ?? '';
      return literal(part, i < parts.length - 1);
    })
    .join('');
}

/** A file in a ConfigMap, as a block that people can read where a block can hold it. */
function configFile({ raw }: Leaf, include: string): string {
  const fitsBlock = /^\S/.test(raw) && /[^\n]\n$/.test(raw) && !/[\t\r]/.test(raw);
  if (!fitsBlock) return `{{ ${include.slice(1, -1)} | toJson }}`;
  return `|\n{{ ${include.slice(1, -1)} | trimSuffix "\\n" | indent 4 }}`;
}
