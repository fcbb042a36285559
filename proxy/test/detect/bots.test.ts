import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAddress } from '../../src/core/address.js';
import { type BotResolver, BotVerifier } from '../../src/detect/bots.js';

const google = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
const address = parseAddress('192.0.2.10');

/** A DNS of two tables; what is in neither does not exist. Counts what it is asked. */
class FakeDns implements BotResolver {
  asked = 0;

  constructor(
    readonly names: Record<string, string[]>,
    readonly places: Record<string, string[]>,
    readonly failure?: string,
  ) {}

  reverse(text: string): Promise<string[]> {
    this.asked++;
    return this.#answer(this.names[text]);
  }

  addresses(name: string): Promise<string[]> {
    return this.#answer(this.places[name]);
  }

  #answer(found: string[] | undefined): Promise<string[]> {
    if (this.failure !== undefined)
      return Promise.reject(Object.assign(new Error('dns'), { code: this.failure }));
    return found === undefined
      ? Promise.reject(Object.assign(new Error('dns'), { code: 'ENOTFOUND' }))
      : Promise.resolve(found);
  }
}

/** Standing after the DNS has answered. */
async function settled(bots: BotVerifier, userAgent = google, from = address, now = 0): Promise<string> {
  bots.standing(userAgent, from, now);
  for (let i = 0; i < 10; i++) await Promise.resolve();
  return bots.standing(userAgent, from, now);
}

function verifier(names: string[], places: Record<string, string[]>): BotVerifier {
  return new BotVerifier({ resolver: new FakeDns({ '192.0.2.10': names }, places) });
}

test('pending at first, verified when the name leads back', async () => {
  const bots = verifier(['crawl.googlebot.com.'], { 'crawl.googlebot.com': ['192.0.2.9', '192.0.2.10'] });
  assert.is(bots.standing(google, address, 0), 'pending');
  assert.is(await settled(bots), 'verified');
});

test('evilgooglebot.com is not googlebot.com', async () => {
  const name = 'crawl.evilgooglebot.com';
  assert.is(await settled(verifier([name], { [name]: ['192.0.2.10'] })), 'false');
  const longer = 'googlebot.com.evil.example';
  assert.is(await settled(verifier([longer], { [longer]: ['192.0.2.10'] })), 'false');
});

test('a name that leads elsewhere, or nowhere, or is not there, proves nothing', async () => {
  assert.is(await settled(verifier(['x.googlebot.com'], { 'x.googlebot.com': ['198.51.100.1'] })), 'false');
  assert.is(await settled(verifier(['x.googlebot.com'], {})), 'false');
  assert.is(await settled(new BotVerifier({ resolver: new FakeDns({}, {}) })), 'false');
});

test('the token may stand anywhere in the user agent; others are none of it', async () => {
  const bots = verifier(['a.search.msn.com'], { 'a.search.msn.com': ['192.0.2.10'] });
  assert.is(await settled(bots, 'Mozilla/5.0 (x; BINGBOT/2.0; y)'), 'verified');
  assert.is(bots.standing('Mozilla/5.0 Firefox/127.0', address, 0), 'none');
});

test('IPv6', async () => {
  const from = parseAddress('2001:db8::10');
  const resolver = new FakeDns(
    { '2001:db8::10': ['c.googlebot.com'] },
    { 'c.googlebot.com': ['2001:0db8:0:0::10'] },
  );
  assert.is(await settled(new BotVerifier({ resolver }), google, from), 'verified');
});

test('networks need no DNS, and are the whole truth of a rule without domains', () => {
  const rule = { name: 'DuckDuckBot', userAgent: 'duckduckbot', domains: [], cidrs: ['192.0.2.0/28'] };
  const bots = new BotVerifier({ rules: [rule], resolver: new FakeDns({}, {}) });
  assert.is(bots.standing('DuckDuckBot/1.1', address, 0), 'verified');
  assert.is(bots.standing('DuckDuckBot/1.1', parseAddress('192.0.2.77'), 0), 'false');
});

test('a rule that nothing can tell from its imitators is refused; one of the same name replaces the known one', async () => {
  assert.throws(
    () => new BotVerifier({ rules: [{ name: 'x', userAgent: 'x', domains: [], cidrs: [] }] }),
    /neither domains nor cidrs/,
  );
  const rule = { name: 'Googlebot', userAgent: 'googlebot', domains: ['other.example'], cidrs: [] };
  const resolver = new FakeDns(
    { '192.0.2.10': ['crawl.googlebot.com'] },
    { 'crawl.googlebot.com': ['192.0.2.10'] },
  );
  assert.is(await settled(new BotVerifier({ rules: [rule], resolver })), 'false');
});

test('asked once a day', async () => {
  const resolver = new FakeDns({ '192.0.2.10': ['c.googlebot.com'] }, { 'c.googlebot.com': ['192.0.2.10'] });
  const bots = new BotVerifier({ resolver });
  const day = 86_400_000;
  for (const now of [0, 1000, day - 1]) assert.is(await settled(bots, google, address, now), 'verified');
  assert.is(resolver.asked, 1);
  await settled(bots, google, address, day + 1);
  assert.is(resolver.asked, 2);
});

test('a name server that does not answer makes neither friend nor foe, and is asked again later', async () => {
  const resolver = new FakeDns({}, {}, 'ETIMEOUT');
  const bots = new BotVerifier({ resolver });
  assert.is(await settled(bots), 'none');
  assert.is(await settled(bots, google, address, 1000), 'none');
  assert.is(resolver.asked, 1);
  await settled(bots, google, address, 700_000);
  assert.is(resolver.asked, 2);
});

test('no more questions at once than are good for a name server, and no more verdicts than fit', async () => {
  const hanging: BotResolver = {
    reverse: () => new Promise(() => {}),
    addresses: () => new Promise(() => {}),
  };
  const bots = new BotVerifier({ resolver: hanging });
  const standings = Array.from({ length: 100 }, (_, i) =>
    bots.standing(google, parseAddress(`10.0.0.${i}`), 0),
  );
  assert.is(standings.filter((standing) => standing === 'pending').length, 32);
  assert.is(standings.filter((standing) => standing === 'none').length, 68);

  const resolver = new FakeDns({}, {});
  const small = new BotVerifier({ resolver, capacity: 4 });
  for (let i = 0; i < 20; i++) await settled(small, google, parseAddress(`10.0.0.${i}`));
  const asked = resolver.asked;
  await settled(small, google, parseAddress('10.0.0.19'));
  assert.is(resolver.asked, asked, 'the last ones are still known');
  await settled(small, google, parseAddress('10.0.0.0'));
  assert.is(resolver.asked, asked + 1, 'the first ones gave way');
});

test.run();
