import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { External } from '../../constructs/core/endpoint.js';
import { type Env, PodField, reachedBy, renderEnv, secretsOf } from '../../constructs/core/env.js';
import { Reference } from '../../constructs/core/reference.js';
import { SecretRef } from '../../constructs/core/secret.js';

const mail = new External({ name: 'mail', ports: [587] });
const store = new External({ name: 'store', ports: [443] });
const secret = new SecretRef({ name: 'docs', namespace: 'lasuite', keys: ['key'], reaches: [store] });
const env: Env = {
  TEXT: 'text',
  EMPTY: '',
  NUMBER: 8,
  ZERO: 0,
  YES: true,
  NO: false,
  REFERENCE: new Reference('smtp://mail', [mail]),
  SECRET: secret.key('key'),
  NAME: PodField.name,
  NAMESPACE: PodField.namespace,
  IP: PodField.ip,
  LATE: () => 'asked late',
  MISSING: undefined,
};

test('every kind of value, in the order it was written; undefined is left out', () => {
  const field = (fieldPath: string) => ({ fieldRef: { fieldPath } });
  assert.equal(renderEnv(env), [
    { name: 'TEXT', value: 'text' },
    { name: 'EMPTY', value: '' },
    { name: 'NUMBER', value: '8' },
    { name: 'ZERO', value: '0' },
    { name: 'YES', value: 'true' },
    { name: 'NO', value: 'false' },
    { name: 'REFERENCE', value: 'smtp://mail' },
    { name: 'SECRET', valueFrom: { secretKeyRef: { name: 'docs', key: 'key' } } },
    { name: 'NAME', valueFrom: field('metadata.name') },
    { name: 'NAMESPACE', valueFrom: field('metadata.namespace') },
    { name: 'IP', valueFrom: field('status.podIP') },
    { name: 'LATE', value: 'asked late' },
  ]);
});

test('references and secrets say what is reached', () => {
  assert.equal(reachedBy(env), [mail, store]);
  assert.equal(reachedBy({ TEXT: 'smtp://mail' }), []);
});

test('the secrets it reads', () => {
  assert.equal(
    secretsOf(env).map(({ key }) => key),
    ['key'],
  );
  assert.is(secretsOf(env)[0]?.secret, secret);
});

test.run();
