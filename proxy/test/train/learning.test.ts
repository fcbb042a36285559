import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Network, Tree } from '../../src/detect/model.js';
import { sizeOf } from '../../src/detect/score.js';
import { decodeWeights } from '../../src/detect/weights-format.js';
import { browsing } from '../../train/browsing.js';
import { fit } from '../../train/fit.js';
import { condense, type Sample, trainNetwork } from '../../train/mlp.js';
import { Random } from '../../train/random.js';
import type { Row } from '../../train/rows.js';
import { familyOf, halveSites, withoutFamilies } from '../../train/split.js';
import { flow } from '../../train/suite.js';
import { growTree } from '../../train/tree.js';
import { weightsModule } from '../../train/write-weights.js';

/** Points of four features: attacks when the first two are high, with exceptions. */
function points(seed: number, count: number): Sample[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const x = Float32Array.from({ length: 4 }, () => random.whole(0, 4) / 4);
    const attack = random.chance(0.05) ? random.chance(0.5) : (x[0] ?? 0) + (x[1] ?? 0) > 1;
    return { x, attack, weight: 1 };
  });
}

const evidence = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 });

/** Whether a model never falls where evidence rises. */
function assertMonotone(evaluate: (x: Float32Array) => number): void {
  fc.assert(
    fc.property(evidence, evidence, (a, b) => {
      const low = Float32Array.from(a, (value, i) => Math.min(value, b[i] ?? 0));
      const high = Float32Array.from(a, (value, i) => Math.max(value, b[i] ?? 0));
      assert.ok(evaluate(high) >= evaluate(low));
    }),
    { numRuns: 2000 },
  );
}

test('a tree is monotone whatever the data say, and learns', () => {
  for (let seed = 0; seed < 5; seed++) {
    const tree = new Tree(growTree(points(seed, 400), 4, 16));
    assertMonotone((x) => tree.evaluate(x));
    assert.ok(tree.evaluate(Float32Array.of(1, 1, 0, 0)) > 1);
    assert.ok(tree.evaluate(Float32Array.of(0, 0, 1, 1)) < -1);
  }
  const backwards = points(9, 400).map((sample) => ({ ...sample, attack: !sample.attack }));
  const tree = new Tree(growTree(backwards, 4, 16));
  assertMonotone((x) => tree.evaluate(x));
});

test('a pocket of attacks on the lower side does not rise above the upper side', () => {
  const at = (a: number, b: number, attack: boolean, weight: number) => ({
    x: Float32Array.of(a, b, 0, 0),
    attack,
    weight,
  });
  const samples = [
    at(0, 0, false, 1000),
    at(0, 1, true, 30),
    at(1, 0, true, 600),
    at(1, 0, false, 400),
    at(1, 1, true, 60),
  ];
  for (const leaves of [2, 3, 4]) {
    const tree = new Tree(growTree(samples, 4, leaves));
    assertMonotone((x) => tree.evaluate(x));
  }
});

test('a network is monotone, and learns', () => {
  const data = trainNetwork(condense(points(1, 400)), 4, 4, new Random(1), { rounds: 400 });
  const network = new Network(data);
  assertMonotone((x) => network.evaluate(x));
  assert.ok(network.evaluate(Float32Array.of(1, 1, 0, 0)) > 1);
  assert.ok(network.evaluate(Float32Array.of(0, 0, 1, 1)) < -1);
});

test('equal points become one', () => {
  const x = Float32Array.of(0, 1, 0, 0);
  const condensed = condense([
    { x, attack: true, weight: 1 },
    { x, attack: true, weight: 2 },
    { x, attack: false, weight: 4 },
  ]);
  assert.equal(
    condensed.map(({ weight }) => weight),
    [3, 4],
  );
});

test('the same seed gives the same numbers, another one others', () => {
  const list = (seed: number) =>
    Array.from(
      { length: 20 },
      (
        (random) => () =>
          random.next()
      )(new Random(seed)),
    );
  assert.equal(list(1), list(1));
  assert.not.equal(list(1), list(2));
  assert.ok(list(3).every((value) => value >= 0 && value < 1));
});

const probe = (target: string): Row => ({
  method: 'GET',
  target,
  trafficClass: 'browser',
  attack: true,
  source: 'fuzzdb-paths',
  group: 'x',
  status: 404,
  time: 0,
  headers: {},
});

test('training twice gives the same file, and what is read from it is what was written', async () => {
  const rows = [
    ...['/a.php', '/.env', '/x?q=../../etc/passwd', '/cgi-bin/a', '/wp-admin/'].map(probe),
    ...browsing(new Random(1), 300),
    ...flow('docs', new Random(2)).rows,
  ];
  const [one, two] = [fit(rows, 5, 'test'), fit(rows, 5, 'test')];
  const text = weightsModule(one, ['nothing']);
  assert.is(weightsModule(two, ['nothing']), text);
  assert.ok(sizeOf(one).bytes <= 4096);
  const argument = text.slice(text.indexOf('decodeWeights(') + 14, text.lastIndexOf(')'));
  const read = decodeWeights(new Function(`return ${argument}`)());
  assert.equal(read, one);
});

test('weights with a list of the wrong length are refused', () => {
  const part = {
    inputs: 2,
    hidden: 1,
    limit: 0,
    refuse: 1,
    offset: 0,
    features: [-1],
    left: [0],
    thresholds: 'AAAAAA==',
    first: 'AAAAAA==',
    bias: 'AAAAAA==',
    second: 'AAAAAA==',
  };
  assert.throws(
    () => decodeWeights({ version: 'x', request: part, client: part }),
    /'first' has 1 numbers instead of 2/,
  );
});

test('sites are halved whole, probes of one family stay together', () => {
  const rows = Array.from({ length: 100 }, (_, i) => ({
    ...probe(`/${i}`),
    attack: false,
    group: `site ${i % 7}`,
  }));
  const { train, test } = halveSites(rows, 1);
  const sites = (list: Row[]) => new Set(list.map(({ group }) => group));
  assert.is(train.length + test.length, 100);
  assert.ok(train.length > 25 && test.length > 25);
  for (const site of sites(train)) assert.not.ok(sites(test).has(site));

  assert.is(familyOf(probe('/A1/b22.php?x=1')), familyOf(probe('/a7/b3.PHP/?y')));
  const kept = withoutFamilies(
    [probe('/a1.php'), probe('/b.php'), { ...probe('/a2.php'), attack: false }],
    [probe('/a9.php')],
  );
  assert.equal(
    kept.map(({ target }) => target),
    ['/b.php', '/a2.php'],
  );
});

test.run();
