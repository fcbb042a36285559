import type { Digest } from '../../constructs/core/digests.js';
import { type Choice, type Form, traces } from './forms.js';
import type { Rendered } from './render.js';

const digestToken = (index: number) => `zqdigest${index}zq`;

/** The box rendered for both values of a choice, brought together: what differs stands there as a stand-in. */
export class Variants {
  /** Forms of the texts that differ. */
  readonly forms: Form[] = [];
  private readonly known = new Map<string, string>();

  constructor(private readonly choice: Choice) {}

  /**
   * Two values of one field as one.
   * @throws when they differ in shape, or in anything but texts
   */
  merge(usual: unknown, other: unknown, field = ''): unknown {
    if (typeof usual === 'string' && typeof other === 'string') return this.mergeText(usual, other, field);
    if (Array.isArray(usual) && Array.isArray(other) && usual.length === other.length)
      return usual.map((item, i) => this.merge(item, other[i], `${field}[${i}]`));
    if (isObject(usual) && isObject(other) && Object.keys(usual).join() === Object.keys(other).join()) {
      return Object.fromEntries(
        Object.entries(usual).map(([key, item]) => [key, this.merge(item, other[key], `${field}.${key}`)]),
      );
    }
    if (usual === other) return usual;
    throw this.shape(field);
  }

  /** Words are compared, so that a long text differs only where it says something else. */
  mergeText(usual: string, other: string, field: string): string {
    if (usual === other) return usual;
    const words = usual.split(/([A-Za-z0-9]+)/);
    const others = other.split(/([A-Za-z0-9]+)/);
    if (words.length !== others.length) throw this.shape(field);
    return words
      .map((word, i) => {
        const instead = others[i] ?? '';
        return word === instead ? word : this.standIn(word, instead);
      })
      .join('');
  }

  private standIn(usual: string, other: string): string {
    const key = `${usual}\0${other}`;
    const before = this.known.get(key);
    if (before !== undefined) return before;
    const standIn = `zqchoice${this.forms.length}zq`;
    const { path, values, of } = this.choice;
    this.known.set(key, standIn);
    this.forms.push({
      standIn,
      template: `(ternary ${JSON.stringify(other)} ${JSON.stringify(usual)} (eq .Values.${path.join('.')} "${values[1]}"))`,
      of: (settings) => (of(settings) === values[1] ? other : usual),
      grammar: /^[A-Za-z0-9]*$/.test(usual + other) ? 'word' : 'free',
    });
    return standIn;
  }

  private shape(field: string): Error {
    return new Error(`${field.replace(/^\./, '')}: changes its shape with ${this.choice.path.join('.')}`);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A rendered box in which every digest of a site's values stands as a stand-in. */
export function withoutDigests({ tiers, digests }: Rendered): {
  readonly tiers: Rendered['tiers'];
  readonly digests: readonly Digest[];
} {
  const tokens = new Map<string, string>();
  digests.forEach(({ parts, hex }, i) => {
    if (parts.some((part) => traces.test(part) || [...tokens.keys()].some((known) => part.includes(known))))
      tokens.set(hex, digestToken(i));
  });
  if (tokens.size === 0) return { tiers, digests };
  const pattern = new RegExp([...tokens.keys()].join('|'), 'g');
  const replace = (text: string) => text.replace(pattern, (hex) => tokens.get(hex) ?? hex);
  return {
    tiers: tiers.map((tier) => ({ ...tier, manifests: mapTexts(tier.manifests, replace) })),
    digests: digests.map((digest) => ({ ...digest, parts: digest.parts.map(replace) })),
  };
}

function mapTexts<T>(value: T, map: (text: string) => string): T {
  if (typeof value === 'string') return map(value) as T;
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, map)) as T;
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, map)])) as T;
}

/** Forms of the digests: made again from the same parts. */
export function digestForms(digests: readonly Digest[], value: (digest: Digest) => Form['of']): Form[] {
  return digests.map((digest, i) => ({
    standIn: digestToken(i),
    template: `(include ${JSON.stringify(digestName(digest))} .)`,
    of: value(digest),
    grammar: 'word',
  }));
}

/** Name of the template that makes a digest. */
export const digestName = ({ of }: Digest): string => `digest.${of}`;
