import type { TreeData } from '../src/detect/model.js';
import type { Sample } from './mlp.js';

interface Node {
  feature: number;
  threshold: number;
  value: number;
  left: Node | undefined;
  right: Node | undefined;
}

interface Candidate {
  node: Node;
  samples: readonly Sample[];
  low: number;
  high: number;
  gain: number;
  split: { feature: number; threshold: number; left: number; right: number } | undefined;
}

/**
 * Grows a tree best split first. Values are log-odds kept within bounds that each split hands down: what is left of it
 * stays below the middle of the two sides and what is right of it above, so that more evidence never scores lower.
 */
export function growTree(
  samples: readonly Sample[],
  features: number,
  leaves: number,
  options: { smoothing?: number; bound?: number } = {},
): TreeData {
  const { smoothing = 0.002, bound = 8 } = options;
  const total = samples.reduce((sum, sample) => sum + sample.weight, 0);
  const smooth = smoothing * total;
  const value = (attack: number, benign: number, low: number, high: number) =>
    Math.min(high, Math.max(low, Math.log((attack + smooth / 2) / (benign + smooth / 2))));
  const loss = (attack: number, benign: number, v: number) =>
    attack * Math.log1p(Math.exp(-v)) + benign * Math.log1p(Math.exp(v));
  const weigh = (list: readonly Sample[]) => {
    let attack = 0;
    let benign = 0;
    for (const s of list)
      if (s.attack) attack += s.weight;
      else benign += s.weight;
    return [attack, benign] as const;
  };
  const consider = (node: Node, list: readonly Sample[], low: number, high: number): Candidate => {
    const [attack, benign] = weigh(list);
    const base = loss(attack, benign, node.value);
    const best: Candidate = { node, samples: list, low, high, gain: 1e-9, split: undefined };
    for (let f = 0; f < features; f++) {
      const sums = new Map<number, [number, number]>();
      for (const s of list) {
        const v = s.x[f] as number;
        const sum = sums.get(v) ?? [0, 0];
        sum[s.attack ? 0 : 1] += s.weight;
        sums.set(v, sum);
      }
      const values = [...sums.keys()].sort((a, b) => a - b);
      let leftAttack = 0;
      let leftBenign = 0;
      for (let k = 1; k < values.length; k++) {
        const [a, b] = sums.get(values[k - 1] as number) ?? [0, 0];
        leftAttack += a;
        leftBenign += b;
        const left = value(leftAttack, leftBenign, low, high);
        const right = value(attack - leftAttack, benign - leftBenign, low, high);
        if (left >= right) continue;
        const gain =
          base - loss(leftAttack, leftBenign, left) - loss(attack - leftAttack, benign - leftBenign, right);
        if (gain > best.gain) {
          best.gain = gain;
          const threshold = Math.fround(((values[k - 1] as number) + (values[k] as number)) / 2);
          best.split = { feature: f, threshold, left, right };
        }
      }
    }
    return best;
  };
  const [attack, benign] = weigh(samples);
  const root: Node = {
    feature: -1,
    threshold: 0,
    value: value(attack, benign, -bound, bound),
    left: undefined,
    right: undefined,
  };
  const open = [consider(root, samples, -bound, bound)];
  for (let count = 1; count < leaves; count++) {
    open.sort((a, b) => b.gain - a.gain);
    const next = open.shift();
    if (next?.split === undefined) break;
    const { node, split } = next;
    const middle = (split.left + split.right) / 2;
    node.feature = split.feature;
    node.threshold = split.threshold;
    node.left = { feature: -1, threshold: 0, value: split.left, left: undefined, right: undefined };
    node.right = { feature: -1, threshold: 0, value: split.right, left: undefined, right: undefined };
    const isRight = (s: Sample) => (s.x[split.feature] as number) >= split.threshold;
    open.push(
      consider(
        node.left,
        next.samples.filter((s) => !isRight(s)),
        next.low,
        middle,
      ),
      consider(node.right, next.samples.filter(isRight), middle, next.high),
    );
  }
  return flatten(root);
}

/** Nodes in a row, children side by side. */
function flatten(root: Node): TreeData {
  const nodes: Node[] = [root];
  const left: number[] = [];
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i] as Node;
    left.push(node.left === undefined ? 0 : nodes.length);
    if (node.left !== undefined && node.right !== undefined) nodes.push(node.left, node.right);
  }
  return {
    feature: Int8Array.from(nodes, (node) => node.feature),
    threshold: Float32Array.from(nodes, (node) => (node.feature < 0 ? node.value : node.threshold)),
    left: Uint8Array.from(left),
  };
}
