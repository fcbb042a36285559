import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:http2';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Exchange } from '../../src/exchange.js';
import { ResponseHead } from '../../src/http1/response-head.js';
import { Bench, greeting, idle, turns } from './fake.js';
import { block, Flag, frame, get, RawClient, Type, uint32 } from './frames.js';
import { ask, Stage } from './stage.js';

const ended = Flag.endStream | Flag.endHeaders;
const window = (octets: number) => Buffer.concat([Buffer.from([0, 4]), uint32(octets)]);

/** Sends a body of this length as fast as it is taken, in pieces of a size that changes. */
function pour(exchange: Exchange, length: number, seed: Buffer): void {
  let sent = 0;
  const go = () => {
    while (sent < length) {
      const start = sent % seed.length;
      const end = Math.min(seed.length, start + 1 + ((sent * 7919) % 50_000), start + length - sent);
      sent += end - start;
      if (!exchange.write(seed, start, end) && sent < length) return;
    }
    exchange.end('');
  };
  exchange.setHandler({ ...idle, onDrain: go });
  exchange.start(200, '', length);
  go();
}

const seed = randomBytes(100_000);
const large = 50_000_000;

for (const [what, initialWindowSize] of [
  ['small', 1000],
  ['usual', 65_535],
  ['large', 16_777_216],
] as const)
  test(`a download of 50 MB through ${what} windows is what was sent`, async () => {
    const length = initialWindowSize < 10_000 ? large / 10 : large;
    const stage = await Stage.open({ handle: (exchange) => pour(exchange, length, seed) });
    try {
      const client = connect(`https://127.0.0.1:${stage.port}`, {
        ca: stage.certificate.ca,
        servername: 'app.example.test',
        settings: { initialWindowSize },
      });
      const stream = client.request({ ':authority': 'app.example.test', ':path': '/' });
      const hash = createHash('sha1');
      let octets = 0;
      stream.on('data', (piece: Buffer) => {
        octets += piece.length;
        hash.update(piece);
      });
      await once(stream, 'close');
      const expected = createHash('sha1');
      for (let at = 0; at < length; at += seed.length)
        expected.update(seed.subarray(0, Math.min(seed.length, length - at)));
      assert.is(octets, length);
      assert.is(hash.digest('hex'), expected.digest('hex'));
      client.destroy();
    } finally {
      await stage.close();
    }
  });

test('an upload of 50 MB arrives as it was sent, whoever pauses', async () => {
  const hash = createHash('sha1');
  const stage = await Stage.open({
    handle(exchange) {
      let count = 0;
      exchange.setHandler({
        ...idle,
        onBody(bytes, start, end) {
          hash.update(bytes.subarray(start, end));
          if (++count % 100 !== 0) return;
          exchange.pauseBody();
          setImmediate(() => exchange.resumeBody());
        },
        onBodyEnd: () => exchange.answer(200, '', String(exchange.requestBytes)),
      });
      exchange.readBody();
    },
  });
  try {
    const body = randomBytes(large);
    const answer = await ask(stage.client(), { ':method': 'PUT', ':path': '/' }, body);
    assert.is(answer.body, String(large));
    assert.is(hash.digest('hex'), createHash('sha1').update(body).digest('hex'));
  } finally {
    await stage.close();
  }
});

test('a hundred downloads at once, while the client changes its mind about windows', async () => {
  const length = 200_000;
  const stage = await Stage.open({ handle: (exchange) => pour(exchange, length, seed) });
  try {
    const client = stage.client();
    await once(client, 'connect');
    let open = 100;
    const over = Array.from({ length: open }, async () => {
      const stream = client.request({ ':authority': 'app.example.test', ':path': '/' });
      let octets = 0;
      stream.on('data', (piece: Buffer) => {
        octets += piece.length;
      });
      await once(stream, 'close');
      open--;
      return octets;
    });
    // up and down, as far as below what has been sent already
    for (let change = 0; open > 0 && change < 50; change++) {
      client.settings({ initialWindowSize: [1, 100_000, 16_384, 65_535, 300_000][change % 5] ?? 1 });
      await new Promise((resolve) => client.ping(resolve));
    }
    assert.ok((await Promise.all(over)).every((octets) => octets === length));
  } finally {
    await stage.close();
  }
});

