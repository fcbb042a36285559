import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ConfigInput } from '../../src/config/schema.js';
import { installed, run, stopAll } from '../l4/support/programs.js';
import { type Issued, issue } from '../support/certificates.js';
import { smallest } from '../support/config.js';
import { noLimits } from '../support/edge.js';
import { RawClient } from '../support/raw-client.js';
import { App } from './support/app.js';
import { admin, endAll, newFolder, ProxyProcess, until, writeConfig } from './support/process.js';

/** Several processes that are one proxy. */
const test = suite('workers');
let apps: App[] = [];

test.after.each(async () => {
  await endAll();
  await stopAll();
  await Promise.all(apps.map((app) => app.close()));
  apps = [];
});

async function stage(changes: Partial<ConfigInput> = {}, app = new App()) {
  apps.push(await app.listen());
  const certificate = issue({ names: ['example.org', '*.example.org'] });
  const file = join(newFolder(), 'config.yaml');
  const { cert, key } = certificate.files;
  const config: ConfigInput = {
    ...smallest,
    ...{ tls: { files: [{ cert, key }] }, limits: noLimits, telemetry: { accessLog: 'off' }, workers: 2 },
    drain: { announceSeconds: 0, seconds: 3 },
    hosts: [{ name: 'app.example.org', routes: [{ kind: 'proxy', path: '/', upstream: app.origin }] }],
    ...changes,
  };
  writeConfig(file, config);
  const proxy = ProxyProcess.serve(file);
  // each of the workers says so itself
  const { port } = await proxy.line('serving TLS', 2);
  const { admin: adminPort } = await proxy.line('serving');
  await until(async () => JSON.parse((await admin(Number(adminPort), '/readyz')).text).missing.length === 0);
  return { proxy, app, file, config, certificate, https: Number(port), admin: Number(adminPort) };
}

/** One request on a connection of its own; its status. */
async function once(https: number, { ca }: Issued, path = '/'): Promise<number> {
  const client = await RawClient.tls(https, ca);
  const request = `GET ${path} HTTP/1.1\r\nHost: app.example.org\r\nConnection: close\r\n\r\n`;
  const answer = await client.send(request).end();
  return Number(answer.slice(9, 12));
}

async function times(count: number, https: number, certificate: Issued): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < count; i++) statuses.push(await once(https, certificate));
  return statuses;
}

/** Processes that a process has started, but for helpers that are none of ours. */
function childrenOf(pid: number): number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return list
    .map(Number)
    .filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('src/main.ts'));
}

const sumOf = (text: string, name: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith(name))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);

test('two workers serve, and are one in the metrics', async () => {
  const { proxy, app, https, certificate, admin: port } = await stage();
  assert.is(childrenOf(proxy.pid).length, 2);
  assert.ok((await times(20, https, certificate)).every((status) => status === 200));
  assert.is(app.asked.length, 20);
  const { text } = await admin(port, '/metrics');
  assert.is(sumOf(text, 'sunbeam_requests_total{'), 20);
  assert.is(sumOf(text, 'sunbeam_request_duration_seconds_count'), 20);
  assert.ok((await admin(port, '/debug/routes')).text.includes('app.example.org'));
});

test('a bucket is shared by halves', async () => {
  const { https, certificate } = await stage({
    limits: { ...noLimits, strangers: { burst: 20, perSecond: 0.001 } },
  });
  const statuses = await times(30, https, certificate);
  assert.is(statuses.filter((status) => status === 200).length, 20, statuses.join());
  assert.ok(
    statuses.slice(20).every((status) => status === 429),
    statuses.join(),
  );
});

