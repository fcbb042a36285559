import { Field } from './core/fields.js';
import type { Exchange, Handler } from './exchange.js';
import { Forward, type ForwardOptions, type Outlet } from './forward.js';
import { type RequestHead, Upgrade } from './http1/request-head.js';
import type { ResponseHead } from './http1/response-head.js';
import { Authorizer, dropCaptured, refusalLines } from './policy/authorize.js';
import type { Standing } from './policy/sessions.js';
import { Kind, type Route } from './routing/route.js';
import type { Service } from './service.js';

const challengePath = '/.well-known/acme-challenge/';
/** All that a store is told of the client's fields: it checks a signature over what it gets, and expects nothing else. */
const forStores = [
  Field.range,
  Field['if-range'],
  Field['if-match'],
  Field['if-none-match'],
  Field['if-modified-since'],
  Field['if-unmodified-since'],
] as const;

/** What the proxy answers from its own store, and what it changes in answers of upstreams. */
export interface Content {
  serveStatic(exchange: Exchange, route: Route): void;
  servePortal(exchange: Exchange): void;
  /** Answers from the cache, or fetches with an outlet that fills it. */
  cached(exchange: Exchange, route: Route, fetch: (outlet: Outlet | undefined) => void): void;
  /** Takes from a request what would keep its answer from being rewritten. */
  prepareRewrite(head: RequestHead): void;
  /** What changes this answer on its way; undefined: it goes as it is. */
  outlet(exchange: Exchange, route: Route, head: ResponseHead, length: number): Outlet | undefined;
  /** What an error of the proxy's own says. */
  errorBody(
    status: number,
    id: string,
    accept: string,
    language: string,
  ): { contentType: string; body: string; lines: string };
}

/** Waits for a decision on behalf of an exchange, and learns whether the client still does. */
class Waiting implements Handler {
  gone = false;
  onBody(): void {}
  onBodyEnd(): void {}
  onDrain(): void {}
  onSweep(): void {}
  onGone(): void {
    this.gone = true;
  }
}

/** Does what the route of a request says. */
export class Dispatcher {
  /** Finds the origin of the solver that answers an ACME challenge. */
  findSolver: (host: string, path: string) => string | undefined = () => undefined;

  private readonly authorizer: Authorizer;

  constructor(private readonly service: Service) {
    this.authorizer = new Authorizer(service.upstreams);
  }

  /** @param status of finding the route: 0 when there is one */
  dispatch(exchange: Exchange, status: number, allow: string): void {
    const { peer, route } = exchange;
    if (!peer.secure && !this.service.setup.plainOnly) {
      this.plain(exchange, status);
      return;
    }
    if (route === undefined) {
      this.service.error(exchange, status, status === 405 ? `Allow: ${allow}\r\n` : '');
      return;
    }
    if (route.gated) this.gate(exchange, route);
    else this.run(exchange, route);
  }

  /** Plain HTTP: challenges are answered, everything else moves to HTTPS. */
  private plain(exchange: Exchange, status: number): void {
    const { head } = exchange;
    const { service } = this;
    if (head.path.startsWith(challengePath)) {
      const solver = this.findSolver(head.host, head.path);
      if (solver === undefined) service.error(exchange, 404);
      else this.solve(exchange, solver);
      return;
    }
    if (status === 421 || status === 400) {
      service.error(exchange, status);
      return;
    }
    const port = service.setup.config.listeners.publicHttps;
    const origin = `https://${head.host}${port === 443 ? '' : `:${port}`}`;
    const code = head.method === 'GET' || head.method === 'HEAD' ? 301 : 308;
    exchange.answer(code, `Location: ${origin}${head.target}\r\n`, '');
  }

