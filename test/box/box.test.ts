import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { explain, prove } from '../../constructs/proofs/prove.js';
import { referenceBox } from '../support/reference-box.js';

const boxes: readonly (readonly [name: string, settings: Readonly<Record<string, unknown>>])[] = [
  ['the reference environment', {}],
  ['on three servers', { scale: 'cluster' }],
  ['installed by Argo CD', { installer: 'argocd' }],
  ['with an authority of its own', { tls: { issuer: 'local' } }],
];

for (const [name, settings] of boxes) {
  test(`everything holds: ${name}`, () => {
    const { manifests, site } = referenceBox(settings);
    assert.equal(prove(manifests, site).map(explain), []);
  });
}

test('a proof of the whole tree takes no time that anybody would notice', () => {
  const { manifests, site } = referenceBox();
  for (let i = 0; i < 3; i++) prove(manifests, site);
  // processor time, because other tests run beside this one
  const before = process.cpuUsage();
  for (let i = 0; i < 5; i++) prove(manifests, site);
  const { user, system } = process.cpuUsage(before);
  const milliseconds = (user + system) / 1000 / 5;
  assert.ok(milliseconds < 400, `${milliseconds.toFixed(0)} ms for ${manifests.length} objects`);
});

test.run();
