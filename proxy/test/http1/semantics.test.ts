import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RequestHead } from '../../src/http1/request-head.js';
import { answersIn, sendIn } from '../corpus/stage.js';
import { ask, asked, Between, get, head, host, ok, until, within } from './between.js';

const plain = (answer: string) => () => Between.open((received) => (asked(received) ? answer : undefined));

for (const [status, lines, length] of [
  ['204 No Content', '', undefined],
  ['304 Not Modified', 'ETag: "a"\r\nContent-Length: 5\r\n', '5'],
  ['200 OK', 'Content-Length: 5\r\n', '5'],
] as const)
  test(
    `${status}${length === undefined ? '' : ' keeps its Content-Length'} and has no body${status.startsWith('200') ? ' in answer to HEAD' : ''}`,
    within(plain(`HTTP/1.1 ${status}\r\n${lines}\r\n`), async (between) => {
      const client = await between.client();
      const method = status.startsWith('200') ? 'HEAD' : 'GET';
      for (let round = 0; round < 3; round++) await ask(client, head(`${method} / HTTP/1.1`));
      assert.is(between.upstream.connections.length, 1, 'its connection is used again');
      const lengths = client.text.match(/Content-Length: (\d+)/g) ?? [];
      assert.equal(
        lengths,
        length === undefined ? [] : Array.from({ length: 3 }, () => `Content-Length: ${length}`),
      );
      assert.ok(!client.text.includes('Transfer-Encoding'));
    }),
  );

test(
  'an answer without a length ends with its connection, and in chunks for the client',
  within(
    () =>
      Between.open((received) => {
        if (asked(received)) received.socket.end('HTTP/1.0 200 OK\r\n\r\nhello');
        return undefined;
      }),
    async (between) => {
      const client = await between.client();
      assert.equal(await ask(client, get()), { status: 200, body: 'hello', close: false });
      const old = await between.client();
      // HTTP/1.0 knows no chunks (RFC 9112 6.1): there the end of the connection ends it
      const text = await old.send(head('GET / HTTP/1.0', 'Connection: keep-alive')).end();
      assert.ok(text.endsWith('Connection: close\r\n\r\nhello'), text);
    },
  ),
);

test(
  'interim answers go on, in order, before the answer',
  within(
    plain(
      `HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nConnection: x\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${ok()}`,
    ),
    async (between) => {
      const client = await between.client();
      assert.is((await ask(client, get())).status, 200);
      assert.ok(
        client.text.startsWith(
          'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n',
        ),
        client.text,
      );
    },
  ),
);

test(
  'but not to HTTP/1.0 (RFC 9110 15.2)',
  within(plain(`HTTP/1.1 103 Early Hints\r\n\r\n${ok()}`), async (between) => {
    const text = await (await between.client()).send(head('GET / HTTP/1.0')).end();
    assert.ok(text.startsWith('HTTP/1.1 200 OK\r\n'), text);
  }),
);

const posting = head('POST / HTTP/1.1', 'Content-Length: 5', 'Expect: 100-continue');

test(
  'Expect: the upstream decides, and says yes',
  within(
    () =>
      Between.open(({ text }) =>
        text.endsWith('hello')
          ? ok()
          : text.endsWith('\r\n\r\n')
            ? 'HTTP/1.1 100 Continue\r\n\r\n'
            : undefined,
      ),
    async (between) => {
      const client = await between.client();
      await client.send(posting).until((text) => text.includes('100 Continue'));
      assert.match(between.upstream.text, /Expect: 100-continue\r\n/);
      assert.is((await ask(client, 'hello', 'POST')).status, 200);
      assert.is(client.text.split('100 Continue').length, 2, 'once');
    },
  ),
);

test(
  'Expect: the upstream says no, and gets nothing of the body',
  within(
    () =>
      Between.open(({ text }) =>
        text.endsWith('\r\n\r\n') ? 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n' : undefined,
      ),
    async (between) => {
      const client = await between.client();
      const text = await client.send(posting).end();
      assert.match(text, /^HTTP\/1\.1 401 /);
      // whether the client sends its body now nobody can know
      assert.match(text, /Connection: close\r\n/);
      assert.ok(between.upstream.text.endsWith('\r\n\r\n'));
    },
  ),
);

