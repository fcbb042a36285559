import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { points } from '../../src/detect/appearance.js';
import { Ensemble, limitScore, refuseScore, sizeOf } from '../../src/detect/score.js';
import { clientFeatures, hasSignal, names, requestFeatures, signalNames } from '../../src/detect/signals.js';
import { weights } from '../../src/detect/weights.js';
import { request, scoreOf } from './support.js';

const ensembles = [
  { name: 'request', data: weights.request, features: requestFeatures },
  { name: 'client', data: weights.client, features: clientFeatures },
];

test('everything learned fits into 4 KB of float32', () => {
  const { bytes } = sizeOf(weights);
  assert.ok(bytes <= 4096, `${bytes} bytes`);
});

test('no weight is negative', () => {
  for (const { data } of ensembles) {
    assert.ok(data.network.first.every((weight) => weight >= 0));
    assert.ok(data.network.second.every((weight) => weight >= 0));
  }
});

test('more evidence never lowers a score', () => {
  for (const { data, features, name } of ensembles) {
    const ensemble = new Ensemble(data);
    const evidence = fc.array(fc.constantFrom(0, 0, 0, 0.25, 0.5, 1), {
      minLength: features,
      maxLength: features,
    });
    fc.assert(
      fc.property(
        evidence,
        fc.nat(features - 1),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, at, more) => {
          const x = Float32Array.from(values);
          const before = ensemble.score(x);
          x[at] = Math.min(1, (x[at] ?? 0) + more);
          assert.ok(ensemble.score(x) >= before, name);
        },
      ),
      { numRuns: 3000 },
    );
  }
});

const bad = [
  '&x=../../etc/passwd',
  '&x=%3Cscript%3Ealert(1)%3C/script%3E',
  "&x=1'%20union%20select%20null--%20",
  '&x=;cat%20/etc/passwd',
  '&x=$%7Bjndi:ldap://x%7D',
  '&cmd=id',
];

test('a bad parameter more never lowers the score of a request', () => {
  const target = fc
    .tuple(
      fc.constantFrom('/', '/search', '/index.php', '/api/v1.0/x/', '/.env'),
      fc.subarray(bad),
      fc.constantFrom(...bad),
    )
    .filter(([, some, one]) => !some.includes(one));
  fc.assert(
    fc.property(target, ([path, some, one]) => {
      const without = scoreOf(request(`${path}?q=1${some.join('')}`));
      assert.ok(scoreOf(request(`${path}?q=1${some.join('')}${one}`)) >= without);
    }),
  );
});

test('a cookie, a credential or a referer neither helps nor harms', () => {
  for (const target of ['/', '/index.php', "/?id=1'%20or%201=1"]) {
    const score = scoreOf(request(target));
    const forged = {
      hasCookie: true,
      hasAuthorization: true,
      referer: 'https://docs.box.example/',
      hasClientHints: true,
    };
    assert.is(scoreOf(request(target, forged)), score);
  }
});

test('what is left out adds no more than is declared, and limits nobody', () => {
  const bare = { userAgent: '', accept: '', acceptLanguage: '', acceptEncoding: '' };
  const most = points.noAgent + points.toolAgent + points.bareBrowser;
  assert.ok(most <= 1);
  for (const view of [
    request('/', bare),
    request('/', { acceptLanguage: '' }),
    request('/', { userAgent: 'curl/8' }),
  ])
    assert.ok(scoreOf(view) < limitScore);
  assert.ok(scoreOf(request('/', { userAgent: '' })) >= scoreOf(request('/')));
});

test('who names a scanner is refused, whatever it asks for', () => {
  for (const userAgent of [
    'Mozilla/5.00 (Nikto/2.5.0)',
    'sqlmap/1.7#stable',
    'Mozilla/5.0 zgrab/0.x',
    'gobuster/3.5',
  ])
    assert.ok(scoreOf(request('/', { userAgent })) >= refuseScore, userAgent);
});

test('sets of signals', () => {
  for (const [index, name] of signalNames.entries()) {
    const bits = 2 ** index;
    assert.equal(names(bits), [name]);
    assert.ok(hasSignal(bits + 2 ** ((index + 1) % signalNames.length), name));
  }
  assert.equal(names(0), []);
  assert.is(names(2 ** signalNames.length - 1).length, signalNames.length);
  assert.ok(signalNames.length <= 53);
});

test.run();
