import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Handler } from '../../src/exchange.js';
import { block, Flag, frame, get, RawClient, Type, uint32 } from './frames.js';
import { ask, Stage } from './stage.js';

const idle: Handler = { onBody() {}, onBodyEnd() {}, onDrain() {}, onGone() {}, onSweep() {} };
const ended = Flag.endStream | Flag.endHeaders;
const request = get();
const cancel = uint32(8);

/**
 * Lets `attack` loose on a server that an honest client uses as well. The attacker must be gone in less than a second of
 * real time (`clock` lets the service's time pass besides), and the honest client must be served during and after it.
 */
async function besieged(
  attack: (client: RawClient, stage: Stage) => Promise<void> | void,
  { clock = 0, check }: { clock?: number; check?: (stage: Stage) => void } = {},
): Promise<void> {
  // answers at the next turn of the loop, as an upstream would at best
  const stage = await Stage.open({
    handle(exchange) {
      exchange.setHandler(idle);
      if (exchange.head.path === '/wait') return;
      setImmediate(() => {
        if (!exchange.finished) exchange.answer(200, '', 'ok');
      });
    },
  });
  try {
    const honest = stage.client();
    assert.is((await ask(honest, { ':path': '/before' })).body, 'ok');
    const attacker = await RawClient.open(stage.port, stage.certificate.ca);
    await attacker.until(() => attacker.frames.some((one) => one.type === Type.settings));
    assert.is(stage.connections.size, 2);
    const begun = performance.now();
    await attack(attacker, stage);
    const during = ask(honest, { ':path': '/during' });
    if (clock > 0) {
      await new Promise((resolve) => honest.ping(resolve));
      stage.pass(clock);
      await new Promise((resolve) => honest.ping(resolve));
      // the honest client has answered by now, whatever was asked
      stage.pass(6000);
    }
    assert.ok(await attacker.until(() => attacker.closed, 3000), 'the attacker is still connected');
    const took = performance.now() - begun;
    assert.ok(took < 1000, `it took ${took} ms to get rid of the attacker`);
    assert.is((await during).body, 'ok');
    assert.is((await ask(honest, { ':path': '/after' })).body, 'ok');
    assert.is(stage.connections.size, 1);
    attacker.end();
    check?.(stage);
  } finally {
    await stage.close();
  }
}

/** Requests that were begun, without those of the honest client. */
const work = (stage: Stage) =>
  stage.handled.filter(({ head }) => !/^\/(before|during|after)$/.test(head.path)).length;

test('rapid reset, 100,000 pairs: no request begins, the session is destroyed', () =>
  besieged(
    (client) => {
      const pairs: Buffer[] = [];
      for (let i = 0; i < 100_000; i++) {
        pairs.push(frame(Type.headers, ended, 2 * i + 1, request), frame(Type.reset, 0, 2 * i + 1, cancel));
        if (pairs.length === 2000) client.send(...pairs.splice(0));
      }
    },
    { check: (stage) => assert.ok(work(stage) < 200, `${work(stage)} requests began`) },
  ));

test('slow rapid reset: requests that have begun count as well', () =>
  besieged(
    async (client, { handled }) => {
      for (let i = 0; i < 300 && !client.closed; i++) {
        const id = 2 * i + 1;
        const before = handled.length;
        client.send(frame(Type.headers, ended, id, get('/wait')));
        const until = Date.now() + 500;
        while (handled.length === before && !client.closed && Date.now() < until)
          await new Promise(setImmediate);
        client.send(frame(Type.reset, 0, id, cancel));
      }
    },
    {
      check: (stage) => assert.ok(work(stage) >= 190 && work(stage) <= 210, `${work(stage)} requests began`),
    },
  ));

for (const [what, bad] of [
  ['WINDOW_UPDATE of 0', (id: number) => frame(Type.windowUpdate, 0, id, uint32(0))],
  ['a window that overflows', (id: number) => frame(Type.windowUpdate, 0, id, uint32(0x7fffffff))],
  ['DATA after the end', (id: number) => frame(Type.data, 0, id, 'x')],
  ['a short PRIORITY', (id: number) => frame(Type.priority, 0, id, 'x')],
  [
    'a stream that depends on itself',
    (id: number) => frame(Type.priority, 0, id, Buffer.concat([uint32(id), Buffer.from([0])])),
  ],
] as const)
  test(`made-you-reset by ${what}: the session goes, few requests begin`, () =>
    besieged(
      (client) => {
        const frames: Buffer[] = [];
        for (let i = 0; i < 2000; i++)
          frames.push(frame(Type.headers, ended, 2 * i + 1, get('/wait')), bad(2 * i + 1));
        client.send(...frames);
      },
      {
        clock: 12_000,
        check(stage) {
          assert.ok(work(stage) <= 200, `${work(stage)} requests began`);
          assert.ok(stage.finished.length >= work(stage));
        },
      },
    ));

