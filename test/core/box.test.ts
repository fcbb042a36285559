import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigMap } from 'cdk8s-plus-28';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Box, Phase } from '../../constructs/core/box.js';
import { namespaces } from '../../constructs/core/namespaces.js';
import { Tier } from '../../constructs/core/tier.js';
import { Wave } from '../../constructs/core/waves.js';
import { messageOf, sampleBox, sampleSite } from '../support/sample.js';

test('phases run in their order, derivations of one phase in order of registration', () => {
  const box = sampleBox();
  const ran: string[] = [];
  box.derive(Phase.Report, () => ran.push('report'));
  box.derive(Phase.Render, () => ran.push('render 1'));
  box.derive(Phase.Link, () => ran.push('link'));
  box.derive(Phase.Render, () => ran.push('render 2'));
  box.derive(Phase.Bind, () => ran.push('bind'));
  box.finish();
  assert.equal(ran, ['link', 'bind', 'render 1', 'render 2', 'report']);
});

test('a derivation may register more, for its own phase and later ones', () => {
  const box = sampleBox();
  const ran: string[] = [];
  box.derive(Phase.Link, () => {
    box.derive(Phase.Render, () => ran.push('render'));
    box.derive(Phase.Link, () => ran.push('link'));
  });
  box.finish();
  assert.equal(ran, ['link', 'render']);
});

test('a phase that is over is an error, not silence', () => {
  const box = sampleBox();
  box.derive(Phase.Render, () => box.derive(Phase.Bind, () => {}));
  assert.is(
    messageOf(() => box.finish()),
    "phase 'Bind' is over, phase 'Render' runs; declare in the constructor or in a link",
  );
});

test('nothing is declared after the box is complete', () => {
  const box = sampleBox();
  box.finish();
  assert.is(
    messageOf(() => box.derive(Phase.Render, () => {})),
    'the box is complete; declare before synthesis',
  );
});

test('finishing twice is finishing once', () => {
  const box = sampleBox();
  let count = 0;
  box.derive(Phase.Render, () => count++);
  box.finish();
  box.manifests();
  assert.is(count, 1);
});

/** Tiers declared against their order, each with one object. */
function mixed(outdir?: string) {
  const box = new Box(sampleSite(), outdir === undefined ? {} : { outdir });
  const waves: [id: string, wave: Wave][] = [
    ['late', Wave.Operations],
    ['apps', Wave.Apps],
    ['engines', Wave.Engines],
    ['stores', Wave.Stores],
    ['other-apps', Wave.Apps],
  ];
  for (const [id, wave] of waves) {
    new ConfigMap(new Tier(box, id, { namespace: namespaces.data, wave }), 'Map', { metadata: { name: id } });
  }
  return box;
}

test('objects come in the order of waves, within one in order of declaration', () => {
  const maps = mixed()
    .manifests()
    .filter(({ kind }) => kind === 'ConfigMap');
  assert.equal(
    maps.map(({ metadata }) => metadata.name),
    ['engines', 'stores', 'apps', 'other-apps', 'late'],
  );
});

test('files are named by wave and tier, and a second run writes the same bytes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'box-synth-'));
  try {
    const read = (name: string) => {
      const outdir = join(folder, name);
      mixed(outdir).synth();
      return readdirSync(outdir)
        .filter((file) => file.endsWith('.yaml'))
        .sort()
        .map((file) => [file, readFileSync(join(outdir, file), 'utf8')] as const);
    };
    const first = read('first');
    assert.equal(
      first.map(([file]) => file),
      ['0-cluster', '2-engines', '4-stores', '7-apps', '7-other-apps', '9-late'].map(
        (id) => `${id}.k8s.yaml`,
      ),
    );
    assert.equal(read('second'), first);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
