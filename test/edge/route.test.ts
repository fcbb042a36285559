import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { RouteConfig } from '../../constructs/edge/proxy-config.js';
import { byPrecedence, conflict, takes } from '../../constructs/edge/route.js';

const deny = (path: string, more: object = {}): RouteConfig => ({ kind: 'deny', status: 403, path, ...more });

test('a path takes whole segments', () => {
  const cases: [path: string, exact: boolean, candidate: string, taken: boolean][] = [
    ['/', false, '/', true],
    ['/', false, '/a/b', true],
    ['/api', false, '/api', true],
    ['/api', false, '/api/x', true],
    ['/api', false, '/apix', false],
    ['/api/', false, '/api/', true],
    ['/api/', false, '/api/x', true],
    ['/api/', false, '/api', false],
    ['/api', true, '/api', true],
    ['/api', true, '/api/', false],
  ];
  for (const [path, exact, candidate, taken] of cases) {
    const route = exact ? { path, exact: true as const } : { path };
    assert.is(takes(route, candidate), taken, `${path} ${exact} ${candidate}`);
  }
});

test('routes conflict when one path has the same methods, or some in common', () => {
  const post = { methods: ['POST'] };
  const cases: [RouteConfig, RouteConfig, boolean][] = [
    [deny('/a'), deny('/a'), true],
    [deny('/a'), deny('/a/'), false],
    [deny('/a'), deny('/a', { exact: true }), false],
    [deny('/a'), deny('/a', post), false],
    [deny('/a', post), deny('/a', { methods: ['GET'] }), false],
    [deny('/a', post), deny('/a', { methods: ['GET', 'POST'] }), true],
  ];
  for (const [a, b, expected] of cases) {
    assert.is(conflict(a, b), expected);
    assert.is(conflict(b, a), expected);
  }
});

test('the order does not depend on the order of declaration', () => {
  const routes = [
    deny('/'),
    deny('/b'),
    deny('/a'),
    deny('/a', { exact: true }),
    deny('/a', { methods: ['GET'] }),
    deny('/a/b'),
  ];
  const sorted = [...routes].sort(byPrecedence);
  assert.equal([...routes].reverse().sort(byPrecedence), sorted);
  assert.equal(
    sorted.map(({ path }) => path),
    ['/a/b', '/a', '/a', '/a', '/b', '/'],
  );
});

test.run();
