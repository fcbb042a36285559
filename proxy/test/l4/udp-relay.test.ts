import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ProxyError } from '../../src/core/errors.js';
import { UdpRelay, type UdpRelayOptions } from '../../src/l4/udp-relay.js';
import { until } from './support/sockets.js';

const test = suite('udp relay');
const sockets: Socket[] = [];
let relays: UdpRelay[] = [];
test.after.each(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  await Promise.all(relays.map((relay) => relay.stop()));
  relays = [];
});

async function bind(address = '127.0.0.1', port = 0): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(port, address);
  await once(socket, 'listening');
  sockets.push(socket);
  return socket;
}

const portOf = (socket: Socket) => (socket.address() as AddressInfo).port;

type Answer = (message: Buffer, from: RemoteInfo, socket: Socket) => void;
const echo: Answer = (message, from, socket) => socket.send(`>${message}`, from.port, from.address);

/** An upstream on 127.0.0.2 and a relay to it on the same ports of 127.0.0.1. */
async function start(answer: Answer = echo, options: Partial<UdpRelayOptions> = {}, ports = 1) {
  for (let attempt = 0; ; attempt++) {
    const first = await bind('127.0.0.2');
    const from = portOf(first);
    try {
      const upstreams = [first];
      for (let port = from + 1; port < from + ports; port++) upstreams.push(await bind('127.0.0.2', port));
      for (const socket of upstreams) socket.on('message', (data, info) => answer(data, info, socket));
      const relay = new UdpRelay({
        ...{ name: 'media', from, to: from + ports - 1, upstream: '127.0.0.2', address: '127.0.0.1' },
        ...options,
      });
      await relay.listen();
      relays.push(relay);
      return { relay, from };
    } catch (error) {
      // a neighbour of the first port was taken
      if (attempt === 10 || options.resolve) throw error;
    }
  }
}

async function ask(client: Socket, port: number, text: string): Promise<string> {
  client.send(text, port, '127.0.0.1');
  const [data, info] = await once(client, 'message');
  assert.is((info as RemoteInfo).port, port, 'the reply comes from the port that was asked');
  return String(data);
}

test('each client and port has a way of its own', async () => {
  const seen = new Set<number>();
  const { relay, from } = await start(
    (message, info, socket) => {
      seen.add(info.port);
      socket.send(`${portOf(socket)} ${message}`.slice(0, 20), info.port, info.address);
    },
    {},
    3,
  );
  const [a, b] = [await bind(), await bind()];
  for (const port of [from, from + 1, from + 2]) {
    assert.is(await ask(a, port, 'first'), `${port} first`);
    assert.is(await ask(b, port, 'other'), `${port} other`);
    assert.is(await ask(a, port, 'again'), `${port} again`);
  }
  assert.is(seen.size, 6);
  const { sessions, opened, received, dropped, withheld } = relay.counters;
  assert.equal(
    { sessions, opened, received, dropped, withheld },
    {
      ...{ sessions: 6, opened: 6, received: 45, dropped: 0, withheld: 0 },
    },
  );
});

test('datagrams keep their bounds, up to what UDP can carry', async () => {
  const { from } = await start((message, info, socket) => socket.send(message, info.port, info.address));
  const client = await bind();
  for (const size of [0, 1, 1200, 65_000]) {
    client.send(Buffer.alloc(size, 1), from, '127.0.0.1');
    const [data] = await once(client, 'message');
    assert.is((data as Buffer).length, size);
  }
});

test('what comes while the way is being opened arrives in order', async () => {
  const got: string[] = [];
  const { from } = await start((message) => got.push(String(message)));
  const client = await bind();
  for (let index = 0; index < 10; index++) client.send(String(index), from, '127.0.0.1');
  await until(() => got.length === 10, 'all are there');
  assert.equal(got, [...'0123456789']);
});

test('a client that has not answered gets three times its bytes at most', async () => {
  const { relay, from } = await start((message, info, socket) => {
    for (let copy = 0; copy < 5; copy++) socket.send(message, info.port, info.address);
  });
  const client = await bind();
  const got: string[] = [];
  client.on('message', (message) => got.push(String(message)));
  client.send('first', from, '127.0.0.1');
  await until(() => relay.counters.withheld === 2, 'the rest is withheld');
  await until(() => got.length === 3, 'three are there');
  // it answers: now it is known to be real
  client.send('again', from, '127.0.0.1');
  await until(() => got.length === 8, 'all five are there');
  assert.is(relay.counters.withheld, 2);
});

