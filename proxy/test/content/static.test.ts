import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ConfigInput } from '../../src/config/schema.js';
import { StaticFiles } from '../../src/content/static.js';
import { Stage, until } from './stage.js';

type StaticRoute = Extract<ConfigInput['hosts'][number]['routes'][number], { kind: 'static' }>;

const script = 'export const greeting = "hello";\n'.repeat(200);
const large = Buffer.alloc(1_500_000, 'abcdefghij');

const test = suite<{ folder: string; root: string; stage: Stage }>('static');

async function put(root: string, path: string, content: string | Buffer): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), content);
}

/** Waits until a file that was added is seen. */
async function present(stage: Stage, path: string): Promise<void> {
  const end = performance.now() + 5000;
  while ((await stage.ask(path, { method: 'HEAD' })).status !== 200) {
    assert.ok(performance.now() < end, `${path} is seen`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'static-'));
  const root = join(context.folder, 'root');
  context.root = root;
  await put(root, 'index.html', '<h1>start</h1>');
  await put(root, 'about.html', '<h1>about</h1>');
  await put(root, 'guide/index.html', '<h1>guide</h1>');
  await put(root, 'docs/[id]/index.html', '<h1>one document</h1>');
  await put(root, 'assets/app-3f2a9c1b.js', script);
  await put(root, 'assets/app-3f2a9c1b.js.br', brotliCompressSync(script));
  await put(root, 'assets/app-3f2a9c1b.js.gz', gzipSync(script));
  await put(root, 'Größe 1.TXT', 'ten');
  await put(root, 'empty.css', '');
  await put(root, 'large.bin', large);
  await put(root, '.env', 'SECRET=1');
  await put(root, '.git/config', 'secret');
  await put(root, '.well-known/security.txt', 'Contact: mailto:a@example.org');
  await put(context.folder, 'outside.txt', 'outside');
  await put(context.folder, 'root-not/secret.txt', 'outside');
  await symlink(join(context.folder, 'outside.txt'), join(root, 'escape.txt'));
  await symlink(join(context.folder, 'root-not'), join(root, 'sibling'));
  await symlink('..', join(root, 'up'));
  await symlink('.env', join(root, 'env.txt'));
  await symlink('.', join(root, 'loop'));
  await symlink('about.html', join(root, 'link.html'));
  const route = (path: string, more: Partial<StaticRoute> = {}): StaticRoute => ({
    kind: 'static',
    path,
    root,
    ...more,
  });
  context.stage = await Stage.open(
    (_, res) => res.end(),
    () => [
      route('/below', { responseHeaders: { 'Cache-Control': 'max-age=60' } }),
      route('/app/', {
        fallback: 'index.html',
        rewrites: [{ pattern: '^/docs/([0-9a-f-]{36})/?$', target: 'docs/[id]/index.html' }],
      }),
      route('/'),
    ],
  );
});

test.after(async ({ stage, folder }) => {
  await stage.close();
  await rm(folder, { recursive: true });
});

test('a path names a file, a page without its ending, or the index of a folder', async ({ stage }) => {
  for (const [path, text] of [
    ['/', '<h1>start</h1>'],
    ['/index.html', '<h1>start</h1>'],
    ['/about', '<h1>about</h1>'],
    ['/about.html', '<h1>about</h1>'],
    ['/guide', '<h1>guide</h1>'],
    ['/guide/', '<h1>guide</h1>'],
    ['/link', '<h1>about</h1>'],
    ['/Gr%C3%B6%C3%9Fe%201.TXT', 'ten'],
    ['/empty.css', ''],
    ['/.well-known/security.txt', 'Contact: mailto:a@example.org'],
    ['/below', '<h1>start</h1>'],
    ['/below/about', '<h1>about</h1>'],
  ] as const) {
    const answer = await stage.ask(path);
    assert.is(`${path} ${answer.status} ${answer.text}`, `${path} 200 ${text}`);
    assert.is(answer.headers['x-content-type-options'], 'nosniff');
  }
});

