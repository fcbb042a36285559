import { plain } from '../core/reference.js';
import type { HostConfig, RedirectRouteConfig } from './proxy-config.js';
import { takes } from './route.js';

interface Redirect {
  readonly host: string;
  readonly route: RedirectRouteConfig;
}

/** The redirect that answers a GET, when it is one that does. `hosts` have their routes in the proxy's order. */
function redirectAt(hosts: readonly HostConfig[], host: string, path: string): Redirect | undefined {
  const route = hosts
    .find(({ name }) => name === host)
    ?.routes.find((candidate) => takes(candidate, path) && (candidate.methods?.includes('GET') ?? true));
  return route?.kind === 'redirect' ? { host, route } : undefined;
}

/** Follows every redirect within the box. Returns a circle as the addresses a browser would visit, or nothing. */
export function redirectCircle(hosts: readonly HostConfig[]): string[] | undefined {
  for (const { name, routes } of hosts) {
    for (const start of routes) {
      if (start.kind !== 'redirect') continue;
      const seen = new Set<RedirectRouteConfig>();
      const trail = [`${name}${start.path}`];
      let at: Redirect | undefined = { host: name, route: start };
      while (at !== undefined) {
        if (seen.has(at.route)) return trail;
        seen.add(at.route);
        const to: URL = new URL(plain(at.route.to), `https://${at.host}`);
        trail.push(`${to.host}${to.pathname}`);
        at = redirectAt(hosts, to.host, to.pathname);
      }
    }
  }
  return undefined;
}
