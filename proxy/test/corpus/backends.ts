import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, METHODS } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readResponse, valuesOf } from '../fuzz/reference.js';

/**
 * Another program that reads HTTP/1.1: it answers each request with what it understood, 'METHOD target octets', in the
 * field X-Seen.
 */
export interface Backend {
  readonly name: string;
  /** Its socket. */
  readonly path: string;
  /** Whether it takes this method at all; those it does not it must refuse. */
  readonly takes: (method: string) => boolean;
  close(): Promise<void>;
}

const home = () => mkdtempSync(join(tmpdir(), 'edge-corpus-'));

/** Node's own server: llhttp in its strict mode. */
export async function nodeBackend(): Promise<Backend> {
  const folder = home();
  const path = join(folder, 'node');
  const server = createServer(
    { insecureHTTPParser: false, maxHeaderSize: 131_072, keepAliveTimeout: 5000 },
    (request, answer) => {
      let octets = 0;
      request.on('data', (chunk: Buffer) => {
        octets += chunk.length;
      });
      request.on('end', () => {
        answer.setHeader('X-Seen', `${request.method} ${request.url} ${octets}`);
        answer.end();
      });
    },
  );
  await new Promise<void>((done) => server.listen(path, done));
  return {
    name: 'node',
    path,
    takes: (method) => METHODS.includes(method),
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** nginx, which hands what it understood to a node of its own. Undefined, with the reason printed, without nginx. */
export async function nginxBackend(): Promise<Backend | undefined> {
  const program = ['/usr/sbin/nginx', '/usr/bin/nginx', '/usr/local/sbin/nginx'].find((file) =>
    existsSync(file),
  );
  if (program === undefined) return missing('no nginx on this machine');
  const behind = await nodeBackend();
  const folder = home();
  const path = join(folder, 'nginx');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr crit; events {}
    http { access_log off; ${temporary.join(' ')} client_max_body_size 0; keepalive_requests 10000;
      client_header_buffer_size 64k; large_client_header_buffers 8 64k;
      server { listen unix:${path}; location / { proxy_http_version 1.1; proxy_buffer_size 64k; proxy_buffers 8 64k; proxy_busy_buffers_size 128k; proxy_pass http://unix:${behind.path}; } } }`,
  );
  const child = spawn(program, ['-c', join(folder, 'nginx.conf'), '-p', folder, '-e', 'stderr'], {
    stdio: 'ignore',
  });
  await reachable(child, path).catch(async (error: unknown) => {
    await behind.close();
    throw error;
  });
  return {
    name: 'nginx',
    path,
    takes: (method) => /^[A-Z_-]+$/.test(method) && behind.takes(method) && method !== 'TRACE',
    async close() {
      await ended(child);
      await behind.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const version = 'gunicorn==23.0.0';

const application = `
def application(environ, start):
    body = environ['wsgi.input'].read()
    seen = '%s %s %d' % (environ['REQUEST_METHOD'], environ['RAW_URI'], len(body))
    start('200 OK', [('X-Seen', seen), ('Content-Length', '0')])
    return []
`;

/** gunicorn, which most apps behind the proxy run in. Undefined, with the reason printed, where it cannot be had. */
export async function gunicornBackend(): Promise<Backend | undefined> {
  const python = pythonWith(version);
  if (python === undefined) return undefined;
  const folder = home();
  const path = join(folder, 'gunicorn');
  writeFileSync(join(folder, 'seen.py'), application);
  const limits = [
    '--limit-request-line',
    '0',
    '--limit-request-field_size',
    '0',
    '--limit-request-fields',
    '1000',
  ];
  const child = spawn(
    python,
    [
      '-m',
      'gunicorn',
      '--bind',
      `unix:${path}`,
      '-k',
      'gthread',
      '--threads',
      '2',
      '--keep-alive',
      '5',
      '--log-level',
      'critical',
      ...limits,
      '--pythonpath',
      folder,
      'seen:application',
    ],
    { stdio: 'ignore', cwd: folder },
  );
  await reachable(child, path);
  return {
    name: version,
    path,
    takes: (method) => /^[^a-z#]{3,20}$/.test(method),
    async close() {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A Python with a package, kept between runs outside the repository. */
function pythonWith(name: string): string | undefined {
  const cache = process.env.BOX_TEST_CACHE ?? join(tmpdir(), 'business-box-cache');
  const folder = join(cache, `python-${createHash('sha256').update(name).digest('hex').slice(0, 12)}`);
  const python = join(folder, 'bin/python');
  if (existsSync(folder)) return python;
  // under another name first, so that a run that was interrupted leaves nothing that looks finished
  const making = `${folder}.${process.pid}`;
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 90_000 });
  try {
    mkdirSync(cache, { recursive: true });
    run('python3', '-m', 'venv', making);
    run(join(making, 'bin/python'), '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', name);
    renameSync(making, folder);
  } catch (error) {
    rmSync(making, { recursive: true, force: true });
    if (!existsSync(folder))
      return missing(`${name} cannot be installed: ${error instanceof Error ? error.message : error}`);
  }
  return python;
}

function missing(reason: string): undefined {
  console.log(`not compared: ${reason}`);
  return undefined;
}

/** Waits until somebody takes connections at a socket. */
async function reachable(child: ChildProcess, path: string): Promise<void> {
  process.once('exit', () => child.kill('SIGKILL'));
  while (child.exitCode === null) {
    const open = await new Promise<boolean>((answer) => {
      const socket = connect({ path }, () => {
        socket.destroy();
        answer(true);
      });
      socket.once('error', () => answer(false));
    });
    if (open) return;
    await new Promise((again) => setTimeout(again, 20));
  }
  throw new Error(`the program ended at once, with ${child.exitCode}`);
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    if (child.exitCode !== null) done();
    else child.once('exit', () => done());
    child.kill('SIGTERM');
  });
}

/** Milliseconds a backend may think about a request: one that waits for more octets has understood it otherwise. */
const patience = 3000;

/**
 * What a backend understood of requests on one connection, each sent once the one before has been answered: 'METHOD
 * target octets' for each, or the status of a refusal. More than was sent when it sees more.
 */
export async function understoodBy(
  backend: Backend,
  requests: readonly { readonly method: string; readonly octets: string }[],
): Promise<string[]> {
  const socket = connect({ path: backend.path });
  const timer = setTimeout(() => socket.destroy(), patience);
  const methods = requests.map(({ method }) => method);
  let text = '';
  let ended = false;
  let sent = 0;
  await new Promise<void>((done) => {
    const next = () => {
      while (sent < requests.length && answersIn(text, methods, false).length >= sent)
        socket.write(requests[sent++]?.octets ?? '', 'latin1');
    };
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      next();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      ended = true;
      done();
    });
    next();
  });
  clearTimeout(timer);
  return answersIn(text, methods, ended);
}

function answersIn(text: string, methods: readonly string[], ended: boolean): string[] {
  const answers: string[] = [];
  let rest = text;
  while (rest !== '') {
    const answer = readResponse(rest, methods[answers.length] === 'HEAD', ended);
    if (answer === undefined || typeof answer === 'string') break;
    rest = rest.slice(answer.length);
    const { status, fields } = answer.head;
    if (status >= 200) answers.push(valuesOf(fields, 'x-seen')[0] ?? `${status}`);
  }
  return answers;
}