test('what is outside, hidden or not a file is not there', async ({ stage }) => {
  for (const path of [
    '/missing',
    '/about/',
    '/escape.txt',
    '/sibling/secret.txt',
    '/up/outside.txt',
    '/loop/about.html',
    '/env.txt',
    '/.env',
    '/.git/config',
    '/guide%2Findex.html',
    '/about.html%00',
  ]) {
    const { status } = await stage.ask(path);
    assert.ok(status === 404 || status === 400, `${path}: ${status}`);
  }
});

test('rewrites go first, then files, then the fallback', async ({ stage }) => {
  const text = async (path: string) => (await stage.ask(path)).text;
  assert.is(await text('/app/docs/550e8400-e29b-41d4-a716-446655440000/'), '<h1>one document</h1>');
  assert.is(await text('/app/about'), '<h1>about</h1>');
  const lost = await stage.ask('/app/assets/app-00000000.js');
  assert.is(lost.text, '<h1>start</h1>');
  assert.is(lost.headers['cache-control'], 'no-cache', 'a page under a name with a hash is not kept');
});

test('types, lifetimes and precompressed forms', async ({ stage }) => {
  const plain = await stage.ask('/assets/app-3f2a9c1b.js');
  assert.is(plain.text, script);
  assert.is(plain.headers['content-type'], 'text/javascript; charset=utf-8');
  assert.is(plain.headers['cache-control'], 'public, max-age=31536000, immutable');
  assert.is(plain.headers.vary, 'Accept-Encoding');
  const coded = (accept: string) =>
    stage.ask('/assets/app-3f2a9c1b.js', { headers: { 'accept-encoding': accept } });
  const br = await coded('gzip, deflate, br, zstd');
  assert.is(br.headers['content-encoding'], 'br');
  assert.is(brotliDecompressSync(br.body).toString(), script);
  const gzip = await coded('br;q=0, gzip;q=0.5');
  assert.is(gzip.headers['content-encoding'], 'gzip');
  assert.is(gunzipSync(gzip.body).toString(), script);
  assert.is((await coded('zstd')).headers['content-encoding'], undefined);
  assert.is((await coded('gzip;q=0.1, identity')).headers['content-encoding'], undefined);
  const tags = new Set([plain, br, gzip].map((answer) => answer.headers.etag));
  assert.is(tags.size, 3, 'each form has its own tag');
  const page = await stage.ask('/about');
  assert.is(page.headers['cache-control'], 'no-cache');
  assert.is(page.headers.vary, undefined);
  assert.is(
    (await stage.ask('/Gr%C3%B6%C3%9Fe%201.TXT')).headers['content-type'],
    'text/plain; charset=utf-8',
  );
});

test('fields of the route stand in place of ours', async ({ stage }) => {
  const { headers } = await stage.ask('/below/about');
  assert.is(headers['cache-control'], 'max-age=60');
});

test('conditions', async ({ stage }) => {
  const { headers } = await stage.ask('/about');
  const { etag = '', 'last-modified': modified = '' } = headers;
  const status = async (fields: Record<string, string>, method = 'GET') =>
    (await stage.ask('/about', { method, headers: fields })).status;
  assert.is(await status({ 'if-none-match': etag }), 304);
  assert.is(await status({ 'if-none-match': `"x", W/${etag}` }, 'HEAD'), 304);
  assert.is(await status({ 'if-none-match': '*' }), 304);
  assert.is(await status({ 'if-none-match': '"other"', 'if-modified-since': modified }), 200);
  assert.is(await status({ 'if-modified-since': modified }), 304);
  assert.is(await status({ 'if-modified-since': 'Sun, 06 Nov 1994 08:49:37 GMT' }), 200);
  assert.is(await status({ 'if-modified-since': '0' }), 200);
  assert.is(await status({ 'if-match': '"other"' }), 412);
  assert.is(await status({ 'if-match': `W/${etag}` }), 412);
  assert.is(await status({ 'if-match': etag }), 200);
  assert.is(await status({ 'if-unmodified-since': 'Sun, 06 Nov 1994 08:49:37 GMT' }), 412);
  const not = await stage.ask('/about', { headers: { 'if-none-match': etag } });
  assert.is(not.headers.etag, etag);
  assert.is(not.headers['content-type'], undefined);
  assert.is(not.body.length, 0);
});

