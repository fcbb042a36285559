import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { asYaml, ConfigFile } from '../../constructs/core/config-file.js';
import { Made, messageOf } from './support.js';

test('a URL for browsers reaches nothing, one for programs inside reaches the proxy', () => {
  const { edge } = new Made();
  const docs = edge.host('docs');
  assert.is(docs.name, 'docs.studio.example');
  assert.is(docs.url().text, 'https://docs.studio.example');
  assert.is(docs.url('/rtc', 'wss').text, 'wss://docs.studio.example/rtc');
  assert.equal(docs.url('/a').reaches, []);
  assert.equal(docs.insideUrl('/a').reaches, [edge.proxy.https]);
  assert.is(edge.proxy.https.needsTrust, false);
  assert.is(new Made({ tls: { issuer: 'local' } }).edge.proxy.https.needsTrust, true);
  assert.is(edge.apex.url('/').text, 'https://studio.example/');
  assert.is(
    messageOf(() => docs.url('a')),
    "edge/Edge: host 'docs.studio.example', path 'a': the path of a URL starts with '/', or is '' for the bare origin",
  );
});

test('routes stand longest path first, exact before prefix, methods before all', () => {
  const made = new Made();
  made.edge
    .host('a')
    .route('/', made.web)
    .route('/api', made.backend)
    .route('/api', made.web, { methods: ['POST'] })
    .route('/api', made.web, { exact: true })
    .route('/api/v1', made.web);
  assert.equal(
    made.routes('a').map(({ path, exact, methods }) => [path, exact, methods]),
    [
      ['/api/v1', undefined, undefined],
      ['/api', true, undefined],
      ['/api', undefined, ['POST']],
      ['/api', undefined, undefined],
      ['/', undefined, undefined],
    ],
  );
});

test('a class sets what its protocol needs, and the route overrides it', () => {
  const made = new Made();
  made.edge
    .host('a')
    .route('/git', made.backend, { class: 'git' })
    .route('/sse', made.backend, { class: 'stream', timeouts: { idle: 900 } })
    .route('/ws', made.backend, { class: 'websocket', webSocket: false })
    .route('/s3', made.s3, { class: 's3', bodyLimitMi: 5 });
  const upstream = 'http://backend.lasuite.svc.cluster.local:8000';
  assert.equal(made.routes('a'), [
    {
      kind: 'proxy',
      path: '/git',
      class: 'git',
      upstream,
      rawPath: true,
      bodyLimitMi: 'unlimited',
      timeouts: { response: 300 },
    },
    {
      kind: 'proxy',
      path: '/sse',
      class: 'stream',
      upstream,
      timeouts: { response: 600, idle: 900 },
      buffering: false,
    },
    {
      kind: 'proxy',
      path: '/s3',
      class: 's3',
      upstream: 'http://seaweedfs-filer.storage.svc.cluster.local:8333',
      rawPath: true,
      bodyLimitMi: 5,
      timeouts: { response: 300 },
    },
    { kind: 'proxy', path: '/ws', class: 'websocket', upstream },
  ]);
});

test('prefixes are stripped or replaced, and the Host is kept unless said otherwise', () => {
  const made = new Made();
  made.edge
    .host('a')
    .route('/kratos', made.web, { stripPrefix: true })
    .route('/b', made.backend, { replacePrefix: '/api/b', preserveHost: false })
    .route('/c', made.web, { preserveHost: false })
    .route('/d', made.web, { upstreamHost: 'other.example' });
  assert.equal(
    made.routes('a').map(({ replacePrefix, upstreamHost }) => [replacePrefix, upstreamHost]),
    [
      ['/', undefined],
      ['/api/b', 'backend.lasuite.svc.cluster.local:8000'],
      [undefined, 'web.lasuite.svc.cluster.local'],
      [undefined, 'other.example'],
    ],
  );
});

