import { Decoder } from './decoder.js';
import * as at from './indices.js';
import { PathScanner } from './path-scanner.js';
import { PayloadScanner } from './payload-scanner.js';
import { requestFeatures } from './signals.js';
import type { RequestView, TrafficClass } from './view.js';
import { weighKeys } from './word-rules.js';

/** Routes whose paths are names users chose: keys of a bucket, files of a repository, identifiers of Matrix. */
export function hasOwnNames(trafficClass: TrafficClass): boolean {
  return (
    trafficClass === 's3' ||
    trafficClass === 'git' ||
    trafficClass === 'matrix' ||
    trafficClass === 'caldav' ||
    trafficClass === 'websocket'
  );
}

/** Methods of everyday HTTP; the others belong to certain routes only. */
const everyday = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** WebDAV (RFC 4918), CalDAV (RFC 4791), ACL and sync (RFC 3744, 6578). */
const dav = new Set([
  'PROPFIND',
  'PROPPATCH',
  'MKCOL',
  'MKCALENDAR',
  'REPORT',
  'COPY',
  'MOVE',
  'LOCK',
  'UNLOCK',
  'ACL',
  'SEARCH',
]);

/**
 * What one request says by itself: its path, its query, its method and its route. Header fields are left out on purpose:
 * whoever sends them chooses them (see `appearance.ts` for what little their absence adds).
 *
 * Every feature is evidence against the request, from 0 (none) to 1, and never takes anything back.
 */
export class FeatureExtractor {
  /** The features of the last request, in the order of `signalNames`. */
  readonly x = new Float32Array(requestFeatures);
  /** Hash of the last request's path, without its query. */
  pathHash = 0;
  readonly #path = new Decoder();
  readonly #query = new Decoder();
  readonly #paths = new PathScanner();
  readonly #payloads = new PayloadScanner();

  extract(view: RequestView): Float32Array {
    const { x } = this;
    x.fill(0);
    const path = this.#path;
    path.decode(view.path, false);
    this.pathHash = path.hash;
    const ownNames = hasOwnNames(view.trafficClass);
    if (ownNames ? standsAlone(view) : !view.path.startsWith('/.well-known/'))
      this.#paths.scan(path.bytes, path.length, x);
    if (path.special || path.hiddenDots > 0 || (ownNames && view.path.includes('..')))
      this.#payloads.scan(path.bytes, path.length, false, x);
    let hidden = path.hiddenDots;
    let doubled = path.doubled;
    let controls = path.controls;
    let breaks = path.breaks * 2;
    let broken = path.broken * 2;
    let raw = path.raw;
    if (view.query !== '') {
      const query = this.#query;
      query.decode(view.query, true);
      if (query.special) this.#payloads.scan(query.bytes, query.length, true, x);
      else weighKeys(query.bytes, query.length, x);
      // '?-d+…' speaks to an interpreter of CGI (CVE-2012-1823)
      if (query.bytes[0] === 0x2d) x[at.foreignParameter] = 0.5;
      hidden += x[at.traversal] === 0 ? 0 : query.hiddenDots;
      // addresses in parameters of addresses are honest, and encoded twice
      doubled += x[at.traversal] === 0 && x[at.markup] === 0 && x[at.sqlLogic] === 0 ? 0 : query.doubled;
      controls += query.controls;
      breaks += query.breaks;
      broken += query.broken;
      raw += query.raw;
    }
    if (x[at.traversal] !== 0 && hidden > 0) x[at.hiddenTraversal] = hidden > 1 ? 1 : 0.5;
    if (controls + breaks + broken + raw + doubled !== 0) {
      x[at.controlBytes] = controls;
      x[at.lineBreaks] = breaks * 0.25;
      x[at.brokenEncoding] = broken * 0.25;
      x[at.doubleEncoding] = doubled * 0.5;
      x[at.rawDelimiters] = (x[at.rawDelimiters] as number) + raw * 0.5;
    }
    const { method } = view;
    if (method !== 'GET' && !everyday.has(method) && !(dav.has(method) && view.trafficClass !== 'browser'))
      x[at.oddMethod] = dav.has(method) ? 0.5 : 1;
    if (!view.routeFound) x[at.unknownRoute] = view.hostFound ? 0.5 : 1;
    for (let i = 0; i < requestFeatures; i++) if ((x[i] as number) > 1) x[i] = 1;
    return x;
  }
}

/** Whether a path is one segment at the root, which no user names: /.env, /wp-login.php. Buckets' keys may be such. */
function standsAlone(view: RequestView): boolean {
  return view.trafficClass !== 's3' && view.path.indexOf('/', 1) < 0;
}
