import { createServer as createHttpServer } from 'node:http';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UpstreamPool } from '../../src/upstream/pool.js';
import { answersIn } from '../corpus/stage.js';
import { RawClient } from '../support/raw-client.js';
import { RawUpstream, type Received } from '../support/upstream.js';
import { ask, asked, Between, get, head, ok, within } from './between.js';

/** Answers the first request on each connection; at the second it hangs up, as a server does whose time was over. */
const forgetful = (received: Received): string | undefined => {
  if (received.text.split(' HTTP/1.1\r\n').length <= 2)
    return asked(received) || received.text.endsWith('hello') ? ok() : undefined;
  received.socket.destroy();
  return undefined;
};

for (const method of ['GET', 'HEAD', 'OPTIONS', 'PROPFIND', 'DELETE'])
  test(
    `${method} on a connection that the upstream has closed is sent again`,
    within(
      () => Between.open(forgetful),
      async (between) => {
        const client = await between.client();
        await ask(client, get());
        assert.is((await ask(client, head(`${method} /again HTTP/1.1`))).status, 200);
        assert.is(between.upstream.text.split('/again').length, 3, 'sent twice');
        assert.is(between.upstream.connections.length, 2);
      },
    ),
  );

for (const [method, body] of [
  ['POST', ''],
  ['POST', 'hello'],
  ['PATCH', ''],
  ['PUT', 'hello'],
  ['FOO', ''],
] as const)
  test(
    `${method}${body === '' ? '' : ' with a body'} never is`,
    within(
      () => Between.open(forgetful),
      async (between) => {
        const client = await between.client();
        await ask(client, get());
        const length = body === '' ? [] : [`Content-Length: ${body.length}`];
        assert.is((await ask(client, head(`${method} /once HTTP/1.1`, ...length) + body)).status, 502);
        assert.is(between.upstream.text.split('/once').length, 2, 'sent once');
      },
    ),
  );

test(
  'an answer that has begun is not begun again',
  within(
    () =>
      Between.open((received) => {
        if (asked(received)) received.socket.end('HTTP/1.1 2');
        return undefined;
      }),
    async (between) => {
      assert.is((await ask(await between.client(), get())).status, 502);
      assert.is(between.upstream.connections.length, 1);
    },
  ),
);

test(
  'a request that kills its upstream kills it twice at most',
  within(
    () =>
      Between.open(({ socket }) => {
        socket.destroy();
        return undefined;
      }),
    async (between) => {
      assert.is((await ask(await between.client(), get('/kill'))).status, 502);
      assert.is(between.upstream.text.split('/kill').length, 3);
    },
  ),
);

test(
  'an upstream that is not there yet is waited for, by requests of all kinds',
  within(
    () => Between.open((received) => (asked(received) ? ok() : undefined)),
    async (between) => {
      const { port } = between.upstream;
      await between.upstream.close();
      const clients = await Promise.all([between.client(), between.client()]);
      const answers = Promise.all([
        ask(clients[0] as RawClient, get()),
        ask(clients[1] as RawClient, head('POST / HTTP/1.1', 'Content-Length: 0')),
      ]);
      await new Promise((later) => setTimeout(later, 300));
      const late = createHttpServer((_request, answer) => answer.end('late'));
      await new Promise<void>((done) => late.listen(port, '127.0.0.1', done));
      assert.equal(
        (await answers).map(({ status }) => status),
        [200, 200],
      );
      late.closeAllConnections();
      await new Promise((done) => late.close(done));
      // the stage closes its own, which is closed already
      Object.assign(between.upstream, { close: async () => {} });
    },
  ),
);

test('restarts under load: no GET fails, and no POST is done twice', async () => {
  const done = new Map<string, number>();
  const server = createHttpServer({ keepAlive: true }, (request, answer) => {
    const { url = '' } = request;
    done.set(url, (done.get(url) ?? 0) + 1);
    request.resume().on('end', () => answer.end('ok'));
  });
  const listen = (port: number) => new Promise<void>((ready) => server.listen(port, '127.0.0.1', ready));
  await listen(0);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const between = await Between.open(() => undefined);
  const { edge } = between.edge;
  const { config } = edge.service.setup;
  const hosts = config.hosts.map((one) => ({
    ...one,
    routes: one.routes.map((route) => ({ ...route, upstream: `http://127.0.0.1:${port}` })),
  }));
  edge.service.adopt({ ...config, hosts } as typeof config);
  let running = true;
  const statuses: { GET: number[]; POST: number[] } = { GET: [], POST: [] };
  const load = async (method: 'GET' | 'POST', name: number) => {
    let client = await RawClient.plain(between.edge.http);
    for (let number = 0; running; number++) {
      const octets = head(
        `${method} /${method}/${name}/${number} HTTP/1.1`,
        ...(method === 'POST' ? ['Content-Length: 5'] : []),
      );
      const answer = await ask(client, method === 'POST' ? `${octets}hello` : octets);
      statuses[method].push(answer.status);
      if (!answer.close) continue;
      client.close();
      client = await RawClient.plain(between.edge.http);
    }
    client.close();
  };
  const loads = [...Array(6).keys()].map((name) => load(name < 4 ? 'GET' : 'POST', name));
  const answered = (count: number) =>
    new Promise<void>((ready) => {
      const check = () => (statuses.GET.length >= count ? ready() : setImmediate(check));
      check();
    });
  for (let restart = 1; restart <= 5; restart++) {
    await answered(restart * 300);
    // as a process does that is killed: idle and busy connections alike
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
    await new Promise((later) => setTimeout(later, 60));
    await listen(port);
  }
  await answered(2000);
  running = false;
  await Promise.all(loads);
  const failed = statuses.GET.filter((status) => status !== 200);
  assert.equal(failed, [], `${failed.length} of ${statuses.GET.length} GET failed`);
  assert.ok(statuses.POST.length > 100);
  const twice = [...done].filter(([url, times]) => url.startsWith('/POST') && times > 1);
  assert.equal(twice, []);
  await between.close();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

test('names are not looked up for each request, and a second address is tried when the first does not answer', async () => {
  const upstream = await new RawUpstream().listen();
  let lookups = 0;
  const pool = new UpstreamPool(
    'twice.test',
    upstream.port,
    () => performance.now(),
    async () => {
      lookups++;
      // nobody listens at the first
      return ['127.9.9.9', '127.0.0.1'];
    },
  );
  const hosts: string[] = [];
  for (let round = 0; round < 20; round++)
    await new Promise<void>((done, fail) =>
      pool.acquire({
        connectTime: 3000,
        gone: false,
        onConnection: (connection) => {
          hosts.push(connection.endpoint.host);
          connection.die();
          done();
        },
        onNoConnection: (_code, problem) => fail(new Error(problem)),
      }),
    );
  assert.ok(
    hosts.every((one) => one === '127.0.0.1'),
    hosts.join(),
  );
  assert.ok(lookups <= 8, `${lookups} lookups for 20 connections, each failure asking once`);
  pool.close();
  await upstream.close();
});

test(
  'connections are used again, and the one used last first',
  within(
    () => Between.open((received) => (asked(received) ? ok() : undefined)),
    async (between) => {
      const client = await between.client();
      for (let round = 0; round < 50; round++) await ask(client, get());
      assert.is(between.upstream.connections.length, 1);
      assert.is(answersIn(client.text, [], false).length, 50);
    },
  ),
);

test.run();
