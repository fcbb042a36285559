import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Digests } from '../../constructs/core/digests.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('a digest is the start of the SHA-256 over all parts', () => {
  assert.is(new Digests().make('apps/App', ['a\0', 'text', '\0'], 16), sha256('a\0text\0').slice(0, 16));
});

test('what was digested is remembered once, in order', () => {
  const digests = new Digests();
  const first = digests.make('apps/First', ['1'], 8);
  const second = digests.make('apps/Second', ['2'], 8);
  digests.make('apps/First', ['1'], 8);
  assert.equal(digests.all, [
    { of: 'apps/First', parts: ['1'], hex: first },
    { of: 'apps/Second', parts: ['2'], hex: second },
  ]);
});

test.run();
