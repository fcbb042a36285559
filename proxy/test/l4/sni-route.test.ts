import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ProxyError } from '../../src/core/errors.js';
import { readProxyHeader } from '../../src/l4/proxy-protocol.js';
import { SniRouter, type SniRouterOptions, type SniTarget } from '../../src/l4/sni-route.js';
import { Authority } from '../support/certificates.js';
import { hello, records, serverName } from './support/hello.js';
import { installed, run, stopAll } from './support/programs.js';
import { answer, closeAll, closing, open, readAll, serve, until } from './support/sockets.js';

const test = suite('sni route');
const authority = Authority.root();
const turn = authority.issue({ names: ['turn.example.test'] });
const docs = authority.issue({ names: ['docs.example.test'] });

let routers: SniRouter[] = [];
test.after.each(async () => {
  closeAll();
  await Promise.all(routers.map((router) => router.stop(0)));
  routers = [];
});
test.after(() => stopAll());

/** A TLS server that says its name and what it was told, fed with sockets by somebody else. */
function tlsServer(name: string, { cert, key }: { cert: string; key: string }) {
  const server = createTlsServer({ cert, key, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => socket.write(`${name}: ${data}`));
    socket.on('end', () => socket.end());
  });
  return server.on('tlsClientError', () => {});
}

async function start(
  routes: Record<string, SniTarget>,
  options: Partial<SniRouterOptions> = {},
): Promise<{ router: SniRouter; port: number }> {
  const ours = tlsServer('docs', docs);
  const router = new SniRouter({
    routes: new Map(Object.entries(routes)),
    fallback: (socket) => ours.emit('connection', socket),
    ...options,
  });
  routers.push(router);
  const { port } = await serve((socket) => router.handle(socket));
  return { router, port };
}

async function upstream(heads?: Buffer[]): Promise<SniTarget['upstream']> {
  const theirs = tlsServer('turn', turn);
  const { port } = await serve((socket) => {
    if (!heads) theirs.emit('connection', socket);
    else socket.once('data', (data) => heads.push(data));
  });
  return { host: '127.0.0.1', port };
}

