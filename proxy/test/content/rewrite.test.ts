import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliCompressSync, deflateRawSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Rewrites } from '../../src/content/rewrite.js';
import { Stage, until } from './stage.js';

const page = `<p>http://inside:80/ and ${'x'.repeat(3000)} http://inside:80/</p>`;
const rewritten = page.replaceAll('http://inside:80/', 'https://out/');

const answers: Record<string, (req: IncomingMessage, res: ServerResponse) => void> = {
  '/page': (_, res) => {
    res.setHeader('Content-Type', 'text/html; charset=utf-8');
    res.setHeader('Content-Length', Buffer.byteLength(page));
    res.setHeader('ETag', '"v1"');
    res.setHeader('Last-Modified', 'Sun, 06 Nov 1994 08:49:37 GMT');
    res.setHeader('Accept-Ranges', 'bytes');
    res.setHeader('Content-MD5', 'x');
    res.setHeader('Repr-Digest', 'sha-256=:x:');
    res.end(page);
  },
  '/long': (_, res) => {
    const body = page.repeat(20);
    res.writeHead(200, { 'Content-Type': 'text/html', 'Content-Length': body.length }).end(body);
  },
  '/pieces': (_, res) => {
    res.setHeader('Content-Type', 'application/javascript');
    const parts = ['url = "http://in', 'side', ':80/"'];
    const next = () => {
      const part = parts.shift();
      if (part === undefined) res.end();
      else res.write(part, () => setTimeout(next, 5));
    };
    next();
  },
  '/data': (_, res) =>
    res.setHeader('Content-Type', 'application/json').setHeader('ETag', '"v1"').end('"http://inside:80/"'),
  '/gzip': (_, res) => coded(res, 'gzip', gzipSync(page)),
  '/br': (_, res) => coded(res, 'br', brotliCompressSync(page)),
  '/deflate': (_, res) => coded(res, 'deflate', deflateSync(page)),
  '/raw': (_, res) => coded(res, 'deflate', deflateRawSync(page)),
  '/zstd': (_, res) => coded(res, 'zstd', Buffer.from('http://inside:80/')),
  '/broken': (_, res) =>
    coded(res, 'gzip', Buffer.concat([gzipSync(page).subarray(0, 40), Buffer.alloc(5000, 7)])),
  '/cut': (_, res) => coded(res, 'gzip', gzipSync(page).subarray(0, 40)),
  '/echo': (req, res) => res.setHeader('Content-Type', 'application/json').end(JSON.stringify(req.headers)),
  '/latin1': (_, res) =>
    res.setHeader('Content-Type', 'text/html; charset=iso-8859-1').end(Buffer.from('Käse', 'latin1')),
  '/utf16': (_, res) =>
    res.setHeader('Content-Type', 'text/html; charset=utf-16le').end(Buffer.from('Käse', 'utf16le')),
  '/part': (_, res) => {
    res
      .writeHead(206, { 'Content-Type': 'text/html', 'Content-Range': 'bytes 0-16/99' })
      .end('http://inside:80/');
  },
};

function coded(res: ServerResponse, coding: string, body: Buffer): void {
  res
    .writeHead(200, {
      'Content-Type': 'text/html',
      'Content-Encoding': coding,
      'Content-Length': body.length,
    })
    .end(body);
}

const test = suite<{ stage: Stage }>('rewrite');

test.before(async (context) => {
  context.stage = await Stage.open(
    (req, res) => (answers[req.url ?? ''] ?? ((_, none) => none.end()))(req, res),
    (upstream) => [
      {
        kind: 'proxy',
        path: '/',
        upstream,
        bodyRewrites: [
          { find: 'http://inside:80/', replace: 'https://out/' },
          { find: 'Käse', replace: 'Brötchen' },
        ],
      },
    ],
  );
});

test.after(({ stage }) => stage.close());

