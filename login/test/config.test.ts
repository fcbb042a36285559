import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfig } from '../src/config.js';
import { environment } from './support/service.js';

const good = environment(
  'http://kratos.ory.svc.cluster.local:4433',
  'http://hydra.ory.svc.cluster.local:4445',
);
const refused = (change: Record<string, string | undefined>) => {
  try {
    readConfig({ ...good, ...change });
  } catch (error) {
    return String(error);
  }
  return 'accepted';
};

test('a whole environment is taken over, with defaults', () => {
  const config = readConfig({ ...good, PUBLIC_URL: 'https://auth.studio.example/', PORT: undefined });
  assert.is(config.PUBLIC_URL, 'https://auth.studio.example');
  assert.is(config.PORT, 3000);
  assert.is(config.REGISTRATION, 'closed');
  assert.is(config.BRAND_PRIMARY, '#7c3aed');
});

for (const [what, change, message] of [
  ['missing', { BOX_DOMAIN: undefined }, /BOX_DOMAIN: missing; docs\/sign-in\.md/],
  ['empty', { HYDRA_ADMIN_URL: '' }, /HYDRA_ADMIN_URL: missing/],
  ['no URL', { KRATOS_PUBLIC_URL: 'kratos' }, /KRATOS_PUBLIC_URL: 'kratos' must be an http or https URL/],
  [
    'insecure',
    { PUBLIC_URL: 'http://auth.studio.example' },
    /PUBLIC_URL: 'http:\/\/auth\.studio\.example' must begin with https/,
  ],
  ['no colour', { BRAND_PRIMARY: 'violet' }, /BRAND_PRIMARY: 'violet' must be a colour like #7c3aed/],
  ['no port', { PORT: 'http' }, /PORT: 'http' must be a port number/],
  ['no choice', { REGISTRATION: 'yes' }, /REGISTRATION: 'yes' must be 'open' or 'closed'/],
  ['foreign host', { PUBLIC_URL: 'https://auth.other.example' }, /PUBLIC_URL|KRATOS_BROWSER_URL/],
  [
    'scripts from elsewhere',
    { KRATOS_BROWSER_URL: 'https://kratos.studio.example' },
    /KRATOS_BROWSER_URL: .* must be below PUBLIC_URL/,
  ],
  [
    'misspelt',
    { KRATOS_PUBIC_URL: 'http://a' },
    /KRATOS_PUBIC_URL: unknown variable; did you mean KRATOS_PUBLIC_URL\?/,
  ],
] as const)
  test(`${what}: the message names variable, value and rule`, () => assert.match(refused(change), message));

test('a secret is not repeated', () => {
  const message = refused({ COOKIE_SECRET: 'hunter2' });
  assert.match(message, /COOKIE_SECRET: must have 16 characters or more/);
  assert.not.match(message, /hunter2/);
});

test('all mistakes at once', () => {
  const message = refused({ COOKIE_SECRET: undefined, BOX_DOMAIN: 'No Domain', BRAND_NAME: undefined });
  for (const name of ['COOKIE_SECRET', 'BOX_DOMAIN', 'BRAND_NAME'])
    assert.match(message, new RegExp(`${name}: `));
});

test('what Kubernetes adds for Services is no mistake', () => {
  assert.is(
    refused({ KRATOS_SERVICE_HOST: '10.0.0.1', KRATOS_PORT_4433_TCP: 'tcp://10.0.0.1:4433' }),
    'accepted',
  );
});

test.run();
