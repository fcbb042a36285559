import { once } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ConfigInput } from '../../src/config/schema.js';
import { noLimits, type RunningEdge, startEdge } from '../support/edge.js';
import { RawClient } from '../support/raw-client.js';
import { App } from './support/app.js';
import { type Ask, ask, closeClients } from './support/client.js';
import { freeze, leap, skip, unfreeze } from './support/time.js';

const test = suite('limits');
let opened: { close(): Promise<unknown> }[] = [];

test.before.each(() => freeze());
test.after.each(async () => {
  unfreeze();
  closeClients();
  await Promise.all(opened.map((one) => one.close()));
  opened = [];
});

/** A proxy with the limits it has when nobody says otherwise, before an app; anybody with a cookie is somebody. */
async function stage(
  changes: Partial<ConfigInput> = {},
  workers = 1,
): Promise<{ running: RunningEdge; app: App }> {
  const [app, whoami] = [new App(), new App((_, response) => void response.end('{}'))];
  await Promise.all([app.listen(), whoami.listen()]);
  const upstream = app.origin;
  const running = await startEdge(
    {
      limits: {},
      session: {
        ...{ whoami: whoami.origin, signIn: 'https://auth.example.org/', returnParameter: 'to' },
        cookies: ['session'],
      },
      hosts: [
        {
          name: 'app.example.org',
          routes: [
            { kind: 'proxy', path: '/', upstream },
            { kind: 'proxy', path: '/login', upstream, cost: 5 },
            { kind: 'proxy', path: '/heavy', upstream, cost: 10, gate: {} },
            { kind: 'proxy', path: '/mail', upstream, limit: { burst: 3, perSecond: 0.25 } },
            { kind: 'proxy', path: '/open', upstream, gate: {} },
          ],
        },
      ],
      ...changes,
    },
    { workers },
  );
  opened.push({ close: () => running.stop() }, app, whoami);
  return { running, app };
}

/** How many of `count` requests pass before the first 429, and its Retry-After. */
async function passed(
  running: RunningEdge,
  count: number,
  request: Ask = {},
): Promise<[number, string | undefined]> {
  const replies = [];
  for (let i = 0; i < count; i++) replies.push(await ask(running, request));
  const refused = replies.findIndex(({ status }) => status === 429);
  if (refused < 0) return [count, undefined];
  assert.ok(
    replies.slice(refused).every(({ status }) => status === 429),
    'once empty it stays empty',
  );
  return [refused, replies[refused]?.headers['retry-after']];
}

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
const signedIn = (name: string) => ({ headers: { cookie: `session=${name}` } });

test('a stranger: 50 at once and 10 per second', async () => {
  const { running, app } = await stage();
  assert.equal(await passed(running, 52), [50, '1']);
  await skip(running.edge, 1000);
  assert.equal(await passed(running, 12), [10, '1']);
  assert.is(app.asked.length, 60, 'what is refused reaches nobody');
});

test('somebody signed in: 200 at once and 50 per second, whoever else is behind the address', async () => {
  const { running } = await stage();
  // the first request is a stranger's: nobody has validated the session yet
  assert.equal(await passed(running, 203, { path: '/open', ...signedIn('ann') }), [201, '1']);
  assert.equal(await passed(running, 2, { path: '/open', ...signedIn('bea') }), [2, undefined]);
  await skip(running.edge, 1000);
  assert.equal(await passed(running, 52, { path: '/open', ...signedIn('ann') }), [50, '1']);
});

test('an address as a whole: 1000 at once and 200 per second', async () => {
  const { running } = await stage();
  const counts = [];
  for (let i = 0; i < 6; i++) await ask(running, { path: '/open', ...signedIn(`user${i}`) });
  for (let i = 0; i < 6; i++)
    counts.push((await passed(running, 18, { path: '/heavy', ...signedIn(`user${i}`) }))[0]);
  assert.equal(counts, [18, 18, 18, 18, 18, 9], '1000 = 6 + 99 * 10 and a rest');
  await skip(running.edge, 1000);
  counts.length = 0;
  for (const name of ['user3', 'user4', 'user5'])
    counts.push((await passed(running, 8, { path: '/heavy', ...signedIn(name) }))[0]);
  assert.equal(counts, [7, 7, 6], 'their own 20 + 50, until the 4 + 200 of the address are used up');
});

test('somebody who floods uses up nothing that others behind the address need', async () => {
  const { running } = await stage();
  await ask(running, { path: '/open', ...signedIn('ann') });
  assert.equal((await passed(running, 1100))[0], 49);
  assert.equal(await passed(running, 100, { path: '/open', ...signedIn('ann') }), [100, undefined]);
});

test('a route may cost more, and may have a bucket of its own', async () => {
  const { running } = await stage();
  assert.equal(await passed(running, 4, { path: '/mail' }), [3, '4']);
  assert.equal(
    await passed(running, 11, { path: '/login', method: 'POST', body: 'x' }),
    [9, '1'],
    '(50 - 4) / 5',
  );
  await skip(running.edge, 4000);
  assert.equal(await passed(running, 2, { path: '/mail' }), [1, '4']);
});

test("a reload keeps what is left in a route's bucket", async () => {
  const { running, app } = await stage();
  assert.equal((await passed(running, 4, { path: '/mail' }))[0], 3);
  const { setup } = running.edge.service;
  const config = structuredClone(setup.config) as ConfigInput;
  await running.edge.reload(JSON.stringify({ ...config, hsts: { maxAge: 60 } }), 'test');
  assert.is.not(running.edge.service.setup, setup);
  assert.equal((await passed(running, 1, { path: '/mail' }))[0], 0);
  assert.is(app.asked.length, 3);
});

