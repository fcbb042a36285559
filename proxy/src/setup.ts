import type { Config } from './config/schema.js';
import { route as routeSchema } from './config/schema-routes.js';
import { NetworkSet } from './core/address.js';
import { type Bucket, GcraTable } from './limit/gcra.js';
import { Route } from './routing/route.js';
import { RouteTable } from './routing/table.js';
import type { UpstreamPool } from './upstream/pool.js';
import type { Upstreams } from './upstream/upstreams.js';

/** Buckets of every client, as far as this process is concerned. */
export interface Buckets {
  readonly address: Bucket;
  readonly signedIn: Bucket;
  readonly strangers: Bucket;
  /** Of strangers whom the detector suspects. */
  readonly suspects: Bucket;
}

/** The share of the strangers' bucket that somebody suspicious gets. */
const suspectShare = 5;

const challengeConfig = routeSchema.parse({
  kind: 'proxy',
  path: '/.well-known/acme-challenge/',
  upstream: 'http://acme-solver',
});

/** Everything that follows from one configuration; replaced as a whole. */
export class Setup {
  readonly table: RouteTable;
  readonly forwarding: NetworkSet;
  readonly unlimited: NetworkSet;
  readonly proxyProtocol: NetworkSet;
  /** Strict-Transport-Security as a line, or nothing. */
  readonly hstsLine: string;
  /** The name this proxy gives itself in Via (RFC 9110 7.6.3). */
  readonly pseudonym: string;
  readonly viaLine: string;
  readonly buckets: Buckets;
  /** No certificate is configured at all: routes are served over plain HTTP. */
  readonly plainOnly: boolean;
  /** Pool of each route by its id. */
  private readonly poolOf: readonly (UpstreamPool | undefined)[];
  /** What proxied challenges of ACME are counted as. */
  readonly challengeRoute: Route;
  /** Bucket of each route by its id. */
  private readonly limitOf: readonly (Bucket | undefined)[];
  private readonly limiters = new Map<string, GcraTable>();

  /** @param workers processes among which the connections of a client are spread: each has its share of the limits */
  constructor(
    readonly config: Config,
    upstreams: Upstreams,
    before?: Setup,
    workers = 1,
  ) {
    this.table = RouteTable.compile(config);
    this.forwarding = new NetworkSet(config.peers.forwarding);
    this.unlimited = new NetworkSet(config.peers.unlimited);
    this.proxyProtocol = new NetworkSet(config.peers.proxyProtocol);
    this.hstsLine =
      config.hsts === undefined ? '' : `Strict-Transport-Security: max-age=${config.hsts.maxAge}\r\n`;
    this.pseudonym = `edge.${config.domain}`;
    this.viaLine = `Via: 1.1 ${this.pseudonym}\r\n`;
    const { address, signedIn, strangers } = config.limits;
    this.buckets = {
      address: share(address, workers),
      signedIn: share(signedIn, workers),
      strangers: share(strangers, workers),
      suspects: share(strangers, workers * suspectShare),
    };
    this.limitOf = this.table.routes.map(({ limit }) => limit && share(limit, workers));
    this.plainOnly = config.tls.secrets === undefined && config.tls.files === undefined;
    this.poolOf = this.table.routes.map((route) =>
      route.upstream === '' ? undefined : upstreams.get(route.upstreamHostname, route.upstreamPort),
    );
    this.challengeRoute = new Route(this.table.routes.length, 'acme', challengeConfig);
    for (const [name, limiter] of before?.limiters ?? [])
      if (this.table.routes.some((route) => route.name === name)) this.limiters.set(name, limiter);
  }

  get session(): Config['session'] {
    return this.config.session;
  }

  get pools(): ReadonlySet<UpstreamPool> {
    return new Set(this.poolOf.filter((pool) => pool !== undefined));
  }

  /** Where a route of kind proxy or media leads. */
  pool(route: Route): UpstreamPool {
    return this.poolOf[route.id] as UpstreamPool;
  }

  /** The bucket a client has of this route besides the others; undefined: none. */
  limit(route: Route): Bucket | undefined {
    return this.limitOf[route.id];
  }

  /** Buckets of a route with a limit of its own. */
  routeLimiter(route: Route): GcraTable {
    let limiter = this.limiters.get(route.name);
    if (limiter === undefined) {
      limiter = new GcraTable({ slots: 4096 });
      this.limiters.set(route.name, limiter);
    }
    return limiter;
  }
}

/** What one of `parts` equal parts of a bucket holds; a request always fits. */
function share({ burst, perSecond }: Bucket, parts: number): Bucket {
  return { burst: Math.max(1, Math.floor(burst / parts)), perSecond: perSecond / parts };
}
