import { FeatureExtractor } from '../src/detect/features.js';
import { foreignProduct, foreignScript } from '../src/detect/indices.js';
import { Network, type NetworkData, Tree } from '../src/detect/model.js';
import type { EnsembleData, Weights } from '../src/detect/score.js';
import { clientFeatures, requestFeatures } from '../src/detect/signals.js';
import { RequestView } from '../src/detect/view.js';
import { clientSamples } from './clients.js';
import { condense, type Sample, trainNetwork } from './mlp.js';
import { Random } from './random.js';
import { fill, type Row } from './rows.js';
import { growTree } from './tree.js';

/** Weight of a source in training, whatever its number of rows. */
const shares: Readonly<Record<string, number>> = {
  'nuclei-cve': 1,
  'nuclei-geeknik': 0.3,
  'fuzzdb-paths': 1,
  'crowdsec-hub': 0.3,
  crs: 0.3,
  httpparams: 0.7,
  'har-browser': 2,
  'elastic-apache': 2,
  suite: 2,
  browsing: 3,
  'browsing-foreign': 0.3,
};

/** Rows of training, by side and source. */
export type TrainingSet = readonly Row[];

/** Trains everything from rows. The same rows and seed give the same weights, bit by bit. */
export function fit(
  rows: TrainingSet,
  seed: number,
  version: string,
  log: (line: string) => void = () => {},
): Weights {
  const samples = requestSamples(rows);
  log(`request: ${samples.length} distinct points`);
  const request = ensemble(
    samples,
    { features: requestFeatures, hidden: 8, leaves: 24, refused: 0.0002, limited: 0.002 },
    new Random(seed),
  );
  const scans = rows.filter((row) => row.attack && row.source !== 'httpparams' && row.source !== 'crs');
  const history = condense(clientSamples(request, scans, new Random(seed + 1), 80));
  log(`client: ${history.length} distinct points`);
  const client = ensemble(
    history,
    { features: clientFeatures, hidden: 6, leaves: 16, refused: 0, limited: 0.001 },
    new Random(seed + 2),
  );
  return { version, request, client };
}

function requestSamples(rows: TrainingSet): Sample[] {
  const counts = new Map<string, number>();
  const keyOf = (row: Row) => `${row.source}:${row.attack}`;
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  const extractor = new FeatureExtractor();
  const view = new RequestView();
  const samples: Sample[] = [];
  for (const row of rows) {
    const x = extractor.extract(fill(view, row));
    // '/' in a list of probes teaches nothing
    if (row.attack && x.every((value) => value === 0)) continue;
    const weight = ((shares[row.source] ?? 1) / (counts.get(keyOf(row)) ?? 1)) * 1000;
    samples.push({ x: x.slice(), attack: row.attack, weight, foreign: isForeign(row, x) });
  }
  return condense(samples);
}

/** Honest, but meant for a system the box does not have: what such a site's own visitors ask for. */
function isForeign(row: Row, x: Float32Array): boolean {
  return (
    row.source === 'browsing-foreign' ||
    (!row.attack && ((x[foreignScript] ?? 0) > 0 || (x[foreignProduct] ?? 0) > 0))
  );
}

interface Plan {
  readonly features: number;
  readonly hidden: number;
  readonly leaves: number;
  /** Share of honest weight that may be refused, of all there is. */
  readonly refused: number;
  /** Share of honest weight that may be limited, of what the box serves. */
  readonly limited: number;
}

/** Both models, and where honest requests end. */
function ensemble(samples: readonly Sample[], plan: Plan, random: Random): EnsembleData {
  const network = rounded(trainNetwork(samples, plan.features, plan.hidden, random));
  const tree = growTree(samples, plan.features, plan.leaves);
  const [a, b] = [new Network(network), new Tree(tree)];
  const scored = samples
    .filter((sample) => !sample.attack)
    .map(({ x, weight, foreign }) => ({ weight, foreign, z: (a.evaluate(x) + b.evaluate(x)) / 2 }))
    .sort((p, q) => q.z - p.z);
  const limit = Math.fround(
    quantile(
      scored.filter(({ foreign }) => foreign !== true),
      plan.limited,
    ) + 0.02,
  );
  // what is refused must be worse than what is limited by a factor of ten
  const refuse = Math.fround(Math.max(quantile(scored, plan.refused) + 1, limit + 3));
  return { tree, network, limit, refuse };
}

/** Log-odds that no more than a share of the weight exceeds; the list is sorted, highest first. */
function quantile(scored: readonly { weight: number; z: number }[], share: number): number {
  const total = scored.reduce((sum, { weight }) => sum + weight, 0);
  let sum = 0;
  for (const { weight, z } of scored) {
    sum += weight;
    if (sum > share * total) return z;
  }
  return 0;
}

/** Weights with 12 bits of mantissa: nobody can tell, and the file reads better. */
function round(value: number): number {
  const scale = 2 ** (11 - Math.floor(Math.log2(Math.abs(value) + 1e-12)));
  const out = Math.fround(Math.round(value * scale) / scale);
  return Math.abs(out) < 1e-3 ? 0 : out;
}

function rounded(data: NetworkData): NetworkData {
  return {
    ...data,
    first: data.first.map(round),
    bias: data.bias.map(round),
    second: data.second.map(round),
    offset: round(data.offset),
  };
}
