import { parse } from 'yaml';
import type { Manifest } from '../core/manifest.js';
import { sourcesOf } from './pod-references.js';
import type { PodView } from './pod-view.js';
import { type Data, data, isData, rows, text, texts } from './read.js';
import type { Tree } from './tree.js';

export interface RouteView {
  readonly host: string;
  readonly kind: string;
  readonly path: string;
  readonly isExact: boolean;
  readonly methods: readonly string[] | undefined;
  readonly config: Data;
}

/** The edge proxy's configuration, as `proxy/schema/config.schema.json` describes it. */
export interface ProxyView {
  readonly origin: Manifest;
  readonly config: Data;
  readonly domain: string;
  readonly hosts: readonly string[];
  readonly routes: readonly RouteView[];
  /** Names of the Secrets with its certificates. */
  readonly certificates: readonly string[];
  /** Pods that read it. */
  readonly pods: readonly PodView[];
}

/** Where the configuration stands. */
export const proxyConfigName = { namespace: 'ingress', name: 'proxy-config' };

/** The proxy's configuration; undefined when the tree has none that can be read. */
export function proxyOf(tree: Tree): ProxyView | undefined {
  const { namespace, name } = proxyConfigName;
  const origin = tree.get('ConfigMap', name, namespace);
  if (origin === undefined) return undefined;
  // JSON is YAML too
  const config = Object.values(data(origin, 'data'))
    .map((content) => parseOrNothing(String(content)))
    .find((content) => isData(content) && Array.isArray(content.hosts));
  if (!isData(config)) return undefined;
  return {
    origin,
    config,
    domain: text(config, 'domain') ?? '',
    hosts: rows(config, 'hosts').flatMap((host) => text(host, 'name') ?? []),
    routes: rows(config, 'hosts').flatMap((host) =>
      rows(host, 'routes').map((route) => ({
        host: text(host, 'name') ?? '',
        kind: text(route, 'kind') ?? 'proxy',
        path: text(route, 'path') ?? '',
        isExact: route.exact === true,
        methods: Array.isArray(route.methods) ? texts(route, 'methods') : undefined,
        config: route,
      })),
    ),
    certificates: texts(config, 'tls', 'secrets'),
    pods: tree.ownPods.filter(
      (pod) =>
        pod.namespace === namespace &&
        rows(pod.spec, 'volumes').some((volume) =>
          sourcesOf(volume).some((source) => source.kind === 'ConfigMap' && source.name === name),
        ),
    ),
  };
}

function parseOrNothing(content: string): unknown {
  try {
    return parse(content);
  } catch {
    return undefined;
  }
}

/**
 * The route that answers a path, by the proxy's order: the longest path, whole segments only.
 * @param method of the request
 */
export function routeFor(
  proxy: ProxyView,
  host: string,
  path: string,
  method = 'GET',
): RouteView | undefined {
  return proxy.routes
    .filter((route) => route.host === host && takes(route, path) && (route.methods?.includes(method) ?? true))
    .sort((a, b) => b.path.length - a.path.length || Number(b.isExact) - Number(a.isExact))[0];
}

function takes({ path, isExact }: RouteView, candidate: string): boolean {
  if (candidate === path) return true;
  return !isExact && candidate.startsWith(path.endsWith('/') ? path : `${path}/`);
}
