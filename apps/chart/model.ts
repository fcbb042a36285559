import { createHash } from 'node:crypto';
import type { Digest } from '../../constructs/core/digests.js';
import type { Manifest } from '../../constructs/core/manifest.js';
import type { SiteSettings } from '../../constructs/core/site-schema.js';
import { type ChartValue, type Choice, chartValues, choice, type Form, traces } from './forms.js';
import { evaluate, type Piece, Splitter } from './pieces.js';
import type { Rendered } from './render.js';
import { digestForms, Variants, withoutDigests } from './variants.js';

/** A field that depends on the site: text, a number, or a whole file. */
export class Leaf {
  constructor(
    readonly kind: 'text' | 'number' | 'file',
    readonly pieces: readonly Piece[],
    /** What stands there with stand-ins; the same text is the same template. */
    readonly raw: string,
  ) {}

  /** The field for a site. */
  valueFor(settings: SiteSettings): string | number {
    const text = evaluate(this.pieces, settings);
    return this.kind === 'number' ? Number(text) : text;
  }
}

/** A Kubernetes object in which fields that depend on the site are leaves. */
export interface TemplateObject {
  /** 'Deployment lasuite/docs-backend' */
  readonly name: string;
  readonly body: unknown;
}

/** One file of the chart's templates. */
export interface TemplateTier {
  readonly id: string;
  readonly wave: number;
  readonly objects: readonly TemplateObject[];
}

/** A digest to be made when the chart is rendered. */
export interface TemplateDigest {
  readonly digest: Digest;
  readonly parts: readonly Leaf[];
}

/** What the chart says, before it is written as templates. */
export interface ChartModel {
  readonly tiers: readonly TemplateTier[];
  readonly digests: readonly TemplateDigest[];
  /** Values something in the box depends on. */
  readonly values: readonly ChartValue[];
  /** The choice, when something depends on it. */
  readonly choice: Choice | undefined;
}

/** 'Deployment lasuite/docs-backend' */
export const objectName = ({ kind, metadata: { namespace, name } }: Manifest): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;

/**
 * Turns the box, rendered with stand-ins for both values of the choice, into templates.
 * @throws naming object and field when something of a stand-in cannot be explained
 */
export function modelOf(usual: Rendered, other: Rendered, values = chartValues): ChartModel {
  const variants = new Variants(choice);
  const one = withoutDigests(usual);
  const two = withoutDigests(other);
  const manifests = (box: { tiers: Rendered['tiers'] }) => box.tiers.flatMap((tier) => tier.manifests);
  if (manifests(one).length !== manifests(two).length || one.digests.length !== two.digests.length)
    throw new Error(`the chart cannot follow ${choice.path.join('.')}: other objects are made`);
  const merged = one.tiers.map(({ id, wave, manifests }, t) => ({
    id,
    wave,
    manifests: manifests.map((manifest, i) =>
      named(objectName(manifest), () => variants.merge(manifest, two.tiers[t]?.manifests[i]) as Manifest),
    ),
  }));
  const digests = one.digests.map((digest, i) => ({
    ...digest,
    parts: digest.parts.map((part, p) => variants.mergeText(part, two.digests[i]?.parts[p] ?? '', digest.of)),
  }));
  return new Modeller(values, variants.forms, digests).model(merged);
}

/** Says which object an error is about. */
function named<T>(name: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : error}`);
  }
}

class Modeller {
  private readonly splitter: Splitter;
  private readonly used = new Set<Form>();
  private readonly digestForms: readonly Form[];
  private readonly partsOf = new Map<Digest, readonly Leaf[]>();

  constructor(
    private readonly values: readonly ChartValue[],
    private readonly variantForms: readonly Form[],
    private readonly digests: readonly Digest[],
  ) {
    this.digestForms = digestForms(digests, (digest) => (settings) => {
      const hash = createHash('sha256');
      for (const part of this.leavesOf(digest)) hash.update(String(part.valueFor(settings)));
      return hash.digest('hex').slice(0, digest.hex.length);
    });
    this.splitter = new Splitter([
      ...values.flatMap(({ forms }) => forms),
      ...variantForms,
      ...this.digestForms,
    ]);
  }

  model(tiers: Rendered['tiers']): ChartModel {
    const templates = tiers.map(({ id, wave, manifests }) => ({
      id,
      wave,
      objects: manifests.map((manifest) => {
        const name = objectName(manifest);
        return { name, body: named(name, () => this.walk(manifest, '', manifest.kind === 'ConfigMap')) };
      }),
    }));
    // a digest may be part of what another one is made from, so all are settled before use is counted
    const digests = this.digests
      .map((digest) => ({ digest, parts: this.leavesOf(digest) }))
      .filter((_, i) => this.used.has(this.digestForms[i] as Form));
    return {
      tiers: templates,
      digests,
      values: this.values.filter(({ forms }) => forms.some((form) => this.used.has(form))),
      choice: this.variantForms.length > 0 ? choice : undefined,
    };
  }

  private walk(value: unknown, field: string, isConfig: boolean): unknown {
    if (typeof value === 'string') {
      if (!traces.test(value)) return value;
      const file = isConfig ? /^\.data\.(.+)$/.exec(field)?.[1] : undefined;
      return named(field.slice(1), () => this.leaf(value, file));
    }
    if (typeof value === 'number') {
      const form = this.splitter.form(String(value));
      if (form === undefined) return value;
      this.used.add(form);
      return new Leaf('number', [form], String(value));
    }
    if (Array.isArray(value)) return value.map((item, i) => this.walk(item, `${field}[${i}]`, isConfig));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        if (traces.test(key)) throw new Error(`${field.slice(1)}: holds a site's value in the key '${key}'`);
        return [key, this.walk(item, `${field}.${key}`, isConfig)];
      }),
    );
  }

  private leaf(text: string, file: string | undefined): Leaf {
    const pieces = file === undefined ? this.splitter.split(text) : this.splitter.splitFile(file, text);
    for (const form of formsIn(pieces)) this.used.add(form);
    return new Leaf(file === undefined ? 'text' : 'file', pieces, text);
  }

  /** Parts are names of files, each before its text, or the JSON of an object. */
  private leavesOf(digest: Digest): readonly Leaf[] {
    const known = this.partsOf.get(digest);
    if (known !== undefined) return known;
    const leaves = digest.parts.map((part, i) =>
      named(`what '${digest.of}' is hashed from`, () => {
        if (!traces.test(part)) return new Leaf('text', [part], part);
        return this.leaf(
          part,
          part.startsWith('{"') ? '.json' : (digest.parts[i - 1] ?? '').replace('\0', ''),
        );
      }),
    );
    this.partsOf.set(digest, leaves);
    return leaves;
  }
}

/** All forms in a text. */
function formsIn(pieces: readonly Piece[]): Form[] {
  return pieces.flatMap((piece) => {
    if (typeof piece === 'string') return [];
    return 'as' in piece ? formsIn(piece.pieces) : [piece];
  });
}

/** The model's objects for a site, as the plain synthesis would write them. */
export function objectsFor(model: ChartModel, settings: SiteSettings): Manifest[] {
  const settle = (value: unknown): unknown => {
    if (value instanceof Leaf) return value.valueFor(settings);
    if (Array.isArray(value)) return value.map(settle);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, settle(item)]));
  };
  return model.tiers.flatMap(({ objects }) => objects.map(({ body }) => settle(body) as Manifest));
}
