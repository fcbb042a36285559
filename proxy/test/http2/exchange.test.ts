import { once } from 'node:events';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Exchange, Handler } from '../../src/exchange.js';
import { ResponseHead } from '../../src/http1/response-head.js';
import { block, Flag, frame, get, RawClient, Type } from './frames.js';
import { ask, collect, Stage, type StageOptions, taking } from './stage.js';

async function on(options: StageOptions, play: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = await Stage.open(options);
  try {
    await play(stage);
  } finally {
    await stage.close();
  }
}

/** The head of an upstream's answer. */
function responseHead(text: string): ResponseHead {
  const head = new ResponseHead();
  assert.ok(
    head.read(Buffer.from(`${text}\r\n\r\n`.replaceAll('\n', '\r\n').replaceAll('\r\r', '\r'), 'latin1')) > 0,
  );
  return head;
}

const idle: Handler = { onBody() {}, onBodyEnd() {}, onDrain() {}, onGone() {}, onSweep() {} };

test('a small answer is one HEADERS and one DATA frame that ends the stream', () =>
  on(
    { handle: (exchange) => exchange.answer(200, 'Content-Type: text/plain\r\n', 'hello') },
    async (stage) => {
      const client = await RawClient.open(stage.port, stage.certificate.ca);
      client.send(frame(Type.headers, Flag.endStream | Flag.endHeaders, 1, get()));
      assert.is(await client.outcome(1), 'ended');
      assert.equal(
        client.frames.filter((one) => one.stream === 1).map((one) => [one.type, one.flags & Flag.endStream]),
        [
          [Type.headers, 0],
          [Type.data, 1],
        ],
      );
      assert.is(client.body(1), 'hello');
      assert.is(stage.finished.length, 1);
      assert.is(stage.finished[0]?.responseBytes, 5);
      client.end();
    },
  ));

test('the request is what the client sent; crumbs of Cookie are one field again', () =>
  on({ handle: (exchange) => exchange.answer(204, '', '') }, async (stage) => {
    const answer = await ask(stage.client(), {
      ':path': '/a/b?c=d',
      ':method': 'PROPFIND',
      depth: '1',
      cookie: ['a=1', 'b=2'],
      'x-octets': 'caf\xe9',
      te: 'trailers',
    });
    assert.is(answer.headers[':status'], 204);
    const head = stage.handled[0]?.head;
    assert.is(head?.method, 'PROPFIND');
    assert.is(head?.path, '/a/b');
    assert.is(head?.query, 'c=d');
    assert.is(head?.authority, 'app.example.test');
    assert.is(head?.hasBody, false);
    assert.is(
      head?.lines().toLowerCase().split('\r\n').sort().join('|'),
      '|cookie: a=1; b=2|depth: 1|x-octets: caf\xe9',
    );
  }));

test("an upstream's fields go on: several cookies, one date, nothing that belongs to HTTP/1.1", () =>
  on(
    {
      hsts: 'max-age=5',
      headerPairs: ['x-frame-options', 'DENY'],
      handle(exchange) {
        const head = responseHead(
          'HTTP/1.1 200 OK\nConnection: keep-alive\nKeep-Alive: timeout=5\nSet-Cookie: a=1\nset-cookie: b=2\nVary: Accept\nVary: Cookie\n' +
            'X-Content-Type-Options: nosniff\nX-Content-Type-Options: nosniff\nConstructor: yes\nX-Word: caf\xe9\nContent-Length: 2\nX-Request-Id: theirs',
        );
        exchange.relay(head, 2, 'X-More: 1\r\n');
        exchange.write(Buffer.from('xokx'), 1, 3);
        exchange.end('');
      },
    },
    async (stage) => {
      const { headers, body } = await ask(stage.client(), { ':path': '/' });
      assert.is(body, 'ok');
      assert.equal(headers['set-cookie'], ['a=1', 'b=2']);
      assert.is(headers.vary, 'Accept, Cookie');
      assert.is(headers['x-content-type-options'], 'nosniff');
      assert.is(headers.constructor, 'yes');
      assert.is(headers['x-word'], 'caf\xe9');
      assert.is(headers['content-length'], '2');
      assert.is(headers['x-request-id'], 'id');
      assert.is(headers['x-more'], '1');
      assert.is(headers['x-frame-options'], 'DENY');
      assert.is(headers['strict-transport-security'], 'max-age=5');
      assert.is(headers.date, 'Tue, 24 Nov 2026 21:00:00 GMT');
      assert.is(headers.connection, undefined);
      assert.is(headers['keep-alive'], undefined);
    },
  ));

