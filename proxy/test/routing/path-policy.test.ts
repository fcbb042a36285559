import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ConfigInput } from '../../src/config/schema.js';
import { Resolution, resolve } from '../../src/routing/path-policy.js';
import { refusals } from '../../src/routing/refusal.js';
import { RouteTable } from '../../src/routing/table.js';
import { configOf, someSession } from '../support/config.js';
import { allReadings, isBelow } from './readers.js';

type Routes = ConfigInput['hosts'][number]['routes'];

const upstream = 'http://app.test:8000';
const gate = { groups: ['admin'] };
const proxy = { kind: 'proxy' as const, upstream };

/** The same prefixes three times: plain ones beside a gate, all but one behind a gate, byte for byte beside a gate. */
const hosts: Record<'plain' | 'gated' | 'raw', Routes> = {
  plain: [
    { ...proxy, path: '/' },
    { ...proxy, path: '/public' },
    { ...proxy, path: '/admin', gate },
    { ...proxy, path: '/strip', replacePrefix: '/base' },
    { kind: 'deny', path: '/public/secret', status: 403 },
  ],
  gated: [
    { ...proxy, path: '/', gate },
    { ...proxy, path: '/public' },
    { ...proxy, path: '/strip', replacePrefix: '/base', gate },
    { kind: 'deny', path: '/public/secret', status: 403 },
  ],
  raw: [
    { ...proxy, path: '/', rawPath: true },
    { ...proxy, path: '/public', rawPath: true },
    { ...proxy, path: '/admin', rawPath: true, gate },
    { ...proxy, path: '/strip', replacePrefix: '/base', rawPath: true },
    { kind: 'deny', path: '/public/secret', status: 403 },
  ],
};
type Host = keyof typeof hosts;
const kinds = Object.keys(hosts) as Host[];

const table = RouteTable.compile(
  configOf({
    session: someSession,
    hosts: kinds.map((label) => ({ name: `${label}.example.org`, routes: hosts[label] })),
  }),
);

const out = new Resolution();
function ask(label: Host, path: string): Resolution {
  resolve(table, `${label}.example.org`, 'GET', path, out);
  return out;
}

/** What a path comes to: what the upstream is asked for, or the status with the reason's first words. */
function outcome(label: Host, path: string): string {
  const { status, upstreamPath, refusal } = ask(label, path);
  return status === 0 ? upstreamPath : `${status} ${refusals[refusal] ?? ''}`.trim();
}

const dots = `400 ${refusals[5]}`;
const ambiguous = `400 ${refusals[7]}`;
const parameter = `400 ${refusals[8]}`;
const octet = `400 ${refusals[1]}`;
const badEscape = `400 ${refusals[2]}`;
const control = `400 ${refusals[3]}`;
const backslash = `400 ${refusals[4]}`;
const overlong = `400 ${refusals[6]}`;

