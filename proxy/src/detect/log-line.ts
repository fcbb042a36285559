import type { RequestView, TrafficClass } from './view.js';

/** What a replay reads from a line of the access log. */
export interface LogLine {
  readonly id: string;
  /** Milliseconds since 1970, when the request came. */
  readonly time: number;
  readonly duration: number;
  readonly client: string;
  readonly status: number;
  readonly route: string;
  /** Verdict and score of the time, for comparison; '' and -1 when the line has none. */
  readonly verdict: string;
  readonly score: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

const classes: ReadonlySet<string> = new Set<TrafficClass>([
  'browser',
  'api',
  'caldav',
  'git',
  's3',
  'matrix',
  'websocket',
  'stream',
  'none',
]);

/** Reads a line; undefined for one that is not about a request (a head nobody could read, something else's log). */
export function readLine(text: string): LogLine | undefined {
  let fields: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    fields = parsed as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const { time, method, path, client_ip: client } = fields;
  if (typeof method !== 'string' || typeof path !== 'string' || typeof client !== 'string') return undefined;
  const start = typeof time === 'number' ? time : typeof time === 'string' ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(start)) return undefined;
  return {
    id: textOf(fields.request_id),
    time: start,
    duration: numberOf(fields.duration_ms, 0),
    client,
    status: numberOf(fields.status, 0),
    route: textOf(fields.route),
    verdict: textOf(fields.verdict),
    score: numberOf(fields.score, -1),
    fields,
  };
}

/** Fills a view from a line, as the live path does from a head. */
export function fillFromLine(view: RequestView, { fields, route, status }: LogLine): void {
  view.reset();
  const trafficClass = textOf(fields.class);
  view.method = textOf(fields.method);
  view.host = textOf(fields.host);
  view.path = textOf(fields.path);
  view.query = textOf(fields.query);
  view.trafficClass = classes.has(trafficClass) ? (trafficClass as TrafficClass) : 'none';
  view.routeFound = route !== '' && route !== 'none';
  view.hostFound = view.routeFound || status !== 421;
  view.protocol = textOf(fields.protocol) === '2' || fields.protocol === 2 ? 2 : 1;
  view.fieldCount = numberOf(fields.field_count, 0);
  view.userAgent = textOf(fields.user_agent);
  view.accept = textOf(fields.accept);
  view.acceptLanguage = textOf(fields.accept_language);
  view.acceptEncoding = textOf(fields.accept_encoding);
  view.referer = textOf(fields.referer);
  view.contentType = textOf(fields.content_type);
  view.contentLength = numberOf(fields.request_bytes, -1);
  view.hasBody = view.contentLength > 0;
  view.hasCookie = fields.has_cookie === true;
  view.hasAuthorization = fields.has_authorization === true;
  view.hasSecFetch = fields.has_sec_fetch === true;
  view.hasClientHints = fields.has_client_hints === true;
  view.signedIn = fields.signed_in === true;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}
