import { createHash } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Http1Connection } from '../../src/http1/connection.js';
import { Random } from '../fuzz/random.js';
import { ask, asked, Between, get, head, ok, until, within } from './between.js';

const MiB = 1_048_576;
const hundred = 100 * MiB;
/** What the kernel keeps for two connections between programs that do not read, and some more. */
const inKernel = 32 * MiB;
/** What the proxy may keep of one body: what may wait for a client, and a piece or two. */
const inProxy = MiB;
const piece = Buffer.alloc(65_536, 'x');

/** Writes so many octets as fast as they are taken. */
function pour(socket: Socket, octets: number): void {
  let left = octets;
  const more = () => {
    while (left > 0) {
      const next = Math.min(left, piece.length);
      left -= next;
      if (!socket.write(next === piece.length ? piece : piece.subarray(0, next))) return;
    }
    socket.off('drain', more);
  };
  socket.on('drain', more);
  more();
}

const taken = (socket: Socket | undefined) =>
  socket === undefined ? 0 : socket.bytesWritten - socket.writableLength;

/** Waits until a number stays the same for a while. */
async function still(number: () => number): Promise<void> {
  let same = 0;
  let before = number();
  while (same < 2000) {
    await new Promise((turn) => setImmediate(turn));
    const now = number();
    same = now === before ? same + 1 : 0;
    before = now;
  }
}

/** Octets that wait in the proxy for clients. */
const waiting = (between: Between) =>
  [...between.service.connections].reduce(
    (sum, connection) => sum + (connection as Http1Connection).socket.writableLength,
    0,
  );

for (const secure of [false, true])
  test(
    `100 MB to a client that does not read${secure ? ', over TLS' : ''}: the upstream is held back, and all of it arrives`,
    within(
      () =>
        Between.open(
          (received) => {
            if (!asked(received)) return undefined;
            received.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${hundred}\r\n\r\n`);
            pour(received.socket, hundred);
            return undefined;
          },
          {},
          secure,
        ),
      async (between) => {
        const client = await between.client();
        client.socket.removeAllListeners('data');
        client.socket.pause();
        client.send(get());
        await until(() => between.upstream.connections.length > 0);
        const upstream = between.upstream.connections[0]?.socket;
        await still(() => taken(upstream));
        assert.ok(taken(upstream) < inKernel, `${taken(upstream)} octets were taken from the upstream`);
        assert.ok(waiting(between) < inProxy, `${waiting(between)} octets wait in the proxy`);
        let octets = 0;
        client.socket.on('data', (chunk: Buffer) => {
          octets += chunk.length;
        });
        client.socket.resume();
        await until(() => octets >= hundred);
        await until(() => between.log.requests.length === 1);
      },
    ),
  );

/** An upstream that reads nothing until it is told to, and then counts. */
class Slow {
  octets = 0;
  readonly hash = createHash('sha256');
  socket: Socket | undefined;
  head = '';
  private readonly server: Server;

  constructor(private readonly whole: (slow: Slow) => boolean) {
    this.server = createServer({ pauseOnConnect: true }, (socket) => {
      this.socket = socket;
      socket.on('error', () => {});
      socket.on('data', (chunk: Buffer) => {
        let body = chunk;
        if (this.octets === 0 && !this.head.includes('\r\n\r\n')) {
          const text = this.head + chunk.toString('latin1');
          const end = text.indexOf('\r\n\r\n') + 4;
          const before = this.head.length;
          this.head = text.slice(0, end);
          body = chunk.subarray(end - before);
        }
        this.octets += body.length;
        this.hash.update(body);
        if (this.whole(this)) socket.end(ok());
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    const address = this.server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  }

  async close(): Promise<void> {
    this.socket?.destroy();
    await new Promise((done) => this.server.close(done));
  }
}

test('100 MB to an upstream that does not read: the client is held back, and all of it arrives', async () => {
  const slow = new Slow(({ octets }) => octets === hundred);
  const origin = await slow.listen();
  const between = await Between.open(() => undefined, { bodyLimitMi: 'unlimited' });
  // another upstream than the usual one
  const { edge } = between.edge;
  const { config } = edge.service.setup;
  const hosts = config.hosts.map((one) => ({
    ...one,
    routes: one.routes.map((route) => ({ ...route, upstream: origin })),
  }));
  edge.service.adopt({ ...config, hosts } as typeof config);
  try {
    const client = await between.client();
    client.send(head('PUT / HTTP/1.1', `Content-Length: ${hundred}`));
    pour(client.socket, hundred);
    await still(() => taken(client.socket));
    assert.ok(taken(client.socket) < inKernel, `${taken(client.socket)} octets were taken from the client`);
    slow.socket?.resume();
    await client.until((text) => text.endsWith('ok'));
    assert.is(slow.octets, hundred);
  } finally {
    await between.close();
    await slow.close();
  }
});

for (const secure of [false, true])
  test(
    `a large body in chunks of all sizes arrives as it was${secure ? ', over TLS' : ''}`,
    within(
      () => Between.open(({ text }) => (text.endsWith('\r\n0\r\n\r\n') ? ok() : undefined), {}, secure),
      async (between) => {
        const random = new Random(5);
        const client = await between.client();
        let body = '';
        client.send(head('PUT / HTTP/1.1', 'Transfer-Encoding: chunked'));
        for (let left = 200; left > 0; left--) {
          const data = String.fromCharCode(97 + random.below(26)).repeat(
            1 + random.below(random.below(4) === 0 ? 70_000 : 300),
          );
          body += data;
          client.send(`${data.length.toString(16)};x\r\n${data}\r\n`);
        }
        client.send('0\r\n\r\n');
        await client.until((text) => text.endsWith('ok'));
        const octets = between.upstream.text.slice(between.upstream.text.indexOf('\r\n\r\n') + 4);
        assert.ok(unchunked(octets) === body);
      },
    ),
  );

function unchunked(octets: string): string {
  let body = '';
  for (let at = 0; ; ) {
    const line = octets.indexOf('\r\n', at);
    const size = Number.parseInt(octets.slice(at, line), 16);
    if (size === 0) return body;
    body += octets.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
  }
}

test(
  'a client that leaves while it waits: the upstream is told',
  within(
    () => Between.open(() => undefined),
    async (between) => {
      const client = await between.client();
      client.send(get());
      await between.upstream.until((text) => text.endsWith('\r\n\r\n'));
      const closed = new Promise((done) => between.upstream.connections[0]?.socket.once('close', done));
      client.socket.resetAndDestroy();
      await closed;
      assert.equal([between.log.requests[0]?.status, between.service.connections.size], [0, 0]);
    },
  ),
);

test(
  'a client that leaves within its answer: the upstream is told',
  within(
    () =>
      Between.open((received) => {
        if (!asked(received)) return undefined;
        received.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${hundred}\r\n\r\n`);
        pour(received.socket, hundred);
        return undefined;
      }),
    async (between) => {
      const client = await between.client();
      await client.send(get()).until((text) => text.includes('\r\n\r\n'));
      const closed = new Promise((done) => between.upstream.connections[0]?.socket.once('close', done));
      client.close();
      await closed;
      await until(() => between.log.requests.length === 1);
    },
  ),
);

