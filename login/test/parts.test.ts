import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { appsFor } from '../src/apps.js';
import { claimsOf, mayEnter, shortName } from '../src/claims.js';
import { contrast, inkOn, readable } from '../src/colour.js';
import { hostCookie, kratosCookies, readCookies } from '../src/cookies.js';
import { Csrf } from '../src/csrf.js';
import { Destinations, formTargets } from '../src/destinations.js';
import { deviceName } from '../src/device.js';
import { Seal } from '../src/sealed.js';

const ana = {
  id: 'id-of-ana',
  state: 'active',
  traits: { email: 'ana@studio.example', name: { first: 'Ana', last: 'Silva' } },
  metadata_public: { groups: ['employee', 'admin'] },
  verifiable_addresses: [{ value: 'ana@studio.example', verified: true }],
};

test('claims: what each scope opens', () => {
  assert.equal(claimsOf(ana, ['openid']), {});
  assert.equal(claimsOf(ana, ['openid', 'email']), { email: 'ana@studio.example', email_verified: true });
  assert.equal(claimsOf(ana, ['profile']), {
    name: 'Ana Silva',
    given_name: 'Ana',
    family_name: 'Silva',
    preferred_username: 'ana',
    groups: ['employee', 'admin'],
  });
  assert.equal(claimsOf(ana, ['groups']), { groups: ['employee', 'admin'] });
});

test('claims: user name, language, one name, no name, another address', () => {
  const { traits } = ana;
  const of = (more: object, metadata = {}) =>
    claimsOf({ ...ana, traits: { ...traits, ...more }, metadata_public: metadata }, ['email', 'profile']);
  assert.is(of({ username: 'asilva' }).preferred_username, 'asilva');
  assert.is(of({}, { locale: 'pt' }).locale, 'pt');
  assert.is(of({ name: 'Ana S.' }).name, 'Ana S.');
  assert.is(of({ name: {} }).name, 'ana@studio.example');
  assert.is(of({ email: 'new@studio.example' }).email_verified, false);
  assert.equal(of({}).groups, []);
});

test('who may enter: not the disabled, nobody unknown, guests until their last day', () => {
  const until = (expires_on: string) =>
    mayEnter(
      { ...ana, metadata_public: { ...ana.metadata_public, expires_on } },
      new Date('2026-03-01T12:00:00Z'),
    );
  assert.is(mayEnter(ana), true);
  assert.is(mayEnter(undefined), false);
  assert.is(mayEnter({ ...ana, state: 'inactive' }), false);
  assert.equal([until('2026-03-01'), until('2026-02-28'), until('')], [true, false, true]);
});

test('short names', () => {
  assert.is(shortName(ana), 'Ana');
  assert.is(shortName({ ...ana, traits: { email: 'b@studio.example' } }), 'b');
});

const destinations = new Destinations({
  PUBLIC_URL: 'https://auth.studio.example',
  BOX_DOMAIN: 'studio.example',
});

for (const address of [
  'https://evil.example/',
  'https://studio.example.evil.example/',
  'https://evilstudio.example/',
  '//evil.example/',
  '/\\evil.example',
  'https:\\\\evil.example',
  'https://auth.studio.example@evil.example/',
  'https://user:word@auth.studio.example/',
  'javascript:alert(1)',
  'data:text/html,x',
  'http://docs.studio.example/',
  'https://docs.studio.example:8443/',
  '/\t/evil.example',
  'https://docs.studio.example/ x',
  '\u0000/x',
])
  test(`nobody is sent to ${JSON.stringify(address)}`, () =>
    assert.is(destinations.inBox(address), undefined));

test('hosts of the box and own paths', () => {
  assert.is(destinations.inBox('https://docs.studio.example/a?b=c'), 'https://docs.studio.example/a?b=c');
  assert.is(destinations.inBox('https://studio.example/'), 'https://studio.example/');
  assert.is(destinations.inBox('/settings'), 'https://auth.studio.example/settings');
  assert.is(destinations.path('https://docs.studio.example/'), undefined);
  assert.is(destinations.path('/settings?flow=1'), '/settings?flow=1');
});