  private solve(exchange: Exchange, origin: string): void {
    const { service } = this;
    const { head } = exchange;
    const { hostname, port } = new URL(origin);
    const route = service.setup.challengeRoute;
    exchange.route = route;
    new Forward(
      exchange,
      route,
      service.upstreams.get(hostname, Number(port) || 80),
      service,
      {
        method: head.method,
        target: head.target,
        host: head.authority,
        lines: '',
        forwarded: true,
        cutAfterHead: false,
      },
      undefined,
    ).start();
  }

  /** Lets pass only who is signed in, and fails closed. */
  private gate(exchange: Exchange, route: Route): void {
    const { service } = this;
    const known = service.sessions.known(exchange, service.now);
    if (known !== undefined) {
      this.judge(exchange, route, known);
      return;
    }
    const waiting = new Waiting();
    exchange.setHandler(waiting);
    service.sessions.ask(exchange, service.now).then(
      (standing) => (waiting.gone ? undefined : this.judge(exchange, route, standing)),
      () => {
        if (waiting.gone) return;
        exchange.error = 'EDGE_AUTHORIZE';
        service.error(exchange, 503, 'Retry-After: 5\r\n');
      },
    );
  }

  private judge(exchange: Exchange, route: Route, standing: Standing): void {
    const { service } = this;
    const { head } = exchange;
    if (standing.known) {
      const { gateGroups } = route;
      if (gateGroups === undefined || gateGroups.some((group) => standing.groups.includes(group)))
        this.run(exchange, route);
      else service.error(exchange, 403);
      return;
    }
    const { session } = service.setup;
    const visit =
      (head.method === 'GET' || head.method === 'HEAD') && head.get(Field.accept).includes('text/html');
    if (!visit || session === undefined) {
      service.error(exchange, 401);
      return;
    }
    const query = head.query === '' ? '' : `?${head.query}`;
    const here = `${exchange.peer.secure ? 'https' : 'http'}://${head.authority}${exchange.path}${query}`;
    const joint = session.signIn.includes('?') ? '&' : '?';
    const location = `${session.signIn}${joint}${session.returnParameter}=${encodeURIComponent(here)}`;
    exchange.answer(302, `Location: ${location}\r\nCache-Control: no-store\r\n`, '');
  }

  private run(exchange: Exchange, route: Route): void {
    const { config } = route;
    switch (route.kindIndex) {
      case Kind.proxy:
        this.proxy(exchange, route);
        return;
      case Kind.media:
        this.media(exchange, route);
        return;
      case Kind.redirect:
        if (config.kind === 'redirect')
          this.redirect(exchange, config.to, config.status, config.keepPath, route);
        return;
      case Kind.deny:
        if (config.kind === 'deny') this.service.error(exchange, config.status);
        return;
      case Kind.answer:
        if (config.kind === 'answer' && this.reads(exchange))
          exchange.answer(config.status, `Content-Type: ${config.contentType}\r\n`, config.body);
        return;
      case Kind.static:
        if (this.reads(exchange)) this.service.content.serveStatic(exchange, route);
        return;
      default:
        if (this.reads(exchange)) this.service.content.servePortal(exchange);
    }
  }

  /** Only GET and HEAD make sense; others have been answered when this says false. */
  private reads(exchange: Exchange): boolean {
    const { method } = exchange.head;
    if (method === 'GET' || method === 'HEAD') return true;
    this.service.error(exchange, 405, 'Allow: GET, HEAD\r\n');
    return false;
  }

  private redirect(exchange: Exchange, to: string, status: number, keepPath: boolean, route: Route): void {
    const { head, path } = exchange;
    let location = to;
    if (keepPath) {
      const rest = path.slice(route.path.length);
      location = to.endsWith('/') && rest.startsWith('/') ? to + rest.slice(1) : to + rest;
    }
    if (head.query !== '' && !to.includes('?')) location += `?${head.query}`;
    if (location.startsWith('/'))
      location = `${exchange.peer.secure ? 'https' : 'http'}://${head.authority}${location}`;
    exchange.answer(status, `Location: ${location}\r\n`, '');
  }

