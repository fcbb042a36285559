import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Exchange } from '../../src/exchange.js';
import { Bench, greeting, idle, turns } from './fake.js';
import { block, Flag, frame, get, Type, uint32 } from './frames.js';

/** Answers in one way or another, now or later; some wait for the body, some never answer. */
function answer(exchange: Exchange): void {
  const body = 'x'.repeat(3000);
  switch (exchange.head.path) {
    case '/now':
      exchange.answer(200, 'Content-Type: text/plain\r\n', body);
      break;
    case '/later':
      setImmediate(() => {
        if (!exchange.finished) exchange.answer(200, '', body);
      });
      break;
    case '/body':
      exchange.setHandler({ ...idle, onBodyEnd: () => exchange.answer(200, '', body) });
      exchange.readBody();
      break;
    case '/pause':
      exchange.setHandler({
        ...idle,
        onBody() {
          exchange.pauseBody();
          setImmediate(() => exchange.resumeBody());
        },
        onBodyEnd: () => exchange.abort(),
      });
      exchange.readBody();
      break;
    case '/stream':
      exchange.setHandler(idle);
      exchange.start(200, '', -1);
      exchange.write(Buffer.from(body), 0, 3000);
      setImmediate(() => exchange.end('X-Sum: 1\r\n'));
      break;
    default:
      exchange.setHandler(idle);
  }
}

const path = fc.constantFrom('/now', '/later', '/body', '/pause', '/stream', '/never');
const id = fc.integer({ min: 0, max: 13 });
const flags = fc.constantFrom(0, 1, 4, 5, 5, 4, 8, 12, 32, 37, 255);
const octets = fc.uint8Array({ maxLength: 40 });

const anyFrame = fc.oneof(
  fc.tuple(id, flags, path).map(([stream, flag, to]) => frame(Type.headers, flag, stream, get(to))),
  fc
    .tuple(id, path)
    .map(([stream, to]) =>
      frame(Type.headers, Flag.endHeaders, stream, get(to, [':method', 'POST'], ['content-length', '20'])),
    ),
  fc.tuple(id, flags, octets).map(([stream, flag, body]) => frame(Type.data, flag, stream, body)),
  fc.tuple(id, flags).map(([stream, flag]) => frame(Type.headers, flag, stream, block(['x-sum', '1']))),
  fc.tuple(id, flags, octets).map(([stream, flag, body]) => frame(Type.continuation, flag, stream, body)),
  id.map((stream) => frame(Type.reset, 0, stream, uint32(8))),
  fc
    .tuple(id, fc.constantFrom(0, 1, 1000, 0x7fffffff, 0xffffffff))
    .map(([stream, more]) => frame(Type.windowUpdate, 0, stream, uint32(more))),
  fc
    .tuple(fc.integer({ min: 0, max: 9 }), fc.constantFrom(0, 1, 100, 70_000, 0x7fffffff, 0x80000000))
    .map(([key, value]) => frame(Type.settings, 0, 0, Buffer.concat([Buffer.from([0, key]), uint32(value)]))),
  fc.tuple(id, octets).map(([stream, body]) => frame(Type.priority, 0, stream, body)),
  fc.constant(frame(Type.ping, 0, 0, '12345678')),
  fc
    .tuple(fc.integer({ min: 0, max: 20 }), flags, id, octets)
    .map(([type, flag, stream, body]) => frame(type, flag, stream, body)),
);

/** Feeds a session in pieces, and looks whether everything that began came to its end. */
async function play(bytes: Buffer, cuts: readonly number[]): Promise<void> {
  const bench = new Bench(answer);
  let at = 0;
  for (const length of cuts) {
    bench.receive(bytes.subarray(at, at + length));
    at += length;
    if (length % 3 === 0) await turns(1);
  }
  bench.receive(bytes.subarray(at));
  await turns();
  const { requests } = bench.connection;
  if (!bench.connection.gone) {
    assert.is(bench.handled, bench.finished + requests.exchanges.size);
    for (const { stream } of requests.exchanges) assert.ok(!stream.closed || stream.localEnded);
    // time ends what waits
    bench.now += 130_000;
    bench.connection.sweep(bench.now);
    bench.connection.destroy();
  }
  assert.is(bench.finished, bench.handled);
  assert.is(requests.exchanges.size, 0);
  assert.ok([...requests.streams.values()].every((stream) => stream.closed && stream.queued === 0));
  // what was said is HTTP/2: whole frames, none too long, nothing on a stream after its end
  const over = new Set<number>();
  for (const { type, flags, payload, stream } of bench.socket.frames()) {
    assert.ok(payload.length <= 16_384);
    if (stream === 0 || type === Type.windowUpdate) continue;
    if (type !== Type.reset) assert.not.ok(over.has(stream), `frame ${type} on ${stream} after its end`);
    if (type === Type.reset || (flags & Flag.endStream) !== 0) over.add(stream);
  }
}

const cuts = fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 30, size: 'max' });

test('frames in any order never throw, never hang, never leave a request open', () =>
  fc.assert(
    fc.asyncProperty(fc.array(anyFrame, { maxLength: 40, size: 'max' }), cuts, (frames, lengths) =>
      play(Buffer.concat([greeting, ...frames]), lengths),
    ),
    { seed: 31, numRuns: 4000 },
  ));

test('nor do sessions that are right but for a few octets', () => {
  const right = (stream: number, to: string) => [
    frame(Type.headers, Flag.endHeaders, stream, get(to, [':method', 'POST'], ['content-length', '20'])),
    frame(
      Type.data,
      8,
      stream,
      Buffer.concat([Buffer.from([3]), Buffer.from('1234567890'), Buffer.alloc(3)]),
    ),
    frame(Type.windowUpdate, 0, stream, uint32(70_000)),
    frame(Type.data, Flag.endStream, stream, '1234567890'),
  ];
  const session = Buffer.concat([
    greeting,
    ...right(1, '/body'),
    frame(Type.settings, 0, 0, Buffer.concat([Buffer.from([0, 4]), uint32(1000)])),
    frame(Type.headers, Flag.endStream | Flag.endHeaders, 3, get('/now')),
    ...right(5, '/pause'),
    frame(Type.headers, Flag.endStream, 7, get('/stream').subarray(0, 30)),
    frame(Type.continuation, Flag.endHeaders, 7, get('/stream').subarray(30)),
    frame(Type.headers, Flag.endHeaders, 9, get('/body', [':method', 'PUT'])),
    frame(Type.data, 0, 9, 'abc'),
    frame(Type.headers, Flag.endStream | Flag.endHeaders, 9, block(['x-sum', '1'])),
    frame(Type.headers, Flag.endHeaders | Flag.endStream, 11, get('/later')),
    frame(Type.reset, 0, 11, uint32(8)),
    frame(Type.ping, 0, 0, '12345678'),
    frame(Type.windowUpdate, 0, 0, uint32(70_000)),
  ]);
  const change = fc.tuple(
    fc.integer({ min: greeting.length - 18, max: session.length - 1 }),
    fc.integer({ min: 0, max: 255 }),
  );
  return fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 5 }), cuts, (changes, lengths) => {
      const bytes = Buffer.from(session);
      for (const [at, octet] of changes) bytes[at] = octet;
      return play(bytes, lengths);
    }),
    { seed: 32, numRuns: 4000 },
  );
});

test.run();
