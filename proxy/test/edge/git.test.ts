import { spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { folder, installed, run, stopAll } from '../l4/support/programs.js';
import { type RunningEdge, startEdge } from '../support/edge.js';
import { App } from './support/app.js';

/** Git over HTTPS, with the program that serves it everywhere: `git http-backend`. */
const test = suite('git');
const backend = '/usr/lib/git-core/git-http-backend';
let opened: { close(): Promise<unknown> }[] = [];

test.after.each(async () => {
  await Promise.all(opened.map((one) => one.close()));
  opened = [];
  await stopAll();
});

/** Runs the backend for one request, as a web server with CGI does (RFC 3875). */
function cgi(root: string, request: IncomingMessage, response: ServerResponse): void {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  if (request.headers.expect === '100-continue') response.writeContinue();
  const child = spawn(backend, {
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(path),
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      HTTP_GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'ann',
      REMOTE_ADDR: String(request.headers['x-forwarded-for']),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  request.pipe(child.stdin).on('error', () => {});
  let head = Buffer.alloc(0);
  let begun = false;
  child.stdout.on('data', (piece: Buffer) => {
    if (begun) {
      response.write(piece);
      return;
    }
    head = Buffer.concat([head, piece]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    begun = true;
    for (const line of head.subarray(0, end).toString().split('\r\n')) {
      const [name = '', value = ''] = line.split(/: (.*)/);
      if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.write(head.subarray(end + 4));
  });
  child.stdout.on('end', () => response.end());
}

interface Stage {
  readonly app: App;
  readonly home: string;
  git(cwd: string, ...args: string[]): Promise<string>;
}

async function stage(): Promise<Stage> {
  const home = folder();
  const root = folder();
  const app = await new App((request, response) => cgi(root, request, response)).listen();
  const running: RunningEdge = await startEdge({
    hosts: [
      {
        name: 'src.example.org',
        routes: [
          {
            kind: 'proxy',
            path: '/',
            class: 'git',
            rawPath: true,
            bodyLimitMi: 'unlimited',
            upstream: app.origin,
          },
        ],
      },
    ],
  });
  opened.push({ close: () => running.stop() }, app);
  const origin = `https://src.example.org:${running.https}/`;
  writeFileSync(
    join(home, 'gitconfig'),
    `[user]\nname = Ann\nemail = ann@example.org\n[http]\n` +
      `curloptResolve = src.example.org:${running.https}:127.0.0.1\n[init]\ndefaultBranch = main\n`,
  );
  const env = {
    ...{ GIT_CONFIG_GLOBAL: join(home, 'gitconfig'), GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' },
    // what is set outside goes before what the file says
    ...{ GIT_SSL_CAINFO: running.certificate.files.ca, no_proxy: '*', HOME: home },
  };
  const git = async (cwd: string, ...args: string[]) => {
    const { status, stdout, stderr } = await run(
      'git',
      args.map((arg) => arg.replace('ORIGIN/', origin)),
      { cwd, env },
    );
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  await git(root, 'init', '--bare', '-q', 'box.git');
  await git(join(root, 'box.git'), 'config', 'http.receivepack', 'true');
  return { app, home, git };
}

test('push and clone, chunked and large, by HTTP/2 and HTTP/1.1', async () => {
  if (!installed('git') || !existsSync(backend)) return;
  const { app, home, git } = await stage();
  await git(home, 'init', '-q', 'work');
  const work = join(home, 'work');
  // random: packing makes it no smaller; above http.postBuffer (1 MiB) git sends chunks
  const blob = randomFillSync(Buffer.allocUnsafe(8_000_000));
  writeFileSync(join(work, 'blob'), blob);
  await git(work, 'add', '.');
  await git(work, 'commit', '-q', '-m', 'a large one');
  await git(work, 'push', '-q', 'ORIGIN/box.git', 'main:main');
  const push = app.asked.filter(({ url }) => url === '/box.git/git-receive-pack').at(-1);
  assert.is(push?.headers['transfer-encoding'], 'chunked');
  assert.is(push?.headers['content-length'], undefined);
  assert.is(push?.headers['x-forwarded-for'], '127.0.0.1');

  await git(home, 'clone', '-q', 'ORIGIN/box.git', 'again');
  assert.is(
    (await git(join(home, 'again'), 'rev-parse', 'HEAD')).trim(),
    (await git(work, 'rev-parse', 'HEAD')).trim(),
  );
  assert.ok(app.asked.some(({ headers }) => headers['git-protocol'] === 'version=2'));

  // the other protocol, with Expect, as git sends it where sign-in goes by Negotiate
  writeFileSync(join(work, 'more'), blob.subarray(0, 3_000_000));
  await git(work, 'add', '.');
  await git(work, 'commit', '-q', '-m', 'more');
  await git(
    work,
    '-c',
    'http.version=HTTP/1.1',
    '-c',
    'http.extraHeader=Expect: 100-continue',
    'push',
    '-q',
    'ORIGIN/box.git',
    'main',
  );
  const expecting = app.asked.filter(({ url }) => url === '/box.git/git-receive-pack').at(-1);
  assert.is(expecting?.headers.expect, '100-continue');
  await git(join(home, 'again'), '-c', 'http.version=HTTP/1.1', 'pull', '-q');
  assert.is(
    (await git(join(home, 'again'), 'rev-parse', 'HEAD')).trim(),
    (await git(work, 'rev-parse', 'HEAD')).trim(),
  );
});

test('names with escapes reach the server as they are', async () => {
  if (!installed('git') || !existsSync(backend)) return;
  const { app, home, git } = await stage();
  const missing = await git(home, 'ls-remote', 'ORIGIN/ann/feature%2Fx.git').then(
    () => 'found',
    (error: Error) => error.message,
  );
  assert.match(missing, /not found/);
  assert.is(app.last.url, '/ann/feature%2Fx.git/info/refs?service=git-upload-pack');
});

test.run();
