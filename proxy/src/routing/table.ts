import type { Config } from '../config/schema.js';
import { Route } from './route.js';

/** The routes of one host, in the order in which they are tried. */
export class HostRoutes {
  /** Host in lower case. */
  readonly name: string;
  readonly routes: readonly Route[];
  // a character of each route's path that tells it from most others, and where it stands: looked at before the rest
  readonly #tails: Int32Array;
  readonly #codes: Int32Array;

  constructor(name: string, routes: readonly Route[]) {
    this.name = name;
    this.routes = [...routes].sort(byPrecedence);
    this.#tails = Int32Array.from(this.routes, ({ path }) => path.length - 1);
    this.#codes = Int32Array.from(this.routes, ({ path }) => path.charCodeAt(path.length - 1));
  }

  /** The route for a request, or undefined when there is none; nothing is allocated. */
  find(method: string, path: string): Route | undefined {
    const routes = this.routes;
    const tails = this.#tails;
    const codes = this.#codes;
    for (let i = 0; i < routes.length; i++) {
      const tail = tails[i] as number;
      if (tail >= path.length || path.charCodeAt(tail) !== codes[i]) continue;
      const route = routes[i] as Route;
      if (route.takes(path) && (route.methods === undefined || route.methods.has(method))) return route;
    }
    return undefined;
  }

  /** Methods for which the path has a route, as Allow lists them; empty: for none. */
  allow(path: string): string {
    const methods = new Set<string>();
    for (const route of this.routes)
      if (route.methods !== undefined && route.takes(path))
        for (const name of route.methods) methods.add(name);
    return [...methods].join(', ');
  }
}

/** All routes of a configuration. A change of the configuration makes a new table; one reference is swapped. */
export class RouteTable {
  /** All routes; `routes[i].id === i`. */
  readonly routes: readonly Route[];
  /** Hosts by name. */
  readonly hosts: ReadonlyMap<string, HostRoutes>;

  private constructor(routes: readonly Route[], hosts: ReadonlyMap<string, HostRoutes>) {
    this.routes = routes;
    this.hosts = hosts;
  }

  /** Compiles the hosts of a configuration that has been validated. */
  static compile(config: Pick<Config, 'hosts'>): RouteTable {
    const routes: Route[] = [];
    const hosts = new Map<string, HostRoutes>();
    for (const { name, routes: configs } of config.hosts) {
      const own = configs.map((route, i) => new Route(routes.length + i, name, route));
      routes.push(...own);
      hosts.set(name, new HostRoutes(name, own));
    }
    return new RouteTable(routes, hosts);
  }

  /** The routes of a host as Host or :authority names it: in any case, with or without a port and a final dot. */
  host(authority: string): HostRoutes | undefined {
    return this.hosts.get(authority) ?? this.hosts.get(hostOf(authority));
  }
}

/** The host of an authority: in lower case, without port and final dot (RFC 9110 4.2.3, RFC 3986 3.2.2). */
export function hostOf(authority: string): string {
  const colon = authority.indexOf(':');
  let end = colon < 0 ? authority.length : colon;
  if (end > 0 && authority.charCodeAt(end - 1) === 0x2e) end--;
  return authority.slice(0, end).toLowerCase();
}

/** Longest path first; of equal ones exact before prefix, then some methods before all. */
function byPrecedence(a: Route, b: Route): number {
  return (
    b.path.length - a.path.length ||
    Number(b.exact) - Number(a.exact) ||
    Number(b.methods !== undefined) - Number(a.methods !== undefined)
  );
}
