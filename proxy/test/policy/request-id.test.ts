import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { randomHex, requestId } from '../../src/policy/request-id.js';

const given = 'abcdefghij-KLMNOP';

test('an id is kept from a peer that may give one', () => {
  assert.is(requestId(given, true), given);
  for (const id of ['a'.repeat(16), 'Z9-'.repeat(21), 'f'.repeat(64)]) assert.is(requestId(id, true), id);
});

test('a client gives none', () => {
  assert.match(requestId(given, false), /^[0-9a-f]{32}$/);
  assert.match(requestId(undefined, true), /^[0-9a-f]{32}$/);
});

test('what has another form is not kept', () => {
  const foreign = Array.from('@[`{/:_ \n\r\0.,é', (character) => character.padEnd(20, 'a'));
  for (const id of ['', 'a'.repeat(15), 'a'.repeat(65), ...foreign])
    assert.match(requestId(id, true), /^[0-9a-f]{32}$/, JSON.stringify(id));
});

test('ids differ, also across refills of the pool', () => {
  const ids = Array.from({ length: 10_000 }, (_, index) => randomHex(index % 2 ? 32 : 16));
  assert.is(new Set(ids).size, ids.length);
  assert.ok(ids.every((id, index) => id.length === (index % 2 ? 32 : 16)));
  // every digit occurs in every place about as often as another
  for (const place of [0, 7, 15]) {
    const counts = new Map<string, number>();
    for (const id of ids) counts.set(id.charAt(place), (counts.get(id.charAt(place)) ?? 0) + 1);
    assert.is(counts.size, 16);
    assert.ok([...counts.values()].every((count) => count > 400 && count < 850));
  }
});

test.run();
