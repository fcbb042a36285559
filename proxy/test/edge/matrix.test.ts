import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startEdge } from '../support/edge.js';
import { App, bodyOf } from './support/app.js';
import { ask, askHttp2, closeClients, openHttp2 } from './support/client.js';
import { curl } from './support/curl.js';

/** Matrix: ids that are escaped in paths, answers that take long, uploads. */
const test = suite('matrix');
let opened: { close(): Promise<unknown> }[] = [];

test.after.each(async () => {
  closeClients();
  await Promise.all(opened.map((one) => one.close()));
  opened = [];
});

async function stage(app = new App(), timeouts: { response?: number; idle?: number } = { response: 120 }) {
  await app.listen();
  const running = await startEdge({
    hosts: [
      {
        name: 'app.example.org',
        routes: [
          { kind: 'proxy', path: '/', class: 'matrix', rawPath: true, upstream: app.origin, timeouts },
        ],
      },
    ],
  });
  opened.push({ close: () => running.stop() }, app);
  return { running, app };
}

const targets = [
  '/_matrix/client/v3/rooms/%21room%3Aexample.org/send/m.room.message/txn1',
  '/_matrix/client/v3/rooms/!room:example.org/state/m.room.name/',
  '/_matrix/client/v3/directory/room/%23general%3Aexample.org',
  '/_matrix/client/v3/profile/%40ann%3Aexample.org/displayname',
  '/_matrix/client/v3/rooms/%21r%3Ax/event/%24abc%2Fdef%2B%3D',
  '/_matrix/client/v3/user/%40ann%3Ax/filter/%F0%9F%98%80',
  '/_matrix/media/v3/download/example.org/%41b-_.~%7e?allow_redirect=true&via=%21x%3Ay',
];
test('ids reach the server octet for octet', async () => {
  const { running, app } = await stage();
  const session = openHttp2(running);
  for (const path of targets) {
    assert.is((await curl(running, path)).stdout, `GET ${path}`);
    assert.is((await ask(running, { path, method: 'PUT', body: '{}' })).text, `PUT ${path}`);
    assert.is((await askHttp2(session, { path })).text, `GET ${path}`);
    assert.equal(
      app.asked.slice(-3).map(({ url }) => url),
      [path, path, path],
    );
  }
});

test('a sync may wait some seconds, and costs the others nothing', async () => {
  const app = new App((request, response) => {
    if (request.url?.includes('/sync') === true) setTimeout(() => response.end('{"next_batch":"s1"}'), 2000);
    else response.end('quick');
  });
  const { running } = await stage(app, { response: 30 });
  const session = openHttp2(running);
  const began = performance.now();
  const syncs = [
    ask(running, { path: '/_matrix/client/v3/sync?timeout=30000' }),
    askHttp2(session, { path: '/_matrix/client/v3/sync?timeout=30000' }),
  ];
  await app.until(2);
  assert.is((await askHttp2(session, { path: '/quick' })).text, 'quick');
  assert.ok(performance.now() - began < 1700, 'before the syncs are through');
  assert.equal(
    (await Promise.all(syncs)).map(({ status, text }) => [status, text]),
    [
      [200, '{"next_batch":"s1"}'],
      [200, '{"next_batch":"s1"}'],
    ],
  );
});

test('a server that says nothing in time is a 504', async () => {
  const { running } = await stage(new App(() => {}), { response: 1 });
  assert.is((await ask(running, { path: '/_matrix/client/v3/sync' })).status, 504);
});

test('an upload of 20 MB', async () => {
  const app = new App((request, response) => {
    void bodyOf(request).then((body) => response.end(String(body.length)));
  });
  const { running } = await stage(app);
  const upload = {
    path: '/_matrix/media/v3/upload?filename=a',
    method: 'POST',
    body: Buffer.alloc(20e6, 'x'),
  };
  assert.is((await ask(running, upload)).text, '20000000');
  assert.is((await askHttp2(openHttp2(running), upload)).text, '20000000');
});

test.run();
