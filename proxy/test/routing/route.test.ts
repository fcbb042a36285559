import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ConfigInput } from '../../src/config/schema.js';
import type { Route } from '../../src/routing/route.js';
import { RouteTable } from '../../src/routing/table.js';
import { configOf, someSession } from '../support/config.js';

type RouteInput = ConfigInput['hosts'][number]['routes'][number];

const compile = (...routes: RouteInput[]): readonly Route[] =>
  RouteTable.compile(configOf({ session: someSession, hosts: [{ name: 'docs.example.org', routes }] }))
    .routes;

const one = (route: RouteInput): Route => {
  const [made] = compile(route);
  if (made === undefined) throw new Error('no route');
  return made;
};

test('a prefix is replaced with exactly one slash', () => {
  const cases: [path: string, replace: string, asked: string, upstream: string][] = [
    ['/kratos', '/', '/kratos', '/'],
    ['/kratos', '/', '/kratos/', '/'],
    ['/kratos', '/', '/kratos/x/y', '/x/y'],
    ['/kratos', '/base', '/kratos', '/base'],
    ['/kratos', '/base', '/kratos/', '/base/'],
    ['/kratos', '/base', '/kratos/x', '/base/x'],
    ['/kratos', '/base/', '/kratos', '/base/'],
    ['/kratos', '/base/', '/kratos/x', '/base/x'],
    ['/kratos/', '/base', '/kratos/', '/base/'],
    ['/kratos/', '/base', '/kratos/x', '/base/x'],
    ['/kratos/', '/base/', '/kratos/x', '/base/x'],
    ['/', '/base', '/', '/base/'],
    ['/', '/base', '/x', '/base/x'],
    ['/', '/', '/x', '/x'],
  ];
  for (const [path, replacePrefix, asked, upstream] of cases) {
    const route = one({ kind: 'proxy', path, upstream: 'http://a.test', replacePrefix });
    assert.is(route.upstreamPath(asked), upstream, `${path} by ${replacePrefix}: ${asked}`);
  }
  assert.is(one({ kind: 'proxy', path: '/a', upstream: 'http://a.test' }).upstreamPath('/a/b'), '/a/b');
});

test('media keys come behind the bucket, whatever prefix the route has', () => {
  const media = {
    kind: 'media' as const,
    upstream: 'http://filer.test:8333',
    upstreamHost: 'filer.test:8333',
    prepend: '/sunbeam-docs/',
    rawPath: true as const,
    authorize: { url: 'http://docs.test/auth', captureHeaders: ['Authorization'] },
  };
  assert.is(
    one({ ...media, path: '/media/', strip: '/media/' }).upstreamPath('/media/a%2Fb'),
    '/sunbeam-docs/a%2Fb',
  );
  const longer = one({ ...media, path: '/media/files/', strip: '/media/' });
  assert.is(longer.upstreamPath('/media/files/x'), '/sunbeam-docs/files/x');
  assert.ok(longer.rawPath);
  assert.equal(longer.authorize?.captureHeaders, ['authorization']);
});

test('what a route leaves out has the neutral value', () => {
  const route = one({ kind: 'proxy', path: '/', upstream: 'http://a.test' });
  assert.is(route.trafficClass, 'browser');
  assert.is(route.upstreamPort, 80);
  assert.equal(
    [route.connectMs, route.responseMs, route.idleMs, route.tunnelMs],
    [3000, 60_000, 60_000, 3_600_000],
  );
  assert.is(route.bodyLimitBytes, 104_857_600);
  assert.is(route.headerFragment, '');
  assert.equal(route.headerNames, []);
  assert.is(route.cost, 1);
  assert.not(route.gated);
  assert.is(route.authorize, undefined);
});

test('what a route says is ready for use', () => {
  const route = one({
    kind: 'proxy',
    path: '/api',
    methods: ['GET', 'PUT'],
    class: 's3',
    upstream: 'http://a.test:8000',
    upstreamHost: 'inner',
    bodyLimitMi: 'unlimited',
    timeouts: { response: 300 },
    responseHeaders: { 'X-One': '1', 'X-Two': 'b c' },
    gate: { groups: ['admin'] },
    origins: ['https://Docs.example.org'],
    authorize: { url: 'http://b.test/check', cacheSeconds: 5 },
    cache: { seconds: 60 },
    limit: { burst: 5, perSecond: 1 },
  });
  assert.is(route.name, 'docs.example.org/api GET,PUT');
  assert.is(route.headerFragment, 'X-One: 1\r\nX-Two: b c\r\n');
  assert.equal(route.headerNames, ['x-one', 'x-two']);
  assert.equal(route.headerPairs, ['x-one', '1', 'x-two', 'b c']);
  assert.is(route.bodyLimitBytes, Number.POSITIVE_INFINITY);
  assert.is(route.responseMs, 300_000);
  assert.is(route.upstreamPort, 8000);
  assert.equal(route.gateGroups, ['admin']);
  assert.ok(route.origins?.has('https://docs.example.org'));
  assert.is(route.authorize?.cacheMs, 5000);
  assert.is(route.cacheMaxBytes, 1_048_576);
});

test('routes of all kinds have the same fields in the same order', () => {
  const shapes = compile(
    { kind: 'proxy', path: '/a', upstream: 'http://a.test', replacePrefix: '/' },
    {
      kind: 'media',
      path: '/b/',
      upstream: 'http://a.test',
      upstreamHost: 'a',
      strip: '/b/',
      prepend: '/c/',
      rawPath: true,
      authorize: { url: 'http://a.test', captureHeaders: ['Authorization'] },
    },
    { kind: 'static', path: '/c', root: '/srv' },
    { kind: 'redirect', path: '/d', to: '/a', status: 302 },
    { kind: 'answer', path: '/e', status: 200, contentType: 'text/plain', body: 'x' },
    { kind: 'deny', path: '/f', status: 404 },
    { kind: 'portal', path: '/' },
  ).map((route) => Object.keys(route).join());
  assert.is(new Set(shapes).size, 1);
});

test.run();
