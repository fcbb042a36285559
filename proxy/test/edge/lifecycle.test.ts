import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import type { ClientHttp2Session } from 'node:http2';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ConfigInput } from '../../src/config/schema.js';
import { smallest } from '../support/config.js';
import { RawClient } from '../support/raw-client.js';
import { App } from './support/app.js';
import { ask, openHttp2 } from './support/client.js';
import { admin, newFolder, ProxyProcess, readLines, until, writeConfig } from './support/process.js';
import { endStages, stage, startApp } from './support/served.js';

/** The proxy as a process: how it starts and how it ends. */
const test = suite('lifecycle');
test.after.each(endStages);

test('SIGTERM: what is under way ends well, nobody new comes in, the exit code is 0', async () => {
  const releases: (() => void)[] = [];
  const app = new App((request, response) => {
    if (request.url === '/slow') {
      response.write('first half, ');
      releases.push(() => response.end('second half'));
    } else response.end('quick');
  });
  const { proxy, certificate } = await stage(app);
  const { https, http } = await proxy.ports();
  const target = { https, certificate };
  const session = openHttp2(target);
  assert.is((await askQuick(session)).status, 200);
  const slow = ask(target, { path: '/slow' });
  const idle = await RawClient.plain(http);
  const busy = await RawClient.tls(https, certificate.ca);
  busy.send('GET /slow HTTP/1.1\r\nHost: app.example.org\r\n\r\n');
  await busy.until((text) => text.includes('first half'));
  await app.until(3);
  const goaway = once(session, 'goaway');
  proxy.signal('SIGTERM');
  await proxy.line('stopping');
  await goaway;
  assert.is(await idle.end(), '', 'an idle connection is closed');
  const refused = await RawClient.plain(https).then(
    () => 'connected',
    (error: NodeJS.ErrnoException) => error.code,
  );
  assert.is(refused, 'ECONNREFUSED');
  for (const release of releases) release();
  assert.is((await slow).text, 'first half, second half');
  assert.match(await busy.end(), /second half/);
  assert.is(await proxy.code, 0);
});

const askQuick = async (session: ClientHttp2Session) => {
  const stream = session.request({ ':path': '/', ':authority': 'app.example.org' });
  const [headers] = await once(stream, 'response');
  stream.resume();
  await once(stream, 'close');
  return { status: Number(headers[':status']) };
};

test('SIGTERM: what does not end in time is ended, with exit code 0', async () => {
  const { proxy, app, file, config, certificate } = await stage(new App(() => {}));
  const { https } = await proxy.ports();
  writeConfig(file, config({ drain: { announceSeconds: 1, seconds: 1 } }));
  const { admin: adminPort } = await proxy.line('serving');
  await proxy.line('configuration taken over');
  const client = await RawClient.tls(https, certificate.ca);
  client.send('GET /never HTTP/1.1\r\nHost: app.example.org\r\n\r\n');
  await app.until(1);
  const began = performance.now();
  proxy.signal('SIGTERM');
  await proxy.line('stopping');
  // the announcement: not ready any more, but still served
  const { status, text } = await admin(Number(adminPort), '/readyz');
  assert.equal([status, JSON.parse(text).missing[0]], [503, 'the proxy is stopping']);
  (await RawClient.tls(https, certificate.ca)).close();
  assert.is(await client.end(), '');
  assert.is(await proxy.code, 0);
  const took = performance.now() - began;
  assert.ok(took > 1900 && took < 8000, `${took} ms`);
});

test('SIGHUP opens the access log anew', async () => {
  const { proxy, file, folder, config, certificate } = await stage();
  const { https } = await proxy.ports();
  mkdirSync(join(folder, 'log'));
  const log = join(folder, 'log', 'access.log');
  writeConfig(file, config({ telemetry: { accessLog: log } }));
  await proxy.line('configuration taken over');
  await ask({ https, certificate }, { path: '/one' });
  await until(() => readLines(log).length === 1);
  renameSync(log, `${log}.1`);
  proxy.signal('SIGHUP');
  await until(() => existsSync(log));
  await ask({ https, certificate }, { path: '/two' });
  await until(() => readLines(log).length === 1);
  assert.equal(
    [readLines(`${log}.1`), readLines(log)].map((lines) => lines.map((line) => JSON.parse(line).path)),
    [['/one'], ['/two']],
  );
  proxy.signal('SIGINT');
  assert.is(await proxy.code, 0);
});

test('a configuration that is not valid at the start: exit code 1 and the reasons', async () => {
  const folder = newFolder();
  const file = join(folder, 'config.yaml');
  writeConfig(file, { ...smallest, version: 2 } as unknown as ConfigInput);
  const proxy = ProxyProcess.serve(file);
  assert.is(await proxy.code, 1);
  assert.match(proxy.text, /version \(line 1\)/);
  // a port that is taken
  const { port } = await startApp();
  writeConfig(file, { ...smallest, listeners: { ...smallest.listeners, http: port } });
  const second = ProxyProcess.serve(file);
  assert.is(await second.code, 1);
  assert.match(second.text, new RegExp(`listeners.http: port ${port} cannot be bound`));
});

test.run();
