import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { folder, installed, run, stopAll } from '../l4/support/programs.js';
import { type RunningEdge, startEdge } from '../support/edge.js';
import { App } from './support/app.js';
import { closeClients, openHttp2 } from './support/client.js';
import { curl } from './support/curl.js';

/** Programs people have: what they send and take nobody here has written. */
const test = suite('clients');
let opened: { close(): Promise<unknown> }[] = [];

test.after.each(async () => {
  closeClients();
  await Promise.all(opened.map((one) => one.close()));
  opened = [];
  await stopAll();
});

/** An app that says what it got: the method, how much, and its digest. */
function digest(): App {
  return new App((request, response) => {
    if (request.headers.expect === '100-continue') response.writeContinue();
    const hash = createHash('sha256');
    let length = 0;
    request.on('data', (piece: Buffer) => {
      hash.update(piece);
      length += piece.length;
    });
    request.on('end', () => {
      const text = `${request.method} ${request.url} ${length} ${hash.digest('hex')}`;
      response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': text.length }).end(text);
    });
  });
}

async function stage(app = digest()): Promise<{ running: RunningEdge; app: App }> {
  await app.listen();
  const running = await startEdge({
    hosts: [
      {
        name: 'app.example.org',
        routes: [
          { kind: 'proxy', path: '/', upstream: app.origin },
          { kind: 'proxy', path: '/events', class: 'stream', buffering: false, upstream: app.origin },
        ],
      },
    ],
  });
  opened.push({ close: () => running.stop() }, app);
  return { running, app };
}

const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex');

for (const [version, name] of [
  ['--http1.1', '1.1'],
  ['--http2', '2'],
] as const)
  test(`curl over HTTP/${name}: GET, HEAD, POST, uploads, Expect`, async () => {
    if (!installed('curl')) return;
    const { running, app } = await stage();
    const home = folder();
    const ask = async (path: string, ...args: string[]) => {
      const options = [version, '-w', '\n%{http_code} %{http_version} %{num_connects}', ...args];
      const { stdout, stderr } = await curl(running, path, options);
      assert.is(stderr, '');
      return stdout;
    };
    const status = `200 ${name}`;
    assert.is(await ask('/a?b=c'), `GET /a?b=c 0 ${sha256('')}\n${status} 1`);
    const head = await ask('/a', '--head');
    assert.match(head, /content-length: \d+/i);
    assert.ok(head.endsWith(`${status} 1`), head);
    assert.is(await ask('/form', '-d', 'a=1&b=2'), `POST /form 7 ${sha256('a=1&b=2')}\n${status} 1`);
    const large = Buffer.alloc(50e6, 'the quick brown fox ');
    const file = join(home, 'large');
    writeFileSync(file, large);
    const expected = `50000000 ${sha256(large)}`;
    assert.is(await ask('/put', '-T', file), `PUT /put ${expected}\n${status} 1`);
    // curl itself waits for 100 before it sends so much
    assert.is(
      await ask('/post', '-H', 'Expect: 100-continue', '--data-binary', `@${file}`),
      `POST /post ${expected}\n${status} 1`,
    );
    assert.is(await ask('/chunked', '-T', '-', '-H', 'Expect:'), `PUT /chunked 0 ${sha256('')}\n${status} 1`);
    assert.is(app.last.headers['content-length'], undefined);
  });

test('curl: many requests on one connection, ranges, a download of 50 MB that is slow to be taken', async () => {
  if (!installed('curl')) return;
  const large = Buffer.alloc(50e6, 'x');
  const { running } = await stage(
    new App((request, response) => {
      const range = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '');
      if (range === null) response.writeHead(200, { 'Content-Length': large.length }).end(large);
      else
        response
          .writeHead(206, { 'Content-Range': `bytes ${range[1]}-${range[2]}/${large.length}` })
          .end(large.subarray(Number(range[1]), Number(range[2]) + 1));
    }),
  );
  for (const version of ['--http1.1', '--http2']) {
    const parts = ['-r', '0-9', '-w', '%{http_code} %{num_connects} ', '-o', '/dev/null'];
    const host = 'https://app.example.org/';
    const { stdout } = await curl(running, '/', [
      version,
      ...parts,
      host,
      '-o',
      '/dev/null',
      host,
      '-o',
      '/dev/null',
    ]);
    assert.is(stdout, '206 1 206 0 206 0 ');
    const slow = await curl(running, '/', [
      version,
      '--limit-rate',
      '40M',
      '-o',
      '/dev/null',
      '-w',
      '%{size_download}',
    ]);
    assert.equal([slow.stdout, slow.code], [String(large.length), 0], slow.stderr);
  }
});