test('media reach the store byte for byte under the host that was signed', () => {
  const made = new Made();
  const authorizedBy = { endpoint: made.backend.endpoint('http'), path: '/api/v1.0/items/media-auth/' };
  const common = { bucket: 'sunbeam-drive', upstream: made.s3, authorizedBy };
  made.edge
    .host('drive')
    .media('/media/', { ...common, responseHeaders: { 'Content-Disposition': 'attachment' } })
    .media('/media/preview/', common)
    .media('/media/files/', { ...common, strip: '/media/', captureHeaders: ['Authorization'] });
  const [preview, files, media] = made.routes('drive');
  assert.equal(preview, {
    kind: 'media',
    path: '/media/preview/',
    upstream: 'http://seaweedfs-filer.storage.svc.cluster.local:8333',
    upstreamHost: 'seaweedfs-filer.storage.svc.cluster.local:8333',
    strip: '/media/preview/',
    prepend: '/sunbeam-drive/',
    rawPath: true,
    authorize: {
      url: 'http://backend.lasuite.svc.cluster.local:8000/api/v1.0/items/media-auth/',
      captureHeaders: ['Authorization', 'X-Amz-Date', 'X-Amz-Content-SHA256'],
    },
    responseHeaders: {
      'Content-Security-Policy': "default-src 'none'",
      'X-Content-Type-Options': 'nosniff',
    },
  });
  assert.is(files?.strip, '/media/');
  assert.equal(files?.authorize, {
    url: 'http://backend.lasuite.svc.cluster.local:8000/api/v1.0/items/media-auth/',
    captureHeaders: ['Authorization'],
  });
  assert.equal(media?.responseHeaders, {
    'Content-Security-Policy': "default-src 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Content-Disposition': 'attachment',
  });
  assert.is(
    messageOf(() => new Made().edge.host('b').media('/media', common)),
    "edge/Edge: host 'b.studio.example', path '/media': prefix and strip ('/media') must end with '/' and strip must " +
      'begin the prefix, since a doubled or missing slash breaks the signature',
  );
});

test('a gate holds for every route of the host but those that lift or replace it', () => {
  const made = new Made();
  made.edge.setSessionProvider({
    whoami: made.backend.endpoint('http').url('/whoami'),
    signIn: made.edge.apex.url('/login'),
    cookies: ['s'],
  });
  made.edge
    .host('a')
    .route('/', made.web)
    .route('/open', made.web, { gate: false })
    .route('/chiefs', made.web, { gate: { groups: ['chiefs'] } })
    .gate()
    .deny('/no');
  assert.equal(
    made.routes('a').map(({ path, gate }) => [path, gate]),
    [
      ['/chiefs', { groups: ['chiefs'] }],
      ['/open', undefined],
      ['/no', undefined],
      ['/', {}],
    ],
  );
});

test('redirects, fixed answers and denials', () => {
  const made = new Made();
  const to = made.edge.host('b').url('/x');
  made.edge
    .host('a')
    .redirect('/one', to)
    .redirect('/two', '/three', 301, { below: true, keepPath: true })
    .answer('/robots.txt', { body: 'User-agent: *\nDisallow: /\n' })
    .deny(['/x', '/y'], { status: 404 });
  assert.equal(made.routes('a'), [
    {
      kind: 'answer',
      path: '/robots.txt',
      exact: true,
      status: 200,
      contentType: 'text/plain; charset=utf-8',
      body: 'User-agent: *\nDisallow: /\n',
    },
    { kind: 'redirect', path: '/one', exact: true, to: 'https://b.studio.example/x', status: 302 },
    { kind: 'redirect', path: '/two', to: '/three', status: 301, keepPath: true },
    { kind: 'deny', path: '/x', status: 404 },
    { kind: 'deny', path: '/y', status: 404 },
  ]);
});

