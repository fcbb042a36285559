import type { BucketConfig, Config } from '../config/schema.js';
import type { Target } from './explain.js';
import type { Route } from './route.js';

type Row = [string, string];

interface Asked {
  readonly method: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly target: Target;
}

/** What a request has to pass on a route, in order. `status` is set when it surely would not. */
export function policiesOf(config: Config, route: Route, asked: Asked): { status: number; rows: Row[] } {
  const rows: Row[] = [
    ['limits', limitsText(config, route)],
    ['detector', detectorText(config, route)],
  ];
  const { kind } = route.config;
  if (kind === 'deny') {
    rows.push(['answer', `${route.config.status}: refused for everybody`]);
    return { status: route.config.status, rows };
  }
  rows.push(['gate', gateText(config, route, asked)]);
  if (route.authorize !== undefined) rows.push(['authorize', authorizeText(route)]);
  const refusal = refusalOf(route, asked);
  if (refusal === undefined) return { status: 0, rows };
  rows.push(['answer', `${refusal[0]}: ${refusal[1]}`]);
  return { status: refusal[0], rows };
}

interface Asking {
  readonly method: string;
  readonly target: Target;
  readonly authority: string;
  readonly upstreamPath: string;
}

/** What is asked of the upstream, or what the proxy answers itself. */
export function answerOf(config: Config, route: Route, asking: Asking): Row[] {
  const { target, authority, method } = asking;
  const rows: Row[] = [];
  const own = route.config;
  if (own.kind === 'proxy' || own.kind === 'media') {
    const query = own.kind === 'media' ? '' : target.query;
    rows.push(['upstream', `${route.upstream}, Host ${route.upstreamHost || authority}`]);
    rows.push(['asks for', `${own.kind === 'media' ? 'GET' : method} ${asking.upstreamPath}${query}`]);
    if (own.kind === 'proxy') rows.push(['patience', patience(route)], ['body', bodyText(route)]);
  } else if (own.kind === 'redirect') {
    const rest = own.keepPath ? ` followed by what is below '${route.path}'` : '';
    rows.push(['answer', `${own.status} to ${own.to}${rest}`]);
  } else if (own.kind === 'answer')
    rows.push(['answer', `${own.status}, ${own.contentType}: ${own.body.slice(0, 100)}`]);
  else if (own.kind === 'static') {
    const fallback = own.fallback === undefined ? '404' : own.fallback;
    rows.push(['answer', `a file below ${own.root}; when there is none, ${fallback}`]);
  } else
    rows.push(['answer', `the page of ${config.portal.brand.name} with ${config.portal.tiles.length} tiles`]);
  for (const [i, field] of route.headerFragment.split('\r\n').filter(Boolean).entries())
    rows.push([i === 0 ? 'sets' : '', field]);
  if (config.hsts !== undefined)
    rows.push([
      route.headerFragment === '' ? 'sets' : '',
      `Strict-Transport-Security: max-age=${config.hsts.maxAge}`,
    ]);
  return rows;
}

const bucketText = ({ burst, perSecond }: BucketConfig) => `${burst} at once and ${perSecond} per second`;

function limitsText({ limits }: Config, route: Route): string {
  const own = route.limit === undefined ? '' : `; this route ${bucketText(route.limit)}`;
  return (
    `${bucketText(limits.signedIn)} signed in, ${bucketText(limits.strangers)} for a stranger, ` +
    `${bucketText(limits.address)} for an address${own}; takes ${route.cost}`
  );
}

function detectorText({ detection }: Config, route: Route): string {
  if (detection.mode === 'off') return 'off';
  const { mode, limitAt, refuseAt } = detection;
  return `${mode}: judged as class ${route.trafficClass}, limited from ${limitAt}, refused from ${refuseAt}`;
}

function gateText(config: Config, route: Route, { method, headers, target }: Asked): string {
  if (!route.gated) return 'none';
  const who =
    route.gateGroups === undefined ? 'who is signed in' : `members of ${route.gateGroups.join(' or ')}`;
  const page = (method === 'GET' || method === 'HEAD') && /text\/html/i.test(headers.get('accept') ?? '');
  const session = config.session;
  if (!page || session === undefined)
    return `only ${who}; a stranger gets 401, or the sign-in page when a page is asked for`;
  const back = `https://${route.host}${target.path}${target.query}`;
  return `only ${who}; a stranger is sent to ${session.signIn}?${session.returnParameter}=${encodeURIComponent(back)}`;
}

function authorizeText({ authorize }: Route): string {
  const captured = authorize?.captureHeaders.join(', ') || 'nothing';
  const kept = authorize?.cacheMs ? `, believed for ${authorize.cacheMs / 1000} s` : '';
  return `asks ${authorize?.url}, passes on ${captured}${kept}`;
}

/** What the request itself shows to be refused. */
function refusalOf(route: Route, { method, headers }: Asked): [number, string] | undefined {
  const { kind } = route;
  const reads = method === 'GET' || method === 'HEAD';
  if (!reads && kind !== 'proxy' && kind !== 'redirect')
    return [405, `a ${kind} route answers GET and HEAD only`];
  const length = Number(headers.get('content-length') ?? 0);
  if (length > route.bodyLimitBytes) return [413, `the body may have ${route.bodyLimitBytes} bytes`];
  if (headers.get('upgrade')?.toLowerCase() !== 'websocket' || !route.webSocket) return undefined;
  const origin = headers.get('origin')?.toLowerCase();
  if (origin !== undefined && route.origins?.has(origin) === false)
    return [403, `a WebSocket may come from ${[...route.origins].join(', ')} only`];
  return undefined;
}

function patience({ connectMs, responseMs, idleMs, tunnelMs, webSocket }: Route): string {
  const text = `${connectMs / 1000} s to connect, ${responseMs / 1000} s for the answer, ${idleMs / 1000} s between bytes`;
  return webSocket ? `${text}, ${tunnelMs / 1000} s of silence on a WebSocket` : text;
}

function bodyText({ bodyLimitBytes, buffering, cacheSeconds, webSocket }: Route): string {
  const parts = [
    bodyLimitBytes === Number.POSITIVE_INFINITY ? 'of any size' : `up to ${bodyLimitBytes / 1_048_576} MiB`,
  ];
  if (!buffering) parts.push('answers passed on piece by piece');
  if (cacheSeconds > 0) parts.push(`answers kept for ${cacheSeconds} s when they name no lifetime`);
  if (webSocket) parts.push('WebSockets pass');
  return parts.join('; ');
}
