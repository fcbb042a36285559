import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { renderBox } from '../../apps/render.js';

const settings = parse(readFileSync('box.yaml', 'utf8')) as object;
const { manifests } = renderBox(settings);

function dataOf(configMap: string, file: string): Record<string, unknown> {
  const found = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMap);
  const data = found?.data as Record<string, string> | undefined;
  return JSON.parse(data?.[file] ?? 'null');
}

function problems(schema: string, data: unknown): string[] {
  const ajv = new Ajv({ allErrors: true, validateFormats: false, strict: false });
  const validate = ajv.compile(JSON.parse(readFileSync(`cli/schema/${schema}`, 'utf8')));
  validate(data);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
}

test('the catalog is what its reader expects', () => {
  assert.equal(problems('catalog.schema.json', dataOf('catalog', 'catalog.json')), []);
});

test('the set-up plan is what its reader expects', () => {
  assert.equal(problems('plan.schema.json', dataOf('setup-plan', 'plan.json')), []);
});

test('a value in place of a generator is refused', () => {
  const plan = dataOf('setup-plan', 'plan.json');
  const { kv } = plan.vault as { kv: { paths: Record<string, Record<string, unknown>> } };
  (kv.paths.docs ?? {})['django-secret-key'] = 'hunter2hunter2hunter2';
  assert.ok(
    problems('plan.schema.json', plan).includes(
      '/vault/kv/paths/docs/django-secret-key: must match exactly one schema in oneOf',
    ),
  );
});

test('an unknown field of the catalog is refused', () => {
  const catalog = { ...dataOf('catalog', 'catalog.json'), colour: 'pink' };
  assert.equal(problems('catalog.schema.json', catalog), [': must NOT have additional properties']);
});

test('the catalog lists every part of the reference box', () => {
  const catalog = dataOf('catalog', 'catalog.json') as {
    services: { name: string; dependsOn: string[] }[];
    hosts: { name: string }[];
    databases: { name: string }[];
    buckets: string[];
    secretPaths: string[];
  };
  assert.equal(catalog.databases.map(({ name }) => name).sort(), ['docs_db', 'hydra_db', 'kratos_db']);
  assert.equal(catalog.buckets, ['sunbeam-docs']);
  assert.ok(catalog.hosts.some(({ name }) => name === 'docs.sunbeam.pt'));
  assert.ok(catalog.secretPaths.includes('oidc/docs'));
  const backend = catalog.services.find(({ name }) => name === 'docs-backend');
  assert.ok(backend?.dependsOn.includes('data/postgres:postgres'));
  assert.ok(backend?.dependsOn.includes('lasuite/docs-y-provider:ws'));
});

test.run();
