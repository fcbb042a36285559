/*
 * The faults of the proxy this one takes the place of, and of the library it was built on: each once, through the running
 * proxy, so that none comes back.
 */

import { connect as connectSecure } from 'node:http2';
import { request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ConfigInput } from '../src/config/schema.js';
import { Action } from '../src/exchange.js';
import { Log } from './corpus/stage.js';
import { ask, asked, get, head, ok, until } from './http1/between.js';
import { issue } from './support/certificates.js';
import { smallest } from './support/config.js';
import { noLimits, type RunningEdge, startEdge } from './support/edge.js';
import { RawClient } from './support/raw-client.js';
import { RawUpstream } from './support/upstream.js';

const host = 'app.example.org';
const strict: ConfigInput['limits'] = { ...noLimits, strangers: { burst: 5, perSecond: 0.001 } };
const open: (() => Promise<void>)[] = [];

/** Things that are closed when a test is over, whatever became of it. */
function closing<T>(thing: T, close: () => unknown): T {
  open.push(async () => {
    await close();
  });
  return thing;
}

test.after.each(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const answering = async (answer = ok()) => {
  const upstream = await new RawUpstream((received) => (asked(received) ? answer : undefined)).listen();
  return closing(upstream, () => upstream.close());
};

/** A proxy whose routes lead to an upstream. */
async function proxy(changes: Partial<ConfigInput>): Promise<RunningEdge & { log: Log }> {
  const edge = await startEdge(changes);
  const log = new Log();
  edge.edge.service.observer = log;
  return closing({ ...edge, log }, () => edge.stop());
}

const route = (upstream: RawUpstream, more: object = {}) =>
  ({ kind: 'proxy', path: '/', upstream: upstream.origin, ...more }) as const;

const tls = async (edge: RunningEdge, name = host) => {
  const client = await RawClient.tls(edge.https, edge.certificate.ca, name);
  return closing(client, () => client.close());
};

const plain = async (edge: RunningEdge) => {
  const client = await RawClient.plain(edge.http);
  return closing(client, () => client.close());
};

const forged = (address: string) => [
  `CF-Connecting-IP: ${address}`,
  `X-Real-IP: ${address}`,
  `X-Forwarded-For: ${address}`,
  `True-Client-IP: ${address}`,
  `X-Client-IP: ${address}`,
  `Forwarded: for=${address}`,
  `X_Forwarded_For: ${address}`,
  `X_Real_IP: ${address}`,
];

test('flaw 3: a forged address changes nothing the upstream is told', async () => {
  const upstream = await answering();
  const edge = await proxy({ hosts: [{ name: host, routes: [route(upstream)] }] });
  assert.is((await ask(await tls(edge), get('/', ...forged('10.42.0.7')))).status, 200);
  assert.not.match(upstream.text, /10\.42\.0\.7/);
  assert.match(upstream.text, /\r\nX-Forwarded-For: 127\.0\.0\.1\r\nX-Real-IP: 127\.0\.0\.1\r\n/);
});

test('flaw 3: nor whom the limiter counts', async () => {
  const upstream = await answering();
  const edge = await proxy({ limits: strict, hosts: [{ name: host, routes: [route(upstream)] }] });
  const client = await tls(edge);
  const statuses: number[] = [];
  for (let at = 0; at < 10; at++)
    statuses.push((await ask(client, get('/', ...forged(`192.0.2.${at}`)))).status);
  assert.equal(statuses, [...Array(5).fill(200), ...Array(5).fill(429)]);
  assert.match(client.text, /Retry-After: \d+/);
});

test('flaw 3: nor makes somebody one who is spared', async () => {
  const upstream = await answering();
  const edge = await proxy({
    limits: strict,
    peers: { unlimited: ['10.42.0.0/16'], forwarding: ['10.43.0.0/16'] },
    hosts: [{ name: host, routes: [route(upstream)] }],
  });
  const client = await tls(edge);
  const statuses: number[] = [];
  for (let at = 0; at < 10; at++) statuses.push((await ask(client, get('/', ...forged('10.42.0.7')))).status);
  assert.equal(statuses.slice(5), Array(5).fill(429));
});

test('flaw 3: behind a proxy that is believed the client is the last address it did not see itself', async () => {
  const upstream = await answering();
  const edge = await proxy({
    limits: strict,
    peers: { forwarding: ['127.0.0.1/32'] },
    hosts: [{ name: host, routes: [route(upstream)] }],
  });
  const client = await tls(edge);
  await ask(client, get('/', 'X-Forwarded-For: 10.42.0.7, 198.51.100.9'));
  assert.match(upstream.text, /\r\nX-Forwarded-For: 198\.51\.100\.9\r\n/);
  assert.not.match(upstream.text, /10\.42\.0\.7/);
});

test('flaw 3: who is spared the limits still meets gates, denials and whoever decides', async () => {
  const upstream = await answering();
  const app = await answering('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
  const edge = await proxy({
    limits: strict,
    peers: { unlimited: ['127.0.0.1/32'] },
    session: {
      whoami: `${app.origin}/whoami`,
      signIn: 'https://auth.example.org/login',
      returnParameter: 'to',
      cookies: ['session'],
    },
    hosts: [
      {
        name: host,
        routes: [
          route(upstream),
          route(upstream, { path: '/gated', gate: {} }),
          { kind: 'deny', path: '/denied', status: 403 },
          route(upstream, { path: '/decided', authorize: { url: `${app.origin}/decide` } }),
        ],
      },
    ],
  });
  const client = await tls(edge);
  for (let at = 0; at < 10; at++) assert.is((await ask(client, get('/'))).status, 200, 'no limit');
  assert.is((await ask(client, get('/gated'))).status, 401);
  assert.is((await ask(client, get('/gated', 'Accept: text/html'))).status, 302);
  assert.is((await ask(client, get('/gated', 'Cookie: session=forged'))).status, 401);
  assert.is((await ask(client, get('/denied'))).status, 403);
  assert.is((await ask(client, get('/decided'))).status, 403);
  assert.not.match(upstream.text, /gated|denied|decided/);
  assert.match(app.text, /GET \/decide HTTP/);
});

test('flaw 1.1: another domain with the same first label is another host', async () => {
  const upstream = await answering();
  const edge = await proxy({ hosts: [{ name: 'docs.example.org', routes: [route(upstream)] }] });
  const client = await tls(edge, 'docs.example.org');
  for (const name of ['docs.evil.example', 'docs', 'docs.example.org.evil.example', 'evil-docs.example.org'])
    assert.is((await ask(client, `GET / HTTP/1.1\r\nHost: ${name}\r\n\r\n`)).status, 421, name);
  assert.is(upstream.text, '');
  // nor is plain HTTP a way to be sent there
  const redirected = await ask(await plain(edge), 'GET / HTTP/1.1\r\nHost: docs.evil.example\r\n\r\n');
  assert.is(redirected.status, 421);
});

test('flaw 2 and 4: a cookie makes nobody signed in, and a new one is no new bucket', async () => {
  const upstream = await answering();
  const app = await answering('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
  const edge = await proxy({
    limits: { ...strict, signedIn: { burst: 1e9, perSecond: 1e9 } },
    session: {
      whoami: `${app.origin}/whoami`,
      signIn: 'https://auth.example.org/login',
      returnParameter: 'to',
      cookies: ['ory_kratos_session'],
    },
    hosts: [{ name: host, routes: [route(upstream)] }],
  });
  const client = await tls(edge);
  const statuses: number[] = [];
  for (let at = 0; at < 10; at++)
    statuses.push(
      (await ask(client, get('/', `Cookie: ory_kratos_session=forged${at}`, `Authorization: Bearer ${at}`)))
        .status,
    );
  assert.equal(statuses, [...Array(5).fill(200), ...Array(5).fill(429)]);
});

test('flaw 4: only a session that was validated has a bucket of its own', async () => {
  const upstream = await answering();
  const app = await answering(ok('{}', 'Content-Type: application/json'));
  const edge = await proxy({
    limits: { ...strict, signedIn: { burst: 20, perSecond: 0.001 } },
    session: {
      whoami: `${app.origin}/whoami`,
      signIn: 'https://auth.example.org/login',
      returnParameter: 'to',
      cookies: ['ory_kratos_session'],
    },
    hosts: [{ name: host, routes: [route(upstream), route(upstream, { path: '/gated', gate: {} })] }],
  });
  const client = await tls(edge);
  assert.is((await ask(client, get('/gated', 'Cookie: ory_kratos_session=good'))).status, 200);
  const statuses: number[] = [];
  for (let at = 0; at < 25; at++)
    statuses.push((await ask(client, get('/', 'Cookie: ory_kratos_session=good'))).status);
  assert.equal([statuses.filter((status) => status === 200).length, statuses.at(-1)], [20, 429]);
});

test('flaw 5: another certificate keeps what is open, and so does another configuration', async () => {
  const upgraded = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';
  const upstream = await new RawUpstream((received) =>
    received.text.includes('Upgrade: websocket')
      ? received.text.endsWith('\r\n\r\n')
        ? upgraded
        : 'echo'
      : asked(received)
        ? ok()
        : undefined,
  ).listen();
  closing(upstream, () => upstream.close());
  const hosts: ConfigInput['hosts'] = [{ name: host, routes: [route(upstream, { webSocket: true })] }];
  const edge = await proxy({ hosts });
  const [idle, tunnel] = [await tls(edge), await tls(edge)];
  await ask(idle, get());
  await tunnel
    .send(
      get(
        '/',
        'Upgrade: websocket',
        'Connection: Upgrade',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ),
    )
    .until((text) => text.endsWith('\r\n\r\n'));
  const session = connectSecure(`https://127.0.0.1:${edge.https}`, {
    ca: edge.certificate.ca,
    servername: host,
  });
  closing(session, () => session.destroy());
  const overSession = () =>
    new Promise<number>((done, fail) => {
      const stream = session.request({ ':authority': host, ':path': '/' });
      stream.on('response', (fields) => done(Number(fields[':status']))).on('error', fail);
      stream.resume();
    });
  assert.is(await overSession(), 200);

  const before = await fingerprint(edge);
  const other = issue({ names: ['example.org', '*.example.org'] });
  edge.edge.certificates.replace(edge.certificate.files.cert, { cert: other.cert, key: other.key });
  assert.is.not(await fingerprint(edge), before, 'the new certificate is in use');

  const config = {
    ...smallest,
    tls: { files: [{ cert: edge.certificate.files.cert, key: edge.certificate.files.key }] },
    limits: noLimits,
    telemetry: { accessLog: 'off' },
    hosts: [...hosts, { name: 'new.example.org', routes: [route(upstream)] }],
  };
  await edge.edge.reload(JSON.stringify(config), 'test');
  assert.is(
    (await ask(await tls(edge), 'GET / HTTP/1.1\r\nHost: new.example.org\r\n\r\n')).status,
    200,
    'the new table is in use',
  );

  assert.is((await ask(idle, get())).status, 200);
  assert.is(await overSession(), 200);
  const length = tunnel.text.length;
  await tunnel.send('x').until((text) => text.length > length);
  assert.ok(tunnel.text.endsWith('echo'));
  assert.not.ok(idle.ended || tunnel.ended);

  // and a bad one changes nothing
  await edge.edge.reload('{"version": 1, "hosts": 3}', 'test').catch(() => {});
  assert.is((await ask(idle, get())).status, 200);
});

const fingerprint = (edge: RunningEdge) =>
  new Promise<string>((done, fail) => {
    const asking = request(
      {
        port: edge.https,
        host: '127.0.0.1',
        servername: host,
        ca: edge.certificate.ca,
        agent: false,
        headers: { host },
      },
      (answer) => {
        done((answer.socket as TLSSocket).getPeerCertificate().fingerprint256);
        answer.resume();
      },
    );
    asking.on('error', fail).end();
  });

test('flaw 6: names are looked up once for many requests, see http1/retries.test.ts', async () => {
  const upstream = await answering();
  const edge = await proxy({
    hosts: [{ name: host, routes: [route(upstream, { upstream: `http://localhost:${upstream.port}` })] }],
  });
  const client = await tls(edge);
  await ask(client, get());
  const pool = [...edge.edge.service.upstreams.all.values()].find(({ host: name }) => name === 'localhost');
  const { resolver } = pool as unknown as { resolver: { ask: () => Promise<readonly string[]> } };
  let lookups = 0;
  resolver.ask = async () => {
    lookups++;
    return ['127.0.0.1'];
  };
  for (let round = 0; round < 20; round++) assert.is((await ask(client, get('/', 'X: y'))).status, 200);
  assert.is(lookups, 0);
});

test('flaw 7: plain HTTP and ACME are limited', async () => {
  const edge = await proxy({
    limits: strict,
    hosts: [{ name: host, routes: [{ kind: 'portal', path: '/' }] }],
  });
  const client = await plain(edge);
  const statuses: number[] = [];
  for (let at = 0; at < 4; at++)
    statuses.push((await ask(client, get(at % 2 === 0 ? '/' : '/.well-known/acme-challenge/token'))).status);
  for (let at = 0; at < 4; at++)
    statuses.push((await ask(client, get(at % 2 === 0 ? '/' : '/.well-known/acme-challenge/token'))).status);
  assert.equal(statuses, [301, 404, 301, 404, 301, 429, 429, 429]);
});

test('flaw 7: and seen by the detector, as is everything on routes that are served', async () => {
  const upstream = await answering();
  const edge = await proxy({
    detection: { mode: 'observe' },
    hosts: [{ name: host, routes: [route(upstream)] }],
  });
  const detector = edge.edge.service.guard?.detector;
  assert.ok(detector);
  const seen: string[] = [];
  const judge = detector.judge.bind(detector);
  detector.judge = (view, ...rest) => {
    seen.push(view.path);
    return judge(view, ...rest);
  };
  await ask(await plain(edge), get('/redirected'));
  await ask(await plain(edge), get('/.well-known/acme-challenge/token'));
  await ask(await plain(edge), 'GET /nowhere HTTP/1.1\r\nHost: evil.example\r\n\r\n');
  await ask(await tls(edge), get('/served'));
  assert.equal(seen, ['/redirected', '/.well-known/acme-challenge/token', '/nowhere', '/served']);
});

test('flaw 2: no cookie, no language and no browser that is claimed lets a scanner through', async () => {
  const upstream = await answering('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
  const edge = await proxy({
    detection: { mode: 'enforce' },
    hosts: [{ name: host, routes: [route(upstream)] }],
  });
  const { service } = edge.edge;
  const actions: number[] = [];
  service.observer = Object.assign(new Log(), {
    finished: ({ action }: { action: number }) => actions.push(action),
  });
  const client = await tls(edge);
  const disguise = [
    'Cookie: a=b; ory_kratos_session=forged',
    'Accept-Language: en-GB,en;q=0.9',
    'Accept: text/html',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
    'Referer: https://app.example.org/',
  ];
  const paths = [
    '/.env',
    '/wp-login.php',
    '/.git/config',
    '/phpmyadmin/index.php',
    '/cgi-bin/luci',
    '/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php',
    '/actuator/env',
    '/backup.sql',
    '/config.php.bak',
    '/?x=../../../../etc/passwd',
  ];
  for (const path of [...paths, ...paths, ...paths]) {
    const answer = await ask(client, get(path, ...disguise));
    if (answer.close) break;
  }
  const stopped = actions.filter((action) => action !== Action.pass).length;
  assert.ok(stopped >= actions.length / 2, `${stopped} of ${actions.length} were limited or refused`);
});

test('flaw 9, CVE-2025-4366: a body that was not read through never reaches the next request', async () => {
  const upstream = await new RawUpstream(({ text }) =>
    text.includes('\r\n\r\n') ? ok(text.startsWith('POST') ? 'early' : 'next') : undefined,
  ).listen();
  closing(upstream, () => upstream.close());
  const edge = await proxy({ hosts: [{ name: host, routes: [route(upstream)] }] });
  const first = await tls(edge);
  await ask(first, `${head('POST / HTTP/1.1', 'Content-Length: 100000')}${get('/smuggled')}`);
  assert.is((await ask(await tls(edge), get('/honest'))).body, 'next');
  assert.is(upstream.connections.length, 2, 'the connection of the first is not used again');
  assert.not.match(upstream.connections[1]?.text ?? '', /smuggled/);
});

test('flaw 9, CVE-2026-2833: nothing passes before the upstream has said 101', async () => {
  const upstream = await new RawUpstream(({ text }) =>
    text.endsWith('\r\n\r\n') ? ok('no') : undefined,
  ).listen();
  closing(upstream, () => upstream.close());
  const edge = await proxy({ hosts: [{ name: host, routes: [route(upstream, { webSocket: true })] }] });
  const client = await tls(edge);
  const upgrade = get(
    '/',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  );
  const text = await client.send(upgrade + get('/admin')).end();
  assert.is(text.split('HTTP/1.1 ').length, 2, 'one answer, and the end');
  assert.not.match(upstream.text, /admin/);
});

test('flaw 9, CVE-2026-2835: no body of HTTP/1.0 is framed by anything but its length', async () => {
  const upstream = await answering();
  const edge = await proxy({ hosts: [{ name: host, routes: [route(upstream)] }] });
  const chunks = await (await tls(edge))
    .send(
      `${head('POST / HTTP/1.0', 'Connection: keep-alive', 'Transfer-Encoding: chunked')}0\r\n\r\n${get('/smuggled')}`,
    )
    .end();
  assert.match(chunks, /^HTTP\/1\.1 400 /);
  const unframed = await (await tls(edge)).send(head('POST / HTTP/1.0') + get('/smuggled')).end();
  assert.is(unframed.split('HTTP/1.1 ').length, 2);
  assert.not.match(upstream.text, /smuggled/);
});

test('flaw 9, CVE-2026-2836: what is kept of one host is not given to another', async () => {
  const upstream = await new RawUpstream((received) => {
    if (!asked(received)) return undefined;
    const heads = received.text.split('\r\n\r\n');
    const last = heads.at(-2) ?? '';
    const [, name = ''] = /\r\nHost: ([^\r]*)/.exec(`\r\n${last}`) ?? [];
    return ok(`${name} ${last.split('\r\n')[0]}`, 'Cache-Control: public, max-age=60');
  }).listen();
  closing(upstream, () => upstream.close());
  const kept = route(upstream, { cache: { seconds: 60 } });
  const edge = await proxy({
    hosts: [
      { name: host, routes: [kept] },
      { name: 'other.example.org', routes: [kept] },
    ],
  });
  const client = await tls(edge);
  const first = await ask(client, get('/page'));
  const other = await ask(client, 'GET /page HTTP/1.1\r\nHost: other.example.org\r\n\r\n');
  const query = await ask(client, get('/page?x'));
  const again = await ask(client, get('/page'));
  assert.equal(
    [first.body, other.body, query.body],
    [`${host} GET /page HTTP/1.1`, 'other.example.org GET /page HTTP/1.1', `${host} GET /page?x HTTP/1.1`],
  );
  assert.is(again.body, first.body);
  await until(() => upstream.text.split('GET ').length === 4);
});

test.run();
