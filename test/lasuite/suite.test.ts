import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderBox } from '../../apps/render.js';
import { Collabora } from '../../constructs/lasuite/collabora.js';
import { Docs } from '../../constructs/lasuite/docs.js';
import type { Suite } from '../../constructs/lasuite/suite.js';
import { SuiteApp } from '../../constructs/lasuite/suite-app.js';
import { random } from '../../constructs/secrets/generator.js';
import { messageOf, required } from '../support/sample.js';
import { WholeBox } from '../support/whole-box.js';

/** An app that writes down who it was linked with. */
class Wiki extends SuiteApp {
  static readonly id = 'wiki';
  readonly linked: SuiteApp[] = [];

  constructor(suite: Suite) {
    super(suite, Wiki.id);
    suite.link(Docs, (docs) => this.linked.push(docs));
  }
}

const rendered = (apps: Record<string, boolean>) => renderBox({ ...required, apps }).manifests;
const textOf = (apps: Record<string, boolean>) => JSON.stringify(rendered(apps));

/** Words that come with the app, or with what is there for it. */
const traces = ['docs', 'impress', 'collabora', 'y-provider', 'office.studio.example'];

for (const word of traces) {
  test(`switched off, an app leaves no '${word}' anywhere`, () => {
    assert.ok(textOf({}).split(word).length > 4, 'the word is not even there when the app is on');
    const found = rendered({ docs: false }).filter((manifest) =>
      JSON.stringify(manifest).toLowerCase().includes(word),
    );
    assert.equal(
      found.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
      [],
    );
  });
}

test('what it shared with others stays', () => {
  const { manifests } = renderBox({ ...required, apps: { docs: false } });
  const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  for (const name of ['Deployment kratos', 'StatefulSet valkey', 'Cluster postgres', 'Deployment proxy'])
    assert.ok(names.includes(name), name);
});

test('an app that needs another which is off', () => {
  assert.is(
    messageOf(() => textOf({ collabora: false })),
    "app 'docs' needs 'collabora', which is switched off: set apps.collabora to true in box.yaml, " +
      "or switch 'docs' off too",
  );
});

test('both off is fine, and so is what nobody needs', () => {
  assert.is(textOf({ docs: false, collabora: false }), textOf({ docs: false }));
});

test('apps are found by their class, if they are there', () => {
  const { suite } = new WholeBox({}, Docs, Collabora);
  assert.instance(suite.get(Docs), Docs);
  assert.is(suite.get(Wiki), undefined);
  assert.is(new WholeBox({ apps: { docs: false } }, Docs, Collabora).suite.get(Collabora), undefined);
});

const order: [what: string, classes: [typeof Wiki, typeof Docs] | [typeof Docs, typeof Wiki]][] = [
  ['the one first', [Wiki, Docs]],
  ['the other first', [Docs, Wiki]],
];

for (const [what, classes] of order) {
  test(`a link is made when both are there: ${what}`, () => {
    const { box, suite } = new WholeBox({}, ...classes, Collabora);
    assert.equal(suite.get(Wiki)?.linked, []);
    box.finish();
    assert.equal(suite.get(Wiki)?.linked, [suite.get(Docs)]);
  });
}

test('a link is not made when the other is off', () => {
  const { box, suite } = new WholeBox({ apps: { docs: false } }, Wiki, Docs, Collabora);
  box.finish();
  assert.equal(suite.get(Wiki)?.linked, []);
});

/** An app that declares something only because another is there. */
class Linker extends SuiteApp {
  static readonly id = 'wiki';

  constructor(suite: Suite) {
    super(suite, Linker.id);
    const { vault } = suite.services;
    suite.link(Docs, () =>
      vault.kv(this, 'shared', { key: random(32) }).syncTo(this, 'Shared', { name: 'shared' }),
    );
  }
}

test('what a link declares is derived like everything else: the vault lets it be read from its first start', () => {
  const whole = new WholeBox({}, Docs, Linker, Collabora);
  assert.equal(whole.synced('VaultStaticSecret', 'shared'), { key: '{{ get .Secrets "key" }}' });
  assert.match(String(whole.read('ConfigMap', 'openbao', 'data', 'bao.json')), /secret\/data\/shared/);
});

test('the order in which apps are added does not change what they are', () => {
  const rendered = (...classes: [typeof Docs | typeof Collabora, typeof Docs | typeof Collabora]) =>
    new WholeBox({}, ...classes).manifests
      .map((manifest) => JSON.stringify(manifest))
      .filter((text) => text.includes('"namespace":"lasuite"'))
      .sort();
  assert.equal(rendered(Docs, Collabora), rendered(Collabora, Docs));
});

test.run();