test('whatever fields a client sends are read as they were sent', async () => {
  const stage = await Stage.open({ handle: (exchange) => exchange.answer(200, '', exchange.head.lines()) });
  const name = fc
    .array(fc.constantFrom(...'abcdefghij0123456789'), { minLength: 1, maxLength: 12 })
    .map((list) => `x-${list.join('')}`);
  const value = fc
    .array(fc.integer({ min: 33, max: 126 }), { maxLength: 80 })
    .map((list) => String.fromCharCode(...list));
  try {
    // one session, so that the tables of both sides go on
    const client = stage.client();
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value, { maxKeys: 20 }), async (fields) => {
        const { body } = await ask(client, { ':path': '/', ...fields });
        const lines = Object.entries(fields).map(([key, text]) => `${key}: ${text}\r\n`);
        assert.equal(body.split(/(?<=\r\n)/).sort(), lines.length === 0 ? [''] : lines.sort());
      }),
      { seed: 41, numRuns: 500 },
    );
  } finally {
    await stage.close();
  }
});

test('a window may become negative, and opens again', async () => {
  const bench = new Bench((exchange) => exchange.answer(200, '', 'x'.repeat(3000)));
  const octets = () =>
    bench.socket
      .frames()
      .filter((one) => one.type === Type.data)
      .reduce((sum, { payload }) => sum + payload.length, 0);
  bench.receive(Buffer.concat([greeting, frame(Type.settings, 0, 0, window(1000))]));
  bench.receive(frame(Type.headers, ended, 1, get()));
  await turns();
  assert.is(octets(), 1000);
  bench.receive(frame(Type.settings, 0, 0, window(400)));
  bench.receive(frame(Type.windowUpdate, 0, 1, uint32(600)));
  await turns();
  assert.is(octets(), 1000);
  bench.receive(frame(Type.windowUpdate, 0, 1, uint32(1)));
  await turns();
  assert.is(octets(), 1001);
  bench.receive(frame(Type.settings, 0, 0, window(5000)));
  await turns();
  assert.is(octets(), 3000);
  bench.connection.destroy();
});

test('streams that wait take turns', async () => {
  const bench = new Bench((exchange) => exchange.answer(200, '', 'x'.repeat(200_000)));
  bench.receive(Buffer.concat([greeting, frame(Type.settings, 0, 0, window(1_000_000))]));
  for (const id of [1, 3, 5]) bench.receive(frame(Type.headers, ended, id, get()));
  await turns();
  bench.receive(frame(Type.windowUpdate, 0, 0, uint32(16_384 * 6)));
  await turns();
  const data = bench.socket.frames().filter((one) => one.type === Type.data);
  assert.equal(
    data.slice(-6).map(({ stream }) => stream),
    [1, 3, 5, 1, 3, 5],
  );
  bench.connection.destroy();
});

test('nothing leaves while the socket takes nothing, and everything once it does', async () => {
  const bench = new Bench((exchange) => exchange.answer(200, '', 'x'.repeat(60_000)));
  bench.receive(greeting);
  bench.socket.writableNeedDrain = true;
  bench.receive(frame(Type.headers, ended, 1, get()));
  await turns();
  const data = () => bench.socket.frames().filter((one) => one.type === Type.data);
  assert.is(data().length, 0);
  bench.socket.writableNeedDrain = false;
  bench.socket.emit('drain');
  await turns();
  assert.is(
    data().reduce((sum, { payload }) => sum + payload.length, 0),
    60_000,
  );
  assert.is(data().at(-1)?.flags, Flag.endStream);
  bench.connection.destroy();
});

