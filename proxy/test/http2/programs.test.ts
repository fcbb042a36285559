import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Stage, taking } from './stage.js';

// the last version that the Go command takes: later ones lack the /v2 in their module path
const version = 'v2.2.1';
const module = 'github.com/summerwind/h2spec';

/** The suite, built once and kept outside the repository; undefined when that cannot be done here. */
function h2spec(): string | undefined {
  const folder = join(process.env.BOX_TEST_CACHE ?? join(tmpdir(), 'business-box-cache'), 'go');
  const file = join(folder, `h2spec-${version}`);
  if (existsSync(file)) return file;
  const making = `${file}.making.${process.pid}`;
  const source = `${making}.module`;
  mkdirSync(source, { recursive: true });
  try {
    writeFileSync(
      join(source, 'go.mod'),
      `module suite\n\ngo 1.21\n\nrequire ${module} ${version}+incompatible\n`,
    );
    const args = ['-n', '10', 'go', 'build', '-p', '2', '-o', making, `${module}/cmd/h2spec`];
    const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod', GOWORK: 'off' };
    const build = spawnSync('nice', args, { cwd: source, env, encoding: 'utf8', timeout: 100_000 });
    if (build.status === 0) {
      renameSync(making, file);
      return file;
    }
    const words = `${build.error?.message ?? ''}${build.stderr ?? ''}`.trim().slice(0, 300);
    console.log(`h2spec is skipped: it is not at ${file}, and does not build: ${words}`);
    return undefined;
  } finally {
    rmSync(source, { recursive: true, force: true });
    rmSync(making, { force: true });
  }
}

const execute = promisify(execFile);

test('curl speaks HTTP/2 with it, and gets an answer to a large upload that is refused', async () => {
  const stage = await Stage.open({
    handle: (exchange) => exchange.answer(401, 'Content-Type: text/plain\r\n', 'who?'),
  });
  try {
    const upload = [
      '-sS',
      '--http2',
      '-k',
      '-w',
      ' %{http_version} %{http_code}',
      '--data-binary',
      '@/usr/bin/openssl',
    ];
    const { stdout } = await execute('curl', [...upload, `https://127.0.0.1:${stage.port}/`]);
    assert.is(stdout, 'who? 2 401');
  } finally {
    await stage.close();
  }
});

test('h2load: 20,000 requests, ten at a time on each of ten connections, all answered', async () => {
  const stage = await Stage.open({ handle: (exchange) => exchange.answer(200, '', 'ok') });
  try {
    const load = [
      '-n20000',
      '-c10',
      '-m10',
      '--connect-to',
      `127.0.0.1:${stage.port}`,
      'https://app.example.test/',
    ];
    const { stdout } = await execute('h2load', load);
    assert.match(stdout, /20000 succeeded, 0 failed, 0 errored/);
    assert.is(stage.finished.length, 20_000);
  } finally {
    await stage.close();
  }
});

const program = h2spec();
const perhaps = program === undefined ? test.skip : test;

perhaps('h2spec: every case passes', async () => {
  const stage = await Stage.open({
    handle(exchange) {
      exchange.setHandler(taking((body) => exchange.answer(200, '', body === '' ? 'hello' : body)));
      exchange.readBody();
    },
  });
  try {
    const args = ['-h', '127.0.0.1', '-p', String(stage.port), '-t', '-k', '-o', '1'];
    const text = await new Promise<string>((resolve) => {
      execFile(program ?? '', args, { timeout: 100_000, maxBuffer: 1 << 24 }, (_error, stdout) =>
        resolve(stdout),
      );
    });
    const [sum = 'no result', count = 0] =
      /(\d+) tests, \d+ passed, \d+ skipped, \d+ failed/.exec(text) ?? [];
    console.log(`h2spec: ${sum}`);
    assert.ok(Number(count) >= 140, text.slice(-1000));
    assert.equal(
      [...text.matchAll(/^\s+× \d+: (.+)$/gm)].map(([, name = '']) => name),
      [],
    );
  } finally {
    await stage.close();
  }
});

test.run();
