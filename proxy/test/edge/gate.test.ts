import { once } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocketServer } from 'ws';
import type { ConfigInput } from '../../src/config/schema.js';
import { noLimits, type RunningEdge, startEdge } from '../support/edge.js';
import { RawClient } from '../support/raw-client.js';
import { App } from './support/app.js';
import { ask, askHttp2, closeClients, openHttp2 } from './support/client.js';
import { skip } from './support/time.js';

const test = suite('gate');
const page = { accept: 'text/html,application/xhtml+xml' };
const host = 'logs.example.org';
let opened: { close(): Promise<unknown> }[] = [];

test.after.each(async () => {
  closeClients();
  await Promise.all(opened.map((one) => one.close()));
  opened = [];
});

/** Sessions of people by their cookie; anything else is nobody's. */
const people: Readonly<Record<string, readonly string[]>> = {
  alice: ['staff', 'administrators'],
  bob: ['staff'],
};

/** A provider of sessions, as far as the proxy asks it: Kratos takes the first cookie of the name. */
function provider(): App {
  return new App((request, response) => {
    const cookie = (request.headers.cookie ?? '')
      .split(';')
      .map((pair) => pair.trim().split('='))
      .find(([name]) => name === 'ory_kratos_session');
    const groups = people[(cookie?.[1] ?? '').trim().replaceAll('"', '')];
    response.statusCode = groups === undefined ? 401 : 200;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(groups === undefined ? {} : { identity: { metadata_public: { groups } } }));
  });
}

interface Stage {
  readonly running: RunningEdge;
  readonly app: App;
  readonly whoami: App;
}

/** A proxy with one gated host and one open one, both in front of one app. */
async function stage(
  changes: Partial<ConfigInput> = {},
  whoami = provider(),
  answer = new App(),
): Promise<Stage> {
  const app = await answer.listen();
  await whoami.listen();
  const upstream = app.origin;
  const running = await startEdge({
    session: {
      whoami: `${whoami.origin}/sessions/whoami`,
      signIn: 'https://auth.example.org/login',
      returnParameter: 'return_to',
      cookies: ['ory_kratos_session'],
    },
    hosts: [
      {
        name: host,
        routes: [
          { kind: 'proxy', path: '/', upstream, webSocket: true, gate: {} },
          { kind: 'proxy', path: '/admin', upstream, gate: { groups: ['administrators', 'owners'] } },
        ],
      },
      { name: 'app.example.org', routes: [{ kind: 'proxy', path: '/', upstream }] },
    ],
    ...changes,
  });
  opened.push({ close: () => running.stop() }, app, whoami);
  return { running, app, whoami };
}

const as = (session: string) => ({ cookie: `ory_kratos_session=${session}` });

test('a stranger who visits a page is sent to sign in, and back to exactly that page', async () => {
  const { running, app, whoami } = await stage();
  for (const method of ['GET', 'HEAD']) {
    const { status, headers, text } = await ask(running, {
      ...{ host, method, headers: page },
      path: '/explore/./%7Eann?left=a%20b&x=1#'.slice(0, -1),
    });
    assert.is(status, 302);
    const back = encodeURIComponent('https://logs.example.org/explore/~ann?left=a%20b&x=1');
    assert.is(headers.location, `https://auth.example.org/login?return_to=${back}`);
    assert.is(headers['cache-control'], 'no-store');
    assert.is(text, '');
  }
  assert.equal([app.asked.length, whoami.asked.length], [0, 0], 'without a cookie there is nothing to ask');
});

test('a sign-in page that has a query keeps it', async () => {
  const { running } = await stage({
    session: {
      ...{
        whoami: 'http://127.0.0.1:9/',
        signIn: 'https://auth.example.org/login?aal=2',
        returnParameter: 'to',
      },
      cookies: ['ory_kratos_session'],
    },
  });
  const { headers } = await ask(running, { host, headers: page });
  assert.is(headers.location, 'https://auth.example.org/login?aal=2&to=https%3A%2F%2Flogs.example.org%2F');
});

