import { once } from 'node:events';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket, WebSocketServer } from 'ws';
import type { ConfigInput } from '../../src/config/schema.js';
import { installed, run } from '../l4/support/programs.js';
import { type Issued, issue } from '../support/certificates.js';
import { RawClient } from '../support/raw-client.js';
import { App } from './support/app.js';
import { ask } from './support/client.js';
import { admin, newFolder, ProxyProcess, writeConfig } from './support/process.js';
import { endStages, hostOf, install, stage } from './support/served.js';

/** The proxy as a process: what it is told while it runs. */
const test = suite('reload');
test.after.each(endStages);

const metric = (text: string, name: string) =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.split(' ')[1],
  );

test('a new route is served without a restart; a bad file is refused and says why', async () => {
  const { proxy, app, file, certificate, config } = await stage();
  const ports = await proxy.ports();
  const target = { https: ports.https, certificate };
  assert.is((await ask(target, { host: 'new.example.org' })).status, 421);

  writeConfig(file, config({ hosts: [hostOf(app, '/'), { ...hostOf(app, '/'), name: 'new.example.org' }] }));
  await proxy.line('configuration taken over');
  assert.is((await ask(target, { host: 'new.example.org', path: '/x' })).text, 'GET /x');
  const table = (await admin(ports.admin, '/debug/routes')).text;
  assert.ok(table.includes('new.example.org'));

  writeConfig(file, { ...config(), domian: 'x' } as ConfigInput);
  const { level, error } = await proxy.line('the new configuration is refused');
  assert.is(level, 'error');
  assert.match(
    String((error as { message: string }).message),
    /domian \(line \d+\): is not a known key; did you mean 'domain'/,
  );
  writeConfig(file, 'version: [1');
  await proxy.line('the new configuration is refused', 2);
  assert.is((await ask(target, { host: 'new.example.org' })).status, 200, 'the one before stays');
  const metrics = (await admin(ports.admin, '/metrics')).text;
  assert.is(
    metric(metrics, 'edge_config_reload_total{result="success"}'),
    1,
    metrics.match(/edge_config.*/g)?.join(),
  );
  assert.is(metric(metrics, 'edge_config_reload_total{result="failure"}'), 2);

  writeConfig(file, config());
  await proxy.line('configuration taken over', 2);
  assert.is((await ask(target, { host: 'new.example.org' })).status, 421);
  assert.is((await ask(target)).status, 200);
});

test('ports need a restart, and that is said', async () => {
  const { proxy, file, config, certificate } = await stage();
  const { https } = await proxy.ports();
  writeConfig(
    file,
    config({ listeners: { address: '127.0.0.1', http: 0, https: 0, admin: 0, publicHttps: 8443 } }),
  );
  assert.match((await proxy.line("'listeners' has changed")).message, /restart/);
  assert.is((await ask({ https, certificate })).status, 200);
});

/** WebSockets that say something now and then, and count what comes back. */
async function openSockets(https: number, { ca }: Issued, count: number) {
  const sockets: WebSocket[] = [];
  for (let i = 0; i < count; i++) {
    const socket = new WebSocket(`wss://127.0.0.1:${https}/live`, {
      ...{ ca, servername: 'app.example.org', headers: { host: 'app.example.org' } },
    });
    sockets.push(socket);
    if (i % 50 === 49) await once(socket, 'open');
  }
  await Promise.all(
    sockets.map((socket) => (socket.readyState === socket.OPEN ? undefined : once(socket, 'open'))),
  );
  let dropped = 0;
  for (const socket of sockets) socket.on('close', () => dropped++).on('error', () => {});
  return {
    get dropped() {
      return dropped;
    },
    /** Each sends a word and gets it back. */
    async all(word: string): Promise<void> {
      const answers = sockets.map((socket) => once(socket, 'message'));
      for (const socket of sockets) socket.send(word);
      for (const [data] of await Promise.all(answers)) assert.is(String(data), word);
    },
    close() {
      for (const socket of sockets) socket.terminate();
    },
  };
}

