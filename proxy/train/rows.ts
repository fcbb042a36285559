import { RequestView, type TrafficClass } from '../src/detect/view.js';

/** One request of training or test. */
export interface Row {
  readonly method: string;
  /** Target: path, and query after '?'. */
  readonly target: string;
  readonly trafficClass: TrafficClass;
  readonly attack: boolean;
  /** Data set. */
  readonly source: string;
  /** What must not be torn apart between training and test: a site, a client, a family of probes. */
  readonly group: string;
  /** Status of the answer; 0 when not known. */
  readonly status: number;
  /** Milliseconds; 0 when not known. */
  readonly time: number;
  /** Fields that came with it; absent in most data sets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signedIn?: boolean;
  readonly routeFound?: boolean;
  readonly hostFound?: boolean;
}

/** Fills a view from a row, as the live path does from a head. */
export function fill(view: RequestView, row: Row): RequestView {
  view.reset();
  const mark = row.target.indexOf('?');
  view.method = row.method;
  view.path = mark < 0 ? row.target : row.target.slice(0, mark);
  view.query = mark < 0 ? '' : row.target.slice(mark + 1);
  view.trafficClass = row.trafficClass;
  view.routeFound = row.routeFound ?? true;
  view.hostFound = row.hostFound ?? true;
  view.signedIn = row.signedIn ?? false;
  const { headers } = row;
  view.userAgent = headers['user-agent'] ?? '';
  view.accept = headers.accept ?? '';
  view.acceptLanguage = headers['accept-language'] ?? '';
  view.acceptEncoding = headers['accept-encoding'] ?? '';
  view.referer = headers.referer ?? '';
  view.contentType = headers['content-type'] ?? '';
  view.hasCookie = headers.cookie !== undefined;
  view.hasAuthorization = headers.authorization !== undefined;
  view.hasSecFetch = headers['sec-fetch-mode'] !== undefined;
  view.hasClientHints = headers['sec-ch-ua'] !== undefined;
  return view;
}