/** Path, then what comes of it on a plain, a gated and a raw route. One text: the same on all. */
const cases: [path: string, ...outcomes: string[]][] = [
  // nothing odd
  ['/', '/'],
  ['/x', '/x'],
  ['/public', '/public'],
  ['/public/a.b/c-d_e~f', '/public/a.b/c-d_e~f'],
  ["/a!$&'()*+,=:@b", "/a!$&'()*+,=:@b"],
  ['/.well-known/matrix', '/.well-known/matrix'],
  ['/a/..b/...', '/a/..b/...'],
  ['/strip/x', '/base/x'],
  ['/strip', '/base'],
  ['/stripx', '/stripx'],
  // escapes of what needs none
  ['/%61bc', '/abc', '/abc', '/%61bc'],
  ['/%41%2d%5F%7e', '/A-_~', '/A-_~', '/%41%2d%5F%7e'],
  ['/publi%63/x', '/public/x', '/public/x', ambiguous],
  ['/%61dmin', '/admin', '/admin', ambiguous],
  ['/file%2etxt', '/file.txt', '/file.txt', '/file%2etxt'],
  // escapes that stay as they are, letters too
  ['/a%20b', '/a%20b'],
  ['/caf%C3%A9', '/caf%C3%A9'],
  ['/caf%c3%a9', '/caf%c3%a9'],
  ['/%E9', '/%E9'],
  ['/a%2fb', '/a%2fb'],
  ['/a%2Fb', '/a%2Fb'],
  ['/!room%3Aexample.org', '/!room%3Aexample.org'],
  ['/%23room%3aexample.org', '/%23room%3aexample.org'],
  ['/org/repo/src/branch/feature%2Fx', '/org/repo/src/branch/feature%2Fx'],
  ['/a%252Fb', '/a%252Fb'],
  ['/100%25', '/100%25'],
  ['/strip/a%2Fb', '/base/a%2Fb'],
  // slashes
  ['//x', '/x', '/x', '//x'],
  ['/a//b', '/a/b', '/a/b', '/a//b'],
  ['/a//', '/a/', '/a/', '/a//'],
  ['//public/x', '/public/x', '/public/x', ambiguous],
  ['//admin', '/admin', '/admin', ambiguous],
  ['/strip//x', '/base/x', '/base/x', '/base//x'],
  // dot segments
  ['/.', '/', '/', '/.'],
  ['/./x', '/x', '/x', '/./x'],
  ['/a/./b', '/a/b', '/a/b', '/a/./b'],
  ['/a/../b', '/b', '/b', '/a/../b'],
  ['/a/b/..', '/a/', '/a/', '/a/b/..'],
  ['/a/..', '/', '/', '/a/..'],
  ['/..', '/', '/', dots],
  ['/../x', '/x', '/x', dots],
  ['/../../x', '/x', '/x', dots],
  ['/a/../../x', '/x', '/x', dots],
  ['/a//../b', '/b', '/b', dots],
  ['/public/../admin', '/admin', '/admin', ambiguous],
  ['/public/./../admin', '/admin', '/admin', ambiguous],
  ['/public/x/../y', '/public/y', '/public/y', '/public/x/../y'],
  ['/public/../public/x', '/public/x', '/public/x', dots],
  ['/strip/../strip/x', '/base/x', '/base/x', dots],
  ['/strip/../x', '/x', '/x', ambiguous],
  // dot segments in disguise
  ['/%2e', dots, dots, '/%2e'],
  ['/a/%2e%2e/b', dots, dots, '/a/%2e%2e/b'],
  ['/%2e%2e/x', dots],
  ['/a/.%2e/b', dots, dots, '/a/.%2e/b'],
  ['/a/%2E./b', dots, dots, '/a/%2E./b'],
  ['/public/%2e%2e/admin', dots, dots, ambiguous],
  ['/public/..%2fadmin', dots],
  ['/public/..%2Fx', dots],
  ['/public/x%2f..%2fy', dots],
  ['/public/%2e%2e%2fadmin', dots],
  ['/public/..%5cadmin', backslash, backslash, dots],
  ['/public/..;/admin', dots],
  ['/public/.;/x', dots],
  ['/public/..;a=b/x', dots],
  ['/public/..%3b/x', dots],
  ['/public/..%252fadmin', dots],
  ['/public/%252e%252e%252fadmin', dots],
  ['/public/%25252e%25252e%25252fadmin', dots],
  // slashes in disguise, into another route
  ['/public%2fx', ambiguous],
  ['/public%2Fsecret', ambiguous],
  ['/public/%2fsecret', ambiguous],
  ['/public%252fsecret', ambiguous],
  ['/%2fpublic', ambiguous],
  // parameters
  ['/x;a=1', '/x;a=1', parameter, '/x;a=1'],
  ['/public/x;a=1', '/public/x;a=1'],
  ['/public;a=1/x', ambiguous, parameter, ambiguous],
  ['/public/secret;x', ambiguous],
  ['/public/secret%3bx', ambiguous],
  ['/strip/a;b', '/base/a;b', parameter, '/base/a;b'],
  // refused everywhere
  ['', octet],
  ['x', octet],
  ['*', octet],
  ['/a b', octet],
  ['/a\u00e9', octet],
  ['/a\u0000', octet],
  ['/a\r\n', octet],
  ['/a?b', octet],
  ['/a#b', octet],
  ['/a\\b', backslash],
  ['/%', badEscape],
  ['/%4', badEscape],
  ['/%zz', badEscape],
  ['/%u002e', badEscape],
  ['/a%2', badEscape],
  ['/%00', control],
  ['/a%00.png', control],
  ['/a%0ab', control, control, '/a%0ab'],
  ['/a%0d%0ab', control, control, '/a%0d%0ab'],
  ['/a%5cb', backslash, backslash, '/a%5cb'],
  ['/%c0%ae', overlong],
  ['/%c0%af', overlong],
  ['/%C1%9C', overlong],
  ['/%e0%80%ae', overlong],
  ['/%f0%80%80%ae', overlong],
];

for (const [i, kind] of kinds.entries())
  test(`each kind of path, ${kind} routes`, () => {
    for (const [path, ...outcomes] of cases)
      assert.is(outcome(kind, path), outcomes[i] ?? outcomes[0], JSON.stringify(path));
  });

/** Whether a program behind the proxy, however it reads, could come to a prefix that the route does not guard. */
function walkedAround(label: Host, path: string): string | undefined {
  const { status, route, path: forwarded, upstreamPath } = ask(label, path);
  if (status !== 0 || route === undefined) return undefined;
  if (route.rawPath && forwarded !== path) return 'raw, but not byte for byte';
  if (!route.takes(forwarded)) return `forwarded ${forwarded}, which ${route.name} does not take`;
  if (upstreamPath !== route.upstreamPath(forwarded))
    return `asked for ${upstreamPath}, matched ${forwarded}`;
  const readings = [...allReadings(forwarded)];
  for (const prefix of label === 'gated' ? ['/public/secret'] : ['/admin', '/public/secret'])
    if (!isBelow(route.path, prefix) && readings.some((reading) => isBelow(reading, prefix)))
      return `could be read as ${prefix}`;
  // on the gated host everything but /public is guarded
  if (label === 'gated' && !route.gated) {
    const outside = readings.find((reading) => !isBelow(reading, '/public'));
    if (outside !== undefined) return `could be read as ${outside}`;
  }
  if (route.path === '/strip') {
    const outside = [...allReadings(upstreamPath)].find((reading) => !isBelow(reading, '/base'));
    if (outside !== undefined) return `the upstream could read ${outside}`;
  }
  return undefined;
}