test('where forms may lead: origins and schemes of apps, nothing that runs', () => {
  const uris = [
    'https://app.example/cb?x',
    'http://localhost:5000/cb',
    'com.example.app:/cb',
    'javascript:alert(1)',
    'no',
    'https://app.example/b',
  ];
  assert.equal(formTargets(uris), ['https://app.example', 'http://localhost:5000', 'com.example.app:']);
});

test('form tokens fit one cookie, and nobody else can make them', () => {
  const csrf = new Csrf('csrf-secret-of-a-test');
  const cookie = csrf.fresh();
  assert.is(csrf.isValid(cookie, csrf.token(cookie)), true);
  assert.is(csrf.isValid(csrf.fresh(), csrf.token(cookie)), false);
  assert.is(csrf.isValid(cookie, new Csrf('another-secret-of-a-test').token(cookie)), false);
  assert.is(csrf.isValid(undefined, csrf.token(cookie)), false);
  assert.is(csrf.isValid('', csrf.token('')), false);
});

test('sealed values: only ours, for their purpose, for their time', () => {
  const seal = new Seal('cookie-secret-of-a-test');
  const closed = seal.close('typed', 'ana@studio.example', 60, 1000);
  assert.not.match(closed, /ana/);
  assert.is(seal.open('typed', closed, 61_000), 'ana@studio.example');
  assert.is(seal.open('typed', closed, 61_001), undefined);
  assert.is(seal.open('leaving', closed, 2000), undefined);
  assert.is(new Seal('another-secret-of-a-test').open('typed', closed, 2000), undefined);
  const changed = closed.slice(0, -2) + (closed.endsWith('AA') ? 'BB' : 'AA');
  for (const text of [changed, '', 'x', undefined]) assert.is(seal.open('typed', text, 2000), undefined);
});

test('cookies: ours are bound to the host, Kratos gets its own alone', () => {
  assert.is(
    hostCookie('__Host-a', 'b', 60),
    '__Host-a=b; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60',
  );
  const cookies = readCookies(
    'ory_kratos_session=a=b; other=1; csrf_token_9f=c; __Host-csrf=d; ory_hydra_session=e',
  );
  assert.is(kratosCookies(cookies), 'ory_kratos_session=a=b; csrf_token_9f=c');
  assert.is(kratosCookies(readCookies('other=1')), undefined);
});

for (const colour of ['#7c3aed', '#ffee00', '#000000', '#ffffff', '#808080', '#00ffcc', '#1a1a2e'])
  test(`${colour} as a brand can be read in light and dark`, () => {
    for (const paper of ['#ffffff', '#1b1a21']) {
      const found = readable(colour, paper);
      assert.ok(contrast(found, paper) >= 4.5, `${found} on ${paper}`);
      assert.ok(contrast(inkOn(found), found) >= 4.5, `text on ${found}`);
    }
  });

test('devices by their browsers', () => {
  assert.is(
    deviceName('Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'),
    'Firefox, Linux',
  );
  assert.is(
    deviceName(
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1',
    ),
    'Safari, iPhone',
  );
  assert.is(
    deviceName('Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0'),
    'Edge, Windows',
  );
  assert.is(deviceName('curl/8'), undefined);
});

test('apps of the groups somebody is in', () => {
  const app = (title: string, groups?: string[]) => ({
    title,
    url: 'https://a.example',
    group: 'apps' as const,
    groups,
  });
  const all = [app('Docs'), app('Vault', ['admin'])];
  assert.equal(
    appsFor(all, ['employee']).map(({ title }) => title),
    ['Docs'],
  );
  assert.equal(appsFor(all, ['admin']).length, 2);
});

test.run();
