import { RouteTable } from '../routing/table.js';
import type { Findings } from './problems.js';
import type { Config, HostConfig } from './schema.js';

/** Redirects that lead in a circle, and a sign-in page behind the gate that leads to it. */
export function checkRedirects(config: Config, { problems }: Findings): void {
  const table = RouteTable.compile({ hosts: compilable(config.hosts) });
  for (const [h, host] of config.hosts.entries())
    for (const [r, route] of host.routes.entries()) {
      if (route.kind !== 'redirect') continue;
      const method = route.methods?.[0] ?? 'GET';
      const below = route.exact ? route.path : `${route.path.replace(/\/$/, '')}/x`;
      const circle = [route.path, below]
        .map((path) => follow(table, `https://${host.name}${path}`, method))
        .find((hops) => hops !== undefined);
      if (circle !== undefined)
        problems.push({
          place: ['hosts', h, 'routes', r, 'to'],
          message: `leads in a circle: ${circle.join(' → ')}; send it to a path that is no redirect`,
        });
    }
  const signIn = config.session === undefined ? undefined : locate(table, config.session.signIn, 'GET');
  if (signIn?.route?.gated === true)
    problems.push({
      place: ['session', 'signIn'],
      message: `'${config.session?.signIn}' is behind the gate of ${signIn.route.name}: nobody could sign in; lift it there`,
    });
}

/**
 * What matters here and compiles even where something else is wrong: of a host that stands twice the first, and no
 * upstreams, which are looked at elsewhere.
 */
const compilable = (hosts: readonly HostConfig[]): HostConfig[] =>
  hosts
    .filter(({ name }, i) => hosts.findIndex((other) => other.name === name) === i)
    .map(({ name, routes }) => ({
      name,
      routes: routes.map((route) =>
        'upstream' in route ? { ...route, upstream: 'http://none.invalid' } : route,
      ),
    }));

function locate(table: RouteTable, address: string, method: string) {
  if (!URL.canParse(address)) return undefined;
  // with a port of its own it is somebody else's
  const { host, port, pathname } = new URL(address);
  const routes = port === '' ? table.host(host) : undefined;
  return { route: routes?.find(method, pathname), host, pathname };
}

/** The addresses a client would be sent through when they never end; undefined when they do. */
function follow(table: RouteTable, start: string, method: string): string[] | undefined {
  const hops = [start];
  let address = start;
  // redirects that add to the path never meet an address twice: more hops than routes are a circle too
  for (let hop = 0; hop <= table.routes.length; hop++) {
    const found = locate(table, address, method);
    if (found?.route?.config.kind !== 'redirect') return undefined;
    const { to, keepPath, path } = found.route.config;
    const rest = keepPath ? found.pathname.slice(path.length).replace(/^\//, '') : '';
    const base = keepPath && rest !== '' && !to.endsWith('/') ? `${to}/` : to;
    const next = `${base}${rest}`;
    address = next.startsWith('/') ? `https://${found.host}${next}` : next;
    const seen = hops.includes(address);
    hops.push(address);
    if (seen) return hops;
  }
  return hops.slice(0, 4).concat('…');
}
