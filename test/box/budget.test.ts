import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mebibytes, millicores } from '../../constructs/proofs/budget.js';
import { prove, resourceTable } from '../../constructs/proofs/prove.js';
import { referenceBox } from '../support/reference-box.js';

test('quantities are read as Kubernetes reads them', () => {
  assert.equal(['512Mi', '2Gi', '1024Ki', '1048576', '1G', 0, undefined].map(mebibytes), [
    512,
    2048,
    1,
    1,
    1e9 / 1024 ** 2,
    0,
    0,
  ]);
  assert.equal(['250m', '2', 1, '0.5', undefined].map(millicores), [250, 2000, 1000, 500, 0]);
  assert.ok(Number.isNaN(mebibytes('12 apples')));
});

test('the table has a line for each namespace with something that runs, charts and databases included', () => {
  const { manifests, site } = referenceBox();
  const table = resourceTable(manifests, site);
  const names = table.map(({ namespace }) => namespace);
  assert.equal(names, [...names].sort());
  for (const namespace of ['data', 'ory', 'lasuite', 'ingress', 'storage', 'linkerd', 'cnpg-system'])
    assert.ok(names.includes(namespace), namespace);
  for (const { namespace, cpu, memory, limit } of table)
    assert.ok(cpu > 0 && memory > 0 && limit >= memory, namespace);
});

test('a server that is too small is told, with the figure and the way out', () => {
  const { manifests, site } = referenceBox();
  const small = { ...site, settings: site.settings, isCluster: false, server: { cpu: 2, memoryGi: 8 } };
  const findings = prove(manifests, small).filter(({ proof }) => proof === 'budget');
  assert.equal(findings.length, 3);
  assert.match(findings[0]?.value ?? '', /^CPU requests .* \d+ of 1000 at size 'standard'$/);
  assert.match(findings[0]?.remedy ?? '', /choose a smaller size/);
});

test.run();
