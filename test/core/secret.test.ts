import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { External } from '../../constructs/core/endpoint.js';
import { type RestartTarget, SecretRef } from '../../constructs/core/secret.js';
import { messageOf } from '../support/sample.js';

const secret = new SecretRef({ name: 'docs', namespace: 'lasuite', keys: ['a-key', 'b-key'] });

test('a key of a secret is its name and the place it comes from', () => {
  const key = secret.key('b-key');
  assert.is(key.secret, secret);
  assert.is(key.key, 'b-key');
});

test('a key it does not have is an error with those it has', () => {
  assert.is(
    messageOf(() => secret.key('c-key')),
    "secret 'lasuite/docs' has no key 'c-key'; its keys are a-key, b-key",
  );
});

test('mounted as files it says where', () => {
  assert.equal(secret.mountAt('/etc/login'), { kind: 'secret', secret, path: '/etc/login' });
});

test('the producer hears of every reader', () => {
  const heard: RestartTarget[] = [];
  const told = new SecretRef({ name: 's', namespace: 'n', keys: [], onRead: (target) => heard.push(target) });
  told.readBy({ kind: 'Deployment', name: 'one' });
  told.readBy({ kind: 'StatefulSet', name: 'two' });
  assert.equal(heard, [
    { kind: 'Deployment', name: 'one' },
    { kind: 'StatefulSet', name: 'two' },
  ]);
  secret.readBy({ kind: 'Deployment', name: 'nobody listens' });
});

test('it reaches nothing unless it says what', () => {
  const to = new External({ name: 'x', ports: [1] });
  assert.equal(secret.reaches, []);
  assert.equal(new SecretRef({ name: 's', namespace: 'n', keys: [], reaches: [to] }).reaches, [to]);
});

test.run();
