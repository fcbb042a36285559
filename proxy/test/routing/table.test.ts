import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ConfigInput } from '../../src/config/schema.js';
import { hostOf, RouteTable } from '../../src/routing/table.js';
import { configOf } from '../support/config.js';

type Routes = ConfigInput['hosts'][number]['routes'];
type RouteInput = { path: string; exact?: boolean; methods?: string[] };

const tableOf = (routes: Routes) =>
  RouteTable.compile(configOf({ hosts: [{ name: 'docs.example.org', routes }] }));
const answer = (route: RouteInput) => ({ kind: 'deny' as const, status: 403 as const, ...route });
const find = (table: RouteTable, path: string, method = 'GET') =>
  table.host('docs.example.org')?.find(method, path)?.name.replace('docs.example.org', '');

test('paths are taken by whole segments, the longest first', () => {
  const table = tableOf(['/', '/api', '/api/', '/api/v1', '/media/'].map((path) => answer({ path })));
  const cases: Record<string, string> = {
    '/': '/',
    '/x': '/',
    '/api': '/api',
    '/api/': '/api/',
    '/api/x': '/api/',
    '/apix': '/',
    '/api/v1': '/api/v1',
    '/api/v1/': '/api/v1',
    '/api/v12': '/api/',
    '/media': '/',
    '/media/': '/media/',
    '/media/x/y': '/media/',
    '/API': '/',
  };
  for (const [path, route] of Object.entries(cases)) assert.is(find(table, path), route, path);
});

test('of equal paths exact goes first, then methods; another method goes on to the next route', () => {
  const table = tableOf([
    answer({ path: '/' }),
    answer({ path: '/a' }),
    answer({ path: '/a', exact: true }),
    answer({ path: '/a', methods: ['POST'] }),
    answer({ path: '/a', exact: true, methods: ['POST', 'PUT'] }),
    answer({ path: '/b', methods: ['POST'] }),
  ]);
  assert.is(find(table, '/a'), '/a exact');
  assert.is(find(table, '/a', 'PUT'), '/a exact POST,PUT');
  assert.is(find(table, '/a/x', 'POST'), '/a POST');
  assert.is(find(table, '/a/x'), '/a');
  assert.is(find(table, '/b'), '/', 'a shorter route takes what the longer one does not');
});

test('a path whose routes all want other methods says which', () => {
  const table = tableOf([
    answer({ path: '/b', methods: ['POST'] }),
    answer({ path: '/b/c', methods: ['PUT', 'POST'] }),
  ]);
  const host = table.host('docs.example.org');
  assert.is(host?.find('GET', '/b/c'), undefined);
  assert.is(host?.allow('/b/c'), 'PUT, POST');
  assert.is(host?.allow('/b'), 'POST');
  assert.is(host?.allow('/'), '');
});

test('a host is found in any case, with a port and a final dot, and never by its first label', () => {
  const table = tableOf([answer({ path: '/' })]);
  for (const host of [
    'docs.example.org',
    'DOCS.Example.org',
    'docs.example.org.',
    'docs.example.org:443',
    'Docs.example.org.:80',
  ])
    assert.ok(table.host(host), host);
  for (const host of [
    'docs.evil.example',
    'docs',
    'xdocs.example.org',
    'docs.example.org.evil.example',
    'example.org',
    '',
    ':',
    '.',
    '[::1]:443',
    'docs.example.org..',
  ])
    assert.is(table.host(host), undefined, host);
  assert.is(hostOf('A.b:1'), 'a.b');
});

test('ids are dense and point back', () => {
  const { routes } = RouteTable.compile(
    configOf({
      hosts: ['a', 'b'].map((label) => ({
        name: `${label}.example.org`,
        routes: [answer({ path: '/' }), answer({ path: '/x' })],
      })),
    }),
  );
  assert.equal(
    routes.map(({ id }) => id),
    [0, 1, 2, 3],
  );
});

/** The rules of the schema, word by word and slowly. */
function reference(routes: readonly RouteInput[], method: string, path: string): string | undefined {
  const segments = (text: string) => text.split('/').slice(1);
  const taking = routes.filter((route) => {
    if (route.methods !== undefined && !route.methods.includes(method)) return false;
    if (route.exact === true) return route.path === path;
    const own = segments(route.path.replace(/\/$/, ''));
    const asked = segments(path);
    if (route.path.endsWith('/') && asked.length === own.length) return false;
    return own.every((segment, i) => segment === asked[i]);
  });
  taking.sort(
    (a, b) =>
      b.path.length - a.path.length ||
      Number(b.exact ?? false) - Number(a.exact ?? false) ||
      (a.methods === undefined ? 1 : 0) - (b.methods === undefined ? 1 : 0),
  );
  const [best] = taking;
  return (
    best &&
    `${best.path}${best.exact === true ? ' exact' : ''}${best.methods === undefined ? '' : ` ${best.methods}`}`
  );
}

test('the table agrees with a slow matcher on random tables and paths', () => {
  const segment = fc.constantFrom('a', 'b', 'ab', 'a.b', '');
  const path = fc
    .array(segment, { maxLength: 4 })
    .map((parts) => `/${parts.join('/')}`.replace(/\/{2,}/g, '/'));
  const route: fc.Arbitrary<RouteInput> = fc.record(
    { path, exact: fc.boolean(), methods: fc.constantFrom(['GET'], ['POST']) },
    { requiredKeys: ['path'] },
  );
  const key = ({ path, exact, methods }: RouteInput) => `${path} ${exact ?? false} ${methods ?? ''}`;
  const routes = fc.uniqueArray(route, { selector: key, maxLength: 12 });
  fc.assert(
    fc.property(
      routes,
      fc.array(path, { minLength: 5, maxLength: 5 }),
      fc.constantFrom('GET', 'POST', 'PUT'),
      (own, paths, method) => {
        const table = tableOf(own.map(answer));
        for (const asked of paths)
          assert.is(find(table, asked, method), reference(own, method, asked), asked);
      },
    ),
    { seed: 5, numRuns: 500 },
  );
});

test.run();