test('HEAD, 204 and 304 have no body, and keep their length where it says something', () =>
  on(
    {
      handle(exchange) {
        const status = Number(exchange.head.path.slice(1));
        exchange.relay(responseHead(`HTTP/1.1 ${status} X\nContent-Length: 9`), 9, '');
        exchange.write(Buffer.from('123456789'), 0, 9);
        exchange.end('');
      },
    },
    async (stage) => {
      const client = stage.client();
      for (const [method, path, length] of [
        ['HEAD', '/200', '9'],
        ['GET', '/304', '9'],
        ['GET', '/204', undefined],
      ] as const) {
        const answer = await ask(client, { ':method': method, ':path': path });
        assert.is(answer.headers[':status'], Number(path.slice(1)));
        assert.is(answer.headers['content-length'], length);
        assert.is(answer.body, '');
        assert.is(answer.code, 0);
      }
    },
  ));

test('a body comes with its length, or without and with trailers', () =>
  on(
    {
      handle(exchange) {
        exchange.setHandler(
          taking((body, trailers) => {
            const { contentLength, chunked } = exchange.head;
            exchange.answer(
              200,
              '',
              `${contentLength} ${chunked} ${body.length} ${trailers.replaceAll('\r\n', '|')}`,
            );
          }),
        );
        exchange.readBody();
      },
    },
    async (stage) => {
      const client = stage.client();
      const headers = { ':method': 'POST', ':path': '/' };
      const length = 300_000;
      const counted = await ask(
        client,
        { ...headers, 'content-length': String(length) },
        Buffer.alloc(length),
      );
      assert.is(counted.body, `${length} false ${length} `);
      assert.is((await ask(client, headers, Buffer.alloc(length))).body, `-1 true ${length} `);
      assert.is((await ask(client, headers, '')).body, '-1 true 0 ');
      assert.is((await ask(client, headers)).body, '-1 false 0 ');
      const stream = client.request(
        { ':authority': 'app.example.test', ...headers },
        { waitForTrailers: true },
      );
      stream.on('wantTrailers', () =>
        stream.sendTrailers({
          'x-sum': '7',
          cookie: 'a=b',
          'x-real-ip': '1',
          'x-auth-user': 'root',
          content_length: '1',
        }),
      );
      stream.end('abc');
      assert.is((await collect(stream)).body, '-1 true 3 x-sum: 7|');
    },
  ));

test('trailers of an answer are sent: when they are known early, and after a body that has begun to leave', () =>
  on(
    {
      handle(exchange) {
        const head = responseHead('HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nTrailer: x-sum');
        exchange.relay(head, -1, '');
        exchange.write(Buffer.from('abc'), 0, 3);
        if (exchange.head.path !== '/at-once') exchange.flush();
        exchange.end(exchange.head.path === '/none' ? '' : 'X-Sum: 7\r\n');
      },
    },
    async (stage) => {
      const client = stage.client();
      for (const path of ['/at-once', '/later']) {
        const answer = await ask(client, { ':path': path });
        assert.is(answer.body, 'abc');
        assert.is(answer.trailers?.['x-sum'], '7');
      }
      const none = await ask(client, { ':path': '/none' });
      assert.is(none.body, 'abc');
      assert.is(none.code, 0);
    },
  ));

test('100 is sent when the handler wants the body, 103 as it comes', () =>
  on(
    {
      handle(exchange) {
        exchange.sendInterim(responseHead('HTTP/1.1 103 Early Hints\nLink: </a.css>; rel=preload'));
        exchange.setHandler(taking((body) => exchange.answer(200, '', body)));
        exchange.sendContinue();
        exchange.sendContinue();
        exchange.readBody();
      },
    },
    async (stage) => {
      const stream = stage.client().request({
        ':authority': 'app.example.test',
        ':method': 'PUT',
        ':path': '/',
        expect: '100-continue',
      });
      const interim: unknown[] = [];
      stream.on('headers', (fields) => interim.push(fields[':status'], fields.link));
      stream.on('continue', () => stream.end('body'));
      assert.is((await collect(stream)).body, 'body');
      assert.equal(interim, [103, '</a.css>; rel=preload', 100, undefined]);
    },
  ));