test('a stranger who does not visit a page is told 401', async () => {
  const { running, app } = await stage();
  const strangers = [
    { method: 'GET', headers: { accept: 'application/json' } },
    { method: 'GET', headers: {} },
    { method: 'POST', headers: page, body: 'a=1' },
    { method: 'DELETE', headers: page },
    { method: 'PROPFIND', headers: page },
  ];
  for (const stranger of strangers) {
    const { status, headers } = await ask(running, { host, ...stranger });
    assert.equal([status, headers.location], [401, undefined], JSON.stringify(stranger));
  }
  assert.is(app.asked.length, 0);
});

test('who is signed in passes; outside the groups the answer is 403', async () => {
  const { running, app, whoami } = await stage();
  assert.is((await ask(running, { host, path: '/a', headers: as('bob') })).text, 'GET /a');
  assert.is((await ask(running, { host, path: '/admin', headers: { ...page, ...as('bob') } })).status, 403);
  assert.is((await ask(running, { host, path: '/admin/x', headers: as('alice') })).text, 'GET /admin/x');
  assert.equal(
    app.asked.map(({ url }) => url),
    ['/a', '/admin/x'],
  );
  assert.is(whoami.asked[0]?.url, '/sessions/whoami');
  assert.is(whoami.asked[0]?.headers.cookie, 'ory_kratos_session=bob');
});

test('the provider is asked once for as long as its answer is believed', async () => {
  const { running, whoami } = await stage();
  const many = await Promise.all(
    Array.from({ length: 20 }, () => ask(running, { host, headers: as('alice') })),
  );
  assert.ok(many.every(({ status }) => status === 200));
  assert.is(whoami.asked.length, 1, 'twenty at once ask once');
  await ask(running, { host, path: '/admin', headers: as('alice') });
  await skip(running.edge, 29_000);
  await ask(running, { host, headers: as('alice') });
  assert.is(whoami.asked.length, 1, 'for 30 s nobody is asked again');
  await skip(running.edge, 1500);
  await ask(running, { host, headers: as('alice') });
  assert.is(whoami.asked.length, 2);
});

test('a refusal is believed for 5 s at most', async () => {
  const { running, whoami } = await stage();
  for (let i = 0; i < 3; i++) assert.is((await ask(running, { host, headers: as('carol') })).status, 401);
  assert.is(whoami.asked.length, 1);
  await skip(running.edge, 5200);
  assert.is((await ask(running, { host, headers: as('carol') })).status, 401);
  assert.is(whoami.asked.length, 2);
});

const failures: Readonly<Record<string, () => App>> = {
  'answers 500': () => new App((_, response) => void response.writeHead(500).end()),
  redirects: () => new App((_, response) => void response.writeHead(302, { location: '/' }).end()),
  'answers no JSON': () => new App((_, response) => void response.end('<html>')),
  'breaks off': () => new App((request) => void request.socket.destroy()),
  'answers without end': () =>
    new App((_, response) => {
      response.write(`{"x":"${'y'.repeat(70_000)}`);
    }),
};
for (const [what, make] of Object.entries(failures))
  test(`a provider that ${what} lets nobody in`, async () => {
    const { running, app } = await stage({}, make());
    const { status, headers } = await ask(running, { host, headers: { ...page, ...as('alice') } });
    assert.equal([status, headers['retry-after']], [503, '5']);
    assert.is(app.asked.length, 0);
  });

test('a provider that is not there lets nobody in; strangers are told as ever', async () => {
  const { running, app, whoami } = await stage();
  await whoami.close();
  opened = opened.filter((one) => one !== whoami);
  const waiting = ask(running, { host, headers: as('alice') });
  assert.is((await ask(running, { host })).status, 401, 'no cookie: nothing to ask');
  assert.is((await waiting).status, 503);
  assert.is(app.asked.length, 0);
});

