import { Endpoint } from '../core/endpoint.js';
import type { Reference, Text } from '../core/reference.js';
import type { Workload } from '../core/workload.js';
import type { GateOptions } from './gate.js';
import type { ProxyRouteConfig, RouteConfig, TimeoutsConfig } from './proxy-config.js';
import { type TrafficClass, trafficPresets } from './traffic.js';

/** Which requests a route takes. */
export interface MatchOptions {
  /** Only the path itself, nothing below it. @default false */
  readonly exact?: boolean;
  /** Only these methods; a route for methods goes before one for all. @default - every method */
  readonly methods?: readonly string[];
  /** Who may pass: overrides the host's gate, `false` lets everybody through. @default - as the host */
  readonly gate?: GateOptions | false;
}

/** Fields set on every answer, replacing the upstream's. */
export type ResponseHeaders = Readonly<Record<string, Text>>;

export interface RouteOptions extends MatchOptions {
  /** Kind of client; sets what its protocol needs. @default 'browser' */
  readonly class?: TrafficClass;
  /** Take the route's path off before the request goes on. @default false */
  readonly stripPrefix?: boolean;
  /** Put this in place of the route's path. @default - the path goes on as it is */
  readonly replacePrefix?: string;
  /** Pass upgrades to WebSocket. @default - as the class */
  readonly webSocket?: boolean;
  /** Largest request body in MiB. @default - as the class, else 100 */
  readonly bodyLimitMi?: number | 'unlimited';
  /** Seconds: `connect` 3, `response` (first byte) 60, `idle` (between bytes) 60, `tunnel` (silent WebSocket) 3600. */
  readonly timeouts?: TimeoutsConfig;
  /** Whether an answer may be held back to be compressed. @default - as the class, else true */
  readonly buffering?: boolean;
  readonly responseHeaders?: ResponseHeaders;
  /** Match and pass on the path byte for byte, without normalisation. @default - as the class */
  readonly byteExactPath?: boolean;
  /** Pass on the client's Host. False sends the upstream's own `host:port`. @default true */
  readonly preserveHost?: boolean;
  /** Host to send instead of the client's. @default - see `preserveHost` */
  readonly upstreamHost?: Text;
  /** Keep answers to GET that do not forbid it: for how long, and how large at most (MiB). @default - nothing is kept */
  readonly cache?: { readonly seconds: number; readonly maxObjectMi?: number };
  /** Tokens a request takes from the rate limiter. @default 1 */
  readonly cost?: number;
}

/** What a Host remembers of a route: the configuration less its gate, which may come later. */
export interface DeclaredRoute {
  readonly config: RouteConfig;
  readonly gate: GateOptions | false | undefined;
}

const tokens = /^[A-Z]+(-[A-Z]+)*$/;

/** Says what is wrong with a path or its methods, or nothing. */
export function matchProblem(path: string, methods: readonly string[] | undefined): string | undefined {
  if (!path.startsWith('/')) return `a path starts with '/'`;
  if (/[^\x21-\x7e]|[?#%\\]/.test(path)) return 'a path is plain ASCII without ? # % \\ and spaces';
  if (/\/\/|\/\.{1,2}(\/|$)/.test(path)) return `a path has no empty, '.' or '..' segments`;
  const wrong = methods?.find((method) => !tokens.test(method));
  if (wrong !== undefined) return `method '${wrong}' is not an upper-case method name such as PROPFIND`;
  if (methods?.length === 0) return 'an empty list of methods matches nothing; leave it out to match all';
  return undefined;
}

/** Whether two routes of one host claim the same requests: same path, and methods that are all, or overlap. */
export function conflict(a: RouteConfig, b: RouteConfig): boolean {
  if (a.path !== b.path || (a.exact ?? false) !== (b.exact ?? false)) return false;
  if (a.methods === undefined || b.methods === undefined) return a.methods === b.methods;
  return a.methods.some((method) => b.methods?.includes(method));
}

/** Order in which the proxy tries routes: longest path, then exact before prefix, then some methods before all. */
export function byPrecedence(a: RouteConfig, b: RouteConfig): number {
  return (
    b.path.length - a.path.length ||
    compare(a.path, b.path) ||
    Number(b.exact ?? false) - Number(a.exact ?? false) ||
    compare(a.methods?.join() ?? '~', b.methods?.join() ?? '~')
  );
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Whether a path belongs to a route, by whole segments: '/api' takes '/api' and '/api/x', not '/apix';
 * '/api/' takes only what is below.
 */
export function takes({ path, exact }: Pick<RouteConfig, 'path' | 'exact'>, candidate: string): boolean {
  if (exact === true) return candidate === path;
  return candidate === path || candidate.startsWith(path.endsWith('/') ? path : `${path}/`);
}

/** The endpoint behind a route. @throws when it cannot be told, or does not speak HTTP */
export function httpEndpoint(upstream: Workload | Endpoint, where: string): Endpoint {
  if (upstream instanceof Endpoint) {
    if (upstream.protocol === 'http') return upstream;
    throw new Error(
      `${where}: port '${upstream.name}' of '${upstream.peer.peerName}' speaks ${upstream.protocol}, a route needs http; ` +
        'use edge.passthrough() for anything else',
    );
  }
  const [only, ...others] = upstream.allEndpoints.filter(({ protocol }) => protocol === 'http');
  if (only !== undefined && others.length === 0) return only;
  const names = [only, ...others].flatMap((endpoint) => (endpoint === undefined ? [] : [endpoint.name]));
  throw new Error(
    `${where}: '${upstream.peerName}' has ${names.length} http ports${names.length === 0 ? '' : ` (${names.join(', ')})`}, ` +
      'a route needs exactly one; pass the endpoint itself',
  );
}

/** `host:port` as a client of the endpoint's URL puts it into Host and signs it. */
export const authority = (url: Reference): string => new URL(url.text).host;

/** A route to an upstream, the class's options applied; what equals the proxy's default is left out. */
export function proxyRoute(
  path: string,
  upstream: Endpoint,
  options: RouteOptions,
  where: string,
): ProxyRouteConfig {
  if (options.stripPrefix === true && options.replacePrefix !== undefined) {
    throw new Error(`${where}: 'stripPrefix' and 'replacePrefix' exclude each other; give one`);
  }
  const replace = options.stripPrefix === true ? '/' : options.replacePrefix;
  if (replace !== undefined && !replace.startsWith('/')) {
    throw new Error(`${where}: replacePrefix '${replace}' must start with '/'`);
  }
  const traffic = options.class ?? 'browser';
  const settings = { ...trafficPresets[traffic], ...defined(options) };
  const timeouts = { ...trafficPresets[traffic].timeouts, ...options.timeouts };
  return {
    kind: 'proxy',
    path,
    exact: yes(options.exact),
    methods: options.methods,
    class: traffic,
    upstream: upstream.url(),
    upstreamHost:
      options.upstreamHost ?? (options.preserveHost === false ? authority(upstream.url()) : undefined),
    replacePrefix: replace,
    rawPath: yes(settings.byteExactPath),
    webSocket: yes(settings.webSocket),
    bodyLimitMi: settings.bodyLimitMi,
    timeouts: Object.keys(timeouts).length === 0 ? undefined : timeouts,
    buffering: settings.buffering === false ? false : undefined,
    responseHeaders: options.responseHeaders,
    cache: options.cache,
    cost: options.cost,
  };
}

/** A default of false, left out. */
export const yes = (value: boolean | undefined): true | undefined => (value === true ? true : undefined);

/** Without undefined values, so that spreading does not erase a preset. */
const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