test('nobody says 100 unasked', () =>
  on({ handle: (exchange) => exchange.setHandler(idle) }, async (stage) => {
    const client = await RawClient.open(stage.port, stage.certificate.ca);
    client.send(
      frame(Type.headers, Flag.endHeaders, 1, get('/', [':method', 'PUT'], ['expect', '100-continue'])),
    );
    for (const round of [1, 2]) {
      client.send(frame(Type.ping, 0, 0, '12345678'));
      assert.ok(await client.until(() => client.of(Type.ping, 0).length === round));
    }
    assert.is(stage.handled.length, 1);
    assert.is(client.of(Type.headers, 1).length, 0);
    client.end();
  }));

test('an answer before the body is complete ends the stream, then tells the client to stop', () =>
  on({ handle: (exchange) => exchange.answer(413, '', 'too large') }, async (stage) => {
    const client = await RawClient.open(stage.port, stage.certificate.ca);
    client.send(
      frame(Type.headers, Flag.endHeaders, 1, get('/', [':method', 'POST'])),
      frame(Type.data, 0, 1, 'abc'),
    );
    await client.until(() => client.of(Type.reset, 1).length > 0);
    const kinds = client.frames.filter((one) => one.stream === 1 && one.type !== Type.windowUpdate);
    assert.equal(
      kinds.map((one) => [one.type, one.flags & Flag.endStream]),
      [
        [Type.headers, 0],
        [Type.data, 1],
        [Type.reset, 0],
      ],
    );
    assert.is(kinds[2]?.payload.readUInt32BE(0), 0);
    client.end();
  }));

test('an answer that is shorter than its length, or breaks off, is a reset and no end', () =>
  on(
    {
      handle(exchange) {
        exchange.start(200, '', 10);
        exchange.send(Buffer.from('12345'));
        if (exchange.head.path !== '/at-once') exchange.flush();
        if (exchange.head.path === '/abort') exchange.abort();
        else exchange.end('');
      },
    },
    async (stage) => {
      const client = stage.client();
      for (const path of ['/at-once', '/short', '/abort'])
        assert.is((await ask(client, { ':path': path })).code, 2, path);
      assert.is(stage.finished.length, 3);
      assert.is(stage.connections.size, 1);
    },
  ));

test('a client that is gone is reported once, whatever it was waiting for', async () => {
  const gone: string[] = [];
  await on(
    {
      handle(exchange: Exchange) {
        exchange.setHandler({ ...idle, onGone: () => gone.push(exchange.head.path) });
        if (exchange.head.path === '/body') exchange.readBody();
        if (exchange.head.path === '/half') {
          exchange.start(200, '', 10);
          exchange.flush();
        }
      },
    },
    async (stage) => {
      const client = stage.client();
      const paths = ['/wait', '/head', '/body', '/half'];
      const streams = paths.map((path) =>
        client.request(
          {
            ':authority': 'app.example.test',
            ':path': path,
            ':method': path === '/head' ? 'HEAD' : path === '/body' ? 'POST' : 'GET',
          },
          { endStream: path !== '/body' },
        ),
      );
      for (const stream of streams) stream.on('error', () => {});
      const deadline = Date.now() + 5000;
      while (stage.handled.length < 4 && Date.now() < deadline) await new Promise(setImmediate);
      for (const stream of streams) stream.close(8);
      while (gone.length < 4 && Date.now() < deadline) await new Promise(setImmediate);
      assert.equal([...gone].sort(), [...paths].sort());
      assert.is(stage.finished.length, 4);
      assert.ok(stage.finished.every((exchange) => exchange.error === 'EDGE_CLIENT_GONE'));
      // and so is one whose connection breaks
      const last = client.request({ ':authority': 'app.example.test', ':path': '/last' });
      last.on('error', () => {});
      while (stage.handled.length < 5 && Date.now() < deadline) await new Promise(setImmediate);
      client.destroy();
      while (gone.length < 5 && Date.now() < deadline) await new Promise(setImmediate);
      assert.is(gone[4], '/last');
    },
  );
});

test('a client that does not read holds the handler back, and lets it go on', async () => {
  let drains = 0;
  let written = 0;
  const piece = Buffer.alloc(65_536, 'x');
  await on(
    {
      handle(exchange) {
        const pump = () => {
          while (written < 64) {
            written++;
            if (!exchange.write(piece, 0, piece.length)) return;
          }
          exchange.end('');
        };
        exchange.setHandler({
          ...idle,
          onDrain() {
            drains++;
            pump();
          },
        });
        exchange.start(200, '', 64 * piece.length);
        pump();
      },
    },
    async (stage) => {
      const stream = stage.client().request({ ':authority': 'app.example.test', ':path': '/' });
      stream.pause();
      await once(stream, 'response');
      await once(stage.client(), 'connect');
      assert.ok(written < 8, `${written} pieces were written ahead`);
      let octets = 0;
      stream.on('data', (bytes: Buffer) => {
        octets += bytes.length;
      });
      stream.resume();
      await once(stream, 'close');
      assert.is(octets, 64 * piece.length);
      assert.ok(drains > 0);
    },
  );
});