const befores = ['/', '//', '/public/', '/public', '/strip/', '/x/', '/admin/../', '/%70ublic/'];
const tricks = [
  '..',
  '../',
  './',
  '../../',
  '..%2f',
  '..%2F',
  '%2e%2e/',
  '%2e%2e%2f',
  '.%2e/',
  '%2e./',
  '..%5c',
  '..\\',
  '\\',
  '%5c',
  '%2f',
  '%2f%2f',
  '//',
  '..//',
  '..;/',
  ';/',
  ';a=b/',
  '%3b/',
  '..%3b/',
  '..;%2f',
  ';%2f..%2f',
  '%252f',
  '..%252f',
  '%252e%252e/',
  '%252e%252e%252f',
  '%25252f',
  '..%c0%af',
  '%c0%ae%c0%ae/',
  '%e0%80%af',
  '%u002f',
  '%00',
  'x/../',
  'x/..%2f',
  'x%2f../',
  'x/%2e%2e/',
  'x//../',
  'x/..;/../',
  '..%00/',
  '.',
  '..',
  '...',
  '....//',
  '%20',
  '%09',
  '%0a',
  '%2e',
  '~',
  '%7e/',
  'a;b/../',
  '%2f..%2f..%2f',
  '?',
  '#',
  '%23',
  '%3f',
];
const afters = [
  'admin',
  'admin/',
  'secret',
  'public/secret',
  '%61dmin',
  'admin%2f',
  'admin;x',
  'strip/..',
  '',
];
const built = befores.flatMap((before) =>
  tricks.flatMap((trick) => afters.map((after) => before + trick + after)),
);

test('what is matched is what is forwarded, and no gate can be walked around', () => {
  assert.ok(new Set(built).size > 3000);
  const passed = { plain: 0, gated: 0, raw: 0 };
  for (const path of built)
    for (const kind of kinds) {
      assert.is(walkedAround(kind, path), undefined, `${kind} ${path}`);
      if (out.status === 0) passed[kind]++;
    }
  // were all refused, nothing would be shown
  for (const kind of kinds) assert.ok(passed[kind] > 200, `${kind}: only ${passed[kind]} paths passed`);
});

test('nor by paths put together at random', () => {
  const pieces = fc.constantFrom(
    ...[
      '/',
      '/',
      'admin',
      'public',
      'secret',
      'strip',
      'x',
      '.',
      '..',
      '%2e',
      '%2f',
      '%5c',
      '%3b',
      ';',
      '%25',
      '25',
      '2f',
      '2e',
      '%61',
      '%41',
      '%00',
      'dmin',
    ],
  );
  const path = fc.array(pieces, { minLength: 1, maxLength: 12 }).map((parts) => `/${parts.join('')}`);
  fc.assert(
    fc.property(path, fc.constantFrom(...kinds), (asked, kind) => {
      assert.is(walkedAround(kind, asked), undefined, `${kind} ${asked}`);
    }),
    { seed: 7, numRuns: 30_000 },
  );
});

test('a path that was read is read as itself', () => {
  for (const path of built) {
    const { status, path: once, route } = ask('plain', path);
    if (status !== 0) continue;
    assert.is(ask('plain', once).path, once);
    assert.is(out.route, route);
  }
});

test('a usual path comes back as the very same string', () => {
  const path = '/public/some/usual.path/index.html';
  assert.ok(Object.is(ask('plain', path).path, path));
});

test('misses say what they are', () => {
  const methods = RouteTable.compile(
    configOf({
      hosts: [
        {
          name: 'docs.example.org',
          routes: [{ kind: 'deny', path: '/a', status: 404, methods: ['POST', 'PUT'] }],
        },
      ],
    }),
  );
  resolve(methods, 'docs.example.org', 'GET', '/a/b', out);
  assert.equal([out.status, out.allow, out.route], [405, 'POST, PUT', undefined]);
  resolve(methods, 'docs.example.org', 'GET', '/b', out);
  assert.equal([out.status, out.allow], [404, '']);
  resolve(methods, 'docs.evil.example', 'POST', '/a', out);
  assert.equal([out.status, out.route], [421, undefined]);
  resolve(methods, 'docs.example.org', 'POST', '/a/%zz', out);
  assert.is(out.status, 400);
  resolve(methods, 'DOCS.example.org:8443', 'POST', '/a', out);
  assert.equal([out.status, out.allow, out.path], [0, '', '/a']);
});

test.run();
