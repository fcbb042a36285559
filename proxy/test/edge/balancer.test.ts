import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { folder, installed, run, start, stopAll } from '../l4/support/programs.js';
import { freePort } from '../l4/support/sockets.js';
import { noLimits, type RunningEdge, startEdge } from '../support/edge.js';
import { RawClient } from '../support/raw-client.js';
import { App } from './support/app.js';

/** A load balancer in front, which names its clients by PROXY headers. */
const test = suite('balancer');
let opened: { close(): Promise<unknown> }[] = [];
const problems: string[] = [];

test.after.each(async () => {
  await stopAll();
  await Promise.all(opened.map((one) => one.close()));
  opened = [];
  problems.length = 0;
});

async function stage(peers: readonly string[], strangers?: { burst: number; perSecond: number }) {
  const app = await new App().listen();
  const log = {
    debug() {},
    info() {},
    error() {},
    warn: (text: string) => problems.push(text),
    flushSync() {},
  };
  const running = await startEdge(
    {
      peers: { proxyProtocol: [...peers] },
      limits: { ...noLimits, ...(strangers && { strangers }) },
      hosts: [{ name: 'app.example.org', routes: [{ kind: 'proxy', path: '/', upstream: app.origin }] }],
    },
    { log },
  );
  opened.push({ close: () => running.stop() }, app);
  return { running, app };
}

/** HAProxy, which hands on both ports as they are. */
async function balancer(
  { http, https }: RunningEdge,
  option: string,
): Promise<{ http: number; https: number }> {
  const ports = { http: await freePort(), https: await freePort() };
  const file = join(folder(), 'haproxy.cfg');
  const defaults = 'mode tcp\n timeout connect 5s\n timeout client 5s\n timeout server 5s';
  const listen = (name: string, port: number, to: number) =>
    `listen ${name}\n bind 127.0.0.1:${port}\n server edge 127.0.0.1:${to} ${option}`;
  writeFileSync(
    file,
    `defaults\n ${defaults}\n${listen('http', ports.http, http)}\n${listen('https', ports.https, https)}\n`,
  );
  await start('/usr/sbin/haproxy', ['-db', '-f', file], ports.http);
  return ports;
}

const curl = async ({ certificate }: RunningEdge, port: number, client: string, args: readonly string[]) => {
  const where = `app.example.org:${port}`;
  const tls = ['--cacert', certificate.files.ca, '--resolve', `${where}:127.0.0.1`];
  const common = [
    '-sS',
    '--max-time',
    '10',
    '--interface',
    client,
    ...tls,
    '-w',
    '\n%{http_code} %{http_version}',
  ];
  const { stdout, stderr } = await run('curl', [...common, ...args]);
  return { last: stdout.split('\n').at(-1) ?? '', stdout, stderr };
};

for (const option of ['send-proxy', 'send-proxy-v2'])
  test(`haproxy with ${option}: the client is the one it names`, async () => {
    if (!installed('haproxy') || !installed('curl')) return;
    const { running, app } = await stage(['127.0.0.1/32'], { burst: 3, perSecond: 0.01 });
    const ports = await balancer(running, option);
    const url = `https://app.example.org:${ports.https}/`;
    for (const version of ['--http1.1', '--http2']) {
      const { last, stderr } = await curl(running, ports.https, '127.0.0.21', [version, url]);
      assert.is(last, version === '--http2' ? '200 2' : '200 1.1', stderr);
      assert.is(app.last.headers['x-forwarded-for'], '127.0.0.21');
    }
    const plain = await curl(running, ports.http, '127.0.0.21', [`http://app.example.org:${ports.http}/x`]);
    assert.is(plain.last, '301 1.1', plain.stderr);
    // the limit is that of the client, not of the balancer
    assert.is((await curl(running, ports.https, '127.0.0.21', [url])).last, '429 2');
    assert.is((await curl(running, ports.https, '127.0.0.22', [url])).last, '200 2');
    assert.is(app.last.headers['x-forwarded-for'], '127.0.0.22');
    assert.equal(problems, []);
  });

test('a balancer that sends no header is refused, and the log says so', async () => {
  const { running, app } = await stage(['127.0.0.1/32']);
  const hello = `GET / HTTP/1.1\r\nHost: app.example.org\r\nConnection: close\r\n\r\n`;
  const plain = await RawClient.plain(running.http);
  assert.is(await plain.send(hello).end(), '');
  const tls = await RawClient.tls(running.https, running.certificate.ca).then(
    () => 'connected',
    () => 'refused',
  );
  assert.is(tls, 'refused');
  const silent = await RawClient.plain(running.https);
  assert.is(await silent.end(), '', 'nothing at all: closed after a second');
  assert.is(problems.length, 3, problems.join('\n'));
  assert.ok(problems.every((text) => text.startsWith('127.0.0.1: ')));
  assert.is(app.asked.length, 0);
});

const bad: readonly (readonly [string, string])[] = [
  ['two headers', 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nPROXY TCP4 192.0.2.9 192.0.2.2 1 2\r\n'],
  ['no address', 'PROXY TCP4 client 192.0.2.2 1 2\r\n'],
  ['a line that does not end', `PROXY TCP4 ${'1'.repeat(200)}`],
  ['version 2 with a command that is none', '\r\n\r\n\0\r\nQUIT\n\x22\x11\0\x0c'.padEnd(28, '\x01')],
];
for (const [what, octets] of bad)
  test(`a balancer's header is refused: ${what}`, async () => {
    const { running, app } = await stage(['127.0.0.1/32']);
    const client = await RawClient.plain(running.http);
    client.send(`${octets}GET / HTTP/1.1\r\nHost: app.example.org\r\n\r\n`);
    const answer = await client.end();
    assert.ok(answer === '' || answer.startsWith('HTTP/1.1 400 '), answer);
    assert.is(app.asked.length, 0);
  });

test("a balancer's own connection (LOCAL) is its own", async () => {
  const { running } = await stage(['127.0.0.1/32']);
  const client = await RawClient.plain(running.http);
  client.send('\r\n\r\n\0\r\nQUIT\n\x20\0\0\0GET / HTTP/1.1\r\nHost: app.example.org\r\n\r\n');
  assert.match(await client.until((text) => text.includes('\r\n\r\n')), /^HTTP\/1.1 301 /);
  client.close();
});

test('a header in pieces', async () => {
  const { running } = await stage(['127.0.0.1/32']);
  const client = await RawClient.plain(running.http);
  const text =
    'PROXY TCP6 2001:db8::1 2001:db8::2 50000 443\r\nGET / HTTP/1.1\r\nHost: app.example.org\r\n\r\n';
  for (const char of text) {
    client.send(char);
    await new Promise((done) => setImmediate(done));
  }
  assert.match(await client.until((answer) => answer.includes('\r\n\r\n')), /^HTTP\/1.1 301 /);
  client.close();
});

test('nobody else may send one', async () => {
  const { running, app } = await stage(['192.0.2.0/24']);
  const client = await RawClient.plain(running.http);
  client.send('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET / HTTP/1.1\r\nHost: app.example.org\r\n\r\n');
  assert.match(await client.end(), /^HTTP\/1.1 400 /);
  const tls = await RawClient.plain(running.https);
  tls.send('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n');
  await tls.end();
  assert.is(app.asked.length, 0);
});

test.run();
