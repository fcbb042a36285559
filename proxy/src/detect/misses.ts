import * as at from './indices.js';
import type { RequestView } from './view.js';

/** Weights of misses are kept in quarters. */
const steps = 4;

/** What has to be known of a request when it is answered, in one number: hash of the path, user agent, weight of a miss. */
export function traceOf(pathHash: number, agent: number, weight: number): number {
  return (pathHash >>> 0) + (agent + Math.round(weight * steps) * 32) * 2 ** 32;
}

/** Hash of the path in a trace. */
export function pathOf(trace: number): number {
  return trace >>> 0;
}

/** User agent in a trace, 0 to 31. */
export function agentOf(trace: number): number {
  return Math.floor(trace / 2 ** 32) & 31;
}

/** Weight of a miss in a trace. */
export function weightOf(trace: number): number {
  return (Math.floor(trace / 2 ** 32) >>> 5) / steps;
}

/** What it would say of a client that a request leads nowhere: from 0 (nothing) to 2. */
export function missWeight(
  view: RequestView,
  x: Float32Array,
  isSuspicious: boolean,
  ownNames: boolean,
): number {
  if (view.signedIn || view.bot === 'verified') return 0;
  if (isSuspicious) return 2;
  // looking whether something is there is how these protocols work
  if (ownNames) return isPage(view) ? 0.5 : 0;
  if (isCustomary(view.path)) return 0.25;
  return x[at.adminWord] !== 0 || x[at.backupCopy] !== 0 ? 1.25 : 1;
}

/** Whether a request of a forge is for a page of it, rather than by a protocol. */
function isPage(view: RequestView): boolean {
  return (
    view.trafficClass === 'git' &&
    view.method === 'GET' &&
    !view.path.startsWith('/v2/') &&
    !view.path.includes('.git/')
  );
}

/** Paths that browsers and bots ask for of themselves, whether or not there is anything. */
export function isCustomary(path: string): boolean {
  return (
    path === '/favicon.ico' ||
    path === '/robots.txt' ||
    path === '/sitemap.xml' ||
    path === '/ads.txt' ||
    path === '/manifest.json' ||
    path === '/browserconfig.xml' ||
    path.startsWith('/apple-touch-icon') ||
    path.startsWith('/.well-known/') ||
    path.endsWith('.map')
  );
}
