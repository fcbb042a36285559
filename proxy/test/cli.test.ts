import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import { smallest, someSession } from './support/config.js';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'proxy-cli-'));

/** Runs the command line as a process of its own. */
function proxy(...args: string[]) {
  const env: NodeJS.ProcessEnv = { ...process.env };
  delete env.CONFIG;
  const run = spawnSync(process.execPath, ['--import', 'tsx', main, ...args], {
    encoding: 'utf8',
    env,
    timeout: 30_000,
  });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const good = write(
  'good.json',
  JSON.stringify({
    ...smallest,
    session: someSession,
    listeners: { http: 8080, https: 8443, admin: 9090 },
    hosts: [
      {
        name: 'docs.example.org',
        routes: [
          { kind: 'proxy', path: '/', upstream: 'http://web.test' },
          {
            kind: 'proxy',
            path: '/api',
            class: 'api',
            upstream: 'http://api.test:8000',
            replacePrefix: '/v1',
            methods: ['GET'],
            responseHeaders: { 'X-Frame-Options': 'DENY' },
          },
          {
            kind: 'proxy',
            path: '/ws',
            upstream: 'http://ws.test',
            webSocket: true,
            origins: ['https://docs.example.org'],
          },
          {
            kind: 'proxy',
            path: '/admin',
            upstream: 'http://web.test',
            gate: { groups: ['admin'] },
            authorize: { url: 'http://auth.test/check' },
          },
          { kind: 'deny', path: '/api/internal', status: 403 },
        ],
      },
    ],
  }),
);

/** The value of a row of `explain`. */
const row = (out: string, name: string) => new RegExp(`^${name} +(.*)$`, 'm').exec(out)?.[1];

test('check says that a good file is good, and warns', () => {
  const { code, out, err } = proxy('check', good);
  assert.is(code, 0, err);
  assert.match(out, /is valid: 1 hosts, 5 routes/);
  assert.match(err, /^warning: tls /);
});

test('check lists everything that is wrong with a bad file', () => {
  const bad = write(
    'bad.yaml',
    'version: 1\ndomain: Example.org\nlisteners: { http: 1, htps: 2, admin: x }\nhosts: []\n',
  );
  const { code, out, err } = proxy('check', bad);
  assert.is(code, 1);
  assert.is(out, '');
  assert.match(err, /bad\.yaml has \d+ problems:\n/);
  for (const words of [
    /domain \(line 2\)/,
    /listeners\.https \(line 3\): is missing/,
    /did you mean 'https'\?/,
    /listeners\.admin \(line 3\): 'x' must be a number/,
    /hosts \(line 4\)/,
    /tls .*is missing/,
  ])
    assert.match(err, words);
  assert.not.match(err, /at .*\.ts:/, 'a stack is of no use to the writer of a file');
});

test('check tells of a file that is not there, and of a table that contradicts itself', () => {
  assert.match(proxy('check', join(folder, 'none.yaml')).err, /cannot read the configuration '.*none\.yaml'/);
  const twice = write(
    'twice.json',
    JSON.stringify({ ...smallest, hosts: [...smallest.hosts, ...smallest.hosts] }),
  );
  const { code, err } = proxy('check', twice);
  assert.is(code, 1);
  assert.match(err, /hosts\[1\]\.name \(line 1\): 'example\.org' is hosts\[0\] already/);
});

test('routes prints an aligned table in order of precedence', () => {
  const { code, out } = proxy('routes', good);
  assert.is(code, 0);
  const lines = out.trimEnd().split('\n');
  assert.match(lines[0] ?? '', /^HOST +PATH +KIND +CLASS +METHODS +GATE +TO$/);
  assert.equal(
    lines.slice(1).map((line) => line.split(/ +/)[1]),
    ['/api/internal', '/admin', '/api', '/ws', '/'],
  );
  assert.is(new Set(lines.map((line) => line.search(/KIND|proxy|deny/))).size, 1);
});

test('explain says route, reason, policies and what the upstream is asked', () => {
  const { code, out } = proxy('explain', good, 'https://docs.example.org/api/./x?y=1');
  assert.is(code, 0);
  assert.match(
    row(out, 'route') ?? '',
    /^docs\.example\.org\/api GET \(proxy, class api\): takes what is below '\/api'/,
  );
  assert.match(row(out, 'path') ?? '', /^\/api\/x, which is \/api\/\.\/x/);
  assert.is(row(out, 'upstream'), 'http://api.test:8000, Host docs.example.org');
  assert.is(row(out, 'asks for'), 'GET /v1/x?y=1');
  assert.is(row(out, 'sets'), 'X-Frame-Options: DENY');
  assert.match(out, /docs\.example\.org\/: a shorter path/);
  const order = ['host', 'route', 'limits', 'detector', 'gate', 'upstream'].map((name) =>
    out.search(new RegExp(`^${name} `, 'm')),
  );
  assert.equal(
    order,
    [...order].sort((a, b) => a - b),
  );
});

test('explain says why a request is refused', () => {
  const answer = (...args: string[]) => row(proxy('explain', good, ...args).out, 'answer') ?? '';
  assert.match(answer('https://docs.evil.example/'), /^421/);
  assert.match(answer('https://docs.example.org/x%2f..%2fadmin'), /^400: the path holds a dot segment/);
  assert.match(answer('https://docs.example.org/api/internal/x'), /^403/);
  assert.match(answer('http://docs.example.org/x?y'), /redirected to https:\/\/docs\.example\.org\/x\?y/);
  assert.match(
    answer(
      'https://docs.example.org/ws',
      '--header',
      'Upgrade: websocket',
      '--header',
      'Origin: https://evil.example',
    ),
    /^403: a WebSocket/,
  );
  assert.match(
    answer('https://docs.example.org/', '--method', 'post', '--header', 'Content-Length: 999999999'),
    /^413/,
  );
});

test('explain says what a gate and a program decide', () => {
  const url = 'https://docs.example.org/admin/?a=b';
  const { out } = proxy('explain', good, url, '--header', 'Accept: text/html');
  assert.match(
    row(out, 'gate') ?? '',
    /members of admin; a stranger is sent to https:\/\/auth\.example\.org\/login\?return_to=https%3A/,
  );
  assert.match(row(out, 'authorize') ?? '', /asks http:\/\/auth\.test\/check/);
  assert.match(row(proxy('explain', good, url).out, 'gate') ?? '', /a stranger gets 401/);
});

test('a command line that makes no sense is answered with the usage', () => {
  const headerless = ['explain', good, 'docs.example.org', '--header', 'x'];
  for (const args of [['chekc', good], ['check', good, good], ['routes', '--wat'], headerless, []]) {
    const { code, out, err } = proxy(...args);
    assert.is(code, 2, args.join(' '));
    assert.is(out, '');
    assert.match(err, /proxy check FILE/, args.join(' '));
  }
  const help = proxy('--help');
  assert.is(help.code, 0);
  assert.match(help.out, /proxy explain FILE URL/);
});

/** The configuration of a box as the repository renders it, or nothing where it has not been rendered. */
function renderedConfig(): string | undefined {
  const dist = new URL('../../dist/', import.meta.url);
  try {
    for (const name of readdirSync(dist).filter((file) => file.endsWith('edge.k8s.yaml')))
      for (const document of parseAllDocuments(readFileSync(new URL(name, dist), 'utf8'))) {
        const object = document.toJS() as {
          kind?: string;
          metadata?: { name?: string };
          data?: Record<string, string>;
        };
        if (object?.kind === 'ConfigMap' && object.metadata?.name === 'proxy-config')
          return object.data?.['config.yaml'];
      }
  } catch {
    // not rendered
  }
  return undefined;
}

const rendered = renderedConfig();
if (rendered === undefined) console.log('skipped: there is no rendered box in dist/');
(rendered === undefined ? test.skip : test)(
  'the configuration of a rendered box is valid and explains itself',
  () => {
    const file = write('box.yaml', rendered ?? '');
    const { code, out, err } = proxy('check', file);
    assert.is(code, 0, err);
    assert.match(out, /is valid: \d+ hosts, \d+ routes/);
    const table = proxy('routes', file);
    const [, host, path] = /^(\S+) +(\S+) +proxy /m.exec(table.out) ?? [];
    const explained = proxy('explain', file, `https://${host}${path}`);
    assert.match(row(explained.out, 'route') ?? '', new RegExp(`^${host}${path}`));
    assert.match(row(explained.out, 'upstream') ?? '', /^http:\/\//);
  },
);

test.after(() => rmSync(folder, { recursive: true }));
test.run();
