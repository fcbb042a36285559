import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfig } from '../../src/config/load.js';
import { ConfigError } from '../../src/config/problems.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { smallest, someSession } from '../support/config.js';

type RouteInput = ConfigInput['hosts'][number]['routes'][number];

const read = (changes: Partial<ConfigInput>, exists = false) =>
  readConfig(JSON.stringify({ ...smallest, ...changes }), 'test', { exists: () => exists });

function problemsOf(changes: Partial<ConfigInput>): readonly string[] {
  try {
    read(changes);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const withRoutes = (...routes: RouteInput[]): Partial<ConfigInput> => ({
  session: someSession,
  hosts: [{ name: 'docs.example.org', routes }],
});
const proxy = (path: string, more = {}): RouteInput => ({
  kind: 'proxy',
  path,
  upstream: 'http://a.test',
  ...more,
});
const redirect = (path: string, to: string, more = {}): RouteInput => ({
  kind: 'redirect',
  path,
  to,
  status: 302,
  ...more,
});
const media = (path: string, strip: string, prepend: string): RouteInput => ({
  kind: 'media',
  path,
  strip,
  prepend,
  upstream: 'http://a.test',
  upstreamHost: 'a.test',
  rawPath: true,
  authorize: { url: 'http://b.test/auth', captureHeaders: ['Authorization'] },
});
const rewriting = (pattern: string, target = 'x.html'): RouteInput => ({
  kind: 'static',
  path: '/',
  root: '/srv',
  rewrites: [{ pattern, target }],
});
const hostNamed = (...names: string[]): Partial<ConfigInput> => ({
  hosts: names.map((name) => ({ name, routes: [] })),
});
const listeners = { address: '127.0.0.1', http: 8080, https: 8443, admin: 9090 };
const passthrough = (port: number, name = 'ssh', upstream = 'git.test:22') => ({ name, port, upstream });

/** What is wrong, and the words that must tell it; each is a whole configuration but for that. */
const refused: [what: string, changes: Partial<ConfigInput>, words: RegExp][] = [
  [
    'a host elsewhere',
    hostNamed('docs.evil.example'),
    /hosts\[0\]\.name.*'docs\.evil\.example' must be 'example\.org' or one label below/,
  ],
  ['a host two labels below', hostNamed('a.b.example.org'), /one label below it/],
  ['a host that only ends alike', hostNamed('docsexample.org'), /one label below it/],
  [
    'a host twice',
    hostNamed('docs.example.org', 'docs.example.org'),
    /hosts\[1\]\.name.*is hosts\[0\] already/,
  ],
  ['a path twice', withRoutes(proxy('/a'), proxy('/a')), /routes\[1\]\.path.*taken by routes\[0\]/],
  [
    'a method twice',
    withRoutes(proxy('/a', { methods: ['GET', 'PUT'] }), proxy('/a', { methods: ['PUT'] })),
    /taken by routes\[0\]/,
  ],
  ['a path with an empty segment', withRoutes(proxy('/a//b')), /'\/a\/\/b' has an empty/],
  ['a path with dots', withRoutes(proxy('/a/../b')), /has an empty, '\.' or '\.\.' segment/],
  ['a prefix with dots', withRoutes(proxy('/a', { replacePrefix: '/..' })), /replacePrefix/],
  ['a strip that is not the beginning', withRoutes(media('/media/', '/files/', '/b/')), /not the beginning/],
  [
    'a strip without a slash',
    withRoutes(media('/media/', '/media', '/b/')),
    /strip.*must end with a slash; write '\/media\/'/,
  ],
  ['a media path without a slash', withRoutes(media('/media', '/', '/b/')), /path.*must end with a slash/],
  [
    'a bucket without a slash',
    withRoutes(media('/media/', '/media/', '/b')),
    /prepend.*must end with a slash/,
  ],
  [
    'a gate without a session',
    { hosts: [{ name: 'example.org', routes: [proxy('/', { gate: {} })] }] },
    /nobody could pass: 'session'/,
  ],
  [
    'a sign-in page behind the gate',
    {
      session: { ...someSession, signIn: 'https://docs.example.org/login' } as ConfigInput['session'],
      hosts: [{ name: 'docs.example.org', routes: [proxy('/', { gate: {} })] }],
    },
    /session\.signIn.*behind the gate/,
  ],
  [
    'a redirect to itself',
    withRoutes(redirect('/a', '/a')),
    /circle: https:\/\/docs\.example\.org\/a → https:\/\/docs\.example\.org\/a/,
  ],
  ['a redirect below itself', withRoutes(redirect('/a', '/a/b')), /circle/],
  [
    'two redirects to each other',
    withRoutes(redirect('/a', '/b'), redirect('/b', 'https://docs.example.org/a')),
    /circle/,
  ],
  ['a redirect that grows', withRoutes(redirect('/a', '/a/x/', { keepPath: true })), /circle/],
  [
    'a circle below only',
    withRoutes(redirect('/a', '/b', { exact: true }), redirect('/c', '/c/', { keepPath: true })),
    /circle/,
  ],
  [
    'a pattern that does not compile',
    withRoutes(rewriting('^/(docs')),
    /does not compile: Unterminated group/,
  ],
  [
    'a pattern that takes forever',
    withRoutes(rewriting('^/(a+)+$')),
    /repeats '\(a\+\)', which repeats something itself/,
  ],
  ['a rewrite out of the root', withRoutes(rewriting('^/a', '../etc/passwd')), /leaves the root/],
  [
    'a fallback out of the root',
    withRoutes({ kind: 'static', path: '/', root: '/srv', fallback: 'a/../../b' }),
    /leaves the root/,
  ],
  [
    'an answer that splits',
    withRoutes({ kind: 'answer', path: '/', status: 200, contentType: 'a\r\nb: c', body: '' }),
    /contentType.*one line/,
  ],
  ['a redirect in other letters', withRoutes(redirect('/a', '/\u00e9')), /must be ASCII/],
  [
    'a header twice',
    withRoutes(proxy('/', { responseHeaders: { 'X-A': '1', 'x-a': '2' } })),
    /same field as 'X-A'/,
  ],
  [
    'an upstream port that is none',
    withRoutes(proxy('/', { upstream: 'http://a.test:99999' })),
    /port 99999/,
  ],
  [
    'two listeners on one port',
    { listeners: { ...listeners, admin: 8080 } },
    /listeners\.admin.*8080 is taken by listeners\.http/,
  ],
  [
    'a passthrough on a port that is taken',
    { listeners, passthroughs: [passthrough(8443)] },
    /passthroughs\[0\]\.port.*taken by listeners\.https/,
  ],
  [
    'a passthrough without an upstream port',
    { passthroughs: [passthrough(2222, 'ssh', 'git.test')] },
    /names no port; write 'git\.test:PORT'/,
  ],
  [
    'a passthrough to port 0',
    { passthroughs: [passthrough(2222, 'ssh', 'git.test:0')] },
    /between 1 and 65535/,
  ],
  ['a passthrough name twice', { passthroughs: [passthrough(1), passthrough(2)] }, /'ssh' stands twice/],
  [
    'a name both ended and passed on',
    {
      ...hostNamed('turn.example.org'),
      sniPassthroughs: [{ name: 'turn.example.org', upstream: 'turn.test:5349' }],
    },
    /is hosts\[0\] too/,
  ],
  [
    'a relay upside down',
    { udpRelays: [{ name: 'turn', from: 200, to: 100, upstream: 'turn.test' }] },
    /goes upwards/,
  ],
  [
    'relays that overlap',
    {
      udpRelays: [
        { name: 'a', from: 100, to: 200, upstream: 'a' },
        { name: 'b', from: 200, to: 300, upstream: 'b' },
      ],
    },
    /200-300 overlaps 100-200 of 'a'/,
  ],
  [
    'a network that is none',
    { peers: { unlimited: ['10.0.0.0/8', '10.0.0.0/33'] } },
    /peers\.unlimited\[1\].*'10\.0\.0\.0\/33' is not a network/,
  ],
  ['an address that is none', { listeners: { ...listeners, address: '1.2.3.4.5' } }, /is not an address/],
  [
    'thresholds the wrong way round',
    { detection: { mode: 'observe', limitAt: 0.95 } },
    /0\.95 must not be above refuseAt, 0\.9/,
  ],
  [
    'a bot anybody could be',
    { detection: { mode: 'observe', bots: [{ name: 'Bot', userAgent: 'bot' }] } },
    /'Bot' could be claimed by anybody/,
  ],
  [
    'a target as large as the head',
    { limits: { headBytes: 8192 } },
    /targetBytes.*must be less than headBytes/,
  ],
  ['Secrets without Kubernetes', { tls: { secrets: ['edge-tls'] } }, /tls\.secrets.*read from Kubernetes/],
  ['solvers without Kubernetes', { acme: { ingressClass: 'box-acme' } }, /acme.*found in Kubernetes/],
];

for (const [what, changes, words] of refused)
  test(`${what} is refused`, () => {
    const problems = problemsOf(changes);
    assert.ok(
      problems.some((line) => words.test(line)),
      problems.join('\n') || 'nothing was refused',
    );
    // where, the line and a way out
    for (const line of problems) assert.match(line, /^[a-zA-Z]\S* \(line \d+\): ./);
  });

test('everything wrong is told at once', () => {
  const problems = problemsOf({ ...hostNamed('a.b.cc', 'x.evil'), listeners: { ...listeners, admin: 8080 } });
  assert.is(problems.length, 3);
});

test('what looks alike and is right passes', () => {
  const fine: Partial<ConfigInput>[] = [
    withRoutes(proxy('/a'), proxy('/a', { exact: true }), proxy('/a', { methods: ['PUT'] }), proxy('/a/')),
    withRoutes(redirect('/a', '/a/'), proxy('/a/')),
    withRoutes(redirect('/', 'https://other.example/', { keepPath: true })),
    withRoutes(redirect('/', 'https://docs.example.org:8443/', { keepPath: true })),
    withRoutes(redirect('/.well-known/caldav', '/api/v1.0/caldav/', { status: 301 }), proxy('/')),
    withRoutes(media('/media/files/', '/media/', '/bucket/')),
    withRoutes(rewriting('^/docs/[0-9a-f-]{36}/?$')),
    { listeners: { address: '::', http: 0, https: 0, admin: 0 }, passthroughs: [passthrough(0)] },
    { tls: { files: [{ cert: 'a.pem', key: 'a.key' }] } },
  ];
  for (const changes of fine) assert.equal(problemsOf(changes), []);
});

test('warnings tell what may be meant, and refuse nothing', () => {
  const { warnings } = read(
    withRoutes(
      { kind: 'static', path: '/', root: '/srv/none' },
      proxy('/ws', { origins: ['https://docs.example.org'] }),
    ),
  );
  assert.is(warnings.length, 3);
  assert.match(warnings.join('\n'), /tls .*only plain HTTP/);
  assert.match(warnings.join('\n'), /root .*'\/srv\/none' is not there/);
  assert.match(warnings.join('\n'), /origins .*webSocket: true/);
  assert.equal(read({ tls: { files: [{ cert: 'a', key: 'b' }] } }, true).warnings, []);
});

test.run();
