import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { didYouMean, nearest } from '../../constructs/core/suggest.js';

const keys = ['domain', 'publicIp', 'apps', 'size', 'scale'];

const spellings: [word: string, candidates: string[], expected: string | undefined][] = [
  ['domian', keys, 'domain'],
  ['Domain', keys, 'domain'],
  ['publicip', keys, 'publicIp'],
  ['dcos', ['docs', 'drive'], 'docs'],
  // two slips are forgiven even in a short word, a third is not
  ['ab', ['abcd'], 'abcd'],
  ['ab', ['abcde'], undefined],
  // in a long word a third of the letters
  ['kubernetes', ['kubernXXXes'], 'kubernXXXes'],
  ['kubernetes', ['kuXXXXetes'], undefined],
  // the nearest wins, among equals the first
  ['sizes', ['sites', 'size'], 'sites'],
  ['scale', keys, 'scale'],
  ['nothing like it', keys, undefined],
  ['word', [], undefined],
];

for (const [word, candidates, expected] of spellings) {
  test(`nearest to '${word}' of ${candidates.join(', ') || 'nothing'}`, () => {
    assert.is(nearest(word, candidates), expected);
  });
}

test('the offer is a clause for the end of a message, or nothing', () => {
  assert.is(didYouMean('domian', keys), "; did you mean 'domain'?");
  assert.is(didYouMean('qqqqqq', keys), '');
});

test.run();