  private proxy(exchange: Exchange, route: Route): void {
    const { head } = exchange;
    if (head.contentLength > route.bodyLimitBytes) {
      exchange.error = 'EDGE_BODY_SIZE';
      this.service.error(exchange, 413);
      return;
    }
    if (head.upgrade === Upgrade.webSocket && route.webSocket && !this.mayOpen(exchange, route)) return;
    if (route.authorize === undefined) this.forward(exchange, route, '');
    else this.decide(exchange, route, (lines) => this.forward(exchange, route, lines));
  }

  /** Whether a WebSocket may be opened (RFC 6455 4.2.1); false: an answer has been given. */
  private mayOpen(exchange: Exchange, route: Route): boolean {
    const { head } = exchange;
    const { service } = this;
    // another site's page could open a socket with the visitor's cookies (RFC 6455 10.2); only browsers send Origin
    if (
      route.origins !== undefined &&
      head.has(Field.origin) &&
      !route.origins.has(head.get(Field.origin).toLowerCase())
    )
      service.error(exchange, 403);
    else if (head.method !== 'GET' || head.hasBody || !isWebSocketKey(head.all(Field['sec-websocket-key'])))
      service.error(exchange, 400);
    else if (head.all(Field['sec-websocket-version']) !== '13')
      service.error(exchange, 400, 'Sec-WebSocket-Version: 13\r\n');
    else return true;
    return false;
  }

  private forward(exchange: Exchange, route: Route, lines: string): void {
    const { service } = this;
    const { head } = exchange;
    const options: ForwardOptions = {
      method: head.method,
      target: head.query === '' ? exchange.upstreamPath : `${exchange.upstreamPath}?${head.query}`,
      host: route.upstreamHost === '' ? head.authority : route.upstreamHost,
      lines,
      forwarded: true,
      cutAfterHead: false,
    };
    const pool = service.setup.pool(route);
    if (route.bodyRewrites.length > 0) service.content.prepareRewrite(head);
    if (route.cacheSeconds === 0) new Forward(exchange, route, pool, service, options, undefined).start();
    else
      service.content.cached(exchange, route, (outlet) =>
        new Forward(exchange, route, pool, service, options, outlet).start(),
      );
  }

  /** Objects of a bucket, for those whom an app allows; the app's signature goes to the store. */
  private media(exchange: Exchange, route: Route): void {
    if (!this.reads(exchange)) return;
    this.decide(exchange, route, (lines) => {
      const { head } = exchange;
      head.keepOnly(forStores);
      const options: ForwardOptions = {
        method: 'GET',
        target: exchange.upstreamPath,
        host: route.upstreamHost,
        lines,
        forwarded: false,
        cutAfterHead: true,
      };
      new Forward(exchange, route, this.service.setup.pool(route), this.service, options, undefined).start();
    });
  }

  /** Asks the app that decides, then goes on with the lines it gave. */
  private decide(exchange: Exchange, route: Route, allowed: (lines: string) => void): void {
    const { service } = this;
    const { authorize: authorization } = route;
    if (authorization === undefined) return;
    const waiting = new Waiting();
    exchange.setHandler(waiting);
    this.authorizer.decide(exchange, authorization, service.now).then(
      ({ status, lines, reply }) => {
        if (waiting.gone) return;
        if (status === 200) {
          dropCaptured(exchange, authorization);
          allowed(lines);
        } else if (reply === undefined) {
          exchange.error = 'EDGE_AUTHORIZE';
          service.error(exchange, 502);
        } else exchange.answer(status, refusalLines(reply), reply.body);
      },
      () => {
        if (waiting.gone) return;
        exchange.error = 'EDGE_AUTHORIZE';
        service.error(exchange, 502);
      },
    );
  }
}

/** 16 octets in Base64. */
function isWebSocketKey(key: string): boolean {
  return /^[A-Za-z0-9+/]{22}==$/.test(key);
}