test('pieces of all sizes wait, and leave in order', async () => {
  const sizes = [
    1,
    3,
    2000,
    3000,
    5,
    9000,
    1,
    1,
    8000,
    1500,
    2047,
    2048,
    ...Array.from({ length: 3000 }, () => 1),
  ];
  const body = randomBytes(sizes.reduce((sum, size) => sum + size, 0));
  const bench = new Bench((exchange) => {
    exchange.setHandler(idle);
    exchange.start(200, '', body.length);
    let at = 0;
    for (const [i, size] of sizes.entries()) {
      const piece = Buffer.from(body.subarray(at, at + size));
      if (i % 3 === 0) exchange.send(piece);
      else {
        exchange.write(piece, 0, size);
        // theirs again
        piece.fill(0);
      }
      at += size;
    }
    exchange.end('');
  });
  bench.receive(Buffer.concat([greeting, frame(Type.settings, 0, 0, window(2))]));
  bench.receive(frame(Type.headers, ended, 1, get()));
  await turns();
  for (let i = 1; i < 1000; i++) bench.receive(frame(Type.windowUpdate, 0, 1, uint32(i)));
  await turns();
  const data = bench.socket.frames().filter((one) => one.type === Type.data);
  assert.ok(Buffer.concat(data.map(({ payload }) => payload)).equals(body));
  assert.is(data.at(-1)?.flags, Flag.endStream);
  bench.connection.destroy();
});

test('who sends more than was granted is stopped', async () => {
  const goaway = (bench: Bench) =>
    bench.socket
      .frames()
      .find((one) => one.type === Type.goaway)
      ?.payload.readUInt32BE(4);
  const post = (id: number) => frame(Type.headers, Flag.endHeaders, id, get('/', [':method', 'POST']));
  const piece = (id: number) => frame(Type.data, 0, id, Buffer.alloc(16_384));
  const one = new Bench((exchange) => exchange.setHandler(idle));
  one.receive(Buffer.concat([greeting, post(1)]));
  for (let i = 0; i < 64; i++) one.receive(piece(1));
  await turns();
  assert.not.ok(one.socket.frames().some((each) => each.type === Type.reset));
  assert.is(one.connection.unread, 1_048_576);
  one.receive(frame(Type.data, 0, 1, 'x'));
  await turns();
  assert.equal(one.socket.frames().find((each) => each.type === Type.reset)?.payload, uint32(3));
  assert.is(one.connection.unread, 0);
  one.connection.destroy();
  const all = new Bench((exchange) => exchange.setHandler(idle));
  all.receive(Buffer.concat([greeting, ...[1, 3, 5, 7, 9].map(post)]));
  for (let i = 0; i < 256; i++) all.receive(piece(1 + 2 * (i >> 6)));
  await turns();
  assert.is(all.connection.gone, false);
  all.receive(frame(Type.data, 0, 9, 'x'));
  await turns();
  assert.is(goaway(all), 3);
});

test('a body that is longer or shorter than its length is a fault of the stream', async () => {
  for (const pieces of [['12345'], ['1234567890', 'x']]) {
    const gone: string[] = [];
    const bench = new Bench((exchange) => {
      exchange.setHandler({
        ...idle,
        onGone: () => gone.push(exchange.error),
        onBodyEnd: () => gone.push('whole'),
      });
      exchange.readBody();
    });
    bench.receive(greeting);
    bench.receive(
      frame(Type.headers, Flag.endHeaders, 1, get('/', [':method', 'POST'], ['content-length', '10'])),
    );
    await turns();
    for (const [at, piece] of pieces.entries())
      bench.receive(frame(Type.data, at + 1 === pieces.length ? 1 : 0, 1, piece));
    await turns();
    assert.equal(gone, ['EDGE_FRAMING']);
    assert.equal(bench.socket.frames().find((each) => each.type === Type.reset)?.payload, uint32(1));
    bench.connection.destroy();
  }
});

