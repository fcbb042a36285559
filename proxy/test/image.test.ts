import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { App } from './edge/support/app.js';
import { ask, closeClients } from './edge/support/client.js';
import { admin, endAll, home, newFolder, Program, writeConfig } from './edge/support/process.js';
import { installed } from './l4/support/programs.js';
import { issue } from './support/certificates.js';
import { smallest } from './support/config.js';
import { noLimits } from './support/edge.js';

/** What the Dockerfile builds, as far as that can be seen without an engine. */
const test = suite('image');
const root = join(home, '..');
const lines = readFileSync(join(home, 'Dockerfile'), 'utf8').replaceAll('\\\n', '').split('\n');
const { scripts } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
  scripts: { build: string };
};
let apps: App[] = [];

test.after.each(async () => {
  closeClients();
  await endAll();
  await Promise.all(apps.map((app) => app.close()));
  apps = [];
});

/** What the image runs: flags for node, then the program. */
const command: readonly string[] = JSON.parse(
  /^CMD (\[.*\])$/m.exec(lines.join('\n'))?.[1] ?? '[]',
) as string[];
const variable = (name: string) => new RegExp(`${name}=("([^"]*)"|(\\S+))`).exec(lines.join('\n'));

/** The bundle, made as the Dockerfile makes it but elsewhere, alone in a folder that nobody may write to. */
function bundle(): string {
  const folder = newFolder();
  mkdirSync(join(folder, 'build'));
  const command = scripts.build.replace(
    '--outfile=build/main.js',
    `--outfile=${join(folder, 'build', 'main.js')}`,
  );
  execFileSync('sh', ['-c', command], {
    ...{ cwd: home, stdio: 'pipe' },
    env: { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}` },
  });
  copyFileSync(join(home, 'package.json'), join(folder, 'package.json'));
  for (const part of ['build/main.js', 'package.json']) chmodSync(join(folder, part), 0o444);
  for (const part of ['build', '.']) chmodSync(join(folder, part), 0o555);
  return folder;
}

/** A configuration and a certificate that another user may read and nobody may write. */
async function settings(workers: number): Promise<{ file: string; certificate: ReturnType<typeof issue> }> {
  const folder = newFolder();
  const certificate = issue({ names: ['example.org', '*.example.org'] });
  const files = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
  writeFileSync(files.cert, certificate.cert);
  writeFileSync(files.key, certificate.key);
  const app = await new App().listen();
  apps.push(app);
  const file = join(folder, 'config.yaml');
  writeConfig(file, {
    ...smallest,
    ...{ tls: { files: [files] }, limits: noLimits, workers, drain: { announceSeconds: 0, seconds: 2 } },
    detection: { mode: 'enforce' },
    hosts: [
      { name: 'example.org', routes: [{ kind: 'portal', path: '/' }] },
      { name: 'app.example.org', routes: [{ kind: 'proxy', path: '/', upstream: app.origin }] },
    ],
  });
  chmodSync(folder, 0o555);
  return { file, certificate };
}

/** Starts the bundle as the image would: its own user, its environment, no right to write anywhere. */
function start(folder: string, file: string): Program {
  const node = [process.execPath, ...command];
  const user = process.getuid?.() === 0 && installed('setpriv');
  const drop = ['--reuid', '65532', '--regid', '65532', '--clear-groups', '--no-new-privs'];
  const [program = '', ...args] = user ? ['setpriv', ...drop, ...node] : node;
  const options = variable('NODE_OPTIONS');
  const env = {
    NODE_ENV: 'production',
    CONFIG: file,
    HOME: '/nonexistent',
    TMPDIR: '/nonexistent',
    PROXY_VERSION: '9.9.9',
  };
  return new Program(program, args, { cwd: folder, env: { ...env, NODE_OPTIONS: options?.[2] } });
}

test('what the Dockerfile copies is there, and what it runs is what the build writes', () => {
  const copies = lines.filter((line) => line.startsWith('COPY ') && !line.includes('--from='));
  assert.ok(copies.length >= 3);
  for (const line of copies)
    for (const source of line.split(' ').slice(1, -1)) assert.ok(existsSync(join(root, source)), line);
  const entry = command.at(-1) ?? '';
  assert.ok(scripts.build.includes(`--outfile=${entry}`), entry);
  assert.ok(lines.some((line) => line.startsWith('COPY --from=build') && line.endsWith(` ${entry}`)));
  assert.ok(lines.includes('USER 65532:65532') && lines.includes('EXPOSE 8080 8443 9090'));
  assert.match(variable('NODE_OPTIONS')?.[2] ?? '', /--max-old-space-size=\d+/);
});

test('the bundle alone serves: another user, a folder and a disk it may not write to', async () => {
  const folder = bundle();
  const { file, certificate } = await settings(1);
  const began = performance.now();
  const proxy = start(folder, file);
  const { port } = await proxy.line('serving TLS');
  const { admin: adminPort } = await proxy.line('serving');
  const took = performance.now() - began;
  console.log(`     serving ${took.toFixed(0)} ms after its start`);
  const target = { https: Number(port), certificate };
  const browser = {
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
    accept: 'text/html',
    'accept-language': 'en',
  };
  assert.is((await ask(target, { path: '/a', headers: browser })).text, 'GET /a');
  const portal = await ask(target, { host: 'example.org', headers: browser });
  assert.equal([portal.status, portal.text.includes('</html>')], [200, true]);
  const health = JSON.parse((await admin(Number(adminPort), '/healthz')).text);
  assert.is(health.version, '9.9.9');
  assert.is((await admin(Number(adminPort), '/readyz')).status, 200);
  if (process.getuid?.() === 0) {
    const status = readFileSync(`/proc/${proxy.pid}/status`, 'utf8');
    assert.match(status, /Uid:\s+65532\s+65532/);
    assert.match(status, /CapEff:\s+0+\n/);
  }
  proxy.signal('SIGTERM');
  assert.is(await proxy.code, 0);
  // one line for each request, on standard output
  const paths = proxy.output
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).path);
  assert.equal(paths, ['/a', '/']);
});

test('as process 1 it ends by itself: SIGTERM, SIGINT, workers', async () => {
  if (!installed('unshare')) return;
  const folder = bundle();
  for (const [workers, signal] of [
    [1, 'SIGTERM'],
    [1, 'SIGINT'],
    [2, 'SIGTERM'],
  ] as const) {
    const { file, certificate } = await settings(workers);
    // in a process namespace of its own it is process 1, for which the kernel has no default action on signals
    const args = ['--pid', '--fork', '--kill-child', process.execPath, 'build/main.js', 'serve', file];
    const outer = new Program('unshare', args, { cwd: folder });
    const { port } = await outer.line('serving TLS', workers).catch((error: Error) => {
      if (/Operation not permitted/.test(error.message)) return { port: 0 };
      throw error;
    });
    if (port === 0) {
      console.log('     skipped: no process namespaces here');
      return;
    }
    assert.is(
      (await ask({ https: Number(port), certificate }, { headers: { 'user-agent': 'test' } })).status,
      200,
    );
    const [first] = readFileSync(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .map(Number);
    process.kill(first as number, signal);
    assert.is(await outer.code, 0, `${signal}, ${workers} workers:\n${outer.text}`);
  }
});

test.run();