test('ranges', async ({ stage }) => {
  const ask = (range: string, more: Record<string, string> = {}, path = '/large.bin') =>
    stage.ask(path, { headers: { range, ...more } });
  const cases: [string, number, number][] = [
    ['bytes=0-9', 0, 9],
    ['bytes=5-', 5, large.length - 1],
    ['bytes=-7', large.length - 7, large.length - 1],
    ['bytes=1499990-9999999', 1_499_990, large.length - 1],
    ['Bytes=0-0', 0, 0],
  ];
  for (const [range, first, last] of cases) {
    const answer = await ask(range);
    assert.is(answer.status, 206, range);
    assert.is(answer.headers['content-range'], `bytes ${first}-${last}/${large.length}`);
    assert.ok(answer.body.equals(large.subarray(first, last + 1)), range);
  }
  for (const range of ['bytes=1500000-', 'bytes=-0']) {
    const answer = await ask(range);
    assert.is(answer.status, 416);
    assert.is(answer.headers['content-range'], `bytes */${large.length}`);
  }
  // malformed, of another unit, or several: the whole
  for (const range of ['bytes=9-5', 'items=0-1', 'bytes=', 'bytes=0-1,5-6', 'bytes=a-b'])
    assert.is((await ask(range)).body.length, large.length, range);
  const small = await ask('bytes=1-2', {}, '/about');
  assert.is(small.text, 'h1');
  const { etag = '', 'last-modified': modified = '' } = small.headers;
  assert.is((await ask('bytes=0-1', { 'if-range': etag }, '/about')).status, 206);
  assert.is((await ask('bytes=0-1', { 'if-range': modified }, '/about')).status, 206);
  assert.is((await ask('bytes=0-1', { 'if-range': '"old"' }, '/about')).status, 200);
  assert.is((await ask('bytes=0-1', { 'if-range': `W/${etag}` }, '/about')).status, 200);
  const part = await ask('bytes=0-9', { 'accept-encoding': 'br' }, '/assets/app-3f2a9c1b.js');
  assert.ok(
    part.body.equals(brotliCompressSync(script).subarray(0, 10)),
    'a range of the form that was chosen',
  );
  const head = await stage.ask('/large.bin', { method: 'HEAD', headers: { range: 'bytes=0-9' } });
  assert.equal([head.status, head.headers['content-length']], [200, String(large.length)]);
  assert.is((await ask('bytes=0-0', {}, '/empty.css')).status, 416);
});

test('only GET and HEAD', async ({ stage }) => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const { status, headers } = await stage.ask('/about', { method });
    assert.equal([status, headers.allow], [405, 'GET, HEAD'], method);
  }
  const head = await stage.ask('/about', { method: 'HEAD' });
  assert.equal([head.status, head.headers['content-length'], head.body.length], [200, '14', 0]);
});

test('a large file waits for a slow client, and a client that leaves ends it', async ({ stage, root }) => {
  const big = Buffer.alloc(40_000_000, 'x');
  await put(root, 'huge.bin', big);
  await present(stage, '/huge.bin');
  const before = process.memoryUsage().external;
  const socket = connect(stage.port, '127.0.0.1');
  socket.write('GET /huge.bin HTTP/1.1\r\nHost: example.org\r\n\r\n');
  await new Promise((resolve) => socket.once('readable', resolve));
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.ok(process.memoryUsage().external - before < 20_000_000, 'not read ahead of the client');
  let length = 0;
  for await (const piece of socket) {
    length += (piece as Buffer).length;
    if (length > big.length) break;
  }
  assert.ok(length > big.length);
  const gone = connect(stage.port, '127.0.0.1');
  gone.write('GET /huge.bin HTTP/1.1\r\nHost: example.org\r\n\r\n');
  await new Promise((resolve) => gone.once('readable', resolve));
  gone.destroy();
  await until(() => stage.service.connections.size === 0);
});

