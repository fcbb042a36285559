/** `node --import tsx bench/routing.ts`: nanoseconds to find a route and read a path, on a table like a box's. */
import { readConfig } from '../src/config/load.js';
import type { ConfigInput } from '../src/config/schema.js';
import { Resolution, resolve } from '../src/routing/path-policy.js';
import { PathReading, readPath } from '../src/routing/path-reading.js';
import { RouteTable } from '../src/routing/table.js';

const upstream = 'http://app.test:8000';
const proxy = (path: string, more = {}) => ({ kind: 'proxy' as const, path, upstream, ...more });
const media = (path: string) => ({
  kind: 'media' as const,
  path,
  upstream,
  upstreamHost: 'filer.test:8333',
  strip: '/media/',
  prepend: '/bucket/',
  rawPath: true as const,
  authorize: { url: upstream, captureHeaders: ['Authorization'] },
});

/** The apps of a box: some hosts of one route, some of a dozen. */
const hosts: ConfigInput['hosts'] = [
  ...['meet', 'people', 'cal', 'chat', 'projects', 'metrics', 'logs', 'traces', 'vault'].map((label) => ({
    name: `${label}.example.org`,
    routes: [proxy('/'), proxy('/api'), proxy('/admin'), proxy('/static')],
  })),
  { name: 's3.example.org', routes: [proxy('/', { rawPath: true })] },
  {
    name: 'docs.example.org',
    routes: [
      ...['/', '/api', '/admin', '/static', '/external_api', '/collaboration/ws/', '/.well-known'].map(
        (path) => proxy(path),
      ),
      media('/media/'),
      media('/media/files/'),
      { kind: 'deny', path: '/api/internal', status: 403 },
      proxy('/api/hook', { exact: true, methods: ['POST'] }),
    ],
  },
];

const config: ConfigInput = {
  version: 1,
  domain: 'example.org',
  listeners: { http: 0, https: 0, admin: 0 },
  tls: {},
  peers: {},
  limits: {},
  detection: { mode: 'off' },
  hosts,
  portal: { brand: { name: 'Example', primary: '#7c3aed', accent: '#f59e0b' }, tiles: [] },
  passthroughs: [],
};
const table = RouteTable.compile(readConfig(JSON.stringify(config)).config);

const requests: readonly (readonly [what: string, host: string, path: string])[] = [
  ['last of eleven routes', 'docs.example.org', '/index.html'],
  ['api', 'docs.example.org', '/api/v1.0/documents/2f1c7c4e-8f0d-4f53-9d0e-0b7a6f1f2a33/'],
  ['media key', 'docs.example.org', '/media/2f1c7c4e/attachments/9d0e0b7a6f1f2a33.png'],
  ['one route', 's3.example.org', '/bucket/some/longer/key/of/an/object.bin'],
  ['encoded name', 's3.example.org', '/bucket/caf%C3%A9%20menu.pdf'],
  ['encoded slash', 's3.example.org', '/bucket/a%2Fb'],
  ['dot segments', 'docs.example.org', '/api/./v1.0/../v2.0/documents'],
  ['unknown host', 'other.example.org', '/'],
];

/** Median over rounds of nanoseconds a call. */
function measure(run: () => void): number {
  const calls = 200_000;
  const rounds: number[] = [];
  for (let round = 0; round < 9; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) run();
    rounds.push(Number(process.hrtime.bigint() - start) / calls);
  }
  return rounds.sort((a, b) => a - b)[4] ?? 0;
}

const out = new Resolution();
const reading = new PathReading();
console.log(
  `routing, ns a request (${table.routes.length} routes, ${table.hosts.size} hosts, node ${process.version})`,
);
for (const [what, host, path] of requests) {
  const found = measure(() => table.host(host)?.find('GET', path));
  const read = measure(() => readPath(path, reading));
  const whole = measure(() => resolve(table, host, 'GET', path, out));
  console.log(
    `  ${what.padEnd(24)} find ${found.toFixed(0).padStart(5)}   read ${read.toFixed(0).padStart(5)}   resolve ${whole.toFixed(0).padStart(5)}`,
  );
}