test('an upload waits for a handler that is busy, and goes on', async () => {
  let taken = 0;
  let resume = () => {};
  await on(
    {
      handle(exchange) {
        exchange.setHandler({
          ...idle,
          onBody(_bytes, start, end) {
            taken += end - start;
            if (taken < 1_000_000) {
              exchange.pauseBody();
              resume = () => exchange.resumeBody();
            }
          },
          onBodyEnd: () => exchange.answer(200, '', String(taken)),
        });
        exchange.readBody();
      },
    },
    async (stage) => {
      const client = stage.client();
      const stream = client.request({ ':authority': 'app.example.test', ':path': '/', ':method': 'PUT' });
      let sent = false;
      stream.end(Buffer.alloc(8_000_000), () => {
        sent = true;
      });
      const over = collect(stream);
      const deadline = Date.now() + 5000;
      while (taken === 0 && Date.now() < deadline) await new Promise(setImmediate);
      await new Promise((resolve) => client.ping(resolve));
      assert.ok(taken < 100_000 && !sent, `${taken} octets were handed over`);
      while (taken < 1_000_000 && Date.now() < deadline) {
        resume();
        await new Promise(setImmediate);
      }
      assert.is((await over).body, '8000000');
    },
  );
});

test('an upload that stops, or crawls, is ended by 408', () =>
  on(
    {
      handle(exchange) {
        exchange.setHandler(idle);
        exchange.readBody();
      },
    },
    async (stage) => {
      const client = stage.client();
      const stopped = client.request({ ':authority': 'app.example.test', ':path': '/', ':method': 'PUT' });
      stopped.write('abc');
      const over = collect(stopped);
      const deadline = Date.now() + 5000;
      while ((stage.handled[0]?.requestBytes ?? 0) < 3 && Date.now() < deadline)
        await new Promise(setImmediate);
      await stage.live(30_000, client);
      assert.is(stage.handled[0]?.status, 0);
      // one octet now and then does not help after the time of grace
      stopped.write('d');
      while ((stage.handled[0]?.requestBytes ?? 0) < 4 && Date.now() < deadline)
        await new Promise(setImmediate);
      stage.pass(1000);
      assert.is((await over).headers[':status'], 408);
      assert.is(stage.finished[0]?.error, 'EDGE_BODY_SLOW');
    },
  ));

test('after drain requests under way are answered, and the connection goes', () =>
  on({ handle: (exchange) => exchange.setHandler(idle) }, async (stage) => {
    const client = stage.client();
    const over = ask(client, { ':path': '/' });
    const deadline = Date.now() + 5000;
    while (stage.handled.length < 1 && Date.now() < deadline) await new Promise(setImmediate);
    const away = once(client, 'goaway');
    for (const connection of [...stage.connections]) connection.drain();
    await away;
    stage.handled[0]?.answer(200, '', 'late');
    assert.is((await over).body, 'late');
    while (stage.connections.size > 0 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 5));
    assert.is(stage.connections.size, 0);
  }));

test('heads are used again only when their answer went out whole', () =>
  on({ handle: (exchange) => exchange.answer(200, '', exchange.head.path) }, async (stage) => {
    const client = stage.client();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => ask(client, { ':path': `/${i}` })),
    );
    assert.equal(
      answers.map(({ body }) => body),
      Array.from({ length: 50 }, (_, i) => `/${i}`),
    );
  }));

test('fields that are indexed and fields in CONTINUATION arrive like others', () =>
  on(
    { handle: (exchange) => exchange.answer(200, '', exchange.head.value(exchange.head.count - 1)) },
    async (stage) => {
      const client = await RawClient.open(stage.port, stage.certificate.ca);
      const fields = block(
        [':method', 'GET'],
        [':scheme', 'https'],
        [':authority', 'app.example.test'],
        [':path', '/'],
        ['x-a', 'b'],
      );
      client.send(
        frame(Type.headers, Flag.endStream, 1, fields.subarray(0, 20)),
        frame(Type.continuation, 0, 1, fields.subarray(20, 21)),
        frame(Type.continuation, Flag.endHeaders, 1, fields.subarray(21)),
      );
      assert.is(await client.outcome(1), 'ended');
      assert.is(client.body(1), 'b');
      client.end();
    },
  ));

test.run();
