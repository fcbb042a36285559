import type { AddressInfo } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket, WebSocketServer } from 'ws';
import { startEdge } from '../support/edge.js';
import type { Received } from '../support/upstream.js';
import { Between, get, host, ok, until, within } from './between.js';

const handshake = (...lines: readonly string[]) =>
  get(
    '/',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...lines,
  );
const switching =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';

/** An upstream that says yes and then repeats what it gets, in brackets. */
const repeating = () => {
  const opened = new WeakSet<object>();
  return Between.open(
    (received) => {
      const { text } = received;
      if (!text.endsWith('\r\n\r\n') && !opened.has(received)) return undefined;
      if (opened.has(received)) return `[${text.slice(text.indexOf('\r\n\r\n') + 4)}]`;
      opened.add(received);
      return switching;
    },
    { webSocket: true },
  );
};

const silent = () => Between.open(() => undefined, { webSocket: true });

/** Opens a tunnel; what both sides say then passes. */
async function tunnel(between: Between) {
  const client = await between.client();
  await client.send(handshake()).until((text) => text.endsWith('\r\n\r\n'));
  const upstream = between.upstream.connections.at(-1);
  assert.ok(upstream);
  return { client, upstream };
}

test(
  'what a client sends before the 101 waits for it (CVE-2026-2833)',
  within(silent, async (between) => {
    const client = await between.client();
    client.send(`${handshake()}early`);
    await between.upstream.until((text) => text.endsWith('\r\n\r\n'));
    client.send(' bird');
    await until(() => client.socket.writableLength === 0);
    for (let turns = 0; turns < 200; turns++) await new Promise((turn) => setImmediate(turn));
    assert.not.match(between.upstream.text, /early|bird/);
    between.upstream.connections[0]?.socket.write(switching);
    await between.upstream.until((text) => text.endsWith('early bird'));
    await client.until((text) => text.startsWith('HTTP/1.1 101 '));
  }),
);

test(
  'and is nothing at all when the answer is another one (oauth2-proxy#1347)',
  within(
    () => Between.open(({ text }) => (text.endsWith('\r\n\r\n') ? ok('no') : undefined), { webSocket: true }),
    async (between) => {
      const client = await between.client();
      const text = await client.send(handshake() + get('/admin')).end();
      assert.match(text, /^HTTP\/1\.1 200 [\s\S]*Connection: close\r\n[\s\S]*no$/);
      assert.is(text.split('HTTP/1.1').length, 2);
      assert.not.match(between.upstream.text, /admin/);
      assert.is(between.log.requests.length, 1);
    },
  ),
);

test(
  'an interim answer does not open it either',
  within(silent, async (between) => {
    const client = await between.client();
    client.send(`${handshake()}early`);
    await between.upstream.until((text) => text.endsWith('\r\n\r\n'));
    between.upstream.connections[0]?.socket.write(
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n',
    );
    await client.until((text) => text.includes('103'));
    assert.not.match(between.upstream.text, /early/);
  }),
);

test(
  'much that came before the 101 holds the client back, and then passes',
  within(silent, async (between) => {
    const client = await between.client();
    const much = 'x'.repeat(3_000_000);
    client.send(handshake() + much);
    await between.upstream.until((text) => text.endsWith('\r\n\r\n'));
    between.upstream.connections[0]?.socket.write(switching);
    await between.upstream.until((text) => text.length >= much.length && text.endsWith(much));
  }),
);

test(
  'a client that ends: the upstream is told, and may still speak',
  within(silent, async (between) => {
    const client = await between.client();
    client.send(handshake());
    await between.upstream.until((text) => text.endsWith('\r\n\r\n'));
    const { socket } = between.upstream.connections[0] as Received;
    socket.write(switching);
    await client.until((text) => text.endsWith('\r\n\r\n'));
    const ended = new Promise((done) => socket.once('end', done));
    client.send('bye');
    client.socket.end();
    await between.upstream.until((text) => text.endsWith('bye'));
    await ended;
    await until(() => between.service.connections.size === 0);
    assert.is(between.log.requests[0]?.status, 101);
  }),
);