test('CONTINUATION without end', () =>
  besieged((client) => {
    client.send(frame(Type.headers, Flag.endStream, 1, request));
    for (let i = 0; i < 1000 && !client.closed; i++)
      client.send(frame(Type.continuation, 0, 1, block(['x-a', 'b'.repeat(4000)])));
  }));

test('CONTINUATION without anything in it', () =>
  besieged(async (client) => {
    client.send(frame(Type.headers, Flag.endStream, 1, request));
    const empty = Buffer.concat(Array.from({ length: 1000 }, () => frame(Type.continuation, 0, 1)));
    for (let i = 0; i < 50 && !client.closed; i++) {
      client.send(empty);
      await new Promise(setImmediate);
    }
  }));

test('SETTINGS without end', () =>
  besieged(async (client) => {
    const many = Buffer.concat(Array.from({ length: 20_000 }, () => frame(Type.settings, 0, 0)));
    client.socket.pause();
    for (let i = 0; i < 20 && !client.closed; i++) client.send(many);
    await new Promise((resolve) => setTimeout(resolve, 100));
    client.socket.resume();
  }));

test('PING without end', () =>
  besieged(async (client) => {
    const many = Buffer.concat(Array.from({ length: 20_000 }, () => frame(Type.ping, 0, 0, '12345678')));
    client.socket.pause();
    for (let i = 0; i < 20 && !client.closed; i++) client.send(many);
    await new Promise((resolve) => setTimeout(resolve, 100));
    client.socket.resume();
  }));

test('SETTINGS with too much in it', () =>
  besieged(
    (client) => {
      client.send(
        frame(
          Type.settings,
          0,
          0,
          Buffer.concat(Array.from({ length: 100 }, () => Buffer.from([0, 3, 0, 0, 0, 9]))),
        ),
      );
    },
    { clock: 12_000 },
  ));

test('empty DATA without end', () =>
  besieged((client) => {
    client.send(frame(Type.headers, Flag.endHeaders, 1, get('/wait', [':method', 'POST'])));
    const empty = Buffer.concat(Array.from({ length: 1000 }, () => frame(Type.data, 0, 1)));
    for (let i = 0; i < 10; i++) client.send(empty);
  }));

test('heads that are malformed, one after the other', () =>
  besieged((client) => {
    const frames: Buffer[] = [];
    for (let i = 0; i < 1000; i++) frames.push(frame(Type.headers, ended, 2 * i + 1, get('/', ['X-A', 'b'])));
    client.send(...frames);
  }));

test('a field block that is no HPACK', () =>
  besieged((client) => void client.send(frame(Type.headers, ended, 1, Buffer.alloc(40, 0xff))), {
    clock: 12_000,
  }));

test('WINDOW_UPDATE of 0 for the connection', () =>
  besieged((client) => void client.send(frame(Type.windowUpdate, 0, 0, uint32(0))), { clock: 12_000 }));

test('something that is no HTTP/2 at all', () =>
  besieged(
    (client) => void client.socket.write('GET / HTTP/1.1\r\nHost: app.example.test\r\n\r\n'.repeat(20)),
    { clock: 12_000 },
  ));

test('a client that never says anything after its handshake', async () => {
  const stage = await Stage.open({ handle: () => {} });
  try {
    const { connect } = await import('node:tls');
    const socket = connect({
      port: stage.port,
      host: '127.0.0.1',
      ca: stage.certificate.ca,
      servername: 'app.example.test',
      ALPNProtocols: ['h2'],
    });
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    socket.resume();
    const until = Date.now() + 2000;
    while (stage.connections.size === 0 && Date.now() < until) await new Promise(setImmediate);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    stage.pass(9000);
    assert.is(stage.connections.size, 1);
    stage.pass(2000);
    await closed;
    assert.is(stage.connections.size, 0);
  } finally {
    await stage.close();
  }
});