test(
  'a client that leaves within its body: the upstream is told',
  within(
    () => Between.open(() => undefined),
    async (between) => {
      const client = await between.client();
      client.send(`${head('PUT / HTTP/1.1', 'Content-Length: 10')}hello`);
      await between.upstream.until((text) => text.endsWith('hello'));
      const closed = new Promise((done) => between.upstream.connections[0]?.socket.once('close', done));
      client.close();
      await closed;
    },
  ),
);

test(
  'an upstream that leaves within a body: 502, once, and the end',
  within(
    () =>
      Between.open(({ text, socket }) => {
        if (text.endsWith('hello')) socket.destroy();
        return undefined;
      }),
    async (between) => {
      const client = await between.client();
      const text = await client.send(`${head('PUT / HTTP/1.1', 'Content-Length: 1000000')}hello`).end();
      assert.match(text, /^HTTP\/1\.1 502 [\s\S]*Connection: close\r\n/);
      assert.is(between.upstream.connections.length, 1);
    },
  ),
);

test(
  'a client that reads its last answer slowly still gets all of it',
  within(
    () => Between.open(() => undefined),
    async (between) => {
      const large = Buffer.alloc(40 * MiB, 'x');
      between.service.handle = (exchange) => exchange.answer(200, '', large);
      const client = await between.client();
      client.socket.removeAllListeners('data');
      client.socket.pause();
      client.send(get('/', 'Connection: close'));
      await until(() => between.log.requests.length === 1);
      for (let seconds = 1; seconds < 40; seconds += 3) between.pass(seconds * 1000);
      let octets = 0;
      client.socket.on('data', (chunk: Buffer) => {
        octets += chunk.length;
      });
      client.socket.resume();
      await client.end();
      assert.ok(octets > large.length, `${octets} octets`);
    },
  ),
);

test(
  'and one that never reads it is let go',
  within(
    () => Between.open(() => undefined),
    async (between) => {
      between.service.handle = (exchange) => exchange.answer(200, '', Buffer.alloc(40 * MiB, 'x'));
      const client = await between.client();
      client.socket.removeAllListeners('data');
      client.socket.pause();
      client.send(get('/', 'Connection: close'));
      await until(() => between.log.requests.length === 1);
      between.pass(61_000);
      between.pass(64_000);
      assert.is(between.service.connections.size, 0);
    },
  ),
);

test(
  'a body that came before anybody wanted it is not forgotten, nor what follows it',
  within(
    () =>
      Between.open(({ text }) =>
        text.endsWith('end') || (text.slice(-600).includes('GET /') && text.endsWith('\r\n\r\n'))
          ? ok()
          : undefined,
      ),
    async (between) => {
      // the handler takes its time
      const { service } = between;
      const handle = service.handle.bind(service);
      service.handle = (exchange) => {
        setTimeout(() => handle(exchange), 50);
      };
      const client = await between.client();
      client.send(`${head('POST / HTTP/1.1', 'Content-Length: 200003')}${'x'.repeat(200_000)}end${get()}`);
      client.socket.end();
      const text = await client.end();
      assert.is(text.split('HTTP/1.1 200 OK').length, 3, text);
    },
  ),
);

test(
  'an answer to one that is gone already harms nobody',
  within(
    () => Between.open((received) => (asked(received) ? ok() : undefined)),
    async (between) => {
      for (let round = 0; round < 50; round++) {
        const client = await between.client();
        client.send(get());
        client.socket.resetAndDestroy();
      }
      assert.is((await ask(await between.client(), get())).status, 200);
    },
  ),
);

test.run();
