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

test.run();
