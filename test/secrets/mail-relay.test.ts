import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namespaces } from '../../constructs/core/namespaces.js';
import { Site } from '../../constructs/core/site.js';
import { MailRelay } from '../../constructs/secrets/mail-relay.js';
import { at, required } from '../support/sample.js';
import { VaultBox } from '../support/vault-box.js';

function made(smtp: object = {}) {
  const box = new VaultBox();
  const tier = box.tier('lasuite', namespaces.lasuite);
  const settings = { ...required, smtp: { ...required.smtp, ...smtp } };
  const mail = new MailRelay(box.vault, Site.parse(settings, { apps: [], versions: [] }));
  const template = (secret: string, key: string) =>
    String(
      at(
        box.read('VaultStaticSecret', secret, 'spec', 'destination'),
        'transformation',
        'templates',
        key,
        'text',
      ),
    );
  return { box, tier, mail, template };
}

const uris: [smtp: object, start: string, end: string][] = [
  [{}, 'smtp://', '@smtp.example.com:587/'],
  [{ port: 465, security: 'tls' }, 'smtps://', '@smtp.example.com:465/'],
  [{ port: 2525 }, 'smtp://', '@smtp.example.com:2525/'],
];

for (const [smtp, start, end] of uris) {
  test(`URI for ${JSON.stringify(smtp)}: login from the vault, escaped`, () => {
    const { tier, mail, template } = made(smtp);
    const key = mail.uri(tier, 'mail');
    assert.equal([key.key, key.secret.name, key.secret.namespace], ['uri', 'mail', 'lasuite']);
    const part = (key: string) => `{{ get .Secrets "${key}" | urlquery | replace "+" "%20" }}`;
    const login = `${part('username')}:${part('password')}`;
    assert.ok(template('mail', 'uri').endsWith(`${start}${login}${end}`), template('mail', 'uri'));
  });
}

test('whoever holds login or URI may connect to the relay, at its port', () => {
  const { tier, mail } = made({ port: 2525 });
  for (const secret of [mail.login(tier, 'login'), mail.uri(tier, 'uri').secret]) {
    const [relay, ...more] = secret.reaches;
    assert.equal([relay && 'ports' in relay && relay.ports, more], [[2525], []]);
  }
});

test('the login alone: user name and password', () => {
  const { tier, mail, template } = made();
  const secret = mail.login(tier, 'docs-mail');
  assert.equal(secret.keys, ['username', 'password']);
  assert.ok(template('docs-mail', 'password').endsWith('{{ get .Secrets "password" }}'));
});

test('the operator is asked for both, and told for which host', () => {
  const { box } = made();
  assert.equal(at(box.plan('vault'), 'kv', 'paths', 'smtp'), {
    username: { kind: 'operator', prompt: 'user name at the mail relay smtp.example.com' },
    password: { kind: 'operator', prompt: 'password at the mail relay smtp.example.com' },
  });
});

test('mail comes from the domain; how the connection is secured is as the site says', () => {
  assert.is(made().mail.sender, 'noreply@studio.example');
  const { host, port, security } = made().mail;
  assert.equal([host, port, security], ['smtp.example.com', 587, 'starttls']);
  assert.is(made({ security: 'tls' }).mail.security, 'tls');
});

test.run();