const mistakes: Record<string, [string, (made: Made) => unknown]> = {
  'a path twice': [
    "edge/Edge: host 'a.studio.example', path '/api': declared twice for all methods (proxy, then deny); one path leads " +
      'to one place, so change a path or tell the routes apart by methods',
    ({ edge, web }) => edge.host('a').route('/api', web).deny('/api'),
  ],
  'methods that overlap': [
    "edge/Edge: host 'a.studio.example', path '/api': declared twice for PUT, POST (proxy, then proxy); one path leads " +
      'to one place, so change a path or tell the routes apart by methods',
    ({ edge, web }) =>
      edge
        .host('a')
        .route('/api', web, { methods: ['POST'] })
        .route('/api', web, { methods: ['PUT', 'POST'] }),
  ],
  'a path without a slash': [
    "edge/Edge: host 'a.studio.example', path 'api': a path starts with '/'",
    ({ edge, web }) => edge.host('a').route('api', web),
  ],
  'a path with a query': [
    "edge/Edge: host 'a.studio.example', path '/a?b': a path is plain ASCII without ? # % \\ and spaces",
    ({ edge, web }) => edge.host('a').route('/a?b', web),
  ],
  'a path that climbs': [
    "edge/Edge: host 'a.studio.example', path '/a/../b': a path has no empty, '.' or '..' segments",
    ({ edge, web }) => edge.host('a').route('/a/../b', web),
  ],
  'a method in small letters': [
    "edge/Edge: host 'a.studio.example', path '/': method 'get' is not an upper-case method name such as PROPFIND",
    ({ edge, web }) => edge.host('a').route('/', web, { methods: ['get'] }),
  ],
  'a workload with two HTTP ports': [
    "edge/Edge: host 'a.studio.example', path '/': 'git' has 2 http ports (http, admin), a route needs exactly one; pass " +
      'the endpoint itself',
    ({ edge, git }) => edge.host('a').route('/', git),
  ],
  'a port that does not speak HTTP': [
    "edge/Edge: host 'a.studio.example', path '/': port 'ssh' of 'git' speaks tcp, a route needs http; use " +
      'edge.passthrough() for anything else',
    ({ edge, git }) => edge.host('a').route('/', git.endpoint('ssh')),
  ],
  'two ways to change a prefix': [
    "edge/Edge: host 'a.studio.example', path '/x': 'stripPrefix' and 'replacePrefix' exclude each other; give one",
    ({ edge, web }) => edge.host('a').route('/x', web, { stripPrefix: true, replacePrefix: '/y' }),
  ],
  'a redirect to nowhere': [
    "edge/Edge: host 'a.studio.example', path '/x': redirect target '//evil.example' is neither a path nor a URL; write " +
      "'/path' or use host.url()",
    ({ edge }) => edge.host('a').redirect('/x', '//evil.example'),
  ],
  'a tile without a title': [
    "edge/Edge: host 'a.studio.example': a tile needs a title; give 'title', or leave 'tile' out",
    ({ edge }) => edge.host('a', { tile: 'apps' }),
  ],
  'two gates': [
    "edge/Edge: host 'a.studio.example': has a gate already; name the groups in one call",
    ({ edge }) => edge.host('a').gate().gate(),
  ],
};

for (const [what, [message, run]] of Object.entries(mistakes)) {
  test(`refuses ${what}`, () => {
    assert.is(
      messageOf(() => run(new Made())),
      message,
    );
  });
}

test('a program that is given an inside URL may reach the proxy, and a reader of a public one may not', () => {
  const made = new Made({ tls: { issuer: 'local' } });
  const docs = made.edge.host('docs').route('/', made.web);
  const config = new ConfigFile(made.apps, 'Config', {
    name: 'caller',
    files: { 'a.yaml': asYaml({ inside: docs.insideUrl('/api'), outside: docs.url() }) },
  });
  made.caller('caller', config.mountAt('/etc/caller'));
  const policy = made.get('NetworkPolicy', 'caller').spec as { egress: { ports: { port: number }[] }[] };
  assert.equal(
    policy.egress.at(-1)?.ports.map(({ port }) => port),
    [8443, 4143],
  );
  const { spec } = made.get('Deployment', 'caller') as unknown as {
    spec: { template: { spec: { volumes: { name: string }[] } } };
  };
  assert.equal(
    spec.template.spec.volumes.map(({ name }) => name),
    ['config-caller', 'config-box-trust'],
  );
});

test.run();