test('server-sent events arrive one by one', async () => {
  let send: (text: string) => void = () => {};
  const { running } = await stage(
    new App((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
      response.flushHeaders();
      send = (text) => (text === '' ? response.end() : response.write(`data: ${text}\n\n`));
    }),
  );
  for (const version of ['1.1', '2']) {
    const pieces: string[] = [];
    let wake = () => {};
    const came = (piece: string) => {
      pieces.push(piece);
      wake();
    };
    const count = async (wanted: number) => {
      while (pieces.length < wanted) await new Promise<void>((done) => (wake = done));
    };
    let over: Promise<unknown>;
    const fields = { accept: 'text/event-stream', 'accept-encoding': 'gzip, br' };
    if (version === '2') {
      const stream = openHttp2(running).request({
        ':path': '/events',
        ':authority': 'app.example.org',
        ...fields,
      });
      stream.setEncoding('utf8').on('data', came);
      over = new Promise((done) => stream.once('end', done));
      await new Promise((done) => stream.once('response', done));
    } else {
      const { get } = await import('node:https');
      const options = { host: '127.0.0.1', port: running.https, ca: running.certificate.ca, path: '/events' };
      const response = await new Promise<import('node:http').IncomingMessage>((done) =>
        get(
          { ...options, servername: 'app.example.org', headers: { host: 'app.example.org', ...fields } },
          done,
        ),
      );
      assert.is(
        response.headers['content-encoding'],
        undefined,
        'nothing holds events back to compress them',
      );
      response.setEncoding('utf8').on('data', came);
      over = new Promise((done) => response.once('end', done));
    }
    for (let i = 1; i <= 3; i++) {
      send(`event ${i}`);
      await count(i);
      assert.is(pieces[i - 1], `data: event ${i}\n\n`);
    }
    send('');
    await over;
  }
});

/** What openssl says of a connection. */
async function openssl(
  { https, certificate }: RunningEdge,
  args: readonly string[],
  input = '',
): Promise<string> {
  const connect = ['s_client', '-connect', `127.0.0.1:${https}`, '-servername', 'app.example.org'];
  const all = [...connect, '-CAfile', certificate.files.ca, '-verify_return_error', ...args];
  const { stdout, stderr } = await run('openssl', all, { input });
  return stdout + stderr;
}

test('openssl: versions, ALPN, ciphers', async () => {
  if (!installed('openssl')) return;
  const { running } = await stage();
  for (const version of ['1.2', '1.3']) {
    const said = await openssl(running, [`-tls${version.replace('.', '_')}`, '-alpn', 'h2,http/1.1']);
    assert.match(said, new RegExp(`New, TLSv${version.replace('.', '\\.')}, Cipher is .*GCM`));
    assert.match(said, /ALPN protocol: h2/);
    assert.match(said, /Verification: OK|Verify return code: 0/);
  }
  for (const old of ['-tls1_1', '-tls1'])
    assert.match(await openssl(running, [old, '-cipher', 'ALL@SECLEVEL=0']), /Cipher is \(NONE\)/, old);
  assert.match(await openssl(running, ['-alpn', 'http/1.1']), /ALPN protocol: http\/1.1/);
  assert.match(await openssl(running, []), /No ALPN negotiated/);
  assert.match(await openssl(running, ['-alpn', 'spdy/3']), /no application protocol/);
  const weak = ['-tls1_2', '-cipher', 'AES128-SHA:AES256-SHA:ECDHE-ECDSA-AES128-SHA@SECLEVEL=0'];
  assert.match(await openssl(running, weak), /Cipher is \(NONE\)/, 'neither CBC nor RSA key exchange');
});

test('openssl: renegotiation is refused, sessions are resumed', async () => {
  if (!installed('openssl')) return;
  const { running } = await stage();
  // the command letter R asks for a renegotiation
  const said = await openssl(running, ['-tls1_2', '-alpn', 'http/1.1'], 'R\n');
  assert.match(said, /no renegotiation/);
  const session = join(folder(), 'session');
  const request = 'GET / HTTP/1.1\r\nHost: app.example.org\r\nConnection: close\r\n\r\n';
  for (const version of ['-tls1_2', '-tls1_3']) {
    // with an answer, as tickets of 1.3 come after the handshake
    const args = [version, '-alpn', 'http/1.1', '-ign_eof'];
    const first = await openssl(running, [...args, '-sess_out', session], request);
    assert.match(first, /200 OK/);
    assert.ok(readFileSync(session).length > 100);
    assert.match(await openssl(running, [...args, '-sess_in', session], request), /Reused, TLSv1/);
  }
});

test('wrk and h2load: no request fails', async () => {
  const { running } = await stage(new App((_, response) => void response.end('ok')));
  if (installed('wrk')) {
    const args = [
      '-t1',
      '-c16',
      '-d2s',
      '-H',
      'Host: app.example.org',
      `https://127.0.0.1:${running.https}/`,
    ];
    const { stdout } = await run('wrk', args);
    assert.not.match(stdout, /Non-2xx|Socket errors/, stdout);
    assert.ok(Number(/(\d+) requests in/.exec(stdout)?.[1]) > 500, stdout);
  }
  if (installed('h2load')) {
    const to = `--connect-to=127.0.0.1:${running.https}`;
    const { stdout } = await run('h2load', ['-t1', '-c10', '-m20', '-n4000', to, 'https://app.example.org/']);
    assert.match(stdout, /4000 succeeded, 0 failed, 0 errored, 0 timeout/);
    assert.match(stdout, /status codes: 4000 2xx/);
  }
});

test.run();
