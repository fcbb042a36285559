import type { BucketConfig, ProxyRouteConfig, RouteConfig, RouteKind } from '../config/schema.js';
import { type TrafficClass, trafficClasses } from '../config/schema-routes.js';

/** Kinds of route as small integers for the hot path; `route.kind` has the name. */
export const Kind = {
  proxy: 0,
  media: 1,
  static: 2,
  redirect: 3,
  answer: 4,
  deny: 5,
  portal: 6,
} as const satisfies Record<RouteKind, number>;

const MiB = 1_048_576;
const noNames: readonly string[] = [];

/** What a program that decides about requests is asked, and which fields of its answer go upstream. */
export interface Authorization {
  readonly url: string;
  /** In lower case. */
  readonly captureHeaders: readonly string[];
  /** How long a yes is believed; 0: not at all. */
  readonly cacheMs: number;
}

/**
 * One route, compiled once for each configuration. All instances have the same fields in the same order whatever their
 * kind, so that code on the hot path stays monomorphic; a field a kind does not have holds its neutral value, and what
 * only one kind has is read from `config`, narrowed by its `kind`.
 */
export class Route {
  /** Dense index within the table: for arrays of counters. */
  readonly id: number;
  /** Host in lower case. */
  readonly host: string;
  /** For logs and metrics: 'docs.example.org/api', and ' exact' or ' GET,POST' where that tells it from another. */
  readonly name: string;
  readonly kind: RouteKind;
  /** The kind as an integer, see `Kind`. */
  readonly kindIndex: number;
  /** The kind of client; 's3' for media, 'browser' for other routes that do not say. */
  readonly trafficClass: TrafficClass;
  /** Index of the class in `trafficClasses`. */
  readonly classIndex: number;
  readonly path: string;
  readonly exact: boolean;
  /** Methods it takes; undefined: all. */
  readonly methods: ReadonlySet<string> | undefined;
  /** The route as it was configured. */
  readonly config: RouteConfig;
  /** Match and forward the path byte for byte. */
  readonly rawPath: boolean;
  /** Whether somebody must be signed in. */
  readonly gated: boolean;
  /** Groups of which one is needed; undefined: any. */
  readonly gateGroups: readonly string[] | undefined;
  /** Origin of the upstream, 'http://name:port'; empty without one. */
  readonly upstream: string;
  readonly upstreamHostname: string;
  readonly upstreamPort: number;
  /** Host sent upstream; empty: the client's. */
  readonly upstreamHost: string;
  readonly webSocket: boolean;
  /** Origins that may open a WebSocket, in lower case; undefined: any. */
  readonly origins: ReadonlySet<string> | undefined;
  /** Largest request body in bytes; Infinity: any. Routes without an upstream take none that matters: 1 MiB. */
  readonly bodyLimitBytes: number;
  readonly connectMs: number;
  readonly responseMs: number;
  readonly idleMs: number;
  readonly tunnelMs: number;
  /** Whether answers may be compressed and joined. */
  readonly buffering: boolean;
  /** Seconds an answer without a lifetime is kept; 0: nothing is kept. */
  readonly cacheSeconds: number;
  readonly cacheMaxBytes: number;
  /** Tokens of the rate limiter a request takes. */
  readonly cost: number;
  /** A bucket of this route's own. */
  readonly limit: BucketConfig | undefined;
  readonly authorize: Authorization | undefined;
  readonly bodyRewrites: ProxyRouteConfig['bodyRewrites'];
  /** Fields set on every answer, ready to be written: 'Name: value\r\n' each; empty without any. */
  readonly headerFragment: string;
  /** Their names in lower case: the upstream's own of these are dropped. */
  readonly headerNames: readonly string[];
  /** Name in lower case, value, name, value …: for HTTP/2. */
  readonly headerPairs: readonly string[];

  /** What is put in front of the path from `cut` on; undefined in `cut` < 0: the path goes on as it is. */
  readonly #front: string;
  readonly #cut: number;

