import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ask, asked, Between, get, head, ok, until, within } from './between.js';

const second = 1000;
const silent = () => Between.open(() => undefined);
const plain = () => Between.open((received) => (asked(received) ? ok() : undefined));

test(
  'a client that says nothing is let go after the time for a head',
  within(plain, async (between) => {
    const client = await between.client();
    await until(() => between.service.connections.size === 1);
    between.pass(9 * second);
    assert.is(between.service.connections.size, 1);
    between.pass(11 * second);
    assert.is(await client.end(), '');
  }),
);

test(
  'a head that comes too slowly: 408',
  within(plain, async (between) => {
    const client = await between.client();
    client.send('GET / HTTP/1.1\r\n');
    // a head has to be there in time as a whole: a drop now and then does not help
    await until(() => phase(between) === 1);
    client.send('X: y\r\n');
    between.pass(9 * second);
    assert.not.ok(client.ended);
    between.pass(11 * second);
    assert.match(await client.end(), /^HTTP\/1\.1 408 [\s\S]*Connection: close\r\n/);
    assert.is(between.log.refused[0]?.status, 408);
  }),
);

/** Where a connection stands: 0 idle, 1 within a head, 2 within a request. */
const phase = (between: Between) =>
  ([...between.service.connections][0] as unknown as { phase: number } | undefined)?.phase;

test(
  'an idle connection is let go after the time between two requests',
  within(plain, async (between) => {
    const client = await between.client();
    await ask(client, get());
    between.pass(74 * second);
    assert.is((await ask(client, get())).status, 200);
    between.pass(76 * second);
    await client.end();
    assert.is(between.service.connections.size, 0);
  }),
);

test(
  'the times can be others',
  within(plain, async (between) => {
    between.patience({ keepAlive: 2 * second });
    const client = await between.client();
    await ask(client, get());
    between.pass(3 * second);
    await client.end();
  }),
);

test(
  'a body of which nothing more comes: 408, and the upstream never has a whole request',
  within(silent, async (between) => {
    const client = await between.client();
    client.send(`${head('POST / HTTP/1.1', 'Content-Length: 5')}he`);
    await between.upstream.until((text) => text.endsWith('he'));
    between.pass(59 * second - 30 * second);
    assert.not.ok(client.ended);
    between.pass(61 * second);
    assert.match(await client.end(), /^HTTP\/1\.1 408 /);
    await until(() => between.upstream.connections[0]?.socket.destroyed === true);
  }),
);

test(
  'a body slower than 1 KiB/s, once its time of grace is over',
  within(silent, async (between) => {
    const client = await between.client();
    client.send(`${head('POST / HTTP/1.1', 'Content-Length: 1000000')}${'x'.repeat(5000)}`);
    await between.upstream.until((text) => text.endsWith('x'.repeat(5000)));
    between.pass(34 * second);
    assert.not.ok(client.ended);
    between.pass(36 * second);
    assert.match(await client.end(), /^HTTP\/1\.1 408 /);
    assert.is(between.log.requests[0]?.status, 408);
  }),
);

test(
  'the rest of a body that nobody wants, and that does not come',
  within(
    () => Between.open(({ text }) => (text.includes('\r\n\r\n') ? ok() : undefined)),
    async (between) => {
      const client = await between.client();
      const answer = await ask(client, head('POST / HTTP/1.1', 'Content-Length: 100'));
      assert.equal([answer.status, answer.close], [200, false]);
      between.pass(32 * second);
      await client.end();
      assert.is(between.service.connections.size, 0);
    },
  ),
);

test(
  'an upstream that does not answer: 504',
  within(silent, async (between) => {
    const client = await between.client();
    client.send(get());
    await between.upstream.until((text) => text.endsWith('\r\n\r\n'));
    between.pass(59 * second);
    assert.not.ok(client.ended);
    between.pass(61 * second);
    await client.until((text) => text.includes('\r\n\r\n'));
    assert.match(client.text, /^HTTP\/1\.1 504 /);
    await until(() => between.upstream.connections[0]?.socket.destroyed === true);
  }),
);

test(
  'an upstream that stops within its answer: the answer breaks off',
  within(
    () =>
      Between.open((received) =>
        asked(received) ? 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello' : undefined,
      ),
    async (between) => {
      const client = await between.client();
      await client.send(get()).until((text) => text.endsWith('hello'));
      between.pass(61 * second);
      const text = await client.end();
      assert.ok(text.endsWith('hello'));
    },
  ),
);

test(
  'an upstream that takes no more of a body: 504',
  within(
    () =>
      Between.open(
        ({ socket }) => {
          socket.pause();
          return undefined;
        },
        { bodyLimitMi: 'unlimited' },
      ),
    async (between) => {
      const client = await between.client();
      client.send(head('POST / HTTP/1.1', 'Content-Length: 1000000000'));
      const piece = Buffer.alloc(262_144, 'x');
      while (client.socket.writableLength < 16 * piece.length) {
        client.socket.write(piece);
        await new Promise((turn) => setImmediate(turn));
      }
      // until nothing moves any more
      let before = -1;
      await until(() => {
        const now =
          between.service.connections.size === 0
            ? -2
            : client.socket.bytesWritten - client.socket.writableLength;
        const still = now === before;
        before = now;
        return still;
      });
      between.pass(59 * second);
      assert.not.ok(client.ended);
      between.pass(61 * second);
      await client.until((text) => text.includes('\r\n\r\n'));
      assert.match(client.text, /^HTTP\/1\.1 504 /);
    },
  ),
);

test(
  'a refused client that does not leave is cut off',
  within(plain, async (between) => {
    const client = await between.client();
    client.socket.allowHalfOpen = true;
    await client.send('nonsense\r\n\r\n').until((text) => text.includes('\r\n\r\n'));
    await until(() => between.log.refused.length === 1);
    between.pass(3 * second);
    assert.is(between.service.connections.size, 0);
  }),
);

test.run();