test('reloads under load: 200 WebSockets and no request is lost', async () => {
  const app = new App((_, response) => void response.end('ok'));
  const echo = new WebSocketServer({ server: app.server });
  echo.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
  const { proxy, folder, file, certificate, config } = await stage(app);
  const { https, admin: adminPort } = await proxy.ports();
  const sockets = await openSockets(https, certificate, 200);
  await sockets.all('before');
  const loads = [
    ...(installed('wrk')
      ? [run('wrk', ['-t1', '-c8', '-d4s', '-H', 'Host: app.example.org', `https://127.0.0.1:${https}/`])]
      : []),
    ...(installed('h2load')
      ? [
          run('h2load', [
            '-t1',
            '-c4',
            '-m10',
            '-D4',
            `--connect-to=127.0.0.1:${https}`,
            'https://app.example.org/',
          ]),
        ]
      : []),
  ];
  const certificates = [certificate];
  for (let round = 1; round <= 5; round++) {
    const other = issue({ names: ['example.org', '*.example.org'] });
    certificates.push(other);
    install(folder, other);
    await proxy.line('certificate taken over', round + 1);
    const paths = ['/', ...Array.from({ length: round }, (_, i) => `/round${i}`)];
    writeConfig(file, config({ hosts: [hostOf(app, ...paths)] }));
    await proxy.line('configuration taken over', round);
    await sockets.all(`round ${round}`);
    assert.is(
      (await served(https, certificate.ca)).replaceAll(':', ''),
      (await fingerprintOf(other)).replaceAll(':', ''),
    );
  }
  const results = await Promise.all(loads);
  for (const { stdout } of results) {
    if (stdout.includes('h2load') || stdout.includes('succeeded'))
      assert.match(stdout, / 0 failed, 0 errored, 0 timeout[\s\S]* 0 4xx, 0 5xx/, stdout);
    else assert.not.match(stdout, /Non-2xx|Socket errors/, stdout);
  }
  await sockets.all('after');
  assert.is(sockets.dropped, 0);
  const metrics = (await admin(adminPort, '/metrics')).text;
  assert.is(metric(metrics, 'edge_certificate_reload_total{result="success"}'), 6);
  sockets.close();
  echo.close();
});

/** Digest of the certificate a new connection is shown. */
async function served(https: number, ca: string): Promise<string> {
  const client = await RawClient.tls(https, ca);
  const certificate = (client.socket as import('node:tls').TLSSocket).getPeerX509Certificate();
  client.close();
  return certificate?.fingerprint256 ?? '';
}

async function fingerprintOf({ cert }: Issued): Promise<string> {
  const { X509Certificate } = await import('node:crypto');
  return new X509Certificate(cert).fingerprint256;
}

test('a bad certificate is refused, and the one before stays', async () => {
  const { proxy, folder, certificate } = await stage();
  const { https, admin: adminPort } = await proxy.ports();
  const before = await served(https, certificate.ca);
  // a key that belongs to another certificate: what stands there between the two files of a change
  copyFileSync(issue({ names: ['example.org'] }).files.key, join(folder, 'tls.key'));
  await proxy.says('tls.crt');
  while (
    metric((await admin(adminPort, '/metrics')).text, 'edge_certificate_reload_total{result="failure"}') < 1
  );
  writeFileSync(join(folder, 'tls.crt'), 'no certificate');
  assert.is(await served(https, certificate.ca), before);
  assert.is((await ask({ https, certificate })).status, 200);
  install(folder, issue({ names: ['example.org', '*.example.org'] }));
  await proxy.line('certificate taken over', 2);
  assert.is.not(await served(https, certificate.ca), before);
});

test('without a certificate plain HTTP is served, and TLS begins when there is one', async () => {
  const { proxy, folder, certificate } = await stage(new App(), false);
  const { http, https, admin: adminPort } = await proxy.line('serving');
  assert.is(https, 0);
  const plain = await fetch(`http://127.0.0.1:${http}/`, {
    headers: { host: 'app.example.org' },
    redirect: 'manual',
  });
  // fetch sets Host by itself: a name nobody knows
  assert.is(plain.status, 421);
  const client = await RawClient.plain(Number(http));
  client.send(
    'GET /a HTTP/1.1\r\nHost: app.example.org\r\n\r\nGET /.well-known/acme-challenge/x HTTP/1.1\r\nHost: app.example.org\r\n\r\n',
  );
  const answers = await client.until((text) => text.split('HTTP/1.1 ').length > 2 && text.endsWith('\n'));
  assert.match(
    answers,
    /HTTP\/1.1 301 [\s\S]*Location: https:\/\/app.example.org\/a\r\n[\s\S]*HTTP\/1.1 404 /,
  );
  client.close();
  assert.is((await admin(Number(adminPort), '/healthz')).status, 200);
  const missing = await admin(Number(adminPort), '/readyz');
  assert.is(missing.status, 503);
  assert.match(missing.text, /no certificate yet/);
  install(folder, certificate);
  const { port } = await proxy.line('serving TLS');
  assert.is((await ask({ https: Number(port), certificate })).status, 200);
  const ready = await admin(Number(adminPort), '/readyz');
  // the portal's own host is not in this table
  assert.equal([ready.status, JSON.parse(ready.text).missing], [200, []]);
});

test('a name that no certificate has is told, and takes no other off the net', async () => {
  const { proxy, file, app, config } = await stage();
  const { admin: adminPort } = await proxy.ports();
  const folder = newFolder();
  const other = issue({ names: ['app.example.org'] });
  install(folder, other);
  const files = [{ cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') }];
  const hosts = [hostOf(app, '/'), { ...hostOf(app, '/'), name: 'bare.example.org' }];
  await proxy.signal('SIGTERM');
  await proxy.code;
  writeConfig(file, config({ tls: { files }, hosts }));
  const again = ProxyProcess.serve(file);
  const ports = await again.ports();
  assert.is.not(ports.admin, adminPort);
  const { status, text } = await admin(ports.admin, '/readyz');
  assert.equal(
    [status, JSON.parse(text)],
    [200, { ready: true, missing: ['no certificate for bare.example.org'] }],
  );
});

test.run();