test('as many streams as allowed are served, and what is more is turned away', async () => {
  const stage = await Stage.open({
    handle: (exchange) => exchange.setHandler(idle),
    streamsPerConnection: 10,
  });
  try {
    const client = await RawClient.open(stage.port, stage.certificate.ca);
    for (let i = 0; i < 12; i++) client.send(frame(Type.headers, ended, 2 * i + 1, request));
    assert.is(await client.outcome(21), 'reset 7');
    assert.is(await client.outcome(23), 'reset 7');
    const until = Date.now() + 2000;
    while (stage.handled.length < 10 && Date.now() < until) await new Promise(setImmediate);
    for (const exchange of stage.handled) exchange.answer(200, '', 'ok');
    assert.is(await client.outcome(19), 'ended');
    client.send(frame(Type.headers, ended, 25, request));
    while (stage.handled.length < 11 && Date.now() < until) await new Promise(setImmediate);
    stage.handled[10]?.answer(200, '', 'ok');
    assert.is(await client.outcome(25), 'ended');
    client.end();
  } finally {
    await stage.close();
  }
});

test('an idle connection is asked, stays while it answers, and goes after three minutes', async () => {
  const stage = await Stage.open({ handle: (exchange) => exchange.answer(200, '', 'ok') });
  try {
    const client = await RawClient.open(stage.port, stage.certificate.ca);
    client.answers = true;
    /** Lets time pass slowly enough for answers to come. */
    const live = async (seconds: number) => {
      for (let left = seconds; left > 0 && !client.closed; left -= 3) {
        stage.pass(3000);
        const pongs = client.of(Type.ping, 0).filter((one) => one.flags === Flag.ack).length;
        client.send(frame(Type.ping, 0, 0, '12345678'));
        await client.until(
          () => client.of(Type.ping, 0).filter((one) => one.flags === Flag.ack).length > pongs,
          500,
        );
      }
    };
    const asked = () => client.of(Type.ping, 0).filter((one) => one.flags === Flag.none).length;
    client.send(frame(Type.headers, ended, 1, request));
    await client.outcome(1);
    await live(120);
    assert.ok(asked() >= 1, `asked ${asked()} times`);
    client.send(frame(Type.headers, ended, 3, request));
    assert.is(await client.outcome(3), 'ended');
    await live(150);
    assert.is(stage.connections.size, 1);
    await live(45);
    assert.ok(await client.until(() => client.closed));
    assert.is(client.of(Type.goaway, 0)[0]?.payload.readUInt32BE(4), 0);

    const silent = await RawClient.open(stage.port, stage.certificate.ca);
    silent.send(frame(Type.headers, ended, 1, request));
    await silent.outcome(1);
    stage.pass(79_000);
    assert.is(stage.connections.size, 1);
    stage.pass(4000);
    assert.ok(await silent.until(() => silent.closed));
  } finally {
    await stage.close();
  }
});

test('bodies nobody reads are bounded for the connection as a whole', async () => {
  const stage = await Stage.open({ handle: (exchange) => exchange.setHandler(idle) });
  try {
    const client = stage.client();
    const streams = Array.from({ length: 40 }, () => {
      const stream = client.request({ ':authority': 'app.example.test', ':path': '/', ':method': 'POST' });
      stream.on('error', () => {});
      stream.resume();
      // all in all less than node's client may have waiting
      stream.write(Buffer.alloc(200_000));
      return stream;
    });
    const until = Date.now() + 5000;
    const unread = () => [...stage.connections].reduce((sum, connection) => sum + connection.unread, 0);
    while (unread() < 4_194_304 && Date.now() < until) await new Promise(setImmediate);
    for (let i = 0; i < 5; i++) await new Promise((resolve) => client.ping(resolve));
    assert.is(unread(), 4_194_304);
    // whoever is answered makes room for the others
    const over = streams.map((stream) => new Promise((resolve) => stream.once('end', resolve)));
    for (const exchange of stage.handled) exchange.answer(503, '', '');
    await Promise.all(over);
    assert.is(unread(), 0);
  } finally {
    await stage.close();
  }
});

