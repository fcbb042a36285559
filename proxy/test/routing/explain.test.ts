import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { explain, targetOf } from '../../src/routing/explain.js';
import { RouteTable } from '../../src/routing/table.js';
import { configOf } from '../support/config.js';

const upstream = 'http://app.test';
const config = configOf({
  listeners: { http: 0, https: 0, admin: 0, publicHttps: 8443 },
  hosts: [
    {
      name: 'docs.example.org',
      routes: [
        { kind: 'proxy', path: '/a', upstream, methods: ['POST'] },
        { kind: 'proxy', path: '/a/', upstream },
        { kind: 'proxy', path: '/b', upstream, exact: true },
        { kind: 'redirect', path: '/c', to: '/d/', status: 302, keepPath: true },
        { kind: 'proxy', path: '/raw', upstream, rawPath: true, replacePrefix: '/' },
        { kind: 'answer', path: '/e', status: 200, contentType: 'text/plain', body: 'hello' },
      ],
    },
  ],
});
const table = RouteTable.compile(config);
const ask = (url: string, method?: string, headers: Record<string, string> = {}) =>
  explain(config, table, { url, headers: new Map(Object.entries(headers)), ...(method && { method }) });
const text = (url: string, method?: string) =>
  ask(url, method)
    .rows.map((row) => row.join(' '))
    .join('\n');

test('a URL is taken apart as it stands, nothing in it resolved', () => {
  assert.equal(targetOf('https://h:1/a/../%2e?x=/..#f'), {
    secure: true,
    authority: 'h:1',
    path: '/a/../%2e',
    query: '?x=/..',
  });
  assert.equal(targetOf('h'), { secure: true, authority: 'h', path: '/', query: '' });
  assert.not(targetOf('HTTP://h').secure);
  for (const url of ['', '/a', 'https://', 'a b']) assert.throws(() => targetOf(url), /is not a URL/);
});

test('misses say why each route of the host lost', () => {
  assert.is(ask('docs.example.org/a').status, 405);
  assert.match(text('docs.example.org/a'), /answer 405.*Allow: POST/);
  assert.match(text('docs.example.org/a'), /docs\.example\.org\/a\/: takes only what is below/);
  assert.is(ask('docs.example.org/b/x').status, 404);
  assert.match(text('docs.example.org/b/x'), /docs\.example\.org\/b exact: takes only the path itself/);
});

test('the port of redirects is the public one', () => {
  const plain = ask('http://docs.example.org:80/a/x?y', 'POST');
  assert.is(plain.status, 308);
  assert.match(plain.rows.join('\n'), /https:\/\/docs\.example\.org:8443\/a\/x\?y/);
});

test('Host stands in for the host of the URL', () => {
  assert.is(ask('https://127.0.0.1/e', 'GET', { host: 'docs.example.org' }).status, 0);
  assert.is(ask('https://127.0.0.1/e').status, 421);
});

test('what the proxy answers itself, and bytes that pass as they are', () => {
  assert.match(text('docs.example.org/c/x'), /answer 302 to \/d\/ followed by what is below '\/c'/);
  assert.match(text('docs.example.org/e'), /answer 200, text\/plain: hello/);
  assert.is(ask('docs.example.org/e', 'POST').status, 405);
  assert.match(text('docs.example.org/raw/%21a%3Ab?q'), /asks for GET \/%21a%3Ab\?q/);
});

test.run();
