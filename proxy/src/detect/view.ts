import type { TrafficClass as RouteClass } from '../config/schema-routes.js';

/** What kind of client a route is for, as the configuration declares it; 'none' when no route was found. */
export type TrafficClass = RouteClass | 'none';

/** What is known of a client that says it is a search engine's bot; see `bots.ts`. */
export type BotStanding = 'none' | 'pending' | 'verified' | 'false';

/**
 * What the detector sees of one request. Reused: the owner fills every field for each request, or calls `reset` first.
 * The live path fills it from the parsed head, replay from a line of the access log, the trainer from rows of data: all
 * three meet the same code from here on.
 */
export class RequestView {
  method = 'GET';
  /** Host as asked for, without port, lower case. */
  host = '';
  /** Path of the target as sent, not decoded. */
  path = '/';
  /** Query as sent, without '?'; '' when there is none. */
  query = '';
  trafficClass: TrafficClass = 'none';
  /** Whether the route table has a route for the path. */
  routeFound = false;
  /** Whether the host is one of the box. */
  hostFound = false;
  protocol: 1 | 2 = 1;
  /** Number of header fields. */
  fieldCount = 0;
  userAgent = '';
  accept = '';
  acceptLanguage = '';
  acceptEncoding = '';
  referer = '';
  contentType = '';
  /** Bytes; -1 when the request does not say. */
  contentLength = -1;
  hasBody = false;
  hasCookie = false;
  hasAuthorization = false;
  hasSecFetch = false;
  hasClientHints = false;
  /** The edge itself validated the session. Nothing else a client sends cancels suspicion. */
  signedIn = false;
  /** What `BotVerifier` says of the client. */
  bot: BotStanding = 'none';

  /** Back to the defaults: a GET of '/' by nobody. */
  reset(): this {
    this.method = 'GET';
    this.host = '';
    this.path = '/';
    this.query = '';
    this.trafficClass = 'none';
    this.routeFound = false;
    this.hostFound = false;
    this.protocol = 1;
    this.fieldCount = 0;
    this.userAgent = '';
    this.accept = '';
    this.acceptLanguage = '';
    this.acceptEncoding = '';
    this.referer = '';
    this.contentType = '';
    this.contentLength = -1;
    this.hasBody = false;
    this.hasCookie = false;
    this.hasAuthorization = false;
    this.hasSecFetch = false;
    this.hasClientHints = false;
    this.signedIn = false;
    this.bot = 'none';
    return this;
  }
}
