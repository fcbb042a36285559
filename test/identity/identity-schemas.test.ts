import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { identitySchema, identitySchemas } from '../../constructs/identity/identity-schemas.js';
import { at } from '../support/sample.js';

const traits = (kind: (typeof identitySchemas)[number]) =>
  at(identitySchema(kind, 'studio.example'), 'properties', 'traits');

test('three kinds of people', () => assert.equal([...identitySchemas], ['employee', 'default', 'external']));

for (const kind of identitySchemas) {
  test(`${kind}: an e-mail is all that is required, and the name for every way to prove who one is`, () => {
    assert.equal(at(traits(kind), 'required'), ['email']);
    assert.is(at(traits(kind), 'additionalProperties'), false);
    assert.equal(at(traits(kind), 'properties', 'email', 'ory.sh/kratos'), {
      credentials: {
        password: { identifier: true },
        webauthn: { identifier: true },
        totp: { account_name: true },
        code: { identifier: true, via: 'email' },
      },
      verification: { via: 'email' },
      recovery: { via: 'email' },
    });
    assert.is(
      identitySchema(kind, 'studio.example').$id,
      `https://auth.studio.example/identity/${kind}.schema.json`,
    );
  });

  test(`${kind}: groups and the last day are no traits, since people could edit them`, () => {
    for (const name of ['groups', 'expires_on'])
      assert.not.ok(name in (at(traits(kind), 'properties') as object));
  });
}

test('what only one kind has', () => {
  const own = (kind: (typeof identitySchemas)[number]) =>
    Object.keys(at(traits(kind), 'properties') as object).filter((key) => key !== 'email' && key !== 'name');
  assert.equal(identitySchemas.map(own), [['username', 'department', 'title'], [], ['company']]);
});

test.run();