test('an answer without groups belongs to none', async () => {
  const { running } = await stage({}, new App((_, response) => void response.end('{"identity":null}')));
  assert.is((await ask(running, { host, headers: as('dora') })).status, 200);
  assert.is((await ask(running, { host, path: '/admin', headers: as('dora') })).status, 403);
});

test('peers that are spared limits meet the gate all the same', async () => {
  const { running, app } = await stage({ peers: { unlimited: ['127.0.0.0/8'] } });
  assert.is((await ask(running, { host, headers: page })).status, 302);
  const forged = { 'x-forwarded-for': '10.0.0.1', 'x-real-ip': '10.0.0.1', 'cf-connecting-ip': '10.0.0.1' };
  assert.is((await ask(running, { host, headers: forged })).status, 401);
  assert.is((await ask(running, { host, path: '/admin', headers: as('bob') })).status, 403);
  assert.is(app.asked.length, 0);
});

test('over HTTP/2: stranger, groups, and a cookie in crumbs', async () => {
  const { running, app } = await stage();
  const session = openHttp2(running, host);
  assert.is((await askHttp2(session, { host, headers: page })).status, 302);
  assert.is((await askHttp2(session, { host, method: 'HEAD' })).status, 401);
  assert.is((await askHttp2(session, { host, path: '/admin', headers: as('bob') })).status, 403);
  const crumbs = { cookie: ['a=1', 'ory_kratos_session=alice', 'b=2'] };
  assert.is((await askHttp2(session, { host, path: '/admin', headers: crumbs })).status, 200);
  assert.is(app.last.headers.cookie, 'a=1; ory_kratos_session=alice; b=2', 'RFC 9113 8.2.3');
  assert.is(app.asked.length, 1);
});

