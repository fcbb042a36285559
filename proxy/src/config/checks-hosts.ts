import type { Findings } from './problems.js';
import type { Config, RouteConfig } from './schema.js';

/** Names of hosts, and routes of a host that claim the same requests. */
export function checkHosts({ domain, hosts, sniPassthroughs }: Config, { problems }: Findings): void {
  const names = new Map<string, number>();
  for (const [h, { name, routes }] of hosts.entries()) {
    const place = ['hosts', h, 'name'];
    const label = name.endsWith(`.${domain}`) ? name.slice(0, -domain.length - 1) : undefined;
    if (name !== domain && (label === undefined || label.includes('.')))
      problems.push({
        place,
        message: `'${name}' must be '${domain}' or one label below it, such as 'docs.${domain}'`,
      });
    const before = names.get(name);
    if (before !== undefined)
      problems.push({
        place,
        message: `'${name}' is hosts[${before}] already; put the routes of both together`,
      });
    names.set(name, h);
    for (const [r, route] of routes.entries()) {
      const other = routes.slice(0, r).findIndex((candidate) => sameRequests(candidate, route));
      if (other >= 0)
        problems.push({
          place: ['hosts', h, 'routes', r, 'path'],
          message: `'${route.path}' of ${name} is taken by routes[${other}] for the same methods; give them different 'methods', or take one out`,
        });
    }
  }
  const passed = new Set<string>();
  for (const [i, { name }] of sniPassthroughs.entries()) {
    const place = ['sniPassthroughs', i, 'name'];
    const host = names.get(name);
    if (host !== undefined)
      problems.push({
        place,
        message: `'${name}' is hosts[${host}] too; its TLS is either ended here or passed on`,
      });
    if (passed.has(name)) problems.push({ place, message: `'${name}' stands twice; take one out` });
    passed.add(name);
  }
}

/** Whether two routes of one host would take the same requests, so that neither goes before the other. */
function sameRequests(a: RouteConfig, b: RouteConfig): boolean {
  if (a.path !== b.path || a.exact !== b.exact) return false;
  if (a.methods === undefined || b.methods === undefined) return a.methods === b.methods;
  return a.methods.some((method) => b.methods?.includes(method));
}