async function talk(port: number, servername: string, options = {}): Promise<TLSSocket> {
  const socket = connectTls({ port, host: '127.0.0.1', servername, ca: authority.root, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

async function said(socket: TLSSocket, text: string): Promise<string> {
  socket.write(text);
  const [data] = await once(socket, 'data');
  return String(data);
}

test('a name of the routes goes on untouched, any other is ended here', async () => {
  const { router, port } = await start({ 'turn.example.test': { upstream: await upstream() } });
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const options = { minVersion: version, maxVersion: version, ALPNProtocols: ['http/1.1'] };
    const passed = await talk(port, 'turn.example.test', options);
    assert.is(await said(passed, 'allocate'), 'turn: allocate');
    assert.is(passed.getPeerCertificate().subject.CN, 'turn.example.test');
    const ended = await talk(port, 'docs.example.test', options);
    assert.is(await said(ended, 'get'), 'docs: get');
    assert.is(ended.alpnProtocol, 'http/1.1');
    assert.is(ended.getPeerCertificate().subject.CN, 'docs.example.test');
    passed.end();
    ended.end();
    await Promise.all([once(passed, 'close'), once(ended, 'close')]);
  }
  await until(() => router.counters.open === 0, 'closed');
  assert.equal([router.counters.accepted, router.abandoned], [2, 0]);
});

test('without a name, or with a new set of routes, it is ours', async () => {
  const target = { upstream: await upstream() };
  const { router, port } = await start({ 'turn.example.test': target });
  const nameless = await talk(port, '', { checkServerIdentity: () => undefined });
  assert.is(await said(nameless, 'x'), 'docs: x');
  const passed = await talk(port, 'turn.example.test');
  router.update(new Map());
  const ended = await talk(port, 'turn.example.test', { checkServerIdentity: () => undefined });
  assert.is(await said(ended, 'x'), 'docs: x');
  assert.is(await said(passed, 'x'), 'turn: x', 'what was handed on stays');
  for (const socket of [nameless, passed, ended]) socket.destroy();
});

test('a hello that comes byte by byte is found, and the upstream gets every byte of it', async () => {
  const heads: Buffer[] = [];
  const { port } = await start({
    'turn.example.test': { upstream: await upstream(heads), proxyProtocol: true },
  });
  const bytes = Buffer.concat([records(hello([serverName('turn.example.test')]), 40), Buffer.from('early')]);
  const client = await open(port);
  for (const byte of bytes) {
    client.write(Buffer.of(byte));
    await new Promise(setImmediate);
  }
  await until(() => heads.length > 0 && (heads[0]?.length ?? 0) >= 28, 'the upstream is reached');
  const read = readProxyHeader(heads[0] as Buffer);
  if (read === 'need more' || read instanceof ProxyError) throw new Error(String(read));
  assert.is(read.source?.port, client.localPort);
  const got = (heads[0] as Buffer).subarray(read.length);
  assert.equal(got, bytes.subarray(0, got.length));
  assert.ok(got.length > 0);
});

test('what is not TLS gets the answer of a TLS server', async () => {
  const { port } = await start({ 'turn.example.test': { upstream: await upstream() } });
  const client = await open(port);
  client.write('GET / HTTP/1.1\r\n\r\n');
  // an alert, or an end without a word: never an upstream
  assert.not.match(await answer(client), /turn|docs/);
});

test('who does not finish a hello is closed in time, however it drips', async () => {
  const { router, port } = await start(
    { 'turn.example.test': { upstream: await upstream() } },
    { helloMs: 200 },
  );
  const bytes = records(hello([serverName('turn.example.test')]));
  const client = await open(port);
  let at = 0;
  const drip = setInterval(() => client.write(bytes.subarray(at, ++at)), 20);
  assert.is(`${await readAll(client).catch(() => '')}`, '');
  clearInterval(drip);
  assert.ok(at < bytes.length);
  await until(() => router.abandoned === 1, 'counted');
  const silent = await open(port);
  await readAll(silent);
  await until(() => router.abandoned === 2, 'counted');
});

test('who leaves before is forgotten', async () => {
  const { router, port } = await start({ 'turn.example.test': { upstream: await upstream() } });
  const [ends, resets] = [await open(port), await open(port)];
  ends.end('\x16');
  resets.write('\x16');
  await new Promise(setImmediate);
  resets.resetAndDestroy();
  await until(() => router.abandoned === 2, 'both counted');
});

test('stop closes those that wait, and those handed on at the deadline', async () => {
  const { router, port } = await start({ 'turn.example.test': { upstream: await upstream() } });
  const waiting = await open(port);
  const passed = await talk(port, 'turn.example.test');
  const gone = Promise.all([readAll(waiting).catch(() => ''), closing(passed as Socket)]);
  await router.stop(50);
  await gone;
  assert.is(router.counters.open, 0);
});

test('openssl and curl get through', async () => {
  if (!installed('openssl') || !installed('curl')) return;
  const { port } = await start({ 'turn.example.test': { upstream: await upstream() } });
  const client = [
    's_client',
    '-connect',
    `127.0.0.1:${port}`,
    '-CAfile',
    turn.files.ca,
    '-verify_return_error',
  ];
  for (const name of ['turn', 'docs']) {
    const host = `${name}.example.test`;
    const seen = await run('openssl', [...client, '-servername', host, '-verify_hostname', host]);
    assert.is(seen.status, 0, seen.stderr);
    assert.match(seen.stdout, new RegExp(`subject=CN = ${host}`));
    const page = await run('curl', [
      ...['-sS', '--http1.1', '--http0.9', '--cacert', turn.files.ca],
      ...['--resolve', `${host}:${port}:127.0.0.1`, '-m', '1', `https://${host}:${port}/`],
    ]);
    assert.match(page.stdout, new RegExp(`^${name}: GET / HTTP/`), page.stderr);
  }
});

test.run();