test(
  'Expect: the upstream says nothing for a second, and the proxy says yes',
  within(
    () => Between.open(({ text }) => (text.endsWith('hello') ? ok() : undefined)),
    async (between) => {
      const client = await between.client();
      const before = performance.now();
      await client.send(posting).until((text) => text.includes('100 Continue'));
      assert.ok(performance.now() - before > 900);
      assert.is((await ask(client, 'hello', 'POST')).status, 200);
    },
  ),
);

test(
  'trailers go both ways',
  within(
    () =>
      Between.open(({ text }) =>
        text.endsWith('0\r\nX-Sum: 1\r\n\r\n')
          ? 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Md5\r\n\r\n2\r\nok\r\n0\r\nX-Md5: 2\r\nSet-Cookie: evil=1\r\n\r\n'
          : undefined,
      ),
    async (between) => {
      const client = await between.client();
      await ask(
        client,
        `${head('POST / HTTP/1.1', 'Transfer-Encoding: chunked', 'Trailer: X-Sum')}5\r\nhello\r\n0\r\nX-Sum: 1\r\nCookie: evil=1\r\n\r\n`,
      );
      assert.ok(client.text.endsWith('0\r\nX-Md5: 2\r\n\r\n'), client.text);
      assert.not.match(between.upstream.text + client.text, /evil/);
    },
  ),
);

test(
  'a thousand requests at once are answered in their order',
  within(
    () =>
      Between.open((received) =>
        asked(received)
          ? ok(received.text.slice(received.text.lastIndexOf('GET /') + 5).split(' ', 1)[0])
          : undefined,
      ),
    async (between) => {
      const client = await between.client();
      const numbers = Array.from({ length: 1000 }, (_, at) => String(at));
      client.send(numbers.map((number) => get(`/${number}`)).join(''));
      await client.until((text) => text.endsWith('\r\n\r\n999'));
      assert.equal(
        answersIn(client.text, [], false).map(({ body }) => body),
        numbers,
      );
    },
  ),
);

test(
  'a client that ends behind its requests gets all its answers',
  within(
    () => Between.open((received) => (asked(received) ? ok() : undefined)),
    async (between) => {
      const client = await between.client();
      client.send(get() + get() + head('POST / HTTP/1.1', 'Content-Length: 0'));
      client.socket.end();
      assert.equal(
        answersIn(await client.end(), [], true).map(({ status }) => status),
        [200, 200, 200],
      );
      assert.is(answersIn(client.text, [], true).at(-1)?.close, true);
    },
  ),
);

test(
  'a client that ends within a request gets no answer, and the upstream no whole request',
  within(
    () => Between.open(({ text }) => (text.endsWith('hello') ? ok() : undefined)),
    async (between) => {
      const client = await between.client();
      client.send(`${head('POST / HTTP/1.1', 'Content-Length: 5')}hell`);
      await between.upstream.until((text) => text.endsWith('hell'));
      const gone = new Promise((done) => between.upstream.connections[0]?.socket.once('close', done));
      client.socket.end();
      assert.is(await client.end(), '');
      await gone;
    },
  ),
);

test(
  'Connection: close of the client, and of HTTP/1.0',
  within(plain(ok()), async (between) => {
    for (const octets of [get('/', 'Connection: close'), head('GET / HTTP/1.0')]) {
      const text = await (await between.client()).send(octets).end();
      assert.match(text, /Connection: close\r\n/);
      assert.ok(text.endsWith('\r\n\r\nok'));
    }
    const client = await between.client();
    for (let round = 0; round < 2; round++)
      assert.is((await ask(client, head('GET / HTTP/1.0', 'Connection: keep-alive'))).close, false);
    assert.match(client.text, /Connection: keep-alive\r\n/);
  }),
);

test(
  'Connection: close of the upstream is no business of the client',
  within(plain(ok('ok', 'Connection: close')), async (between) => {
    const client = await between.client();
    for (let round = 0; round < 3; round++) assert.is((await ask(client, get())).close, false);
    assert.is(between.upstream.connections.length, 3);
  }),
);

