import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { byKey, type ChartFiles, differences, makeChart } from '../../apps/chart/make.js';
import { renderBeside } from '../../apps/chart/render.js';
import { appIds } from '../../apps/render.js';
import type { Manifest } from '../../constructs/core/manifest.js';
import { pinNames, Site } from '../../constructs/core/site.js';
import { ChartFolder, helmBinary } from '../support/helm.js';
import { referenceSettings } from '../support/reference-box.js';
import { sites } from './sites.js';

const render = renderBeside('box.yaml');
const settings = referenceSettings();
const siteOf = (given: object) => Site.parse(given, { apps: appIds, versions: pinNames });
const files = makeChart({ site: siteOf(settings), settings, render });
const helm = helmBinary();
const charts: ChartFolder[] = [];

function chart(given: ChartFiles = files): ChartFolder {
  const folder = new ChartFolder(helm ?? '', given);
  charts.push(folder);
  return folder;
}

test.after(() => {
  for (const folder of charts) folder.remove();
});

/** Everything in which two sets of objects differ: what is missing, what is too much, fields. */
function compare(wanted: readonly Manifest[], found: readonly Manifest[]): string[] {
  const expected = byKey(wanted);
  const rendered = byKey(found);
  const missing = [...expected.keys()].filter((key) => !rendered.has(key)).map((key) => `${key}: is missing`);
  const extra = [...rendered.keys()].filter((key) => !expected.has(key)).map((key) => `${key}: is too much`);
  const changed = [...expected].flatMap(([key, object]) =>
    rendered.has(key) ? differences(object, rendered.get(key)).map((line) => `${key}: ${line}`) : [],
  );
  return [...missing, ...extra, ...changed];
}

const plain = (site: object) => render({ ...site }).tiers.flatMap(({ manifests }) => manifests);

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** Values of a site: those of its settings that a chart takes. */
function valuesOf(site: object, { properties }: Schema): object {
  if (properties === undefined) return site;
  const known = Object.entries(site).filter(([key]) => key in properties);
  return Object.fromEntries(known.map(([key, value]) => [key, valuesOf(value, properties[key] ?? {})]));
}
const schemaOf = (chartFiles: ChartFiles) => JSON.parse(chartFiles['values.schema.json'] ?? '') as Schema;

if (helm !== undefined) {
  const folder = chart();

  test('helm lint has nothing to say', () => {
    assert.match(folder.lint(), '0 chart(s) failed');
  });

  test('values.yaml alone renders the reference box', () => {
    assert.equal(compare(plain(settings), folder.render({})), []);
  });

  for (const [name, site] of Object.entries(sites)) {
    test(`chart equals synthesis: ${name}`, () => {
      const wanted = plain(site);
      const found = folder.render(valuesOf(site, schemaOf(files)));
      assert.is(found.length, wanted.length);
      assert.equal(compare(wanted, found), []);
    });
  }

  for (const [name, fixed] of Object.entries({
    'three servers': { scale: 'cluster', size: 'large' },
    'charts by Argo CD, an authority of its own': { installer: 'argocd', tls: { issuer: 'local' } },
    'images from elsewhere, no AI, an app off': {
      registry: 'images.example:5000/studio',
      ai: { enabled: false },
      apps: { docs: false },
    },
  })) {
    test(`chart equals synthesis with other settings fixed: ${name}`, () => {
      const [, site = {}] = Object.values(sites);
      const made = makeChart({
        site: siteOf({ ...settings, ...fixed }),
        settings: { ...settings, ...fixed },
        render,
      });
      const values = valuesOf(site, schemaOf(made));
      const wanted = plain({ ...site, ...fixed });
      assert.equal(compare(wanted, chart(made).render(values)), []);
    });
  }

  test('waves: only what comes first, in full', () => {
    const first = folder.render({ upToWave: 0 });
    const wanted = render(settings).tiers.filter(({ wave }) => wave === 0);
    assert.equal(
      compare(
        wanted.flatMap(({ manifests }) => manifests),
        first,
      ),
      [],
    );
  });

  test('notes name the next step for either stage', () => {
    assert.match(folder.notes({ upToWave: 0 }), 'helm upgrade box');
    assert.match(folder.notes({ domain: 'studio.example' }), 'https://studio.example');
  });

  for (const [what, values, complaint] of [
    ['a misspelt key', { domian: 'a.example' }, /domian/],
    ['a value that is no domain', { domain: 'Not a domain' }, /domain/],
    ['a setting that is fixed', { size: 'large' }, /size/],
    ['a line break in a name', { brand: { name: 'a\nb' } }, /brand/],
    ['a required value taken away', { domain: null }, /domain/],
    ['a port that is text', { smtp: { port: '587' } }, /smtp/],
  ] as const) {
    test(`refused by the schema: ${what}`, () => {
      assert.throws(() => folder.render(values), complaint);
    });
  }

  test('planted: braces left unescaped that Helm cannot read', () => {
    const name = 'templates/5-identity.yaml';
    const text = files[name]?.replace('postgresql://{{ "{{" }} get', 'postgresql://{{ get') ?? '';
    assert.throws(
      () => chart({ ...files, [name]: text }).render({}),
      /^VaultDynamicSecret ory\/\S+, text: postgresql/,
    );
  });

  test('planted: braces left unescaped that Helm takes for its own', () => {
    const name = 'templates/_texts.tpl';
    const broken = chart({
      ...files,
      [name]: files[name]?.replace('{{ "{{" }} .Name }}', '{{ .Name }}') ?? '',
    });
    const [problem = ''] = compare(plain(settings), broken.render({}));
    assert.match(
      problem,
      /ConfigMap kube-system\/coredns-custom: data\.box\.override: the box says .*\.Name/,
    );
  });
}

test('values are those of the site, and nothing else', () => {
  const values = parse(files['values.yaml'] ?? '');
  assert.equal(Object.keys(values), [
    'domain',
    'publicIp',
    'adminEmail',
    'backup',
    'smtp',
    'tls',
    'brand',
    'ai',
    'upToWave',
  ]);
  assert.is(values.domain, settings.domain);
  assert.is(values.smtp.port, 587);
});

test('no stand-in is left', () => {
  for (const [name, text] of Object.entries(files)) assert.not.match(text, /zq/i, name);
});

test('made twice, the chart is the same', () => {
  assert.equal(makeChart({ site: siteOf(settings), settings, render }), files);
});

test.run();
