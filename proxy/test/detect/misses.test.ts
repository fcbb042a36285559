import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { agentOf, isCustomary, missWeight, pathOf, traceOf, weightOf } from '../../src/detect/misses.js';
import { requestFeatures } from '../../src/detect/signals.js';
import { request } from './support.js';

const nothing = new Float32Array(requestFeatures);

test('a trace gives back what went in', () => {
  for (const path of [0, 1, 0x7fffffff, 0xffffffff])
    for (const agent of [0, 17, 31])
      for (const weight of [0, 0.25, 0.5, 1, 1.25, 2]) {
        const trace = traceOf(path, agent, weight);
        assert.equal([pathOf(trace), agentOf(trace), weightOf(trace)], [path, agent, weight]);
        assert.ok(Number.isSafeInteger(trace));
      }
});

test('what a miss says depends on what was asked for', () => {
  const weigh = (target: string, fields = {}, suspicious = false, ownNames = false) =>
    missWeight(request(target, fields), nothing, suspicious, ownNames);
  assert.is(weigh('/about'), 1);
  assert.is(weigh('/index.php', {}, true), 2);
  assert.is(weigh('/favicon.ico'), 0.25);
  assert.is(weigh('/about', { signedIn: true }), 0);
  assert.is(weigh('/about', { bot: 'verified' }), 0);
  assert.is(weigh('/bucket/key', { trafficClass: 's3' }, false, true), 0);
  assert.is(weigh('/_matrix/client/v3/profile/x', { trafficClass: 'matrix' }, false, true), 0);
  const git = { trafficClass: 'git' } as const;
  assert.is(weigh('/org/repo', git, false, true), 0.5);
  assert.is(weigh('/org/repo.git/info/lfs/locks', git, false, true), 0);
  assert.is(weigh('/v2/org/image/blobs/sha256:0', { ...git, method: 'HEAD' }, false, true), 0);
  assert.is(weigh('/a/..%2f..%2fetc/passwd', git, true, true), 2);
});

test('what browsers ask for by themselves', () => {
  for (const path of [
    '/robots.txt',
    '/apple-touch-icon-120x120.png',
    '/.well-known/security.txt',
    '/assets/a.js.map',
  ])
    assert.ok(isCustomary(path), path);
  for (const path of ['/', '/x/robots.txt', '/well-known/x']) assert.not.ok(isCustomary(path), path);
});

test.run();
