import { once } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Passthroughs } from '../../src/l4/passthroughs.js';
import { closeAll, freePort, open, readAll, refusal, serve } from './support/sockets.js';

const test = suite('passthroughs');
let all = new Passthroughs({ address: '127.0.0.1' });
test.before.each(() => {
  all = new Passthroughs({ address: '127.0.0.1' });
});
test.after.each(async () => {
  closeAll();
  await all.stop(0);
});

const upstream = async (says: string) => {
  const { port } = await serve((socket) => {
    socket.on('data', (data) => socket.write(`${says} ${data}`));
    socket.on('end', () => socket.end());
  });
  return { host: '127.0.0.1', port };
};

const ask = async (port: number) => {
  const client = await open(port);
  client.write('hello');
  const [answer] = await once(client, 'data');
  return { client, answer: String(answer) };
};

test('a reload keeps the connections of a port, and new ones go where it says', async () => {
  const [port, other] = [await freePort(), await freePort()];
  await all.apply([{ name: 'ssh', port, upstream: await upstream('old') }], 0);
  const { client, answer } = await ask(port);
  assert.is(answer, 'old hello');
  await all.apply(
    [
      { name: 'renamed', port, upstream: await upstream('new') },
      { name: 'more', port: other, upstream: await upstream('other') },
    ],
    0,
  );
  client.write('again');
  assert.is(`${(await once(client, 'data'))[0]}`, 'old again');
  assert.is((await ask(port)).answer, 'new hello');
  assert.is((await ask(other)).answer, 'other hello');
  assert.equal(
    all.running.map(({ settings }) => settings.name),
    ['renamed', 'more'],
  );
});

test('a port that is gone takes no more; what is open on it runs on', async () => {
  const port = await freePort();
  const ssh = { name: 'ssh', port, upstream: await upstream('old') };
  await all.apply([ssh], 0);
  const { client } = await ask(port);
  await all.apply([], 60_000);
  assert.is(await refusal(open(port)), 'ECONNREFUSED');
  client.write('again');
  assert.is(`${(await once(client, 'data'))[0]}`, 'old again');
  // it can be taken again at once
  await all.apply([ssh], 0);
  assert.is((await ask(port)).answer, 'old hello');
  client.end();
  assert.is(`${await readAll(client)}`, '');
});

test('a port that cannot be had changes nothing', async () => {
  const [port, fresh] = [await freePort(), await freePort()];
  const { port: taken } = await serve(() => {});
  const [old, next] = [await upstream('old'), await upstream('new')];
  await all.apply([{ name: 'ssh', port, upstream: old }], 0);
  const list = [
    { name: 'ssh', port, upstream: next },
    { name: 'fresh', port: fresh, upstream: next },
    { name: 'taken', port: taken, upstream: next },
  ];
  const error = await all.apply(list, 0).catch((reason) => reason);
  assert.match(error?.message, /'taken': port/);
  assert.is((await ask(port)).answer, 'old hello');
  assert.is(await refusal(open(fresh)), 'ECONNREFUSED');
});

test.run();
