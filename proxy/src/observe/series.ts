import type { ErrorCode } from '../core/errors.js';
import type { Route } from '../routing/route.js';
import { methodLabels, statusLabels } from './labels.js';

/** Upper bounds of the histogram of durations in seconds, those of the original. */
export const durationBounds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

const bounds = Float64Array.from(durationBounds, (seconds) => seconds * 1000);
const statuses = statusLabels.length;

/** What is counted of one route. Fixed memory: 15 KB. */
export class RouteSeries {
  /** Requests by method and status: `method * statusLabels.length + status`. */
  readonly requests = new Float64Array(methodLabels.length * statuses);
  /** Requests by duration; the last bucket is for those slower than every bound. Not cumulative. */
  readonly buckets = new Float64Array(bounds.length + 1);
  /** Sum of the durations in ms. */
  durations = 0;
  requestBytes = 0;
  responseBytes = 0;
  /** Upgraded connections that have ended. They are in no bucket: they last as long as people stay. */
  tunnels = 0;
  /** Requests that failed, by code. */
  readonly errors = new Map<ErrorCode, number>();

  /** @param name of the route, or 'none' */
  constructor(readonly name: string) {}

  /** Counts a request by the indices of `labels.ts`. */
  count(method: number, status: number): void {
    const at = method * statuses + status;
    this.requests[at] = (this.requests[at] as number) + 1;
  }

  /** Counts how long a request took. */
  took(ms: number): void {
    let at = 0;
    while (at < bounds.length && ms > (bounds[at] as number)) at++;
    this.buckets[at] = (this.buckets[at] as number) + 1;
    this.durations += ms;
  }

  /** Counts a failure. */
  failed(code: ErrorCode): void {
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  }

  /** All requests. */
  get total(): number {
    let sum = 0;
    for (const count of this.requests) sum += count;
    return sum;
  }

  /** Requests with a status from `from` to before `to`; those without an answer have status 0. */
  answered(from: number, to: number): number {
    let sum = 0;
    for (const [i, count] of this.requests.entries()) {
      const status = Number.parseInt(statusLabels[i % statuses] as string, 10);
      // '4xx' stands for the codes that have no series of their own
      const code = status > 0 && status < 10 ? status * 100 : status;
      if (code >= from && code < to) sum += count;
    }
    return sum;
  }
}

/** Series of routes no longer there that are kept; more are forgotten, the oldest first. */
const keptLimit = 1000;

/**
 * The series of all routes, found by route. A new table gives its routes other ids and often the same names: what was
 * counted belongs to the name and goes on. Requests still under way with a route of the old table are counted as well.
 */
export class SeriesTable {
  /** For requests without a route: unknown hosts and paths. */
  readonly none = new RouteSeries('none');
  private readonly byName = new Map<string, RouteSeries>();
  private readonly routes: Route[] = [];
  private readonly byId: RouteSeries[] = [];

  /** Takes over the routes of a new table. */
  adopt(routes: readonly Route[]): void {
    this.routes.length = this.byId.length = 0;
    for (const route of routes) {
      this.routes[route.id] = route;
      this.byId[route.id] = this.named(route.name);
    }
    const names = new Set(routes.map(({ name }) => name));
    for (const name of this.byName.keys()) {
      if (this.byName.size <= names.size + keptLimit) break;
      if (!names.has(name)) this.byName.delete(name);
    }
  }

  /** The series of a route. */
  of(route: Route | undefined): RouteSeries {
    if (route === undefined) return this.none;
    return this.routes[route.id] === route ? (this.byId[route.id] as RouteSeries) : this.named(route.name);
  }

  /** All of them, 'none' first. */
  *[Symbol.iterator](): IterableIterator<RouteSeries> {
    yield this.none;
    yield* this.byName.values();
  }

  private named(name: string): RouteSeries {
    let series = this.byName.get(name);
    if (series === undefined) {
      series = new RouteSeries(name);
      this.byName.set(name, series);
    }
    return series;
  }
}
