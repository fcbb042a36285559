import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ChartValue, chartValues } from '../../apps/chart/forms.js';
import { type ChartFiles, makeChart } from '../../apps/chart/make.js';
import { type Render, type Rendered, renderBeside } from '../../apps/chart/render.js';
import { appIds } from '../../apps/render.js';
import type { Manifest } from '../../constructs/core/manifest.js';
import { Site } from '../../constructs/core/site.js';
import { referenceSettings } from '../support/reference-box.js';
import { messageOf } from '../support/sample.js';

const settings = referenceSettings();
const site = Site.load('box.yaml', appIds);
const render = renderBeside('box.yaml');

/** Boxes are rendered once; each fault is put into copies. */
const known = new Map<string, Rendered>();
const rememberedRender: Render = (given) => {
  const key = JSON.stringify(given);
  const rendered = known.get(key) ?? render(given);
  known.set(key, rendered);
  return rendered;
};

const make = (
  planted: { readonly render?: Render; readonly values?: readonly ChartValue[] } = {},
): ChartFiles => makeChart({ site, settings, render: rememberedRender, ...planted });

/** A box with one more file in a ConfigMap, made from the site. */
const withFile =
  (name: string, text: (site: Site) => string): Render =>
  (given) => {
    const { tiers, ...rest } = rememberedRender(given);
    const planted: Manifest = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'planted', namespace: 'data' },
      data: { [name]: text(rest.site) },
    };
    const [first, ...others] = tiers;
    if (first === undefined) throw new Error('the box is empty');
    return { ...rest, tiers: [{ ...first, manifests: [...first.manifests, planted] }, ...others] };
  };

const faultOf = (name: string, text: (site: Site) => string) =>
  messageOf(() => make({ render: withFile(name, text) }));

test('a file made from the site in ways the chart knows', () => {
  const files = make({
    render: withFile(
      'app.yaml',
      ({ settings: { domain, brand, smtp, backup } }) =>
        `host: docs.${domain}\nlist:\n  - ${smtp.port}\n  - ${backup.retentionDays}d\nmore: |\n  ${brand.name} {{ a }}\n`,
    ),
  });
  assert.match(
    files['templates/_texts.tpl'] ?? '',
    'host: docs.{{ .Values.domain }}\nlist:\n  - {{ int .Values.smtp.port }}\n  - {{ int .Values.backup.retentionDays }}d\n' +
      'more: |\n  {{ .Values.brand.name }} {{ "{{" }} a }}\n',
  );
});

test('a form that is forgotten', () => {
  const values = chartValues.map((value) => ({
    ...value,
    forms: value.forms.filter(({ grammar }) => grammar !== 'pattern'),
  }));
  assert.match(
    messageOf(() => make({ values })),
    /^ConfigMap kube-system\/coredns-custom: data\.box\.override: holds '.*zqdomain-zq.*a form of a site's value that the chart does not know/,
  );
});

for (const [what, text, complaint] of [
  [
    'letters turned round',
    ({ settings }: Site) => settings.domain.toUpperCase(),
    /data\.a: holds '…ZQDOMAIN/,
  ],
  ['labels of the domain', ({ settings }: Site) => settings.domain.split('.').join(',dc='), /data\.a: holds/],
  [
    'an order',
    ({ settings }: Site) => [settings.domain, 'm.example'].sort().join(' '),
    /data\.a: the box says .*depends on the site in a way the chart does not follow/,
  ],
  [
    'a length',
    ({ settings }: Site) => String(settings.domain.length),
    /data\.a: the box says "15", the chart "\d+"/,
  ],
  [
    'a hash of its own',
    ({ settings }: Site) => Buffer.from(settings.publicIp).toString('hex'),
    /data\.a: the box says/,
  ],
  [
    'free text where quoting is unknown',
    ({ settings }: Site) => `name = ${settings.brand.name}`,
    /data\.a: holds \.Values\.brand\.name in a format whose quoting the chart does not know/,
  ],
  [
    'lines that come and go with the kind of relay',
    ({ settings }: Site) => (settings.smtp.security === 'tls' ? 'tls on' : ''),
    /data\.a: changes its shape with smtp\.security/,
  ],
] as const) {
  test(`a dependence nobody described: ${what}`, () => {
    assert.match(faultOf('a', text), /^ConfigMap data\/planted: /);
    assert.match(faultOf('a', text), complaint);
  });
}

test("digits inside something else are nobody's value", () => {
  const files = make({ render: withFile('a', () => 'sha256:ab2917cd, 129170, 29170') });
  const all = Object.values(files).join('\n');
  assert.ok(all.includes('sha256:ab2917cd, 129170, 29170'));
});

test('no stand-in is part of the one of another value', () => {
  for (const one of chartValues) {
    for (const other of chartValues) {
      const isInside = String(other.probe).includes(String(one.probe));
      if (one !== other) assert.is(isInside, false, `${one.probe} in ${other.probe}`);
    }
  }
});

test.run();
