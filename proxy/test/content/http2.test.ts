/** The same content over HTTP/2. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Stage } from './stage.js';

const text = 'answer '.repeat(1000);
const large = Buffer.alloc(8_000_000, 'abcdefghij');

const test = suite<{ folder: string; stage: Stage; session: ClientHttp2Session }>('content over HTTP/2');
let asked = 0;

test.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'static-'));
  await writeFile(join(context.folder, 'index.html'), '<h1>start</h1>');
  await writeFile(join(context.folder, 'large.bin'), large);
  context.stage = await Stage.open(
    (_, res) => {
      asked++;
      res
        .writeHead(200, { 'Content-Type': 'text/html', ETag: '"v1"', 'Content-Length': text.length })
        .end(text);
    },
    (upstream) => [
      { kind: 'proxy', path: '/cached/', upstream, cache: { seconds: 60 } },
      {
        kind: 'proxy',
        path: '/rewritten/',
        upstream,
        bodyRewrites: [{ find: 'answer', replace: 'question' }],
      },
      { kind: 'proxy', path: '/plain/', upstream },
      { kind: 'static', path: '/', root: context.folder },
    ],
  );
  context.session = await context.stage.http2();
});

test.after(async ({ stage, session, folder }) => {
  session.destroy();
  await stage.close();
  await rm(folder, { recursive: true });
});

async function ask(session: ClientHttp2Session, path: string, headers: Record<string, string> = {}) {
  const stream = session.request({ ':path': path, ':authority': 'example.org', ...headers });
  const [fields] = (await once(stream, 'response')) as [
    IncomingHttpHeaders & { ':status'?: number | undefined },
  ];
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return { fields, status: fields[':status'], body: Buffer.concat(pieces) };
}

test('files, small and large, whole and in part', async ({ session }) => {
  assert.is((await ask(session, '/')).body.toString(), '<h1>start</h1>');
  const whole = await ask(session, '/large.bin');
  assert.ok(whole.body.equals(large));
  const part = await ask(session, '/large.bin', { range: 'bytes=5-14' });
  assert.equal([part.status, part.body.toString()], [206, 'fghijabcde']);
  const same = await ask(session, '/large.bin', { 'if-none-match': String(whole.fields.etag) });
  assert.equal([same.status, same.body.length], [304, 0]);
  const head = await ask(session, '/large.bin', { ':method': 'HEAD' });
  assert.equal([head.fields['content-length'], head.body.length], [String(large.length), 0]);
});

test('what is changed on its way', async ({ session }) => {
  const small = await ask(session, '/plain/', { 'accept-encoding': 'br' });
  assert.is(brotliDecompressSync(small.body).toString(), text);
  assert.equal([small.fields.etag, small.fields.vary], ['W/"v1"', 'Accept-Encoding']);
  const other = await ask(session, '/rewritten/');
  assert.is(other.body.toString(), text.replaceAll('answer', 'question'));
  assert.is(other.fields.etag, undefined);
});

test('what is kept', async ({ session }) => {
  const before = asked;
  for (let round = 0; round < 3; round++) assert.is((await ask(session, '/cached/')).body.toString(), text);
  const hit = await ask(session, '/cached/');
  assert.equal([hit.fields.age, hit.fields['content-length']], ['0', String(text.length)]);
  assert.is((await ask(session, '/cached/', { 'if-none-match': '"v1"' })).status, 304);
  const together = await Promise.all(Array.from({ length: 20 }, () => ask(session, '/cached/other')));
  assert.ok(together.every(({ body }) => body.toString() === text));
  assert.is(asked, before + 2);
});

test.run();
