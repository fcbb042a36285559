import type { Text } from '../core/reference.js';
import type { TileGroup } from './portal.js';
import type { TrafficClass } from './traffic.js';

/*
 * The proxy's configuration, type by type as `proxy/schema/config.schema.json` describes it; meaning, units and
 * defaults stand there. Type aliases, because only these can be written into a ConfigFile.
 */

export type HeadersConfig = { readonly [name: string]: Text };

export type TimeoutsConfig = {
  readonly connect?: number | undefined;
  readonly response?: number | undefined;
  readonly idle?: number | undefined;
  readonly tunnel?: number | undefined;
};

export type GateConfig = { readonly groups?: readonly string[] | undefined };

/** What every route has. */
export type MatchConfig = {
  readonly path: string;
  readonly exact?: true | undefined;
  readonly methods?: readonly string[] | undefined;
  readonly gate?: GateConfig | undefined;
};

export type ProxyRouteConfig = MatchConfig & {
  readonly kind: 'proxy';
  readonly class: TrafficClass;
  readonly upstream: Text;
  readonly upstreamHost?: Text | undefined;
  readonly replacePrefix?: string | undefined;
  readonly rawPath?: true | undefined;
  readonly webSocket?: true | undefined;
  readonly bodyLimitMi?: number | 'unlimited' | undefined;
  readonly timeouts?: TimeoutsConfig | undefined;
  readonly buffering?: false | undefined;
  readonly responseHeaders?: HeadersConfig | undefined;
  readonly cache?: { readonly seconds: number; readonly maxObjectMi?: number | undefined } | undefined;
  readonly cost?: number | undefined;
};

export type MediaRouteConfig = MatchConfig & {
  readonly kind: 'media';
  readonly upstream: Text;
  readonly upstreamHost: Text;
  readonly strip: string;
  readonly prepend: string;
  readonly rawPath: true;
  readonly authorize: { readonly url: Text; readonly captureHeaders: readonly string[] };
  readonly responseHeaders: HeadersConfig;
};

export type StaticRouteConfig = MatchConfig & {
  readonly kind: 'static';
  readonly root: string;
  readonly fallback?: string | undefined;
  readonly rewrites?: readonly { readonly pattern: string; readonly target: string }[] | undefined;
  readonly responseHeaders?: HeadersConfig | undefined;
};

export type RedirectRouteConfig = MatchConfig & {
  readonly kind: 'redirect';
  readonly to: Text;
  readonly status: 301 | 302 | 303 | 307 | 308;
  readonly keepPath?: true | undefined;
};

export type AnswerRouteConfig = MatchConfig & {
  readonly kind: 'answer';
  readonly status: number;
  readonly contentType: string;
  readonly body: Text;
  readonly responseHeaders?: HeadersConfig | undefined;
};

export type DenyRouteConfig = MatchConfig & { readonly kind: 'deny'; readonly status: 403 | 404 };
export type PortalRouteConfig = MatchConfig & { readonly kind: 'portal' };

export type RouteConfig =
  | ProxyRouteConfig
  | MediaRouteConfig
  | StaticRouteConfig
  | RedirectRouteConfig
  | AnswerRouteConfig
  | DenyRouteConfig
  | PortalRouteConfig;

export type HostConfig = { readonly name: string; readonly routes: readonly RouteConfig[] };

export type SessionConfig = {
  readonly whoami: Text;
  readonly signIn: Text;
  readonly returnParameter: string;
  readonly cookies: readonly string[];
  readonly groups: string;
  readonly cacheSeconds: number;
};

export type BucketConfig = { readonly burst: number; readonly perSecond: number };

export type TileConfig = {
  readonly title: string;
  readonly url: Text;
  readonly description?: string | undefined;
  readonly group: TileGroup;
};

export type PortalConfig = {
  readonly brand: {
    readonly name: string;
    readonly primary: string;
    readonly accent: string;
    readonly logo?: string | undefined;
  };
  readonly tiles: readonly TileConfig[];
};

export type PassthroughConfig = {
  readonly name: string;
  readonly port: number;
  readonly upstream: Text;
  readonly proxyProtocol?: 'v2' | undefined;
};

/** How the proxy treats requests it takes for attacks. */
export type DetectionMode = 'off' | 'observe' | 'enforce';

export type ProxyConfig = {
  readonly version: 1;
  readonly domain: string;
  readonly kubernetes: {
    readonly namespace: string;
    readonly configMap: string;
    readonly configKey: string;
  };
  readonly listeners: { readonly http: number; readonly https: number; readonly admin: number };
  readonly tls: { readonly secrets: readonly string[] };
  readonly acme?: { readonly ingressClass: string } | undefined;
  readonly peers: { readonly forwarding: readonly string[]; readonly unlimited: readonly string[] };
  readonly limits: {
    readonly signedIn: BucketConfig;
    readonly strangers: BucketConfig;
    readonly address: BucketConfig;
    readonly connectionsPerAddress: number;
  };
  readonly detection: { readonly mode: DetectionMode };
  readonly hsts?: { readonly maxAge: number } | undefined;
  readonly session?: SessionConfig | undefined;
  readonly hosts: readonly HostConfig[];
  readonly portal: PortalConfig;
  readonly passthroughs: readonly PassthroughConfig[];
};
