import { climbs, hasDotSegment, otherReadings } from './other-readings.js';
import { PathReading, readPath } from './path-reading.js';
import { Refusal, type RefusalCode } from './refusal.js';
import type { Route } from './route.js';
import type { HostRoutes, RouteTable } from './table.js';

/** Where a request goes. One instance is used over and over; read it before the next call. */
export class Resolution {
  /** 0: to `route`; 400 refused, see `refusal`; 404 no route; 405 not with this method, see `allow`; 421 no such host. */
  status: 0 | 400 | 404 | 405 | 421 = 404;
  /** Set with status 0, and with 400 where a route would have taken the path. */
  route: Route | undefined = undefined;
  /** The path that was matched; the one and only string that goes on. */
  path = '';
  /** The same with the route's prefix replaced: what the upstream is asked for. */
  upstreamPath = '';
  /** Value of Allow with status 405. */
  allow = '';
  /** Why, with status 400; `refusals` has the words. */
  refusal: RefusalCode = Refusal.none;
}

const reading = new PathReading();

/**
 * Finds the route of a request and the path it gets. What is matched is what is forwarded: the canonical path, or on
 * routes with `rawPath` the path as it came, provided that both lie on the same route. A path that a more generous
 * reader would find on another route is refused (400), so that no gate can be walked around.
 *
 * @param table routes
 * @param host Host or :authority, as it came
 * @param method in capitals
 * @param rawPath path of the target as it came, without the query
 * @param out filled in
 */
export function resolve(
  table: RouteTable,
  host: string,
  method: string,
  rawPath: string,
  out: Resolution,
): void {
  out.route = undefined;
  out.path = rawPath;
  out.upstreamPath = '';
  out.allow = '';
  out.refusal = Refusal.none;
  const routes = table.host(host);
  if (routes === undefined) {
    out.status = 421;
    return;
  }
  readPath(rawPath, reading);
  if (reading.fatal !== Refusal.none) {
    refuse(out, reading.fatal);
    return;
  }
  const route = routes.find(method, reading.path);
  if (route === undefined) {
    out.path = reading.path;
    out.allow = routes.allow(reading.path);
    out.status = out.allow === '' ? 404 : 405;
    return;
  }
  out.route = route;
  out.path = route.rawPath ? rawPath : reading.path;
  if (reading.path !== rawPath || reading.ambiguous || reading.cooked !== Refusal.none) {
    const refusal = judge(routes, route, method, rawPath);
    if (refusal !== Refusal.none) {
      refuse(out, refusal);
      return;
    }
  }
  out.upstreamPath = route.upstreamPath(out.path);
  out.status = 0;
}

/** Whether a path that is not plain may go to the route that its canonical reading is on. */
function judge(routes: HostRoutes, route: Route, method: string, rawPath: string): RefusalCode {
  if (reading.parameters && route.gated) return Refusal.parameter;
  if (route.rawPath) {
    if (routes.find(method, rawPath) !== route) return Refusal.ambiguous;
    // an upstream that is asked for //name could take it for a host
    if (route.upstreamPath(rawPath).startsWith('//') && !rawPath.startsWith('//')) return Refusal.ambiguous;
    if (climbs(rawPath.slice(route.path.length))) return Refusal.dots;
  } else if (reading.cooked !== Refusal.none) return reading.cooked;
  if (!reading.ambiguous) return Refusal.none;
  const others = otherReadings(rawPath);
  if (others === undefined) return Refusal.ambiguous;
  for (const other of others) {
    if (hasDotSegment(other)) return Refusal.dots;
    if (routes.find(method, other) !== route) return Refusal.ambiguous;
  }
  return Refusal.none;
}

function refuse(out: Resolution, refusal: RefusalCode): void {
  out.status = 400;
  out.refusal = refusal;
}
