import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { HostConfig, RouteConfig } from '../../constructs/edge/proxy-config.js';
import { redirectCircle } from '../../constructs/edge/redirects.js';

const to = (path: string, target: string, more: object = { exact: true }): RouteConfig => ({
  kind: 'redirect',
  path,
  to: target,
  status: 302,
  ...more,
});
const end = (path: string): RouteConfig => ({ kind: 'portal', path });
const host = (name: string, ...routes: RouteConfig[]): HostConfig => ({ name, routes });

test('chains that end are fine', () => {
  const hosts = [
    host('a.example', to('/one', '/two'), to('/two', 'https://b.example/three?x=1'), end('/')),
    host('b.example', to('/three', 'https://elsewhere.example/one'), end('/')),
  ];
  assert.is(redirectCircle(hosts), undefined);
});

test('circles are found within a host, between hosts, and below a prefix', () => {
  assert.equal(redirectCircle([host('a.example', to('/one', '/two'), to('/two', '/one#top'))]), [
    'a.example/one',
    'a.example/two',
    'a.example/one',
  ]);
  const back = [
    host('a.example', to('/', 'https://b.example/x', {})),
    host('b.example', to('/x', 'https://a.example/y')),
  ];
  assert.equal(redirectCircle(back), ['a.example/', 'b.example/x', 'a.example/y']);
  assert.equal(redirectCircle([host('a.example', to('/old', '/old/new', {}))]), [
    'a.example/old',
    'a.example/old/new',
  ]);
});

test('a longer path or another method breaks a circle', () => {
  const saved = [host('a.example', end('/old/new'), to('/old', '/old/new', {}))];
  assert.is(redirectCircle(saved), undefined);
  const posted = [host('a.example', to('/one', '/two', { methods: ['POST'] }), to('/two', '/one'), end('/'))];
  assert.is(redirectCircle(posted), undefined);
});

test.run();