test(
  'every answer has a Date, once',
  within(
    () =>
      Between.open((received) =>
        asked(received)
          ? ok('ok', ...(received.text.includes('GET /dated') ? ['Date: Tue, 24 Nov 2026 21:00:00 GMT'] : []))
          : undefined,
      ),
    async (between) => {
      const client = await between.client();
      await ask(client, get('/'));
      await ask(client, get('/dated'));
      assert.equal(client.text.match(/^date:/gim)?.length, 2);
      assert.match(client.text, /Date: Tue, 24 Nov 2026 21:00:00 GMT/);
    },
  ),
);

test(
  'a body above the limit of its route: 413 at once where its length is known, else as soon as it is too long',
  within(
    () => Between.open(() => undefined, { bodyLimitMi: 1 }),
    async (between) => {
      const first = await (await between.client())
        .send(head('PUT / HTTP/1.1', 'Content-Length: 1048577'))
        .end();
      assert.match(first, /^HTTP\/1\.1 413 [\s\S]*Connection: close\r\n/);
      assert.is(between.upstream.text, '');
      const client = await between.client();
      const piece = `10000\r\n${'x'.repeat(65_536)}\r\n`;
      client.send(head('PUT / HTTP/1.1', 'Transfer-Encoding: chunked'));
      for (let pieces = 0; pieces < 17 && !client.ended; pieces++)
        await new Promise<void>((sent) => client.socket.write(piece, 'latin1', () => sent()));
      assert.match(await client.end(), /^HTTP\/1\.1 413 [\s\S]*Connection: close\r\n/);
      await until(() => between.upstream.connections[0]?.socket.destroyed === true);
      assert.ok(!between.upstream.text.endsWith('0\r\n\r\n'), 'the upstream must not take it for whole');
    },
  ),
);

test(
  'a body of exactly the limit goes through',
  within(
    () => Between.open(({ text }) => (text.endsWith('end') ? ok() : undefined), { bodyLimitMi: 1 }),
    async (between) => {
      const answer = await ask(
        await between.client(),
        `${head('PUT / HTTP/1.1', 'Content-Length: 1048576')}${'x'.repeat(1_048_573)}end`,
      );
      assert.is(answer.status, 200);
    },
  ),
);

for (const [name, octets, status] of [
  ['a target that is too long', `GET /${'x'.repeat(8192)} HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 414],
  ['a head that is too long', get('/', `X: ${'y'.repeat(33_000)}`), 431],
  ['too many fields', get('/', ...Array.from({ length: 100 }, () => 'X: y')), 431],
  ['an unknown expectation', get('/', 'Expect: x'), 417],
  ['an unknown coding', head('POST / HTTP/1.1', 'Transfer-Encoding: gzip, chunked'), 501],
  ['an unknown version', head('GET / HTTP/1.9'), 505],
  ['CONNECT', head('CONNECT a:1 HTTP/1.1'), 405],
] as const)
  test(
    `${name}: ${status} and the end`,
    within(plain(ok()), async (between) => {
      const text = await (await between.client()).send(octets).end();
      assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*Connection: close\\r\\n`));
      assert.equal([between.log.refused[0]?.status, between.upstream.text], [status, '']);
    }),
  );

test(
  'a head that comes octet by octet is read a few times, not at every octet',
  within(plain(ok()), async (between) => {
    const { read } = RequestHead.prototype;
    let reads = 0;
    RequestHead.prototype.read = function (...parameters) {
      reads++;
      return read.apply(this, parameters);
    };
    try {
      const client = await between.client();
      const octets = get('/', ...Array.from({ length: 60 }, (_, at) => `X-${at}: y`));
      await sendIn(client, octets, octets.length);
      await client.until((text) => text.endsWith('\r\n\r\nok'));
    } finally {
      RequestHead.prototype.read = read;
    }
    assert.ok(reads <= 4, `${reads} reads`);
  }),
);

test(
  'a line feed alone is refused at once, though its head never ends',
  within(plain(ok()), async (between) => {
    const client = await between.client();
    await sendIn(client, `GET / HTTP/1.1\r\nHost: ${host}\r\nX: y\n\n`, 20);
    assert.match(await client.end(), /^HTTP\/1\.1 400 /);
  }),
);

test.run();
