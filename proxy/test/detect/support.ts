import { Detector, type DetectorOptions } from '../../src/detect/detector.js';
import { RequestView } from '../../src/detect/view.js';
import { weights } from '../../src/detect/weights.js';

/** A view of a browser's request for a target, on a route that exists. */
export function request(target: string, fields: Partial<RequestView> = {}): RequestView {
  const mark = target.indexOf('?');
  return Object.assign(new RequestView(), {
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    trafficClass: 'browser',
    routeFound: true,
    hostFound: true,
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
    accept: 'text/html',
    acceptLanguage: 'de',
    acceptEncoding: 'gzip',
    ...fields,
  });
}

/** A detector with the committed weights. */
export function detectorOf(options: Partial<DetectorOptions> = {}): Detector {
  return new Detector({ weights, ...options });
}

/** Score of a request from a client nobody knows. */
export function scoreOf(view: RequestView): number {
  return detectorOf({ clients: 8 }).judge(view, 1, 1, 0).score;
}