test('octets of streams that are over are granted again', async () => {
  const bench = new Bench((exchange) => exchange.answer(413, '', ''));
  bench.receive(greeting);
  for (let id = 1; id <= 19; id += 2)
    bench.receive(frame(Type.headers, Flag.endHeaders, id, get('/', [':method', 'POST'])));
  await turns();
  for (let i = 0; i < 1000; i++) bench.receive(frame(Type.data, 0, 1 + 2 * (i % 10), Buffer.alloc(16_000)));
  await turns();
  assert.is(bench.connection.gone, false);
  const granted = bench.socket
    .frames()
    .filter((one) => one.type === Type.windowUpdate && one.stream === 0)
    .reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 65_535);
  assert.ok(granted >= 16_000_000, `${granted} granted`);
  bench.connection.destroy();
});

test('so are those of requests that are taken back, unread, and padding', async () => {
  const bench = new Bench((exchange) => exchange.setHandler(idle));
  const granted = () =>
    bench.socket
      .frames()
      .filter((one) => one.type === Type.windowUpdate && one.stream === 0)
      .reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 65_535);
  bench.receive(greeting);
  const piece = Buffer.concat([Buffer.from([255]), Buffer.alloc(16_000)]);
  for (let id = 1; id <= 41; id += 2) {
    bench.receive(frame(Type.headers, Flag.endHeaders, id, get('/', [':method', 'POST'])));
    await turns(1);
    for (let i = 0; i < 60; i++) bench.receive(frame(Type.data, 8, id, piece));
    bench.receive(frame(Type.reset, 0, id, uint32(8)));
  }
  await turns();
  assert.is(bench.connection.gone, false);
  assert.is(bench.connection.unread, 0);
  assert.ok(granted() >= 16_001 * 60 * 20, `${granted()} granted`);
  // a read body gives everything back, with the padding, to its stream as well
  const reading = new Bench((exchange) => {
    exchange.setHandler(idle);
    exchange.readBody();
  });
  reading.receive(greeting);
  reading.receive(frame(Type.headers, Flag.endHeaders, 1, get('/', [':method', 'POST'])));
  await turns();
  for (let i = 0; i < 60_000; i++)
    reading.receive(frame(Type.data, 8, 1, Buffer.concat([Buffer.from([199]), Buffer.alloc(200)])));
  await turns();
  assert.is(reading.connection.gone, false);
  assert.not.ok(reading.socket.frames().some((one) => one.type === Type.reset));
  bench.connection.destroy();
  reading.connection.destroy();
});

test('a handler that pauses gets nothing, then everything in order', async () => {
  let body = '';
  let exchange: Exchange | undefined;
  let complete = false;
  const bench = new Bench((one) => {
    exchange = one;
    one.setHandler({
      ...idle,
      onBody(bytes, start, end) {
        body += Buffer.from(bytes.subarray(start, end)).toString();
        if (body.length === 3) one.pauseBody();
      },
      onBodyEnd() {
        complete = true;
      },
    });
    one.readBody();
  });
  bench.receive(greeting);
  bench.receive(frame(Type.headers, Flag.endHeaders, 1, get('/', [':method', 'POST'])));
  await turns();
  for (const piece of ['abc', 'def', 'ghi']) bench.receive(frame(Type.data, 0, 1, piece));
  bench.receive(frame(Type.data, Flag.endStream, 1, 'jkl'));
  await turns();
  assert.equal([body, complete, exchange?.bodyDone], ['abc', false, false]);
  exchange?.resumeBody();
  assert.equal([body, complete, exchange?.bodyDone], ['abcdefghijkl', true, true]);
  bench.connection.destroy();
});

test('a request that is taken back in the same breath never begins', async () => {
  const bench = new Bench((exchange) => exchange.setHandler(idle));
  bench.receive(greeting);
  bench.receive(Buffer.concat([frame(Type.headers, ended, 1, get()), frame(Type.reset, 0, 1, uint32(8))]));
  await turns();
  assert.is(bench.handled, 0);
  bench.connection.destroy();
});

