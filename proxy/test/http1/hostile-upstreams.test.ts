import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ErrorCode } from '../../src/core/errors.js';
import { type Asker, UpstreamConnection } from '../../src/upstream/connection.js';
import { Endpoint } from '../../src/upstream/endpoint.js';
import { RawUpstream, type Received } from '../support/upstream.js';
import { ask, asked, Between, get, head, ok, until, within } from './between.js';

const start = 'HTTP/1.1 200 OK\r\n';

/** Answers that cannot be trusted to end where they say, or to be answers at all. */
const refused: readonly (readonly [name: string, octets: string])[] = [
  [
    'Content-Length and Transfer-Encoding',
    `${start}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ['two Content-Length', `${start}Content-Length: 2\r\nContent-Length: 3\r\n\r\nok!`],
  ['the same Content-Length twice', `${start}Content-Length: 2\r\nContent-Length: 2\r\n\r\nok`],
  ['a negative Content-Length', `${start}Content-Length: -1\r\n\r\n`],
  ['Transfer-Encoding: gzip, chunked', `${start}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
  ['Transfer-Encoding in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  [
    '101 that nobody asked for (CVE-2026-2833)',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
  ],
  ['a status line without a status', 'HTTP/1.1 OK\r\n\r\n'],
  ['a status of 999', 'HTTP/1.1 999 OK\r\n\r\n'],
  ['HTTP/2', 'HTTP/2 200 OK\r\n\r\n'],
  ['HTTP/0.9', '<html>hello</html>\r\n\r\n'],
  ['a greeting of SSH', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['a folded field', `${start}X: a\r\n b\r\n\r\n`],
  ['a field split by a line feed', `${start}X: a\nSet-Cookie: evil=1\r\n\r\n`],
  ['a field split by a carriage return', `${start}X: a\rSet-Cookie: evil=1\r\n\r\n`],
  ['NUL in a field', `${start}X: a\u0000b\r\n\r\n`],
  ['a space before the colon', `${start}Content-Length : 2\r\n\r\nok`],
  ['a head of 70,000 octets', `${start}X: ${'y'.repeat(70_000)}\r\n\r\n`],
  ['201 fields', `${start}${'X: y\r\n'.repeat(201)}\r\n`],
  ['a flood of interim answers', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(21)],
];

for (const [name, octets] of refused)
  test(
    `${name}: 502, and the connection is not used again`,
    within(
      () =>
        Between.open((received) =>
          asked(received) ? (received.text.includes('GET /next') ? ok('next') : octets) : undefined,
        ),
      async (between) => {
        const client = await between.client();
        assert.is((await ask(client, get())).status, 502);
        assert.is((await ask(client, get('/next'))).body, 'next');
        assert.is(between.upstream.connections.length, 2);
        assert.not.match(client.text, /evil/);
      },
    ),
  );

/** Answers that are whole and have something behind them. */
const more: readonly (readonly [name: string, method: string, octets: string, body: string])[] = [
  ['more octets than Content-Length', 'GET', `${ok('two')}more`, 'two'],
  ['a second answer', 'GET', ok('two') + ok('evil'), 'two'],
  [
    'octets behind the last chunk',
    'GET',
    `${start}Transfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n${ok('evil')}`,
    'two',
  ],
  ['a body behind 204', 'GET', `HTTP/1.1 204 No Content\r\n\r\n${ok('evil')}`, ''],
  ['a body behind 304', 'GET', `HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nevil`, ''],
  ['a body in answer to HEAD', 'HEAD', ok('evil'), ''],
];

for (const [name, method, octets, body] of more)
  test(
    `${name}: the client gets its answer, and nobody gets the rest`,
    within(
      () =>
        Between.open((received) =>
          asked(received) ? (received.text.includes('GET /next') ? ok('next') : octets) : undefined,
        ),
      async (between) => {
        const client = await between.client();
        const answer = await ask(client, head(`${method} / HTTP/1.1`));
        assert.is(answer.body, body);
        assert.is((await ask(client, get('/next'))).body, 'next');
        assert.is(between.upstream.connections.length, 2);
        assert.not.match(client.text, /evil/);
      },
    ),
  );

test(
  'octets on an idle connection end it (CVE-2025-4366)',
  within(
    () => Between.open((received) => (asked(received) ? ok() : undefined)),
    async (between) => {
      const client = await between.client();
      await ask(client, get());
      const [first] = between.upstream.connections;
      const closed = new Promise((done) => first?.socket.once('close', done));
      first?.socket.write(ok('evil'));
      await closed;
      assert.is((await ask(client, get())).body, 'ok');
      assert.is(between.upstream.connections.length, 2);
    },
  ),
);

test('what comes before the request left is no answer to it', async () => {
  const upstream = await new RawUpstream(() => undefined).listen();
  const failures: [ErrorCode, boolean][] = [];
  const nothing = () => {};
  const asker: Asker = {
    headOnly: false,
    wantsUpgrade: false,
    onInterim: nothing,
    onUpgrade: nothing,
    onAnswer: nothing,
    onPause: nothing,
    onEnd: nothing,
    onUpstreamDrain: nothing,
    onHead: () => assert.unreachable(),
    onFailure: (code, _problem, fresh) => failures.push([code, fresh]),
  };
  const connection = await new Promise<UpstreamConnection>((ready) => {
    const made: UpstreamConnection = new UpstreamConnection(
      new Endpoint('127.0.0.1', upstream.port),
      1000,
      () => ready(made),
      nothing,
      nothing,
    );
  });
  connection.ask(asker, get(), true);
  // octets that were on their way already when the request was put together
  const early = Buffer.from(ok('evil'));
  (connection as unknown as { onData(length: number, bytes: Uint8Array): boolean }).onData(
    early.length,
    early,
  );
  assert.equal(failures, [['EDGE_UPSTREAM_CLOSED', true]]);
  assert.ok(connection.dead);
  await upstream.close();
});

test(
  'an answer before the body is through: its connection is not used again (CVE-2025-4366), nor is that of the client',
  within(
    () =>
      Between.open(({ text }) =>
        text.includes('\r\n\r\n') ? ok(text.startsWith('POST') ? 'early' : 'next') : undefined,
      ),
    async (between) => {
      const client = await between.client();
      const answer = await ask(client, `${head('POST / HTTP/1.1', 'Content-Length: 1000000')}abc`);
      assert.equal([answer.status, answer.body, answer.close], [200, 'early', true]);
      client.send(get('/smuggled'));
      await client.end();
      assert.is((await ask(await between.client(), get())).body, 'next');
      assert.is(between.upstream.connections.length, 2);
      assert.not.match(between.upstream.text, /smuggled/);
    },
  ),
);

test(
  'the rest of a short body that nobody wants is read away, and what follows it is a request',
  within(
    () =>
      Between.open(({ text }) =>
        text.includes('\r\n\r\n') ? ok(text.startsWith('POST') ? 'early' : 'next') : undefined,
      ),
    async (between) => {
      const client = await between.client();
      const answer = await ask(client, `${head('POST / HTTP/1.1', 'Content-Length: 50')}abc`);
      assert.equal([answer.body, answer.close], ['early', false]);
      const next = await ask(client, `${get('/smuggled').slice(0, 47)}${get('/next')}`, 'GET');
      assert.is(next.body, 'next');
      assert.not.match(between.upstream.text, /smuggled/);
      assert.is(between.upstream.connections.length, 2);
    },
  ),
);

/** Answers that break off: the client must be able to tell. */
const broken: readonly (readonly [name: string, octets: string])[] = [
  ['fewer octets than Content-Length', `${start}Content-Length: 100\r\n\r\nhello`],
  ['no last chunk', `${start}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`],
  ['half a chunk', `${start}Transfer-Encoding: chunked\r\n\r\n64\r\nhello`],
  ['trailers that do not end', `${start}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n`],
];

for (const secure of [false, true])
  for (const [name, octets] of broken)
    test(
      `${name}${secure ? ', over TLS' : ''}: the client sees that the answer is not whole`,
      within(
        () =>
          Between.open(
            (received) => {
              if (!asked(received)) return undefined;
              received.socket.end(octets);
              return undefined;
            },
            {},
            secure,
          ),
        async (between) => {
          const client = await between.client();
          const text = await client.send(get()).end();
          assert.match(text, /^HTTP\/1\.1 200 /);
          assert.match(text, /hello/);
          assert.ok(!text.endsWith('0\r\n\r\n'), 'no end that looks like one');
          assert.is(between.log.requests[0]?.status, 200);
        },
      ),
    );

const badChunks = [
  '5 \r\nhello\r\n0\r\n\r\n',
  '5\nhello\r\n0\r\n\r\n',
  'x\r\n',
  '5\r\nhelloo\r\n0\r\n\r\n',
  '0\r\nContent-Length: 5\r\n\r\n',
];

for (const chunks of badChunks)
  test(
    `chunks ${JSON.stringify(chunks)}: broken off, never repaired`,
    within(
      () =>
        Between.open((received) =>
          asked(received) ? `${start}Transfer-Encoding: chunked\r\n\r\n${chunks}` : undefined,
        ),
      async (between) => {
        const text = await (await between.client()).send(get()).end();
        assert.ok(!text.endsWith('0\r\n\r\n'));
      },
    ),
  );

test(
  'a head that comes octet by octet is read a few times, not at every octet',
  within(
    () =>
      Between.open((received: Received) => {
        if (!asked(received)) return undefined;
        void (async () => {
          for (const octet of ok('dripping', `X: ${'y'.repeat(300)}`)) {
            received.socket.write(octet);
            await new Promise((turn) => setImmediate(turn));
          }
        })();
        return undefined;
      }),
    async (between) => {
      const { ResponseHead } = await import('../../src/http1/response-head.js');
      const read = ResponseHead.prototype.read;
      let reads = 0;
      ResponseHead.prototype.read = function (...parameters) {
        reads++;
        return read.apply(this, parameters);
      };
      try {
        assert.is((await ask(await between.client(), get())).body, 'dripping');
      } finally {
        ResponseHead.prototype.read = read;
      }
      assert.ok(reads <= 5, `${reads} reads`);
    },
  ),
);

test(
  'an upstream that hangs up says nothing: 502 once it has been tried again',
  within(
    () =>
      Between.open(({ socket }) => {
        socket.destroy();
        return undefined;
      }),
    async (between) => {
      const client = await between.client();
      assert.is((await ask(client, get())).status, 502);
      assert.is(between.upstream.connections.length, 2);
      await until(() => between.service.upstreams.all.values().next().value?.state[0]?.active === 0);
    },
  ),
);

test(
  "an upstream's own words about the connection stay with it",
  within(
    () =>
      Between.open((received) =>
        asked(received)
          ? ok(
              'ok',
              'Keep-Alive: timeout=9',
              'Proxy-Connection: close',
              'X-Request-Id: evil',
              'Alt-Svc: h3=":1"',
              'Connection: X-Hop',
              'X-Hop: evil',
              'Upgrade: h2c',
              'Trailer: X',
            )
          : undefined,
      ),
    async (between) => {
      const client = await between.client();
      await ask(client, get());
      assert.not.match(client.text, /evil|keep-alive|proxy-connection|alt-svc|upgrade|trailer/i);
      assert.match(client.text, /X-Request-Id: [0-9a-f]{32}\r\n/);
    },
  ),
);

test.run();