test('a session of TLS is resumed by every worker', async () => {
  if (!installed('openssl')) return;
  const { https, certificate } = await stage();
  const session = join(newFolder(), 'session');
  const input = 'GET / HTTP/1.1\r\nHost: app.example.org\r\nConnection: close\r\n\r\n';
  for (const version of ['-tls1_2', '-tls1_3']) {
    const args = [
      's_client',
      '-connect',
      `127.0.0.1:${https}`,
      '-servername',
      'app.example.org',
      version,
      '-ign_eof',
    ];
    const trust = ['-CAfile', certificate.files.ca, '-alpn', 'http/1.1'];
    await run('openssl', [...args, ...trust, '-sess_out', session], { input });
    for (let i = 0; i < 4; i++) {
      const { stdout } = await run('openssl', [...args, ...trust, '-sess_in', session], { input });
      assert.match(stdout, /Reused, TLSv1/, `${version}, connection ${i + 1}`);
    }
  }
});

test('a reload reaches all; a worker that is killed is replaced, and what it counted stays counted', async () => {
  const { proxy, file, config, app, https, certificate, admin: port } = await stage();
  writeConfig(file, {
    ...config,
    hosts: [{ name: 'app.example.org', routes: [{ kind: 'deny', path: '/', status: 403 }] }],
  });
  await proxy.line('configuration taken over', 2);
  assert.equal(new Set(await times(4, https, certificate)), new Set([403]));
  writeConfig(file, config);
  await proxy.line('configuration taken over', 4);
  assert.equal(new Set(await times(4, https, certificate)), new Set([200]));
  assert.is(sumOf((await admin(port, '/metrics')).text, 'sunbeam_requests_total{'), 8);

  const [first = 0, second] = childrenOf(proxy.pid);
  process.kill(first, 'SIGKILL');
  const ended = await proxy.line('a worker ended');
  assert.equal([ended.signal, ended.level], ['SIGKILL', 'error']);
  assert.equal(new Set(await times(4, https, certificate)), new Set([200]), 'the other one serves');
  const between = await admin(port, '/readyz');
  assert.is(between.status, 200);
  await proxy.line('serving TLS', 3);
  assert.equal(new Set(await times(4, https, certificate)), new Set([200]));
  const now = childrenOf(proxy.pid);
  assert.equal([now.length, now.includes(second ?? 0), now.includes(first)], [2, true, false]);
  assert.is(sumOf((await admin(port, '/metrics')).text, 'sunbeam_requests_total{'), 16);
  assert.is(app.asked.length, 12);
});

test('SIGTERM ends all of them: what is under way ends well, exit code 0', async () => {
  const releases: (() => void)[] = [];
  const slow = new App((_, response) => {
    response.write('half');
    releases.push(() => response.end(' and half'));
  });
  const { proxy, https, certificate, app } = await stage({}, slow);
  const clients = [];
  for (let i = 0; i < 4; i++) {
    const client = await RawClient.tls(https, certificate.ca);
    clients.push(client.send('GET / HTTP/1.1\r\nHost: app.example.org\r\n\r\n'));
    await client.until((text) => text.includes('half'));
  }
  await app.until(4);
  const workers = childrenOf(proxy.pid);
  proxy.signal('SIGTERM');
  await proxy.line('stopping', 2);
  const refused = await RawClient.plain(https).then(
    () => 'connected',
    (error: NodeJS.ErrnoException) => error.code,
  );
  assert.is(refused, 'ECONNREFUSED');
  for (const release of releases) release();
  for (const client of clients) assert.match(await client.end(), /half[\s\S]* and half/);
  assert.is(await proxy.code, 0);
  for (const pid of workers) assert.throws(() => process.kill(pid, 0), /ESRCH/);
});

test('workers that cannot start end the whole, with the reason', async () => {
  const app = new App();
  apps.push(await app.listen());
  const file = join(newFolder(), 'config.yaml');
  writeConfig(file, { ...smallest, workers: 2, listeners: { ...smallest.listeners, http: app.port } });
  const proxy = ProxyProcess.serve(file);
  assert.is(await proxy.code, 1);
  assert.match(proxy.text, new RegExp(`listeners.http: port ${app.port} cannot be bound`));
  writeConfig(file, { ...smallest, workers: 2, listeners: { ...smallest.listeners, admin: app.port } });
  const second = ProxyProcess.serve(file);
  assert.is(await second.code, 1);
  assert.match(second.text, new RegExp(`listeners.admin: port ${app.port} cannot be bound`));
});

test.run();
