import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { appClasses, appIds } from '../../apps/render.js';
import { explain, prove } from '../../constructs/proofs/prove.js';
import { allPairs, type Factors, type Row } from '../support/pairwise.js';
import { referenceBox } from '../support/reference-box.js';

const plain = { size: 'standard', scale: 'one-server', installer: 'k3s', issuer: 'acme' };
const all = (value: 'on' | 'off'): Row => Object.fromEntries(appIds.map((app) => [app, value]));

const factors: Factors = {
  ...Object.fromEntries(appIds.map((app) => [app, ['on', 'off']])),
  size: ['standard', 'small', 'large'],
  scale: ['one-server', 'cluster'],
  installer: ['k3s', 'argocd'],
  issuer: ['acme', 'local'],
};

/** App and what it cannot do without. */
const needs = appClasses
  .filter(({ supporting }) => supporting !== true)
  .flatMap(({ id, needs = [] }) => needs.map((needed): [string, string] => [id, needed.id]));

const allowed = (row: Row) => needs.every(([app, needed]) => row[app] !== 'on' || row[needed] !== 'off');

function render({ size, scale, installer, issuer, ...apps }: Row) {
  return referenceBox({
    size,
    scale,
    installer,
    tls: { issuer },
    apps: Object.fromEntries(Object.entries(apps).map(([app, value]) => [app, value === 'on'])),
  });
}

const describe = (row: Row) =>
  Object.entries(row)
    .map(([name, value]) => (value === 'on' ? name : value === 'off' ? `no ${name}` : value))
    .join(', ');

const rows = allPairs(factors, allowed);

test('every two values that can be together are together in some row', () => {
  const names = Object.keys(factors);
  for (const first of names) {
    for (const second of names.filter((name) => name !== first)) {
      for (const a of factors[first] ?? []) {
        for (const b of factors[second] ?? []) {
          if (!allowed({ [first]: a, [second]: b })) continue;
          assert.ok(
            rows.some((row) => row[first] === a && row[second] === b),
            `${first} ${a} with ${second} ${b}`,
          );
        }
      }
    }
  }
});

for (const row of [{ ...all('on'), ...plain }, { ...all('off'), ...plain }, ...rows]) {
  test(`everything holds: ${describe(row)}`, () => {
    const { manifests, site } = render(row);
    assert.equal(prove(manifests, site).map(explain), []);
  });
}

for (const [app, needed] of needs) {
  test(`${app} without ${needed} is refused with the way out`, () => {
    assert.throws(
      () => render({ ...all('on'), ...plain, [needed]: 'off' }),
      new RegExp(`'${app}' needs '${needed}', which is switched off: set apps\\.${needed} to true`),
    );
  });
}

test.run();