test('no setting makes a window larger than any can be', async () => {
  const bench = new Bench((exchange) => exchange.setHandler(idle));
  bench.receive(greeting);
  bench.receive(frame(Type.headers, ended, 1, get()));
  bench.receive(frame(Type.windowUpdate, 0, 1, uint32(0x7fffffff - 65_535)));
  bench.receive(frame(Type.settings, 0, 0, window(65_535)));
  assert.is(bench.connection.gone, false);
  bench.receive(frame(Type.settings, 0, 0, window(65_536)));
  await turns();
  assert.is(bench.socket.frames().at(-1)?.payload.readUInt32BE(4), 3);
  assert.ok(bench.connection.gone);
});

test('a head larger than a frame goes in several', async () => {
  const value = 'v'.repeat(40_000);
  const stage = await Stage.open({
    handle(exchange) {
      const head = new ResponseHead();
      head.read(Buffer.from(`HTTP/1.1 200 OK\r\nX-Large: ${value}\r\nContent-Length: 0\r\n\r\n`));
      exchange.relay(head, 0, '');
      exchange.end('');
    },
  });
  try {
    const client = await RawClient.open(stage.port, stage.certificate.ca);
    client.send(frame(Type.headers, ended, 1, get()));
    await client.until(() => client.of(Type.continuation, 1).some(({ flags }) => flags === Flag.endHeaders));
    assert.is(client.of(Type.headers, 1)[0]?.flags, Flag.endStream);
    assert.is(client.of(Type.continuation, 1).length, 2);
    client.end();
    const { headers } = await ask(stage.client(), { ':path': '/' });
    assert.is(headers['x-large'], value);
  } finally {
    await stage.close();
  }
});

test('a client that leaves gets its answers first; requests behind our own GOAWAY are not taken', async () => {
  const stage = await Stage.open({ handle: (exchange) => exchange.setHandler(idle) });
  try {
    const client = await RawClient.open(stage.port, stage.certificate.ca);
    client.send(frame(Type.headers, ended, 1, get()), frame(Type.goaway, 0, 0, Buffer.alloc(8)));
    const until = Date.now() + 2000;
    while (stage.handled.length < 1 && Date.now() < until) await new Promise(setImmediate);
    stage.handled[0]?.answer(200, '', 'late');
    assert.ok(await client.until(() => client.closed));
    assert.is(client.body(1), 'late');
    const other = await RawClient.open(stage.port, stage.certificate.ca);
    other.send(frame(Type.headers, ended, 1, get()));
    while (stage.handled.length < 2 && Date.now() < until) await new Promise(setImmediate);
    for (const connection of [...stage.connections]) connection.drain();
    other.send(frame(Type.headers, ended, 3, get()));
    other.send(frame(Type.ping, 0, 0, '12345678'));
    await other.until(() => other.of(Type.ping, 0).length > 0);
    assert.is(other.of(Type.goaway, 0)[0]?.payload.readUInt32BE(0), 1);
    stage.handled[1]?.answer(200, '', 'last');
    assert.ok(await other.until(() => other.closed));
    assert.is(other.body(1), 'last');
    assert.is(stage.handled.length, 2);
  } finally {
    await stage.close();
  }
});

test('trailers are trailers: with END_STREAM, without pseudo-fields', async () => {
  for (const [what, flags, fields] of [
    ['not the end', Flag.endHeaders, block(['x-sum', '1'])],
    ['a pseudo-field', ended, block([':path', '/'])],
    ['upper case', ended, block(['X-Sum', '1'])],
    ['a line end', ended, block(['x-sum', '1\r\nx-a: b'])],
    ['a field of the connection', ended, block(['connection', 'close'])],
  ] as const) {
    const bench = new Bench((exchange) => {
      exchange.setHandler({ ...idle, onBodyEnd: () => assert.unreachable(what) });
      exchange.readBody();
    });
    bench.receive(greeting);
    bench.receive(frame(Type.headers, Flag.endHeaders, 1, get('/', [':method', 'POST'])));
    await turns();
    bench.receive(frame(Type.headers, flags, 1, fields));
    await turns();
    assert.equal(bench.socket.frames().find((each) => each.type === Type.reset)?.payload, uint32(1), what);
    bench.connection.destroy();
  }
});

test.run();