test('one of two workers has half of each bucket, and at least one request', async () => {
  const { running } = await stage({ limits: { strangers: { burst: 50, perSecond: 10 } } }, 2);
  assert.equal(await passed(running, 27), [25, '1']);
  await skip(running.edge, 1000);
  assert.equal(await passed(running, 7), [5, '1']);
  const tiny = await stage({ limits: { strangers: { burst: 1, perSecond: 1 } } }, 8);
  assert.equal(await passed(tiny.running, 2), [1, '8']);
});

test('an IPv6 client is its /64, an IPv4 client its address', async () => {
  const { running } = await stage({ peers: { forwarding: ['127.0.0.0/8'] } });
  assert.equal((await passed(running, 51, from('2001:db8:1:2::1')))[0], 50);
  assert.equal((await passed(running, 1, from('2001:db8:1:2:ffff:1:2:3')))[0], 0);
  assert.equal((await passed(running, 1, from('2001:db8:1:3::1')))[0], 1);
  assert.equal((await passed(running, 51, from('192.0.2.1')))[0], 50);
  assert.equal((await passed(running, 1, from('::ffff:192.0.2.1')))[0], 0, 'the same in IPv6 dress');
  assert.equal((await passed(running, 1, from('192.0.2.2')))[0], 1);
});

const forwarded: readonly (readonly [string, string, string])[] = [
  ['the last address', '192.0.2.1', '192.0.2.1'],
  ['what stands left of it is hearsay', '198.51.100.9, 192.0.2.1', '192.0.2.1'],
  ['believed proxies are walked past', '198.51.100.9, 192.0.2.1, 10.0.0.2, 10.0.0.1', '192.0.2.1'],
  ['nobody but proxies: the first of them', '10.0.0.2, 10.0.0.1', '10.0.0.2'],
  ['what is no address ends the walk', '192.0.2.1, unknown, 10.0.0.1', '10.0.0.1'],
  ['nothing at all', '', '127.0.0.1'],
  ['a port is no address', '192.0.2.1:4711', '127.0.0.1'],
];
test('X-Forwarded-For of a believed proxy is walked from the right', async () => {
  const { running, app } = await stage({ peers: { forwarding: ['127.0.0.0/8', '10.0.0.0/8'] } });
  for (const [what, field, client] of forwarded) {
    await ask(running, from(field));
    assert.is(app.last.headers['x-forwarded-for'], client, what);
    assert.is(app.last.headers['x-real-ip'], client, what);
  }
});

test('nobody else is believed: the limit is that of the connection', async () => {
  const { running, app } = await stage();
  for (let i = 0; i < 51; i++) {
    const address = `192.0.2.${i}`;
    const headers = {
      'x-forwarded-for': address,
      'x-real-ip': address,
      'cf-connecting-ip': address,
      forwarded: `for=${address}`,
    };
    const { status } = await ask(running, { headers });
    assert.is(status, i < 50 ? 200 : 429);
  }
  const { headers } = app.last;
  assert.equal(
    [headers['x-forwarded-for'], headers['x-real-ip'], headers['cf-connecting-ip'], headers.forwarded],
    ['127.0.0.1', '127.0.0.1', undefined, undefined],
  );
});

test('peers that are spared are not counted', async () => {
  const { running } = await stage({ peers: { unlimited: ['127.0.0.1/32'] } });
  assert.equal(await passed(running, 60), [60, undefined]);
});

test('when the loop is behind strangers are sent away, people signed in are not', async () => {
  const { running } = await stage();
  assert.is((await ask(running, { path: '/open', ...signedIn('ann') })).status, 200);
  assert.is((await ask(running)).status, 200);
  unfreeze();
  // what stands in for a loop that nobody gets a turn of
  leap(6000);
  while (!running.edge.service.overloaded) await new Promise((done) => setTimeout(done, 5));
  freeze();
  const { status, headers } = await ask(running);
  assert.equal([status, headers['retry-after']], [503, '5']);
  assert.is((await ask(running, { path: '/open', ...signedIn('ann') })).status, 200);
});

test('an address has so many connections, before TLS', async () => {
  const { running } = await stage({ limits: { ...noLimits, connectionsPerAddress: 3 } });
  const { https, certificate } = running;
  const clients = [];
  for (let i = 0; i < 3; i++) clients.push(await RawClient.tls(https, certificate.ca));
  const fourth = await RawClient.plain(https);
  assert.is(await fourth.end(), '');
  clients[0]?.send('GET / HTTP/1.1\r\nHost: app.example.org\r\n\r\n');
  assert.match(await (clients[0] as RawClient).until((text) => text.includes('GET /')), /^HTTP\/1.1 200 /);
  const gone = once((clients[1] as RawClient).socket, 'close');
  clients[1]?.close();
  await gone;
  // the proxy learns of it by itself
  for (let again = await tryTls(running); !again; again = await tryTls(running));
  for (const client of clients) client.close();
});

async function tryTls({ https, certificate }: RunningEdge): Promise<boolean> {
  try {
    (await RawClient.tls(https, certificate.ca)).close();
    return true;
  } catch {
    return false;
  }
}

test.run();