test(
  'a client that ends before the 101: the upstream is told afterwards',
  within(silent, async (between) => {
    const client = await between.client();
    client.socket.allowHalfOpen = true;
    client.send(`${handshake()}bye`);
    client.socket.end();
    await between.upstream.until((text) => text.endsWith('\r\n\r\n'));
    const { socket } = between.upstream.connections[0] as Received;
    const ended = new Promise((done) => socket.once('end', done));
    socket.write(switching);
    await between.upstream.until((text) => text.endsWith('bye'));
    await ended;
  }),
);

test(
  'a client that resets: the upstream is closed',
  within(repeating, async (between) => {
    const { client, upstream } = await tunnel(between);
    const closed = new Promise((done) => upstream.socket.once('close', done));
    client.socket.resetAndDestroy();
    await closed;
  }),
);

test(
  'an upstream that ends: the client gets everything and the end, and is not waited for',
  within(repeating, async (between) => {
    const { client, upstream } = await tunnel(between);
    client.socket.allowHalfOpen = true;
    upstream.socket.end('last words');
    await client.until((text) => text.endsWith('last words'));
    await client.end();
    await until(() => between.log.requests.length === 1);
    between.pass(3000);
    assert.is(between.service.connections.size, 0);
  }),
);

test(
  'silence: after its time the tunnel ends on both sides, before it does not',
  within(repeating, async (between) => {
    const { client, upstream } = await tunnel(between);
    between.pass(3_599_000);
    await client.send('still here').until((text) => text.endsWith('[still here]'));
    between.pass(3_599_000);
    assert.not.ok(client.ended);
    const closed = new Promise((done) => upstream.socket.once('close', done));
    between.pass(3_602_000);
    await client.end();
    await closed;
  }),
);

test(
  'the end of the process ends it',
  within(repeating, async (between) => {
    const { client } = await tunnel(between);
    between.service.drain();
    await client.end();
  }),
);

/** What opens a WebSocket, and what does not: lines in place of the usual ones. */
const usual = {
  upgrade: 'Upgrade: websocket',
  version: 'Sec-WebSocket-Version: 13',
  key: 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
};
const openings: readonly (readonly [name: string, octets: string, status: number])[] = [
  ['by GET', handshake(), 101],
  ['by POST', handshake().replace('GET', 'POST'), 400],
  ['of another version', handshake().replace('13', '12'), 400],
  ['without a version', handshake().replace(`${usual.version}\r\n`, ''), 400],
  ['without a key', handshake().replace(`${usual.key}\r\n`, ''), 400],
  ['with a key of 15 octets', handshake().replace('dGhlIHNhbXBsZSBub25jZQ==', 'dGhlIHNhbXBsZSBub25j'), 400],
  ['with two keys', handshake(usual.key), 400],
  ['with a body', `${handshake('Content-Length: 5')}hello`, 400],
];

for (const [name, octets, status] of openings)
  test(
    `a WebSocket ${name}: ${status}`,
    within(repeating, async (between) => {
      const client = await between.client();
      const text = await client.send(octets).until((came) => came.includes('\r\n\r\n'));
      assert.ok(text.startsWith(`HTTP/1.1 ${status} `), text);
      assert.is(between.upstream.text === '', status !== 101);
      if (status !== 101) await client.end();
    }),
  );

for (const [origin, status] of [
  ['https://app.example.org', 101],
  ['HTTPS://App.Example.org', 101],
  ['https://evil.example', 403],
  ['https://app.example.org.evil.example', 403],
  ['null', 403],
  ['', 101],
] as const)
  test(
    `a WebSocket from a page of '${origin}': ${status}`,
    within(
      () =>
        Between.open(({ text }) => (text.endsWith('\r\n\r\n') ? switching : undefined), {
          webSocket: true,
          origins: ['https://app.example.org'],
        }),
      async (between) => {
        const client = await between.client();
        const text = await client
          .send(handshake(...(origin === '' ? [] : [`Origin: ${origin}`])))
          .until((came) => came.includes('\r\n\r\n'));
        assert.ok(text.startsWith(`HTTP/1.1 ${status} `), text);
        // the app sees the origin as it was
        if (status === 101 && origin !== '')
          assert.ok(between.upstream.text.includes(`Origin: ${origin}\r\n`));
      },
    ),
  );

