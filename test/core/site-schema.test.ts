import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { appIds } from '../../apps/render.js';
import { siteJsonSchema } from '../../constructs/core/site.js';
import type { SiteInput } from '../../constructs/core/site-schema.js';
import { at, problemsOf, required, sampleSite } from '../support/sample.js';

test('what is not said', () => {
  const { domain, publicIp, adminEmail, backup, smtp, ...rest } = sampleSite().settings;
  assert.equal(
    { domain, publicIp, adminEmail },
    {
      domain: 'studio.example',
      publicIp: '203.0.113.10',
      adminEmail: 'admin@studio.example',
    },
  );
  assert.equal(backup, { ...required.backup, retentionDays: 30 });
  assert.equal(smtp, { host: 'smtp.example.com', port: 587, security: 'starttls' });
  assert.equal(rest, {
    apps: {},
    size: 'standard',
    scale: 'one-server',
    installer: 'k3s',
    versions: {},
    tls: { issuer: 'acme', staging: false },
    brand: { name: 'Sunbeam', primary: '#7c3aed', accent: '#f59e0b' },
    ai: { enabled: true, baseUrl: 'https://api.scaleway.ai/v1', model: 'mistral-medium-latest' },
  });
});

test('what is said stays', () => {
  const said: Partial<SiteInput> = {
    apps: { docs: false },
    size: 'large',
    scale: 'cluster',
    server: { cpu: 24, memoryGi: 96 },
    registry: 'registry.example:5000/studio',
    installer: 'argocd',
    tls: { issuer: 'local', email: 'ops@studio.example', staging: true },
    matrixServerName: 'matrix.example',
    brand: { name: 'Studio', primary: '#000000', accent: '#FFFFFF' },
    ai: { enabled: false, baseUrl: 'https://ai.example/v1', model: 'm' },
  };
  const { settings } = sampleSite(said);
  for (const [key, value] of Object.entries(said)) assert.equal(at(settings, key), value, key);
});

/** Key, values it takes, values it does not. */
const rules: [path: string, good: unknown[], bad: unknown[]][] = [
  [
    'domain',
    ['a.io', 'studio.example', 'x-y.studio.example', '192.168.105.2.sslip.io', 'xn--bcher-kva.example'],
    [
      'studio',
      'Studio.example',
      '-a.example',
      'a-.example',
      'a..b.example',
      'http://a.example',
      'a.example.',
      '10.0.0.10',
      `${'a'.repeat(64)}.example`,
    ],
  ],
  ['publicIp', ['192.0.2.1', '255.255.255.255'], ['256.1.1.1', '1.2.3', '::1', 'a.example']],
  ['adminEmail', ['a.b+c@studio.example'], ['a', 'a@b', '@studio.example', 'a b@studio.example']],
  [
    'backup.endpoint',
    ['https://s3.example.com', 'https://s3.example.com:9000'],
    ['http://s3.example.com', 's3.example.com', ''],
  ],
  ['backup.bucket', ['abc', 'a.b-c'], ['ab', 'Abc', '-abc', 'a_bc']],
  ['smtp.host', ['smtp.example.com'], ['smtp', 'smtp.example.com:587', 'SMTP.example.com']],
  ['smtp.port', [25, 465, 65535], [0, 65536, 2.5, '25']],
  ['server.cpu', [2, 2.5, 64], [1.9, '4']],
  ['server.memoryGi', [8, 128], [7]],
  [
    'registry',
    ['src.studio.example/studio', 'localhost:5000', 'a.example:5000/x/y'],
    ['https://a.example', 'a.example/X'],
  ],
  ['ai.baseUrl', ['https://ai.example/v1'], ['http://ai.example/v1', 'ai.example']],
  ['brand.primary', ['#aA09fF'], ['#fff', 'red', 'aabbcc']],
  ['matrixServerName', ['studio.example'], ['Studio.example']],
];

/** The required settings with one value, deep in them. */
function withValue(path: string, value: unknown): Partial<SiteInput> {
  const [first = '', second] = path.split('.');
  if (second === undefined) return { [first]: value };
  const around =
    first === 'server' ? { cpu: 4, memoryGi: 16 } : { ...(at(required, first) as object | undefined) };
  return { [first]: { ...around, [second]: value } };
}

for (const [path, good, bad] of rules) {
  test(`${path} takes what is right and nothing else`, () => {
    for (const value of good)
      assert.is(at(sampleSite(withValue(path, value)).settings, ...path.split('.')), value);
    for (const value of bad) {
      const problems = problemsOf({ ...required, ...withValue(path, value) });
      assert.is(problems.length, 1, `${path}: ${value}: ${problems.join('; ')}`);
      assert.ok(problems[0]?.startsWith(`${path}: ${JSON.stringify(value)} `), problems[0]);
    }
  });
}

test('the schema for editors is the one the code has (npm run schema)', () => {
  const file = new URL('../../box.schema.json', import.meta.url);
  assert.equal(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(JSON.stringify(siteJsonSchema(appIds))));
});

test('the schema for editors asks for no more than the operator has to give, and knows every app', () => {
  const schema = siteJsonSchema(['docs', 'drive']);
  assert.equal(at(schema, 'required'), ['domain', 'publicIp', 'adminEmail', 'backup', 'smtp']);
  assert.is(at(schema, 'additionalProperties'), false);
  assert.equal(Object.keys(at(schema, 'properties', 'apps', 'properties') as object), ['docs', 'drive']);
  assert.equal(at(schema, 'properties', 'size', 'enum'), ['small', 'standard', 'large']);
  assert.is(at(schema, 'properties', 'size', 'default'), 'standard');
});

test.run();
