import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { External } from '../../constructs/core/endpoint.js';
import { join, plain, Reference, reachesOf, text } from '../../constructs/core/reference.js';
import { messageOf } from '../support/sample.js';

const mail = new External({ name: 'mail', ports: [587] });
const store = new External({ name: 'store', ports: [443] });
const host = new Reference('mail.example:587', [mail]);
const url = new Reference('https://store.example', [store]);

test('a template keeps the characters and the edges of all its parts', () => {
  const joined = text`smtp://${'user'}@${host}/?via=${url}&n=${5}`;
  assert.is(joined.text, 'smtp://user@mail.example:587/?via=https://store.example&n=5');
  assert.equal([...joined.reaches], [mail, store]);
});

test('a template of plain parts reaches nothing, one reference twice is one edge', () => {
  assert.equal([...text`a${'b'}`.reaches], []);
  assert.equal([...text`${host} ${host}`.reaches], [mail]);
  assert.is(text``.text, '');
});

test('a list keeps the edges of its items', () => {
  const joined = join([host, 'plain', url], ',');
  assert.is(joined.text, 'mail.example:587,plain,https://store.example');
  assert.equal([...joined.reaches], [mail, store]);
});

test('concatenation, which would lose the edge, is an error that says what to write', () => {
  const expected =
    "reference 'mail.example:587' was turned into a plain string, which loses its network edge; use text`...`";
  const asString: unknown = host;
  assert.is(
    messageOf(() => `smtp://${asString}`),
    expected,
  );
  assert.is(
    messageOf(() => String(host)),
    expected,
  );
});

test('plain text passes for a reference without edges', () => {
  assert.is(plain('a'), 'a');
  assert.is(plain(host), 'mail.example:587');
  assert.equal([...reachesOf('a')], []);
  assert.equal([...reachesOf(host)], [mail]);
  assert.equal([...new Reference('a').reaches], []);
});

test.run();