test('changes are seen: new, changed, replaced and removed files', async ({ folder }) => {
  const root = join(folder, 'changing');
  await put(root, 'a/page.html', 'one');
  await put(root, 'large.bin', large);
  const stage = await Stage.open(
    (_, res) => res.end(),
    () => [{ kind: 'static', path: '/', root }],
  );
  const text = async (path: string) => {
    const { status, body } = await stage.ask(path);
    return status === 200 ? body.subarray(0, 20).toString() : String(status);
  };
  const sees = async (path: string, expected: string) => {
    const end = performance.now() + 5000;
    while ((await text(path)) !== expected) {
      if (performance.now() > end)
        throw new Error(`${path} is never '${expected}' but '${await text(path)}'`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  assert.is(await text('/a/page'), 'one');
  const tag = (await stage.ask('/a/page')).headers.etag;
  await put(root, 'a/page.html', 'two');
  await sees('/a/page', 'two');
  assert.is.not((await stage.ask('/a/page')).headers.etag, tag);
  await put(root, 'b/new.html', 'new');
  await sees('/b/new', 'new');
  await rm(join(root, 'b'), { recursive: true });
  await sees('/b/new', '404');
  // the very next request after a large file was replaced gets the new one, whole
  await writeFile(join(folder, 'other.bin'), Buffer.alloc(1_000_000, 'z'));
  await rename(join(folder, 'other.bin'), join(root, 'large.bin'));
  assert.is(await text('/large.bin'), 'z'.repeat(20));
  await stage.close();
});

test('a volume of Kubernetes: links into a hidden folder that is swapped', async ({ folder }) => {
  const root = join(folder, 'volume');
  await put(root, '..2026_01/index.html', 'one');
  await symlink('..2026_01', join(root, '..data'));
  await symlink('..data/index.html', join(root, 'index.html'));
  const files = await StaticFiles.open(root, { watch: false });
  const stage = await Stage.open(
    (_, res) => res.end(),
    () => [{ kind: 'static', path: '/', root }],
  );
  assert.is((await stage.ask('/')).text, 'one');
  assert.is((await stage.ask('/..data/index.html')).status < 500, true);
  await put(root, '..2026_02/index.html', 'two');
  await symlink('..2026_02', join(root, '..new'));
  await rename(join(root, '..new'), join(root, '..data'));
  const end = performance.now() + 5000;
  while ((await stage.ask('/')).text !== 'two') assert.ok(performance.now() < end, 'the swap is seen');
  files.close();
  await stage.close();
});

test('a form that is older than its file is not used', async ({ folder }) => {
  const root = join(folder, 'stale');
  await put(root, 'a.txt', 'x'.repeat(100));
  await put(root, 'a.txt.gz', gzipSync('old'));
  await utimes(join(root, 'a.txt.gz'), 1000, 1000);
  const stage = await Stage.open(
    (_, res) => res.end(),
    () => [{ kind: 'static', path: '/', root }],
  );
  const answer = await stage.ask('/a.txt', { headers: { 'accept-encoding': 'gzip' } });
  assert.equal([answer.headers['content-encoding'], answer.text], [undefined, 'x'.repeat(100)]);
  await stage.close();
});

test('a folder or fallback that is not there is said at once', async ({ folder, root }) => {
  for (const [where, fallback, message] of [
    [join(folder, 'nowhere'), undefined, /static root '.*nowhere' cannot be read: ENOENT/],
    [root, 'app.html', /the fallback 'app.html' is no file in it/],
  ] as const)
    try {
      await StaticFiles.open(where, { fallback });
      assert.unreachable();
    } catch (error) {
      assert.match((error as Error).message, message);
    }
});

test.run();
