import { once } from 'node:events';
import type { Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NetworkSet, parseAddress } from '../../src/core/address.js';
import { ProxyError } from '../../src/core/errors.js';
import { readProxyHeader } from '../../src/l4/proxy-protocol.js';
import { type Passthrough, type PassthroughContext, TcpPassthrough } from '../../src/l4/tcp-passthrough.js';
import { ConnectionBudget } from '../../src/limit/connections.js';
import {
  answer,
  begin,
  closeAll,
  closing,
  freePort,
  open,
  readAll,
  refusal,
  serve,
  until,
} from './support/sockets.js';

const test = suite('tcp passthrough');
let running: TcpPassthrough[] = [];
test.after.each(async () => {
  closeAll();
  await Promise.all(running.map((passthrough) => passthrough.stop(0)));
  running = [];
});

async function start(
  port: number,
  settings: Partial<Passthrough> = {},
  context: PassthroughContext = {},
): Promise<TcpPassthrough> {
  const upstream = { host: '127.0.0.1', port };
  const passthrough = new TcpPassthrough({ name: 'ssh', port: 0, upstream, ...settings }, context);
  running.push(passthrough);
  await passthrough.listen();
  return passthrough;
}

const echo = (socket: Socket) => socket.pipe(socket);

test('bytes go both ways, over IPv4 and IPv6', async () => {
  const { port } = await serve(echo);
  const passthrough = await start(port);
  for (const host of ['127.0.0.1', '::1']) {
    const client = await open(passthrough.port, host);
    client.end('hello');
    assert.is(`${await readAll(client)}`, 'hello');
  }
  await until(() => passthrough.counters.open === 0, 'both closed');
  const { accepted, refused, received, sent } = passthrough.counters;
  assert.equal([accepted, refused, received, sent], [2, 0, 10, 10]);
});

test('an end of the client is carried while the answer goes on', async () => {
  // answers only when the question has ended, as git does
  const { port } = await serve(async (socket) => {
    const asked = await readAll(socket);
    socket.write(`${asked.length} bytes, `);
    socket.end('goodbye');
  });
  const client = await open((await start(port)).port);
  client.end(Buffer.alloc(1_000_000));
  assert.is(`${await readAll(client)}`, '1000000 bytes, goodbye');
});

test('an end of the upstream is carried while the client goes on', async () => {
  let got: Promise<Buffer> | undefined;
  const { port } = await serve((socket) => {
    socket.end('done');
    got = readAll(socket);
  });
  const client = await open((await start(port)).port);
  assert.is(`${await readAll(client)}`, 'done');
  client.write('still ');
  client.end('here');
  assert.is(`${await got}`, 'still here');
});

test('what a client has sent arrives even after it has gone', async () => {
  const sockets: Socket[] = [];
  const { port } = await serve((socket) => {
    sockets.push(socket.pause().end('done'));
  });
  const passthrough = await start(port);
  const client = await open(passthrough.port);
  assert.is(`${await readAll(client)}`, 'done');
  // more than the system holds, so that some is on its way in the process when the client closes
  client.end(Buffer.alloc(16e6));
  const slow = sockets[0] as Socket;
  let read = 0;
  for (; passthrough.counters.open > 0; await new Promise((done) => setTimeout(done, 2)))
    read += (slow.read(65_536) ?? slow.read())?.length ?? 0;
  for await (const chunk of slow) read += (chunk as Buffer).length;
  assert.is(read, 16e6);
});

test('a client that is reset at any moment leaves nothing open', async () => {
  const { port } = await serve((socket) => {
    // half of them are slow; all end when they are told
    setTimeout(() => socket.resume(), socket.remotePort && socket.remotePort % 2 ? 0 : 20);
    socket.on('end', () => socket.end());
  });
  const passthrough = await start(port);
  for (let round = 0; round < 60; round++) {
    const client = await open(passthrough.port);
    if (round % 2) client.write(Buffer.alloc(round * 1000));
    else await new Promise<void>((done) => client.end(Buffer.alloc(round * 1000), done));
    for (let turn = 0; turn < round % 12; turn++) await new Promise(setImmediate);
    client.resetAndDestroy();
  }
  // long before the deadline would end them
  const stopped = passthrough.stop(60_000).then(() => 'stopped');
  const late = new Promise((done) => setTimeout(done, 5000, 'late').unref());
  assert.is(await Promise.race([stopped, late]), 'stopped');
});

