import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { jsonSchema, jsonSchemaText } from '../../src/config/json-schema.js';
import { knownKeys, nearest } from '../../src/config/schema-lookup.js';

const file = new URL('../../schema/config.schema.json', import.meta.url);

test('the schema file is what the code says; npm run schema -w proxy writes it', () => {
  assert.is(readFileSync(file, 'utf8'), jsonSchemaText());
  assert.equal(JSON.parse(jsonSchemaText()), jsonSchema());
});

test('every object is closed, every key is described, every default of a key is told', () => {
  const open: string[] = [];
  const mute: string[] = [];
  const schema = jsonSchema();
  const definitions = schema.$defs as Record<string, object>;
  const described = (node: object): boolean =>
    'description' in node || ('$ref' in node && described(definitions[String(node.$ref).slice(8)] ?? {}));
  const visit = (node: unknown, path: string): void => {
    if (node === null || typeof node !== 'object') return;
    if (Reflect.get(node, 'type') === 'object' && Reflect.get(node, 'additionalProperties') !== false)
      open.push(path);
    const properties = Reflect.get(node, 'properties');
    if (typeof properties === 'object' && 'type' in node)
      for (const [key, property] of Object.entries(properties as Record<string, object>))
        if (!described(property)) mute.push(`${path}/${key}`);
    for (const [key, item] of Object.entries(node)) if (key !== 'default') visit(item, `${path}/${key}`);
  };
  visit(schema, '#');
  assert.equal(open, []);
  assert.equal(mute, []);
});

test('kinds of route exclude each other by kind', () => {
  const { route } = jsonSchema().$defs as { route: { oneOf: unknown[] } };
  assert.is(route.oneOf.length, 7);
});

test('known keys are found at any place', () => {
  const config = { hosts: [{ routes: [{ kind: 'deny' }, { kind: 'proxy', timeouts: {} }, {}] }] };
  assert.equal(knownKeys(config, ['hosts', 0, 'routes', 0]), [
    'kind',
    'path',
    'exact',
    'methods',
    'gate',
    'status',
  ]);
  assert.equal(knownKeys(config, ['hosts', 0, 'routes', 1, 'timeouts']), [
    'connect',
    'response',
    'idle',
    'tunnel',
  ]);
  assert.equal(knownKeys(config, ['nowhere', 0, 'at']), []);
  assert.ok(knownKeys(config, []).includes('listeners'));
});

test('names are suggested when they are near, and not when they are not', () => {
  const known = ['webSocket', 'path', 'upstream', 'cost'];
  assert.is(nearest('websockets', known), 'webSocket');
  assert.is(nearest('upsteam', known), 'upstream');
  assert.is(nearest('pth', known), 'path');
  assert.is(nearest('colour', known), undefined);
});

test.run();