test('a WebSocket waits at the gate, over HTTP/1.1 and HTTP/2', async () => {
  const answer = new App();
  const sockets = new WebSocketServer({ server: answer.server });
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
  const { running } = await stage({}, provider(), answer);
  const upgrade = (cookie: string) =>
    `GET /live HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${cookie}\r\n`;
  const stranger = await RawClient.tls(running.https, running.certificate.ca, host);
  assert.match(
    await stranger.send(upgrade('')).until((text) => text.includes('\r\n\r\n')),
    /^HTTP\/1.1 401 /,
  );
  stranger.close();
  assert.is(sockets.clients.size, 0);
  const friend = await RawClient.tls(running.https, running.certificate.ca, host);
  friend.send(upgrade('Cookie: ory_kratos_session=bob\r\n'));
  assert.match(await friend.until((text) => text.includes('\r\n\r\n')), /^HTTP\/1.1 101 /);
  friend.close();

  const session = openHttp2(running, host);
  if (session.remoteSettings.enableConnectProtocol !== true) await once(session, 'remoteSettings');
  const connect = async (headers: object) => {
    const fields = { ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': 'https', ':path': '/live' };
    const stream = session.request({
      ...fields,
      ':authority': host,
      'sec-websocket-version': '13',
      ...headers,
    });
    stream.on('error', () => {});
    const [answered] = await once(stream, 'response');
    stream.close();
    return answered[':status'];
  };
  assert.equal([await connect({}), await connect(as('bob'))], [401, 200]);
  sockets.close();
});

test('behind the gate the app may still say no', async () => {
  const decider = await new App((request, response) => {
    response.statusCode = request.headers.cookie?.includes('alice') ? 200 : 403;
    response.setHeader('x-app-user', 'alice');
    response.end('not yours');
  }).listen();
  const app = await new App().listen();
  opened.push(decider, app);
  const { running } = await stage({
    hosts: [
      {
        name: host,
        routes: [
          {
            ...{ kind: 'proxy', path: '/', upstream: app.origin, gate: {} },
            authorize: { url: `${decider.origin}/may`, captureHeaders: ['X-App-User'] },
          },
        ],
      },
    ],
  });
  assert.is((await ask(running, { host })).status, 401);
  assert.is(decider.asked.length, 0, 'a stranger is no question for the app');
  const refused = await ask(running, { host, headers: as('bob') });
  assert.equal([refused.status, refused.text], [403, 'not yours']);
  await ask(running, { host, path: '/x?y', headers: { ...as('alice'), 'x-app-user': 'forged' } });
  assert.is(app.last.headers['x-app-user'], 'alice');
  assert.is(decider.last.headers['x-original-url'], `https://${host}/x?y`);
});

const cookies: readonly (readonly [string, string, number])[] = [
  ['among many', `${'x=1; '.repeat(200)}ory_kratos_session=alice; y=2`, 200],
  ['first', 'ory_kratos_session=alice; y=2', 200],
  ['without spaces', 'x=1;ory_kratos_session=alice;y=2', 200],
  ['in quotes', 'ory_kratos_session="alice"', 200],
  ['empty', 'ory_kratos_session=', 401],
  ['empty first, as the provider reads it too', 'ory_kratos_session=; ory_kratos_session=alice', 401],
  ['twice: the first one counts', 'ory_kratos_session=mallory; ory_kratos_session=alice', 401],
  ['as the end of another name', 'my_ory_kratos_session=alice', 401],
  ['as the beginning of another name', 'ory_kratos_session_x=alice', 401],
  ['in the value of another', 'x="ory_kratos_session=alice"', 401],
  ['in capitals', 'ORY_KRATOS_SESSION=alice', 401],
];
test('session cookies as they may be written', async () => {
  const { running } = await stage();
  for (const [what, cookie, expected] of cookies) {
    // what is known of a session must not help another spelling
    await skip(running.edge, 31_000);
    // twice: what was learnt the first time must not open the gate
    for (const time of ['first', 'second'])
      assert.is(
        (await ask(running, { host, headers: { cookie } })).status,
        expected,
        `${what}, ${time} time`,
      );
  }
});

const strangers = (burst: number): Partial<ConfigInput> => ({
  limits: { ...noLimits, strangers: { burst, perSecond: 0.01 }, signedIn: { burst: 40, perSecond: 0.01 } },
});

test('a cookie that nobody has validated makes nobody signed in', async () => {
  const { running } = await stage(strangers(5));
  const answers: number[] = [];
  for (let i = 0; i < 8; i++) answers.push((await ask(running, { headers: as(`random${i}`) })).status);
  assert.equal(answers, [200, 200, 200, 200, 200, 429, 429, 429]);
});

test('a session is recognised on open routes in the background, and has a bucket of its own', async () => {
  const { running, whoami } = await stage(strangers(2));
  assert.is((await ask(running, { headers: as('alice') })).status, 200);
  await whoami.until(1);
  // the answer may still be on its way
  await skip(running.edge, 200);
  const answers = await Promise.all(Array.from({ length: 40 }, () => ask(running, { headers: as('alice') })));
  assert.is(answers.filter(({ status }) => status === 200).length, 40);
  assert.is((await ask(running, { headers: as('alice') })).status, 429, 'and that bucket ends, too');
  assert.is((await ask(running, { headers: as('bob') })).status, 200, 'the second of a stranger');
  assert.is(whoami.asked.length, 2);
});

test('one session is one bucket, however its cookie is written', async () => {
  const { running } = await stage({
    limits: { ...noLimits, signedIn: { burst: 3, perSecond: 0.01 } },
  });
  const answers: number[] = [];
  for (const text of ['alice', 'alice ', '"alice"', 'alice  ', 'alice\t', 'alice'])
    answers.push(
      (await ask(running, { host, headers: { cookie: `ory_kratos_session=${text}; a=1` } })).status,
    );
  assert.equal(answers.slice(-1), [429], answers.join());
});

test.run();