test('a large transfer arrives whole through a slow reader, and memory is bounded', async () => {
  const size = 48e6;
  const { port } = await serve((socket) => {
    socket.end(Buffer.alloc(size, 1));
  });
  const passthrough = await start(port);
  const client = await open(passthrough.port);
  client.end();
  client.pause();
  await once(client, 'readable').catch(() => {});
  let read = 0;
  for await (const chunk of client) read += (chunk as Buffer).length;
  assert.is(read, size);
  await until(() => passthrough.counters.open === 0, 'closed');
  assert.is(passthrough.counters.sent, size);
});

test('a reset is passed on as a reset, either way', async () => {
  const sockets: Socket[] = [];
  const { port } = await serve((socket) => {
    sockets.push(socket);
    socket.write('x');
  });
  const passthrough = await start(port);
  const first = await open(passthrough.port);
  await once(first, 'data');
  const upstreamClosed = closing(sockets[0] as Socket);
  first.resetAndDestroy();
  assert.is(await upstreamClosed, 'ECONNRESET');

  const second = await open(passthrough.port);
  await once(second, 'data');
  const clientClosed = closing(second);
  sockets[1]?.resetAndDestroy();
  assert.is(await clientClosed, 'ECONNRESET');
  await until(() => passthrough.counters.open === 0, 'both closed');
});

test('the upstream is told who is there', async () => {
  const heads: Buffer[] = [];
  const { port } = await serve(async (socket) => {
    heads.push(await readAll(socket));
    socket.end();
  });
  const passthrough = await start(port, { proxyProtocol: true });
  for (const host of ['127.0.0.1', '::1']) {
    const client = await open(passthrough.port, host);
    const local = client.localPort;
    client.end('SSH-2.0-x');
    await readAll(client);
    const read = readProxyHeader(heads.at(-1) as Buffer);
    if (read === 'need more' || read instanceof ProxyError) throw new Error(String(read));
    assert.is(read.source?.address.text, host);
    assert.is(read.source?.port, local);
    assert.is(read.destination?.port, passthrough.port);
    assert.is(`${heads.at(-1)?.subarray(read.length)}`, 'SSH-2.0-x');
  }
});

test('the addresses of a name are tried in order', async () => {
  const { port } = await serve(echo);
  const errors: Error[] = [];
  const asked: string[] = [];
  let addresses = ['127.0.0.9', '127.0.0.1'];
  const passthrough = await start(
    port,
    { upstream: { host: 'gitea.src.svc', port } },
    {
      resolve: async (host) => {
        asked.push(host);
        return addresses;
      },
      onError: (error) => errors.push(error),
    },
  );
  const client = await open(passthrough.port);
  client.end('hello');
  assert.is(`${await readAll(client)}`, 'hello');
  assert.equal([asked, errors], [['gitea.src.svc'], []]);

  addresses = ['127.0.0.9', '127.0.0.8'];
  const lost = await open(passthrough.port);
  await readAll(lost);
  assert.is(passthrough.counters.unreachable, 1);
  assert.instance(errors[0], ProxyError);
  assert.is(
    errors[0]?.message,
    `cannot connect to gitea.src.svc:${port} (127.0.0.9: ECONNREFUSED, 127.0.0.8: ECONNREFUSED)`,
  );
});

test('an address that does not answer is given up in time', async () => {
  const { port } = await serve(echo);
  // nobody answers for a network that is for documents only
  const resolve = async () => ['192.0.2.1', '127.0.0.1'];
  const passthrough = await start(port, { upstream: { host: 'name', port }, connectMs: 100 }, { resolve });
  const client = await open(passthrough.port);
  client.end('hello');
  assert.is(`${await readAll(client)}`, 'hello');
});

test('a name that is not known is said so', async () => {
  const errors: Error[] = [];
  const context = { onError: (error: Error) => errors.push(error) };
  const passthrough = await start(1, { upstream: { host: 'no-such-host.invalid', port: 22 } }, context);
  await readAll(await open(passthrough.port));
  assert.match(errors[0]?.message ?? '', /^cannot look up 'no-such-host.invalid' \((ENOTFOUND|EAI_AGAIN)\)$/);
});

test('a client that leaves while its upstream is dialled leaves nothing behind', async () => {
  let resolved: (addresses: string[]) => void = () => {};
  const resolve = () =>
    new Promise<string[]>((done) => {
      resolved = done;
    });
  let reached = 0;
  const { port } = await serve(() => reached++);
  const errors: Error[] = [];
  const passthrough = await start(
    port,
    { upstream: { host: 'name', port } },
    { resolve, onError: (error) => errors.push(error) },
  );
  const client = await open(passthrough.port);
  await until(() => passthrough.counters.open === 1, 'accepted');
  client.resetAndDestroy();
  await until(() => passthrough.counters.open === 0, 'closed');
  resolved(['127.0.0.1']);
  await passthrough.stop(60_000);
  assert.equal([reached, errors.length, passthrough.counters.unreachable], [0, 0, 0]);
});