test('a client that takes nothing of its answer is given up after the idle time', async () => {
  const stage = await Stage.open({ handle: (exchange) => exchange.answer(200, '', 'x'.repeat(100_000)) });
  try {
    const client = await RawClient.open(stage.port, stage.certificate.ca);
    client.answers = true;
    client.send(frame(Type.headers, ended, 1, request));
    assert.ok(await client.until(() => client.body(1).length === 65_535));
    stage.pass(59_000);
    client.send(frame(Type.ping, 0, 0, '12345678'));
    assert.ok(await client.until(() => client.of(Type.ping, 0).some((one) => one.flags === Flag.ack)));
    assert.is(client.of(Type.reset, 1).length, 0);
    stage.pass(2000);
    assert.is(await client.outcome(1), 'reset 8');
    client.end();
  } finally {
    await stage.close();
  }
});

for (const [what, bytes] of [
  ['a head that is not complete', frame(Type.headers, Flag.endStream, 1, request)],
  ['a frame that is not complete', frame(Type.headers, ended, 1, request).subarray(0, 20)],
  ['the head of a frame that is not complete', Buffer.alloc(5)],
] as const)
  test(`${what} ends the connection after a while`, async () => {
    const stage = await Stage.open({ handle: () => {} });
    try {
      const client = await RawClient.open(stage.port, stage.certificate.ca);
      client.send(bytes, frame(Type.ping, 0, 0, '12345678').subarray(0, 0));
      await client.until(() =>
        client.frames.some((one) => one.type === Type.settings && one.flags === Flag.ack),
      );
      stage.pass(10_000);
      assert.is(stage.connections.size, 1);
      stage.pass(2000);
      assert.ok(await client.until(() => client.closed));
    } finally {
      await stage.close();
    }
  });

test('WINDOW_UPDATE of 1 without end', () =>
  besieged((client) => {
    const many = Buffer.concat(Array.from({ length: 1000 }, () => frame(Type.windowUpdate, 0, 0, uint32(1))));
    for (let i = 0; i < 5; i++) client.send(many);
  }));

test('WINDOW_UPDATE of streams that are over without end', () =>
  besieged(async (client) => {
    client.send(frame(Type.headers, ended, 1, request));
    await client.outcome(1);
    const many = Buffer.concat(Array.from({ length: 1000 }, () => frame(Type.windowUpdate, 0, 1, uint32(1))));
    for (let i = 0; i < 5; i++) client.send(many);
  }));

test('an answer that is taken octet by octet', async () =>
  besieged(async (client, stage) => {
    client.send(
      frame(Type.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0])),
      frame(Type.headers, ended, 1, get('/wait')),
    );
    const until = Date.now() + 500;
    const { length } = stage.handled;
    while (stage.handled.length === length && Date.now() < until) await new Promise(setImmediate);
    stage.handled.at(-1)?.answer(200, '', 'x'.repeat(50_000));
    const many = Buffer.concat(Array.from({ length: 1000 }, () => frame(Type.windowUpdate, 0, 1, uint32(1))));
    for (let i = 0; i < 4; i++) client.send(many);
  }));

for (const [what, one] of [
  ['PRIORITY', frame(Type.priority, 0, 3, Buffer.alloc(5))],
  ['frames of an unknown type', frame(99, 0, 0, 'x')],
  ['answers to SETTINGS that were not sent', frame(Type.settings, Flag.ack, 0)],
  ['answers to PINGs that were not sent', frame(Type.ping, Flag.ack, 0, '12345678')],
  ['resets of streams that are over', frame(Type.reset, 0, 1, cancel)],
] as const)
  test(`${what} without end`, () =>
    besieged(async (client) => {
      client.send(frame(Type.headers, ended, 1, request));
      await client.outcome(1);
      const many = Buffer.concat(Array.from({ length: 1000 }, () => one));
      for (let i = 0; i < 5; i++) client.send(many);
    }));

test('fields that decode to many times their size', () =>
  besieged((client) => {
    // one entry that fills the table, then thousands of single octets that mean it
    const entry = Buffer.concat([Buffer.from([0x40, 1, 0x61, 127, 0xd8, 0x1e]), Buffer.alloc(4055, 'b')]);
    client.send(
      frame(Type.headers, ended, 1, Buffer.concat([request, entry])),
      frame(Type.headers, ended, 3, Buffer.concat([request, Buffer.alloc(16_000, 0xbe)])),
    );
  }));

test.run();
