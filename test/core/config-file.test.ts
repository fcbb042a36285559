import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import {
  asIni,
  asJson,
  asText,
  asToml,
  asYaml,
  ConfigFile,
  type FileContent,
  renderFile,
} from '../../constructs/core/config-file.js';
import { External } from '../../constructs/core/endpoint.js';
import { Reference, text } from '../../constructs/core/reference.js';
import { at, containerOf, find, messageOf, podOf, sampleTier } from '../support/sample.js';

const mail = new External({ name: 'mail', ports: [587] });
const store = new External({ name: 'store', ports: [443] });
const address = new Reference('mail.example:587', [mail]);

const formats: [name: string, file: FileContent, expected: string][] = [
  [
    'yaml',
    asYaml({ server: { port: 80, tls: true }, list: ['a', 'b'] }),
    'server:\n  port: 80\n  tls: true\nlist:\n  - a\n  - b\n',
  ],
  ['json', asJson({ a: [1, null], b: 'x' }), '{\n  "a": [\n    1,\n    null\n  ],\n  "b": "x"\n}\n'],
  ['toml', asToml({ name: 'x', server: { port: 80 } }), 'name = "x"\n\n[server]\nport = 80\n'],
  ['ini', asIni({ server: { port: 80, name: 'x' } }), '[server]\nport=80\nname=x\n'],
  ['text', asText(text`connect ${address}\n`), 'connect mail.example:587\n'],
];

for (const [name, file, expected] of formats) {
  test(`${name} is written by the format's own library`, () => {
    assert.is(renderFile(file).text, expected);
  });
}

test('undefined keys are left out at every depth, in lists too', () => {
  const content = { a: undefined, b: { c: undefined, d: 1 }, e: [{ f: undefined, g: 2 }] };
  assert.equal(JSON.parse(renderFile(asJson(content)).text), { b: { d: 1 }, e: [{ g: 2 }] });
});

// each is something else than text to a reader with YAML 1.1 rules
for (const word of [
  'yes',
  'no',
  'on',
  'off',
  'y',
  'N',
  'true',
  '~',
  'null',
  '010',
  '1_000',
  '12:30:45',
  '0x1F',
  '1e3',
  '2001-01-01',
]) {
  test(`yaml quotes ${word}, as value and as key`, () => {
    assert.is(renderFile(asYaml({ key: word })).text, `key: "${word}"\n`);
    assert.is(renderFile(asYaml({ [word]: 1 })).text, `"${word}": 1\n`);
    assert.equal(parse(renderFile(asYaml([word])).text, { version: '1.1' }), [word]);
  });
}

test('long lines of yaml are not folded', () => {
  const long = 'word '.repeat(60).trim();
  assert.is(renderFile(asYaml({ long })).text, `long: ${long}\n`);
});

test('references anywhere in the content become text and edges, each once', () => {
  const content = { a: address, b: [{ c: new Reference('s', [store]) }, address], d: { e: { f: address } } };
  const { text: written, reaches } = renderFile(asJson(content));
  assert.equal(JSON.parse(written), {
    a: 'mail.example:587',
    b: [{ c: 's' }, 'mail.example:587'],
    d: { e: { f: 'mail.example:587' } },
  });
  assert.equal([...reaches], [mail, store]);
});

const configured = (port: number, watched = false) => {
  const { box, tier, workload } = sampleTier();
  const config = new ConfigFile(tier, 'Config', {
    name: 'server',
    files: { 'a.yaml': asYaml(() => ({ port, mail: address })), 'b.txt': asText('constant') },
  });
  workload('server', { mounts: [watched ? config.watchedAt('/etc/server') : config.mountAt('/etc/server')] });
  const manifests = box.manifests();
  return { box, config, manifests, pod: podOf(find(manifests, 'Deployment', 'server')) };
};

test('the files are keys of one ConfigMap, mounted as a folder that cannot be written', () => {
  const { config, manifests, pod } = configured(80);
  const files = { 'a.yaml': 'port: 80\nmail: mail.example:587\n', 'b.txt': 'constant' };
  assert.equal(find(manifests, 'ConfigMap', 'server').data, files);
  assert.equal(config.texts, files);
  assert.equal(config.fileNames, ['a.yaml', 'b.txt']);
  assert.equal(pod.spec.volumes, [{ name: 'config-server', configMap: { name: 'server' } }]);
  assert.equal(containerOf(find(manifests, 'Deployment', 'server')).volumeMounts, [
    { name: 'config-server', mountPath: '/etc/server', readOnly: true },
  ]);
});

test('what the files refer to is open to whoever mounts them', () => {
  const { manifests } = configured(80);
  const egress = at(find(manifests, 'NetworkPolicy', 'server'), 'spec', 'egress');
  assert.ok(
    Array.isArray(egress) && egress.some((rule) => at(rule, 'ports', 0, 'port') === 587),
    'no egress to the mail relay',
  );
});

test('a changed byte changes the checksum on the pod, an unchanged one does not', () => {
  const checksum = (port: number) => configured(port).pod.metadata.annotations?.['box/config-checksum'];
  assert.match(checksum(80) ?? '', /^[0-9a-f]{16}$/);
  assert.is(checksum(80), checksum(80));
  assert.is.not(checksum(80), checksum(81));
  assert.is(checksum(80), configured(80).config.checksum);
});

test('a file that is only renamed counts as a change', () => {
  const sum = (name: string) => {
    const { tier } = sampleTier();
    return new ConfigFile(tier, 'Config', { name: 'c', files: { [name]: asText('x') } }).checksum;
  };
  assert.is.not(sum('a'), sum('b'));
});

test('a watched mount restarts nothing', () => {
  assert.is(configured(80, true).pod.metadata.annotations?.['box/config-checksum'], undefined);
});

test('content as a function is asked once, when everything is declared', () => {
  const { box, tier, workload } = sampleTier();
  let asked = 0;
  const words = ['early'];
  const content = () => {
    asked++;
    return { words: [...words] };
  };
  const config = new ConfigFile(tier, 'Config', { name: 'c', files: { 'c.json': asJson(content) } });
  workload('server', { mounts: [config.mountAt('/etc/c')] });
  words.push('late');
  assert.is(asked, 0);
  const data = at(find(box.manifests(), 'ConfigMap', 'c'), 'data', 'c.json');
  assert.equal(JSON.parse(String(data)), { words: ['early', 'late'] });
  assert.is(asked, 1);
});

test('content that cannot be written names construct and file', () => {
  const { tier } = sampleTier();
  const files = {
    'c.toml': asToml(() => {
      throw new Error('no idea');
    }),
  };
  const config = new ConfigFile(tier, 'Config', { name: 'c', files });
  assert.is(
    messageOf(() => config.texts),
    "apps/Config: file 'c.toml' cannot be written: no idea",
  );
});

test.run();
