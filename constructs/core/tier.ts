import { type ApiObject, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { Box } from './box.js';
import { keepAnnotations } from './keep.js';
import type { NamespaceProps } from './namespaces.js';
import { type Wave, waveAnnotation } from './waves.js';

/** Annotation with the construct an object came from: the way back from YAML to code. */
export const constructAnnotation = 'box/construct';

const tierMark = Symbol.for('business-box.Tier');

export interface TierProps {
  /** Namespace of the tier's objects; made, labelled and closed by default on first use. */
  readonly namespace?: NamespaceProps;
  /** When the tier comes to life. */
  readonly wave: Wave;
}

/** A group of objects that come to life together in one namespace: one file in `dist/`. */
export class Tier extends Chart {
  readonly wave: Wave;
  readonly box: Box;
  readonly [tierMark] = true;

  /** @throws when two tiers ask for one namespace with different properties */
  constructor(box: Box, id: string, props: TierProps) {
    super(box, id, {
      ...(props.namespace === undefined ? {} : { namespace: props.namespace.name }),
      labels: { 'app.kubernetes.io/managed-by': 'business-box' },
      disableResourceNameHashes: true,
    });
    this.box = box;
    this.wave = props.wave;
    if (props.namespace !== undefined) box.cluster.addNamespace(props.namespace);
  }

  /** The tier a construct is in. */
  static override of(construct: IConstruct): Tier {
    const chart = Chart.of(construct);
    if (Tier.isTier(chart)) return chart;
    throw new Error(`${construct.node.path}: is in a plain Chart; put it below a Tier`);
  }

  /** `instanceof` answers for every Chart (cdk8s overrides it), so tiers are told by their mark. */
  static isTier(construct: unknown): construct is Tier {
    return Chart.isChart(construct) && tierMark in (construct as object);
  }

  /** The tier's namespace. @throws for the tier of cluster-wide objects */
  get namespaceName(): string {
    if (this.namespace === undefined) throw new Error(`${this.node.path}: this tier has no namespace`);
    return this.namespace;
  }

  /** Writes wave, origin and what must not be lost on an object. An object that must come earlier than its tier has its own wave already. */
  mark(object: ApiObject): void {
    if (object.metadata.getLabel('app.kubernetes.io/managed-by') === undefined) return;
    const annotations = object.metadata.toJson().annotations ?? {};
    if (annotations[waveAnnotation] === undefined)
      object.metadata.addAnnotation(waveAnnotation, String(this.wave));
    for (const [name, value] of Object.entries(keepAnnotations(object.apiVersion, object.kind)))
      object.metadata.addAnnotation(name, value);
    object.metadata.addAnnotation(constructAnnotation, object.node.path.replace(/(\/Resource)+$/, ''));
  }
}
