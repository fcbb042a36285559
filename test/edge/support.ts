import { readFileSync } from 'node:fs';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { Box } from '../../constructs/core/box.js';
import type { Endpoint } from '../../constructs/core/endpoint.js';
import type { Manifest } from '../../constructs/core/manifest.js';
import type { Mount } from '../../constructs/core/mount.js';
import { namespaces } from '../../constructs/core/namespaces.js';
import { Site } from '../../constructs/core/site.js';
import type { SiteInput } from '../../constructs/core/site-schema.js';
import { Tier } from '../../constructs/core/tier.js';
import { Wave } from '../../constructs/core/waves.js';
import { Workload } from '../../constructs/core/workload.js';
import { Edge, type EdgeProps } from '../../constructs/edge/edge.js';

const site: SiteInput = {
  domain: 'studio.example',
  publicIp: '203.0.113.10',
  adminEmail: 'admin@studio.example',
  backup: { endpoint: 'https://s3.example.com', bucket: 'studio-backup', region: 'fr-par' },
  smtp: { host: 'smtp.example.com' },
};

/** A box with an edge and a few workloads to route to; `settings` override the site's. */
export class Made {
  readonly box: Box;
  readonly edge: Edge;
  readonly apps: Tier;
  readonly web: Workload;
  readonly backend: Workload;
  readonly git: Workload;
  readonly s3: Endpoint;

  constructor(settings: Partial<SiteInput> = {}, props: Partial<EdgeProps> = {}) {
    this.box = new Box(Site.parse({ ...site, ...settings }, { apps: [], versions: [] }));
    this.edge = new Edge(this.box, {
      publicIssuer: { name: 'letsencrypt', kind: 'ClusterIssuer' },
      ...props,
    });
    this.apps = new Tier(this.box, 'lasuite', { namespace: namespaces.lasuite, wave: Wave.Apps });
    const storage = new Tier(this.box, 'storage', { namespace: namespaces.storage, wave: Wave.Stores });
    const common = { image: 'docsFrontend', size: 'docs-frontend' } as const;
    this.web = new Workload(this.apps, 'Web', {
      ...common,
      name: 'web',
      listens: { http: { port: 8080, service: 80 } },
    });
    this.backend = new Workload(this.apps, 'Backend', {
      ...common,
      name: 'backend',
      listens: { http: 8000 },
    });
    this.git = new Workload(this.apps, 'Git', {
      ...common,
      name: 'git',
      listens: { http: 3000, admin: 3001, ssh: { port: 2222, service: 22, protocol: 'tcp' } },
    });
    this.s3 = new Workload(storage, 'Filer', {
      ...common,
      name: 'seaweedfs-filer',
      listens: { s3: 8333 },
    }).endpoint('s3');
  }

  /** Declares one of everything. */
  declareAll(): this {
    const { edge, web, backend, git, s3 } = this;
    const auth = edge.host('auth', { title: 'Account' }).route('/', web);
    edge.setSessionProvider({
      whoami: backend.endpoint('http').url('/sessions/whoami'),
      signIn: auth.url('/login'),
      cookies: ['ory_kratos_session'],
    });
    edge
      .host('docs', { title: 'Docs', description: 'Write together', owner: this.apps })
      .route('/', web)
      .route(['/api', '/admin'], backend, { class: 'stream', bodyLimitMi: 20, cost: 2 })
      .route('/collaboration/ws/', web, { class: 'websocket', timeouts: { tunnel: 86_400 } })
      .media('/media/', {
        bucket: 'sunbeam-docs',
        upstream: s3,
        authorizedBy: { endpoint: backend.endpoint('http'), path: '/api/v1.0/documents/media-auth/' },
      })
      .deny('/api/internal');
    edge
      .host('src', { title: 'Code', tile: 'developer' })
      .route('/', git.endpoint('http'), { class: 'git', cache: { seconds: 60 } })
      .redirect('/dav', '/dav/');
    edge.host('s3').route('/', s3, { class: 's3' });
    edge
      .host('console', { title: 'Console', tile: 'admin' })
      .gate({ groups: ['administrators'] })
      .route('/', git.endpoint('admin'), { preserveHost: false })
      .route('/hook', backend, { gate: false, methods: ['POST'], exact: true, stripPrefix: true });
    edge.host('pages').static('/', {
      root: '/srv/pages',
      fallback: 'index.html',
      rewrites: [{ pattern: /^\/docs\/[0-9a-f-]{36}$/, target: 'docs/[id]/index.html' }],
      responseHeaders: { 'Cache-Control': 'no-cache' },
    });
    edge.apex.answer('/.well-known/matrix/server', { body: '{}', contentType: 'application/json' });
    edge.passthrough({ name: 'ssh', nodePort: 22, to: git.endpoint('ssh'), proxyProtocol: true });
    return this;
  }

  /** A workload that reads a file. */
  caller(name: string, ...mounts: Mount[]): Workload {
    return new Workload(this.apps, 'Caller', { name, image: 'docsFrontend', size: 'docs-frontend', mounts });
  }

  /** All objects of a kind, by name. */
  all(kind: string): Map<string, Manifest> {
    const found = this.box.manifests().filter((manifest) => manifest.kind === kind);
    return new Map(found.map((manifest) => [manifest.metadata.name, manifest]));
  }

  /** One object. @throws when there is none */
  get(kind: string, name: string): Manifest {
    const manifest = this.all(kind).get(name);
    if (manifest === undefined) throw new Error(`no ${kind} '${name}'`);
    return manifest;
  }

  /** The proxy's configuration as it stands in the ConfigMap. */
  config(): Rendered {
    const { data } = this.get('ConfigMap', 'proxy-config') as unknown as { data: Record<string, string> };
    return parse(data['config.yaml'] ?? '', { version: '1.1' }) as Rendered;
  }

  /** The routes of a host as they stand in the configuration. */
  routes(label: string): Record<string, unknown>[] {
    const name = this.box.site.hostName(label);
    return this.config().hosts.find((host) => host.name === name)?.routes ?? [];
  }
}

/** What the tests read of a rendered configuration. */
export interface Rendered {
  hosts: { name: string; routes: Record<string, unknown>[] }[];
  [field: string]: unknown;
}

export const schemaFile = new URL('../../proxy/schema/config.schema.json', import.meta.url);

let compiled: ValidateFunction | undefined;

/** What the proxy's schema finds wrong with a configuration: `path message` each. */
export function schemaProblems(config: unknown): string[] {
  compiled ??= new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile(
    JSON.parse(readFileSync(schemaFile, 'utf8')) as object,
  );
  if (compiled(config)) return [];
  return (compiled.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}

/** The message of what `run` throws. */
export function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}
