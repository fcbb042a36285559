import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { appIds } from '../../apps/render.js';
import { charts, images } from '../../constructs/core/images.js';
import { pinNames, Site, SiteError } from '../../constructs/core/site.js';
import { messageOf, problemsOf, required, sampleSite } from '../support/sample.js';

/** Loads a file of a folder made of `files`. */
function load(files: Record<string, string>, name = 'box.yaml'): Site {
  const folder = mkdtempSync(join(tmpdir(), 'box-site-'));
  try {
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
    const site = Site.load(join(folder, name), []);
    // before the folder goes
    void site.logo;
    return site;
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replaceAll(folder, '.');
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const file = (path: string) => new URL(`../../${path}`, import.meta.url).pathname;

test('the reference environment loads', () => {
  const site = Site.load(file('box.yaml'), appIds);
  assert.is(site.settings.domain, 'sunbeam.pt');
  assert.is(site.settings.size, 'standard');
  assert.equal(site.warnings, [
    "publicIp 203.0.113.10 is an address for documentation; set your server's own",
  ]);
});

test('the trial environment loads: small, with certificates of its own authority', () => {
  const site = Site.load(file('apps/environments/trial.yaml'), appIds);
  assert.is(site.settings.domain, '192.168.105.2.sslip.io');
  assert.is(site.settings.tls.issuer, 'local');
  assert.equal(site.server, { cpu: 8, memoryGi: 24 });
  assert.equal(site.warnings, [
    'certificates come from a local authority: browsers must be told to trust it',
  ]);
});

test('a file that is not there', () => {
  const expected = './nowhere.yaml is not valid:\n  - the file does not exist; copy box.yaml and edit it';
  assert.is(
    messageOf(() => load({}, 'nowhere.yaml')),
    expected,
  );
});

test('a file that is not YAML names the line', () => {
  const message = messageOf(() => load({ 'box.yaml': 'domain: studio.example\nsmtp: [' }));
  assert.match(message, /^\.\/box\.yaml is not valid:\n {2}- .*at line 2, column \d+/);
});

test('two values for one key are no YAML', () => {
  const message = messageOf(() => load({ 'box.yaml': 'domain: a.example\ndomain: b.example\n' }));
  assert.match(message, /Map keys must be unique at line 2, column 1/);
});

test('all problems of a file are in one message', () => {
  const message = messageOf(() =>
    load({ 'box.yaml': stringify({ ...required, domain: 'x', size: 'smal' }) }),
  );
  assert.is(
    message,
    './box.yaml is not valid:\n' +
      '  - domain: "x" is not valid; expected a lower-case domain name such as studio.example\n' +
      `  - size: "smal" is not one of small, standard, large; did you mean 'small'?`,
  );
});

test('data that comes from no file is called the configuration', () => {
  try {
    Site.parse({ ...required, size: 1 }, { apps: [], versions: [] });
    assert.unreachable();
  } catch (error) {
    assert.instance(error, SiteError);
    assert.match(String(error), /^SiteError: the configuration is not valid:\n {2}- size: 1 is not one of/);
  }
});

test('the logo lies beside the file', () => {
  const text = stringify({ ...required, brand: { logo: 'logo.svg' } });
  assert.is(load({ 'box.yaml': text, 'logo.svg': '<svg/>' }).settings.brand.logo, 'logo.svg');
  assert.is(
    messageOf(() => load({ 'box.yaml': text })),
    './box.yaml is not valid:\n  - brand.logo: "logo.svg" does not exist beside the configuration file',
  );
  assert.is(sampleSite().logo, undefined);
});

test('apps are on unless switched off', () => {
  const site = sampleSite({ apps: { docs: false, collabora: true } });
  assert.equal(
    ['docs', 'collabora', 'wiki'].map((app) => site.isOn(app)),
    [false, true, true],
  );
});

test('host names are below the domain, and the domain itself', () => {
  assert.is(sampleSite().hostName('docs'), 'docs.studio.example');
  assert.is(sampleSite().hostName(''), 'studio.example');
});

test('the server is what the size assumes, or what is said', () => {
  assert.equal(sampleSite({ size: 'small' }).server, { cpu: 8, memoryGi: 32 });
  assert.equal(sampleSite().server, { cpu: 16, memoryGi: 64 });
  assert.equal(sampleSite({ size: 'large' }).server, { cpu: 32, memoryGi: 128 });
  assert.equal(sampleSite({ server: { cpu: 3, memoryGi: 10 } }).server, { cpu: 3, memoryGi: 10 });
});

test('scale', () => {
  assert.is(sampleSite().isCluster, false);
  assert.is(sampleSite({ scale: 'cluster' }).isCluster, true);
});

const digest = `sha256:${'a1'.repeat(32)}`;
const { repository, version } = images.valkey;

const overrides: [version: string | undefined, image: string][] = [
  [undefined, `${repository}:${version}`],
  ['9.0.1', `${repository}:9.0.1`],
  [`9.0.1@${digest}`, `${repository}:9.0.1@${digest}`],
  ['mirror.example/valkey:9.0.1', 'mirror.example/valkey:9.0.1'],
  ['valkey:9', 'valkey:9'],
  ['localhost:5000/valkey:9.0.1', 'localhost:5000/valkey:9.0.1'],
  [`mirror.example/valkey:9.0.1@${digest}`, `mirror.example/valkey:9.0.1@${digest}`],
];

for (const [override, expected] of overrides) {
  test(`image with version ${override}`, () => {
    assert.is(sampleSite({ versions: { valkey: override } }).image('valkey'), expected);
  });
}

const refused: [name: string, version: string, problem: string][] = [
  ['valkey', 'latest', 'versions.valkey: tag "latest" moves; pin a version such as v1.2.3'],
  ['valkey', 'x/y:latest', 'versions.valkey: tag "latest" moves; pin a version such as v1.2.3'],
  ['valkey', 'x/y:stable', 'versions.valkey: tag "stable" moves; pin a version such as v1.2.3'],
  ['valkey', 'x/y', 'versions.valkey: "x/y" has no tag; write repository:tag, e.g. x/y:v1.2.3'],
  [
    'valkey',
    'localhost:5000/y',
    'versions.valkey: "localhost:5000/y" has no tag; write repository:tag, e.g. localhost:5000/y:v1.2.3',
  ],
  [
    'valkey',
    'x/y:1@sha256:abc',
    'versions.valkey: "x/y:1@sha256:abc" does not name a fixed version; ' +
      'write v1.2.3, repository:tag or repository:tag@sha256:<64 digits>',
  ],
  [
    'valkey',
    '',
    'versions.valkey: "" does not name a fixed version; ' +
      'write v1.2.3, repository:tag or repository:tag@sha256:<64 digits>',
  ],
  ['certManager', 'x/y:v1', 'versions.certManager: "x/y:v1" is an image; a chart takes only a version'],
  [
    'certManager',
    `v1@${digest}`,
    `versions.certManager: "v1@${digest}" is an image; a chart takes only a version`,
  ],
];

for (const [name, override, problem] of refused) {
  test(`version '${override}' of ${name} is refused`, () => {
    assert.equal(problemsOf({ ...required, versions: { [name]: override } }), [problem]);
  });
}

test('charts: pinned, or the version a site names', () => {
  assert.equal(sampleSite().chart('certManager'), charts.certManager);
  const chart = sampleSite({ versions: { certManager: 'v9.9.9' } }).chart('certManager');
  assert.equal(chart, { ...charts.certManager, version: 'v9.9.9' });
});

test('our own programs come from the registry of the site', () => {
  assert.is(sampleSite().image('proxy'), `src.studio.example/studio/proxy:${images.proxy.version}`);
  const site = sampleSite({ registry: 'registry.example/ours', versions: { login: '2.0.0' } });
  assert.is(site.image('proxy'), `registry.example/ours/proxy:${images.proxy.version}`);
  assert.is(site.image('login'), 'registry.example/ours/login:2.0.0');
});

test('every pin can be overridden', () => {
  assert.equal(pinNames, [...Object.keys(images), ...Object.keys(charts)]);
});

test.run();
