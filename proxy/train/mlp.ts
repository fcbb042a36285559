import type { NetworkData } from '../src/detect/model.js';
import type { Random } from './random.js';

/** One distinct point of training: equal ones were added up. */
export interface Sample {
  readonly x: Float32Array;
  readonly attack: boolean;
  weight: number;
  /** Honest, but about systems the box does not have. */
  readonly foreign?: boolean;
}

/** Adds up equal samples: most requests look alike. */
export function condense(samples: Iterable<Sample>): Sample[] {
  const found = new Map<string, Sample>();
  for (const sample of samples) {
    const key = `${sample.attack ? 1 : 0}:${sample.x.join(',')}`;
    const same = found.get(key);
    if (same === undefined) found.set(key, { ...sample, x: sample.x.slice() });
    else same.weight += sample.weight;
  }
  return [...found.values()];
}

/**
 * Trains a network whose weights cannot become negative (projected Adam on weighted log loss, full batch). Deterministic:
 * the order of samples and the random start come from the seed.
 */
export function trainNetwork(
  samples: readonly Sample[],
  inputs: number,
  hidden: number,
  random: Random,
  options: { rounds?: number; rate?: number; decay?: number } = {},
): NetworkData {
  const { rounds = 900, rate = 0.02, decay = 2e-5 } = options;
  const size = inputs * hidden + hidden + hidden + 1;
  const w = new Float64Array(size);
  const bias = inputs * hidden;
  const second = bias + hidden;
  for (let i = 0; i < bias; i++) w[i] = 0.05 + 0.4 * random.next();
  for (let j = 0; j < hidden; j++) {
    w[bias + j] = -0.4 * random.next();
    w[second + j] = 1 + random.next();
  }
  w[size - 1] = -3;
  const first1 = new Float64Array(size);
  const second1 = new Float64Array(size);
  const gradient = new Float64Array(size);
  const sums = new Float64Array(hidden);
  const total = samples.reduce((sum, sample) => sum + sample.weight, 0);
  for (let round = 1; round <= rounds; round++) {
    gradient.fill(0);
    for (const { x, attack, weight } of samples) {
      for (let j = 0; j < hidden; j++) sums[j] = w[bias + j] as number;
      for (let i = 0; i < inputs; i++) {
        const value = x[i] as number;
        if (value !== 0)
          for (let j = 0; j < hidden; j++)
            sums[j] = (sums[j] as number) + value * (w[i * hidden + j] as number);
      }
      let out = w[size - 1] as number;
      for (let j = 0; j < hidden; j++)
        out += Math.min(1, Math.max(0, sums[j] as number)) * (w[second + j] as number);
      const error = (weight / total) * (1 / (1 + Math.exp(-out)) - (attack ? 1 : 0));
      gradient[size - 1] = (gradient[size - 1] as number) + error;
      for (let j = 0; j < hidden; j++) {
        const sum = sums[j] as number;
        gradient[second + j] = (gradient[second + j] as number) + error * Math.min(1, Math.max(0, sum));
        // a little slope outside of the range lets units that died come back
        const slope = sum > 0 && sum < 1 ? 1 : 0.05;
        const back = error * slope * (w[second + j] as number);
        gradient[bias + j] = (gradient[bias + j] as number) + back;
        for (let i = 0; i < inputs; i++) {
          const value = x[i] as number;
          if (value !== 0) gradient[i * hidden + j] = (gradient[i * hidden + j] as number) + back * value;
        }
      }
    }
    for (let k = 0; k < size; k++) {
      const g = (gradient[k] as number) + decay * (w[k] as number);
      const m = 0.9 * (first1[k] as number) + 0.1 * g;
      const v = 0.999 * (second1[k] as number) + 0.001 * g * g;
      first1[k] = m;
      second1[k] = v;
      const step = (rate * (m / (1 - 0.9 ** round))) / (Math.sqrt(v / (1 - 0.999 ** round)) + 1e-9);
      let value = (w[k] as number) - step;
      const free = (k >= bias && k < second) || k === size - 1;
      if (!free && value < 0) value = 0;
      // hidden units rest at nothing: no evidence, no activation
      if (k >= bias && k < second && value > 0) value = 0;
      w[k] = value;
    }
  }
  return {
    inputs,
    hidden,
    first: Float32Array.from(w.subarray(0, bias)),
    bias: Float32Array.from(w.subarray(bias, second)),
    second: Float32Array.from(w.subarray(second, size - 1)),
    offset: Math.fround(w[size - 1] as number),
  };
}