/** The library most apps use, on both ends, through the proxy over TLS. */
async function echo(
  run: (
    socket: WebSocket,
    seen: { extensions: string; pings: number; closed: Promise<number> },
  ) => Promise<void>,
): Promise<void> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: { threshold: 0 } });
  await new Promise((done) => server.once('listening', done));
  const edge = await startEdge({
    hosts: [
      {
        name: host,
        routes: [
          {
            kind: 'proxy',
            path: '/',
            upstream: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
            webSocket: true,
          },
        ],
      },
    ],
  });
  let close: (code: number) => void = () => {};
  const seen = { extensions: '', pings: 0, closed: new Promise<number>((done) => (close = done)) };
  server.on('connection', (socket) => {
    seen.extensions = socket.extensions;
    socket.on('ping', () => seen.pings++);
    socket.on('close', (code) => close(code));
    socket.on('message', (data, binary) =>
      String(data) === 'leave' ? socket.close(4001, 'as you wish') : socket.send(data as Buffer, { binary }),
    );
  });
  // what TLS is told, beyond what the library's types know
  const options = {
    ca: edge.certificate.ca,
    servername: host,
    headers: { host },
    perMessageDeflate: { threshold: 0 },
  };
  const socket = new WebSocket(`wss://127.0.0.1:${edge.https}/chat`, options);
  await new Promise((done, fail) => socket.once('open', done).once('error', fail));
  try {
    await run(socket, seen);
  } finally {
    socket.terminate();
    await edge.stop();
    for (const client of server.clients) client.terminate();
    await new Promise((done) => server.close(done));
  }
}

const next = (socket: WebSocket) =>
  new Promise<{ data: Buffer; binary: boolean }>((done) =>
    socket.once('message', (data: Buffer, binary) => done({ data, binary })),
  );

test('text, octets, fragments, and messages of 1 MB, compressed by the ends', () =>
  echo(async (socket, seen) => {
    assert.match(seen.extensions, /permessage-deflate/);
    socket.send('caf\u00e9');
    assert.equal(await next(socket).then(({ data, binary }) => [data.toString(), binary]), [
      'caf\u00e9',
      false,
    ]);
    const octets = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
    socket.send(octets);
    assert.equal(await next(socket), { data: octets, binary: true });
    socket.send('one ', { fin: false });
    socket.send('two ', { fin: false });
    socket.send('three', { fin: true });
    assert.is((await next(socket)).data.toString(), 'one two three');
    const large = Buffer.alloc(1_048_576);
    for (let at = 0; at < large.length; at++) large[at] = (at * 7919) >>> 5;
    for (let round = 0; round < 5; round++) {
      socket.send(large);
      assert.ok((await next(socket)).data.equals(large));
    }
  }));

test('ping is answered by the other end, not by the proxy', () =>
  echo(async (socket, seen) => {
    const pong = new Promise<string>((done) => socket.once('pong', (data) => done(data.toString())));
    socket.ping('are you there');
    assert.is(await pong, 'are you there');
    assert.is(seen.pings, 1);
  }));

test('a thousand messages keep their order', () =>
  echo(async (socket) => {
    const got: string[] = [];
    const all = new Promise<void>((done) =>
      socket.on('message', (data) => (got.push(String(data)) === 1000 ? done() : undefined)),
    );
    for (let number = 0; number < 1000; number++) socket.send(String(number));
    await all;
    assert.equal(
      got,
      Array.from({ length: 1000 }, (_, at) => String(at)),
    );
  }));

test('the client closes', () =>
  echo(async (socket, seen) => {
    socket.close(1000, 'done');
    assert.is(await seen.closed, 1000);
  }));

test('the upstream closes, and its code and reason arrive', () =>
  echo(async (socket) => {
    const closed = new Promise<[number, string]>((done) =>
      socket.once('close', (code, reason) => done([code, reason.toString()])),
    );
    socket.send('leave');
    assert.equal(await closed, [4001, 'as you wish']);
  }));

test(
  'where none may be opened an upgrade is a request like others',
  within(
    () => Between.open(({ text }) => (text.endsWith('\r\n\r\n') ? ok() : undefined)),
    async (between) => {
      const text = await (await between.client()).send(handshake()).end();
      assert.match(text, /^HTTP\/1\.1 200 /);
      assert.not.match(between.upstream.text, /upgrade/i);
    },
  ),
);

test.run();
