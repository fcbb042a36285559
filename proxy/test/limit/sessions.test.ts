import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CredentialKey } from '../../src/limit/identity.js';
import { SessionCache } from '../../src/limit/sessions.js';

const keys = new CredentialKey();
const key = (value: string) => {
  keys.read(value);
  return keys;
};

test('a credential has one name, wherever it stands', () => {
  const name = ({ hi, lo, checkHi, checkLo }: CredentialKey) => [hi, lo, checkHi, checkLo].join();
  const field = 'a=1; session=MTc1NzQyNjk0; b=2';
  keys.read(field, 13, 25);
  const inside = name(keys);
  assert.is(name(key('MTc1NzQyNjk0')), inside);
  assert.is.not(name(key('MTc1NzQyNjk1')), inside);
  const others = new CredentialKey();
  others.read('MTc1NzQyNjk0');
  assert.is.not(name(others), inside);
});

test('10,000 sessions meet nowhere', () => {
  const seen = new Set<string>();
  for (let index = 0; index < 10_000; index++) {
    key(`s${index}`);
    seen.add(`${keys.hi} ${keys.lo}`).add(`${keys.checkHi} ${keys.checkLo}`);
  }
  assert.is(seen.size, 20_000);
});

test('what was validated is believed until its time is up', () => {
  const cache = new SessionCache();
  assert.is(cache.find(key('a'), 0), undefined);
  cache.admit(key('a'), ['staff'], 30_000, 0);
  assert.equal(cache.find(key('a'), 29_999)?.groups, ['staff']);
  assert.ok(cache.find(key('a'), 29_999)?.valid);
  assert.is(cache.find(key('b'), 0), undefined);
  assert.is(cache.find(key('a'), 30_000), undefined);
  assert.is(cache.size, 0);
  cache.admit(key('a'), undefined, 0, 0);
  assert.is(cache.find(key('a'), 0), undefined, 'cacheSeconds: 0 keeps nothing');
});

test('a refusal is believed for 5 s at most, and ends when somebody signs in', () => {
  const cache = new SessionCache();
  cache.refuse(key('a'), 30_000, 0);
  assert.is(cache.find(key('a'), 4999)?.valid, false);
  assert.is(cache.find(key('a'), 5000), undefined);
  cache.refuse(key('a'), 1000, 5000);
  assert.is(cache.find(key('a'), 6000), undefined);
  cache.refuse(key('a'), 1000, 6000);
  cache.admit(key('a'), undefined, 1000, 6000);
  assert.is(cache.find(key('a'), 6001)?.valid, true);
  cache.refuse(key('a'), 1000, 6002);
  assert.is(cache.find(key('a'), 6003)?.valid, false);
  cache.forget(key('a'));
  assert.is(cache.find(key('a'), 6003), undefined);
});

test('both kinds are bounded, and invented cookies push out no session', () => {
  const cache = new SessionCache({ capacity: 100, refusedCapacity: 50 });
  for (let index = 0; index < 150; index++) cache.admit(key(`s${index}`), undefined, 1e6, index);
  assert.is(cache.size, 100);
  assert.is(cache.find(key('s49'), 200), undefined);
  assert.ok(cache.find(key('s50'), 200));
  for (let index = 0; index < 100_000; index++) cache.refuse(key(`x${index}`), 5000, 200);
  assert.is(cache.refused, 50);
  assert.is(cache.size, 100);
  assert.ok(cache.find(key('s50'), 200));
  // renewed, it is the last to go
  cache.admit(key('s50'), undefined, 1e6, 300);
  for (let index = 0; index < 99; index++) cache.admit(key(`t${index}`), undefined, 1e6, 300);
  assert.ok(cache.find(key('s50'), 300));
  cache.clear();
  assert.is(cache.size + cache.refused, 0);
});

test('of two credentials that meet in the first hash only the right one is believed', () => {
  const cache = new SessionCache();
  const real = key('a');
  const { hi, lo, checkHi, checkLo } = real;
  cache.admit(real, undefined, 1000, 0);
  const forged = Object.assign(new CredentialKey(), { hi, lo, checkHi, checkLo: checkLo ^ 1 });
  assert.is(cache.find(forged, 0), undefined);
  assert.ok(cache.find(Object.assign(new CredentialKey(), { hi, lo, checkHi, checkLo }), 0));
});

test.run();
