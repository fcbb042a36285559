import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { weights } from '../../src/detect/weights.js';
import { type Golden, golden } from '../../train/golden.js';

const file = new URL('golden.json', import.meta.url);

test('scores are those written down when the weights were trained', () => {
  const expected = JSON.parse(readFileSync(file, 'utf8')) as Golden[];
  const found = golden(weights);
  assert.is(found.length, expected.length);
  for (const [i, line] of expected.entries()) {
    const now = found[i];
    assert.ok(
      now !== undefined && Math.abs(now.score - line.score) < 1e-5,
      `${line.target}: ${now?.score}, was ${line.score}`,
    );
    assert.equal({ ...now, score: 0 }, { ...line, score: 0 });
  }
});

test.run();
