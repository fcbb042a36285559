import type { Config } from '../config/schema.js';
import { answerOf, policiesOf } from './explain-policies.js';
import { Resolution, resolve } from './path-policy.js';
import { refusals } from './refusal.js';
import type { Route } from './route.js';
import { hostOf, type RouteTable } from './table.js';

/** A request somebody asks about. */
export interface Question {
  /** Absolute URL, its path as a client would send it; 'https://' may be left out. */
  readonly url: string;
  /** @default 'GET' */
  readonly method?: string;
  /** Fields by name in lower case; 'host' stands in for the URL's own. */
  readonly headers?: ReadonlyMap<string, string>;
}

/** A URL taken apart without any of the normalising that URL parsers do. */
export interface Target {
  readonly secure: boolean;
  readonly authority: string;
  readonly path: string;
  /** With its question mark; empty without one. */
  readonly query: string;
}

/** What would become of a request. */
export interface Explanation {
  /** Status the proxy itself would answer with; 0 when the request goes on to a route. */
  readonly status: number;
  readonly route: Route | undefined;
  /** Name and text of each step, in the order in which they happen; a name is empty where a step goes on. */
  readonly rows: readonly (readonly [string, string])[];
}

/**
 * Takes a URL apart.
 * @throws TypeError when there is no host in it
 */
export function targetOf(url: string): Target {
  const parts = /^(?:(https?):\/\/)?((?!https?:)[^/?#\s]+)([^?#\s]*)(\?[^#\s]*)?(#.*)?$/i.exec(url);
  if (parts === null)
    throw new TypeError(`'${url}' is not a URL; write one such as https://docs.example.org/api/x?y=1`);
  const [, scheme = 'https', authority = '', path = '', query = ''] = parts;
  return { secure: scheme.toLowerCase() === 'https', authority, path: path === '' ? '/' : path, query };
}

/** Says which route a request would take, why this one, what it has to pass, and what the upstream would be asked. */
export function explain(config: Config, table: RouteTable, question: Question): Explanation {
  const method = question.method ?? 'GET';
  const headers = question.headers ?? new Map<string, string>();
  const target = targetOf(question.url);
  const authority = headers.get('host') ?? target.authority;
  const rows: [string, string][] = [['host', hostOf(authority)]];
  const found = new Resolution();
  resolve(table, authority, method, target.path, found);
  if (found.status === 421) {
    rows.push(['answer', `421: no such host; there are ${[...table.hosts.keys()].join(', ')}`]);
    return { status: 421, route: undefined, rows };
  }
  rows.push(['method', method], ['path', pathText(target.path, found)]);
  if (!target.secure && !target.path.startsWith('/.well-known/acme-challenge/')) {
    rows.push(['answer', `redirected to ${secureUrl(config, authority, target)}`]);
    return { status: method === 'GET' || method === 'HEAD' ? 301 : 308, route: undefined, rows };
  }
  if (found.status !== 0) {
    rows.push(['answer', missText(found)]);
    if (found.status !== 400) rows.push(...others(table, authority, method, found));
    return { status: found.status, route: undefined, rows };
  }
  const route = found.route as Route;
  rows.push([
    'route',
    `${route.name} (${route.kind}${route.config.kind === 'proxy' ? `, class ${route.trafficClass}` : ''}): ${reason(route, found.path)}`,
  ]);
  rows.push(...others(table, authority, method, found));
  const policies = policiesOf(config, route, { method, headers, target });
  rows.push(...policies.rows);
  if (policies.status !== 0) return { status: policies.status, route, rows };
  rows.push(...answerOf(config, route, { method, target, authority, upstreamPath: found.upstreamPath }));
  return { status: 0, route, rows };
}

function pathText(raw: string, { path, status }: Resolution): string {
  if (path === raw || status === 400) return raw;
  return `${path}, which is ${raw} with dot segments, slashes and needless escapes resolved`;
}

function missText({ status, refusal, allow }: Resolution): string {
  if (status === 400) return `400: ${refusals[refusal]}`;
  if (status === 405) return `405: no route takes this method here; Allow: ${allow}`;
  return '404: no route takes this path';
}

function reason(route: Route, path: string): string {
  const what = route.exact
    ? 'the path itself'
    : path === route.path
      ? 'its path'
      : `what is below '${route.path}'`;
  return `takes ${what}${route.methods === undefined ? '' : ` for ${[...route.methods].join(', ')}`}`;
}

/** Why the other routes of the host do not get the request. */
function others(table: RouteTable, authority: string, method: string, found: Resolution): [string, string][] {
  const winner = found.status === 0 ? found.route : undefined;
  return (table.host(authority)?.routes ?? [])
    .filter((route) => route !== winner)
    .map((route, i) => [
      i === 0 ? 'others' : '',
      `${route.name}: ${loss(route, method, found.path, winner)}`,
    ]);
}

function loss(route: Route, method: string, path: string, winner: Route | undefined): string {
  if (!route.takes(path)) {
    if (route.exact && path.startsWith(route.path)) return 'takes only the path itself';
    return `${path}/` === route.path ? 'takes only what is below' : 'another path';
  }
  if (route.methods !== undefined && !route.methods.has(method))
    return `only ${[...route.methods].join(', ')}`;
  if (winner === undefined || winner.path.length > route.path.length) return 'a shorter path';
  return winner.exact && !route.exact ? 'not exact' : 'for all methods';
}

function secureUrl({ listeners }: Config, authority: string, { path, query }: Target): string {
  const port = listeners.publicHttps === 443 ? '' : `:${listeners.publicHttps}`;
  return `https://${hostOf(authority)}${port}${path}${query}`;
}
