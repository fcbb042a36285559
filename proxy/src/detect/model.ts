/** Numbers of a tree: one row per node. Leaves have `feature` -1 and their value in `threshold`. */
export interface TreeData {
  /** Feature asked for at each node, -1 at a leaf. */
  readonly feature: Int8Array;
  /** Goes right when the feature is at least this; at a leaf, its value in log-odds. */
  readonly threshold: Float32Array;
  /** Index of the left child; the right one follows it. */
  readonly left: Uint8Array;
}

/** Numbers of a network with one hidden layer. */
export interface NetworkData {
  readonly inputs: number;
  readonly hidden: number;
  /** Input to hidden, row by row of inputs: `inputs` x `hidden`; none is negative. */
  readonly first: Float32Array;
  readonly bias: Float32Array;
  /** Hidden to output; none is negative. */
  readonly second: Float32Array;
  readonly offset: number;
}

/**
 * A decision tree over evidence. Monotone: in every split the right side, where there is more evidence, has no leaf lower
 * than any of the left side. The trainer grows it so and a test proves it.
 */
export class Tree {
  constructor(readonly data: TreeData) {}

  /** Log-odds of an attack. */
  evaluate(x: Float32Array): number {
    const { feature, threshold, left } = this.data;
    let node = 0;
    for (;;) {
      const f = feature[node] as number;
      if (f < 0) return threshold[node] as number;
      node = (left[node] as number) + ((x[f] as number) >= (threshold[node] as number) ? 1 : 0);
    }
  }
}

/**
 * A network with one layer of hidden units, each capped at both ends: min(max(0, sum), 1). Monotone because no weight is
 * negative. The cap keeps one kind of evidence, however much of it, from shouting down what was learned about others.
 */
export class Network {
  readonly #sums: Float32Array;

  constructor(readonly data: NetworkData) {
    this.#sums = new Float32Array(data.hidden);
  }

  /** Log-odds of an attack. Inputs that are 0 cost nothing: most are. */
  evaluate(x: Float32Array): number {
    const { inputs, hidden, first, bias, second } = this.data;
    const sums = this.#sums;
    for (let j = 0; j < hidden; j++) sums[j] = bias[j] as number;
    for (let i = 0; i < inputs; i++) {
      const value = x[i] as number;
      if (value === 0) continue;
      const row = i * hidden;
      for (let j = 0; j < hidden; j++) sums[j] = (sums[j] as number) + value * (first[row + j] as number);
    }
    let out = this.data.offset;
    for (let j = 0; j < hidden; j++) {
      const sum = sums[j] as number;
      if (sum > 0) out += Math.min(sum, 1) * (second[j] as number);
    }
    return out;
  }
}