test('so many connections at a time, and so many of one address', async () => {
  const { port } = await serve(echo);
  const budget = new ConnectionBudget({ perAddress: 2 });
  const passthrough = await start(port, { maxConnections: 3 }, { budget });
  const ask = async (host: string) => {
    const client = begin(passthrough.port, host);
    client.write('x');
    return { client, answer: await answer(client) };
  };
  const first = await ask('127.0.0.1');
  assert.is(first.answer, 'x');
  assert.is((await ask('127.0.0.1')).answer, 'x');
  assert.is((await ask('127.0.0.1')).answer, 'ECONNRESET');
  assert.is(passthrough.counters.refused, 1);
  assert.is((await ask('::1')).answer, 'x');
  assert.is((await ask('::1')).answer, 'ECONNRESET');
  assert.equal([passthrough.counters.refused, budget.refused.address], [2, 1]);
  // a place that is free again is given away
  first.client.destroy();
  await until(() => passthrough.counters.open === 2, 'closed');
  assert.is((await ask('127.0.0.1')).answer, 'x');
  closeAll();
  await passthrough.stop(0);
  assert.is(budget.total, 0);
});

test('peers without limits are spared those of an address, and no other', async () => {
  const { port } = await serve(echo);
  const budget = new ConnectionBudget({ perAddress: 1 });
  const unlimited = new NetworkSet(['127.0.0.0/8']);
  const passthrough = await start(port, { maxConnections: 2 }, { budget, unlimited });
  for (const expected of ['x', 'x', 'ECONNRESET']) {
    const client = begin(passthrough.port);
    client.write('x');
    assert.is(await answer(client), expected);
  }
  assert.is(budget.of(parseAddress('127.0.0.1')), 0);
});

test('silence ends a connection, traffic does not', async () => {
  const { port } = await serve(echo);
  const passthrough = await start(port, { idleMs: 150 });
  const client = await open(passthrough.port);
  const started = performance.now();
  // longer than the limit in all, never silent for as long
  for (let round = 0; round < 6; round++) {
    client.write('x');
    await once(client, 'data');
    await new Promise((done) => setTimeout(done, 50));
  }
  assert.ok(performance.now() - started > 250);
  assert.is(`${await readAll(client)}`, '');
  assert.is(passthrough.counters.idle, 1);
});

test('half a connection is kept for a shorter while', async () => {
  const { port } = await serve((socket) => socket.resume());
  const passthrough = await start(port, { halfClosedMs: 100 });
  const client = await open(passthrough.port);
  client.end('x');
  assert.is(`${await readAll(client)}`, '');
  await until(() => passthrough.counters.open === 0, 'closed');
  assert.is(passthrough.counters.idle, 1);
});

test('stop: no new ones, those that are open run on until the deadline', async () => {
  const { port } = await serve(echo);
  const passthrough = await start(port);
  const client = await open(passthrough.port);
  client.write('before');
  await once(client, 'data');
  const at = passthrough.port;
  const stopped = passthrough.stop(300);
  assert.is(await refusal(open(at)), 'ECONNREFUSED');
  client.write('during');
  assert.is(`${(await once(client, 'data'))[0]}`, 'during');
  // it does not end by itself: at the deadline it is ended, with a FIN
  assert.is(`${await readAll(client)}`, '');
  client.end();
  await stopped;
  assert.is(passthrough.counters.open, 0);
});

test('stop: a client that never closes is closed', async () => {
  const { port } = await serve((socket) => {
    socket.write('x');
  });
  const passthrough = await start(port);
  const client = await open(passthrough.port);
  await once(client, 'data');
  await passthrough.stop(0);
  assert.is(passthrough.counters.open, 0);
});

test('a port that is taken is named', async () => {
  const { port } = await serve(() => {});
  const passthrough = new TcpPassthrough(
    { name: 'ssh', port, upstream: { host: '127.0.0.1', port: await freePort() } },
    { address: '127.0.0.1' },
  );
  try {
    await passthrough.listen();
    assert.unreachable();
  } catch (error) {
    assert.is((error as ProxyError).code, 'EDGE_CONFIG');
    assert.is(
      (error as Error).message,
      `passthrough 'ssh': port ${port} cannot be bound (EADDRINUSE); choose one that is free`,
    );
  }
});

test.run();