  constructor(id: number, host: string, config: RouteConfig) {
    const proxy = config.kind === 'proxy' ? config : undefined;
    const media = config.kind === 'media' ? config : undefined;
    const forward = proxy ?? media;
    const headers = 'responseHeaders' in config ? Object.entries(config.responseHeaders) : [];
    this.id = id;
    this.host = host;
    this.name = nameOf(host, config);
    this.kind = config.kind;
    this.kindIndex = Kind[config.kind];
    // names of media are what people called their files
    this.trafficClass = proxy?.class ?? (media === undefined ? 'browser' : 's3');
    this.classIndex = trafficClasses.indexOf(this.trafficClass);
    this.path = config.path;
    this.exact = config.exact;
    this.methods = config.methods === undefined ? undefined : new Set(config.methods);
    this.config = config;
    this.rawPath = forward?.rawPath ?? false;
    this.gated = config.gate !== undefined;
    this.gateGroups = config.gate?.groups;
    const origin = forward === undefined ? undefined : new URL(forward.upstream);
    this.upstream = forward?.upstream ?? '';
    this.upstreamHostname = origin?.hostname ?? '';
    this.upstreamPort = origin === undefined ? 0 : Number(origin.port) || 80;
    this.upstreamHost = forward?.upstreamHost ?? '';
    this.webSocket = proxy?.webSocket ?? false;
    this.origins =
      proxy?.origins === undefined ? undefined : new Set(proxy.origins.map((item) => item.toLowerCase()));
    const limit = proxy?.bodyLimitMi ?? 1;
    this.bodyLimitBytes = limit === 'unlimited' ? Number.POSITIVE_INFINITY : limit * MiB;
    this.connectMs = (proxy?.timeouts.connect ?? 3) * 1000;
    this.responseMs = (proxy?.timeouts.response ?? 60) * 1000;
    this.idleMs = (proxy?.timeouts.idle ?? 60) * 1000;
    this.tunnelMs = (proxy?.timeouts.tunnel ?? 3600) * 1000;
    this.buffering = proxy?.buffering ?? true;
    this.cacheSeconds = proxy?.cache?.seconds ?? 0;
    this.cacheMaxBytes = (proxy?.cache?.maxObjectMi ?? 0) * MiB;
    this.cost = proxy?.cost ?? 1;
    this.limit = proxy?.limit;
    this.authorize =
      forward?.authorize === undefined
        ? undefined
        : {
            url: forward.authorize.url,
            captureHeaders: forward.authorize.captureHeaders.map((name) => name.toLowerCase()),
            cacheMs: (proxy?.authorize?.cacheSeconds ?? 0) * 1000,
          };
    this.bodyRewrites = proxy?.bodyRewrites ?? [];
    this.headerFragment = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    this.headerNames = headers.length === 0 ? noNames : headers.map(([name]) => name.toLowerCase());
    this.headerPairs = headers.flatMap(([name, value]) => [name.toLowerCase(), value]);
    if (media !== undefined) {
      this.#front = media.prepend;
      this.#cut = media.strip.length;
    } else if (proxy?.replacePrefix !== undefined) {
      // both without their last slash: what is left then begins with the one that joins them
      this.#front = withoutLastSlash(proxy.replacePrefix);
      this.#cut = withoutLastSlash(config.path).length;
    } else {
      this.#front = '';
      this.#cut = -1;
    }
  }

  /** Whether the route takes a path, by whole segments; the method is not looked at. */
  takes(path: string): boolean {
    const length = this.path.length;
    if (path.length === length) return path === this.path;
    if (this.exact || path.length < length || !path.startsWith(this.path)) return false;
    return this.path.charCodeAt(length - 1) === 0x2f || path.charCodeAt(length) === 0x2f;
  }

  /**
   * The path the upstream is asked for.
   * @param path one that the route takes
   */
  upstreamPath(path: string): string {
    if (this.#cut < 0) return path;
    if (this.#cut < path.length) return this.#front + path.slice(this.#cut);
    // nothing is left: the new prefix as it was written
    const { config } = this;
    return config.kind === 'proxy' ? (config.replacePrefix ?? path) : this.#front;
  }
}

const withoutLastSlash = (path: string) => (path.endsWith('/') ? path.slice(0, -1) : path);

/** What a route is called in logs and metrics; no two of a table are called the same. */
export const nameOf = (host: string, { path, exact, methods }: RouteConfig) =>
  `${host}${path}${exact ? ' exact' : ''}${methods === undefined ? '' : ` ${methods.join()}`}`;
