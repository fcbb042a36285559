import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { KubeApi, KubeError } from '../../src/kube/api.js';
import { readLines } from '../../src/kube/lines.js';
import { inClusterIdentity, RenewedFile } from '../../src/kube/token.js';
import { Authority } from '../support/certificates.js';
import { FakeApi } from './fake-api.js';

const path = '/api/v1/namespaces/ingress/secrets';

async function withApi(run: (api: FakeApi) => Promise<void>): Promise<void> {
  const api = await FakeApi.start();
  try {
    await run(api);
  } finally {
    await api.stop();
  }
}

async function failure(promise: Promise<unknown>): Promise<KubeError> {
  const error = await promise.then(
    () => assert.unreachable('it succeeded'),
    (error: unknown) => error,
  );
  assert.instance(error, KubeError);
  assert.is((error as KubeError).code, 'EDGE_KUBERNETES');
  return error as KubeError;
}

test('each failure is one clear error with what was asked', () =>
  withApi(async (api) => {
    const client = api.client();
    api.faults.push({ status: 403, body: '{"message":"proxy cannot list secrets"}' });
    const denied = await failure(client.get(path));
    assert.is(denied.status, 403);
    assert.match(
      denied.message,
      /^GET \/api\/v1\/.+ answered 403 proxy cannot list secrets; the Role .+ fieldSelector/,
    );
    api.faults.push({ status: 502, body: `<html>${'x'.repeat(9999)}` });
    assert.match((await failure(client.get(path))).message, /answered 502 <html>x{194}$/);
    api.faults.push({ status: 200, body: '{"half":' });
    const half = await failure(client.get(path));
    assert.match(half.message, /8 characters that are not JSON/);
    api.faults.push({ status: 200, body: ' '.repeat(17 * 1024 * 1024) });
    assert.match((await failure(client.get(path))).message, /more than 16777216 bytes/);
    api.faults.push('cut');
    assert.is((await failure(client.get(path))).status, 0);
    api.token = 'another';
    assert.is((await failure(api.client(async () => 'old').get(path))).status, 401);
    client.close();
  }));

test('a server that takes the connection and says nothing is given up', () =>
  withApi(async (api) => {
    const client = api.client(async () => 'first', 100);
    const open = client.stream(`${path}?watch=1`, () => {});
    await api.watching(1);
    api.abandonWatches();
    // an answer that has begun is not hurried: that is the watch's own affair
    const stalled = await failure(client.get(`${path}?watch=1`));
    assert.match(stalled.message, /not complete within 100 ms/);
    const nowhere = new KubeApi({ server: 'https://127.0.0.1:1', token: async () => '' });
    assert.match((await failure(nowhere.get(path))).message, /ECONNREFUSED/);
    client.close();
    await failure(open);
  }));

test('a signal ends what is under way, before and after the answer began', () =>
  withApi(async (api) => {
    const client = api.client();
    const controller = new AbortController();
    const open = client.stream(`${path}?watch=1`, () => {}, controller.signal);
    await api.watching(1);
    controller.abort();
    await failure(open);
    await failure(client.get(path, AbortSignal.abort()));
    assert.is(api.lists.length, 0);
  }));

test('only the authority of the cluster is believed', () =>
  withApi(async (api) => {
    const stranger = Authority.root('Somebody Else').root;
    const client = new KubeApi({ server: api.url, token: async () => 'first', ca: async () => stranger });
    assert.match((await failure(client.get(path))).message, /unable to verify|self.signed|local issuer/);
    assert.is(api.lists.length, 0);
  }));

test('a token is read again after a minute, at once when it is refused, and kept when the file is gone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-token-'));
  const file = join(folder, 'token');
  let now = 0;
  const token = new RenewedFile(file, () => now);
  try {
    await token.read().then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, /token: cannot be read .+; the pod needs 'automount/),
    );
    writeFileSync(file, 'one\n');
    assert.is(await token.read(), 'one');
    writeFileSync(file, 'two\n');
    now = 59_999;
    assert.is(await token.read(), 'one');
    now = 60_000;
    assert.is(await token.read(), 'two');
    writeFileSync(file, 'three\n');
    assert.is(await token.read(true), 'three');
    rmSync(file);
    now = 200_000;
    assert.is(await token.read(), 'three');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('knows its cluster by the environment, and is none outside', () => {
  const server = (env: NodeJS.ProcessEnv) => inClusterIdentity(env)?.server;
  assert.is(server({}), undefined);
  assert.is(
    server({ KUBERNETES_SERVICE_HOST: '10.43.0.1', KUBERNETES_SERVICE_PORT: '6443' }),
    'https://10.43.0.1:6443',
  );
  assert.is(server({ KUBERNETES_SERVICE_HOST: 'fd00::1' }), 'https://[fd00::1]:443');
});

test('lines are cut the same way wherever the chunks end', async () => {
  const text = 'one\n\nzwei ü €\n{"a":"𝄞"}\nrest';
  const octets = Buffer.from(text);
  for (let size = 1; size <= octets.length; size++) {
    const lines: string[] = [];
    for await (const line of readLines(chunks(octets, size), 100)) lines.push(line);
    assert.equal(lines, ['one', 'zwei ü €', '{"a":"𝄞"}'], `chunks of ${size}`);
  }
});

async function* chunks(octets: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size);
}

test.run();