test('nothing goes to a client that did not ask', async () => {
  const { relay, from } = await start();
  const stranger = await bind('127.0.0.2');
  const client = await bind();
  let got = 0;
  client.on('message', () => got++);
  // somebody else sends to the relay's socket towards the upstream
  assert.is(
    await new Promise((done) => {
      client.once('message', (data) => done(String(data)));
      client.send('x', from, '127.0.0.1');
    }),
    '>x',
  );
  for (let port = 1024; port < 1034; port++) stranger.send('evil', port, '127.0.0.1');
  assert.is(await ask(client, from, 'y'), '>y');
  assert.is(got, 2);
  assert.is(relay.counters.sessions, 1);
});

test('so many sessions of one client, and so many in all', async () => {
  const { relay, from } = await start(echo, { maxSessionsPerClient: 3, maxSessions: 5 });
  const clients = await Promise.all(Array.from({ length: 4 }, () => bind()));
  for (const client of clients.slice(0, 3)) assert.is(await ask(client, from, 'x'), '>x');
  clients[3]?.send('x', from, '127.0.0.1');
  await until(() => relay.counters.dropped === 1, 'the fourth is dropped');
  // these have answered, so they stay
  for (const client of clients.slice(0, 3)) assert.is(await ask(client, from, 'y'), '>y');
  // a flood from many addresses pushes out its own
  for (let host = 10; host < 30; host++) (await bind(`127.0.0.${host}`)).send('flood', from, '127.0.0.1');
  await until(() => relay.counters.displaced === 18, 'two stay');
  assert.is(relay.counters.sessions, 5);
  for (const client of clients.slice(0, 3)) assert.is(await ask(client, from, 'z'), '>z');
});

test('silence ends a session, and gives its place back', async () => {
  let time = 0;
  const { relay, from } = await start(echo, { idleMs: 1000, maxSessionsPerClient: 1, now: () => time });
  const [a, b] = [await bind(), await bind()];
  await ask(a, from, 'x');
  time = 900;
  await ask(a, from, 'x');
  time = 1800;
  relay.sweep();
  assert.is(relay.counters.sessions, 1);
  time = 1900;
  relay.sweep();
  assert.equal([relay.counters.sessions, relay.counters.idle], [0, 1]);
  assert.is(await ask(b, from, 'x'), '>x');
});

test('an upstream that refuses ends the session, not the relay', async () => {
  const upstream = await bind('127.0.0.2');
  const port = portOf(upstream);
  sockets.splice(sockets.indexOf(upstream), 1);
  upstream.close();
  await once(upstream, 'close');
  const relay = new UdpRelay({
    ...{ name: 'media', from: port, to: port, upstream: '127.0.0.2', address: '127.0.0.1' },
  });
  await relay.listen();
  relays.push(relay);
  const client = await bind();
  for (let count = 1; count <= 3; count++) {
    client.send('x', port, '127.0.0.1');
    await until(() => relay.counters.failed === count, 'refused');
  }
  assert.is(relay.counters.sessions, 0);
});

test('a port that is taken, and a name that is not known, are said so; nothing stays bound', async () => {
  const taken = await bind();
  const to = portOf(taken);
  const problem = async (options: Partial<UdpRelayOptions>) => {
    const relay = new UdpRelay({
      ...{ name: 'media', from: to - 1, to, upstream: '127.0.0.2', address: '127.0.0.1', ...options },
    });
    return (await relay.listen().catch((error) => error)) as ProxyError;
  };
  const bound = await problem({});
  assert.is(bound.code, 'EDGE_CONFIG');
  assert.match(bound.message, /^udpRelay 'media': port \d+ cannot be bound \(EADDRINUSE\)/);
  await bind('127.0.0.1', to - 1);
  const unknown = await problem({ resolve: () => Promise.reject(new Error('ENOTFOUND')) });
  assert.is(unknown.code, 'EDGE_UPSTREAM_CONNECT');
  assert.match(unknown.message, /cannot look up '127.0.0.2' \(ENOTFOUND\)/);
});

test('another address of the upstream is noticed', async () => {
  let time = 0;
  let address = '127.0.0.3';
  const { relay, from } = await start(echo, { now: () => time, resolve: async () => [address] });
  address = '127.0.0.2';
  time = 30_000;
  relay.sweep();
  await new Promise(setImmediate);
  assert.is(await ask(await bind(), from, 'x'), '>x');
});

test.run();
