import { checkPortNumber } from './checks-network.js';
import { patternProblem } from './patterns.js';
import type { Findings } from './problems.js';
import type { Config, MediaRouteConfig, RouteConfig, StaticRouteConfig } from './schema.js';
import type { Place } from './schema-lookup.js';

const printable = /^[\x20-\x7e]+$/;

/** Keys of a route that must fit each other, and what its values promise about the world. */
export function checkRoute(
  route: RouteConfig,
  place: Place,
  config: Config,
  found: Findings,
  exists: (path: string) => boolean,
): void {
  const { problems, warnings } = found;
  checkPaths(route, place, found);
  if (route.gate !== undefined && config.session === undefined)
    problems.push({
      place: [...place, 'gate'],
      message:
        "nobody could pass: 'session' does not say how somebody signed in is recognised; add it, or take the gate out",
    });
  if ('responseHeaders' in route) checkHeaders(route.responseHeaders, [...place, 'responseHeaders'], found);
  if ('upstream' in route) {
    const port = /:([0-9]+)$/.exec(route.upstream)?.[1];
    if (port !== undefined) checkPortNumber(Number(port), route.upstream, [...place, 'upstream'], found);
    if (!URL.canParse(route.upstream))
      problems.push({ place: [...place, 'upstream'], message: `'${route.upstream}' is not a URL` });
  }
  if ('authorize' in route && route.authorize !== undefined && !URL.canParse(route.authorize.url))
    problems.push({
      place: [...place, 'authorize', 'url'],
      message: `'${route.authorize.url}' is not a URL`,
    });
  if (route.kind === 'proxy' && route.origins !== undefined && !route.webSocket)
    warnings.push({
      place: [...place, 'origins'],
      message: "only tell who may open a WebSocket, and the route passes none; add 'webSocket: true'",
    });
  if (route.kind === 'media') checkMedia(route, place, found);
  if (route.kind === 'static') checkStatic(route, place, found, exists);
  if (route.kind === 'answer' && !printable.test(route.contentType))
    problems.push({ place: [...place, 'contentType'], message: 'must be printable ASCII on one line' });
  if (route.kind === 'redirect' && !printable.test(route.to))
    problems.push({ place: [...place, 'to'], message: 'must be ASCII; percent-encode everything else' });
}

function checkPaths(route: RouteConfig, place: Place, { problems }: Findings): void {
  for (const key of ['path', 'replacePrefix', 'strip', 'prepend'] as const) {
    const path: unknown = Reflect.get(route, key);
    if (typeof path !== 'string' || !/\/\/|\/\.{1,2}(\/|$)/.test(path)) continue;
    problems.push({
      place: [...place, key],
      message: `'${path}' has an empty, '.' or '..' segment, which no request has after it was read; write the path without`,
    });
  }
}

function checkHeaders(headers: Readonly<Record<string, string>>, place: Place, { problems }: Findings): void {
  const names = new Map<string, string>();
  for (const name of Object.keys(headers)) {
    const before = names.get(name.toLowerCase());
    if (before !== undefined)
      problems.push({ place: [...place, name], message: `is the same field as '${before}'; take one out` });
    names.set(name.toLowerCase(), name);
  }
}

function checkMedia({ path, strip, prepend }: MediaRouteConfig, place: Place, { problems }: Findings): void {
  if (!path.startsWith(strip))
    problems.push({
      place: [...place, 'strip'],
      message: `'${strip}' is not the beginning of the path '${path}', so that it could not be taken off`,
    });
  for (const [key, value] of Object.entries({ path, strip, prepend }))
    if (!value.endsWith('/'))
      problems.push({
        place: [...place, key],
        message: `'${value}' must end with a slash; write '${value}/'`,
      });
}

function checkStatic(
  { root, fallback, rewrites }: StaticRouteConfig,
  place: Place,
  { problems, warnings }: Findings,
  exists: (path: string) => boolean,
): void {
  if (!exists(root))
    warnings.push({
      place: [...place, 'root'],
      message: `folder '${root}' is not there: every file is a 404`,
    });
  if (fallback?.split('/').includes('..') === true)
    problems.push({
      place: [...place, 'fallback'],
      message: `'${fallback}' leaves the root; name a file below it`,
    });
  for (const [i, { pattern, target }] of rewrites.entries()) {
    const problem = patternProblem(pattern);
    if (problem !== undefined)
      problems.push({ place: [...place, 'rewrites', i, 'pattern'], message: problem });
    if (target.split('/').includes('..'))
      problems.push({
        place: [...place, 'rewrites', i, 'target'],
        message: `'${target}' leaves the root; name a file below it`,
      });
  }
}