test('text is replaced, and what is no longer true is taken off', async ({ stage }) => {
  const { text, headers } = await stage.ask('/page');
  assert.is(text, rewritten);
  for (const name of ['etag', 'last-modified', 'accept-ranges', 'content-md5', 'repr-digest'])
    assert.is(headers[name], undefined, name);
  assert.is(headers['content-length'], String(rewritten.length));
  const head = await stage.ask('/page', { method: 'HEAD' });
  assert.equal([head.status, head.headers['content-length'], head.headers.etag], [200, undefined, undefined]);
});

test('as a whole when it is short, on its way when it is long', async ({ stage }) => {
  const { text, headers } = await stage.ask('/long');
  assert.is(text, rewritten.repeat(20));
  assert.is(headers['content-length'], undefined);
  const gzip = await stage.ask('/long', { headers: { 'accept-encoding': 'gzip' } });
  assert.is(gunzipSync(gzip.body).toString(), rewritten.repeat(20));
  const short = await stage.ask('/page', { headers: { 'accept-encoding': 'gzip' } });
  assert.is(gunzipSync(short.body).toString(), rewritten);
  assert.equal([short.headers['content-length'], short.headers.etag], [String(short.body.length), undefined]);
});

test('also across pieces, and not in other types', async ({ stage }) => {
  assert.is((await stage.ask('/pieces')).text, 'url = "https://out/"');
  const data = await stage.ask('/data');
  assert.equal([data.text, data.headers.etag], ['"http://inside:80/"', '"v1"']);
  assert.is((await stage.ask('/part')).text, 'http://inside:80/', 'part of something is left alone');
});

test('codings are taken off first; an unknown one is left alone', async ({ stage }) => {
  for (const path of ['/gzip', '/br', '/deflate', '/raw']) {
    const { text, headers } = await stage.ask(path);
    assert.equal([path, headers['content-encoding'], text], [path, undefined, rewritten]);
  }
  const again = await stage.ask('/gzip', { headers: { 'accept-encoding': 'gzip' } });
  assert.equal([again.headers['content-encoding'], gunzipSync(again.body).toString()], ['gzip', rewritten]);
  assert.is(again.headers.vary, 'Accept-Encoding');
  assert.is((await stage.ask('/zstd')).headers['content-encoding'], 'zstd');
});

test('a body that is not in its coding breaks the answer off', async ({ stage }) => {
  for (const path of ['/broken', '/cut']) {
    try {
      await stage.ask(path);
      assert.unreachable('the answer looked whole');
    } catch (error) {
      assert.is((error as NodeJS.ErrnoException).code, 'ECONNRESET', path);
    }
  }
  await until(() => stage.service.connections.size === 0);
});

test('the upstream is asked for the whole, in no coding, without conditions', async ({ stage }) => {
  const { text } = await stage.ask('/echo', {
    headers: {
      'accept-encoding': 'gzip, br',
      range: 'bytes=0-9',
      'if-range': '"x"',
      'if-none-match': '"x"',
      'if-modified-since': 'Sun, 06 Nov 1994 08:49:37 GMT',
      accept: '*/*',
    },
  });
  const seen = Object.keys(JSON.parse(text) as object);
  assert.ok(seen.includes('accept'));
  for (const name of ['accept-encoding', 'range', 'if-range', 'if-none-match', 'if-modified-since'])
    assert.not.ok(seen.includes(name), name);
});

test('texts are looked for in the charset of the answer', async ({ stage }) => {
  assert.is((await stage.ask('/latin1')).body.toString('latin1'), 'Brötchen');
  assert.is((await stage.ask('/utf16')).body.toString('utf16le'), 'Käse');
  const rewrites = new Rewrites([{ find: 'a', replace: '€', types: ['text/html'] }]);
  assert.is(rewrites.for('text/html').length, 1);
  assert.is(rewrites.for('Text/HTML; Charset="UTF-8"').length, 1);
  assert.is(rewrites.for('text/html; charset=windows-1252').length, 0, 'what cannot be written there');
  assert.is(rewrites.for('text/plain').length, 0);
});

test.run();
