import { Network, type NetworkData, Tree, type TreeData } from './model.js';

/** One ensemble: a tree and a network whose log-odds are averaged, and where its two thresholds lie. */
export interface EnsembleData {
  readonly tree: TreeData;
  readonly network: NetworkData;
  /** Log-odds from which a request is limited, and from which it is refused. */
  readonly limit: number;
  readonly refuse: number;
}

/** All that was learned. */
export interface Weights {
  /** Name for logs and metrics. */
  readonly version: string;
  readonly request: EnsembleData;
  readonly client: EnsembleData;
}

/** Scores the thresholds are mapped to, so that 0.5 and 0.9 mean the same whatever the weights are. */
export const limitScore = 0.5;
export const refuseScore = 0.9;

const logitOfRefuse = Math.log(refuseScore / (1 - refuseScore));

/** A tree and a network together. Monotone: both are, and so are a mean and a straight line that rises. */
export class Ensemble {
  readonly #tree: Tree;
  readonly #network: Network;
  readonly #limit: number;
  readonly #slope: number;

  constructor(data: EnsembleData) {
    this.#tree = new Tree(data.tree);
    this.#network = new Network(data.network);
    this.#limit = data.limit;
    this.#slope = logitOfRefuse / (data.refuse - data.limit);
  }

  /** Log-odds of an attack, before the thresholds are mapped. */
  raw(x: Float32Array): number {
    return (this.#tree.evaluate(x) + this.#network.evaluate(x)) / 2;
  }

  /** Score from 0 to 1. `more` log-odds are added to what was learned; 0 or more. */
  score(x: Float32Array, more = 0): number {
    return 1 / (1 + Math.exp(-(this.raw(x) + more - this.#limit) * this.#slope));
  }
}

/** Number of learned numbers, and their size as float32. */
export function sizeOf(weights: Weights): { numbers: number; bytes: number } {
  let numbers = 0;
  for (const { tree, network } of [weights.request, weights.client]) {
    // per node: feature, threshold, child
    numbers += 3 * tree.feature.length;
    numbers += network.first.length + network.bias.length + network.second.length + 1;
    numbers += 2;
  }
  return { numbers, bytes: 4 * numbers };
}
