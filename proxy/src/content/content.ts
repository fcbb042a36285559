import type { Config } from '../config/schema.js';
import type { Content } from '../dispatch.js';
import type { Exchange } from '../exchange.js';
import type { Outlet } from '../forward.js';
import type { RequestHead } from '../http1/request-head.js';
import type { ResponseHead } from '../http1/response-head.js';
import { nameOf, type Route } from '../routing/route.js';
import { type Fetch, ResponseCache } from './cache.js';
import { ErrorPages } from './error-page.js';
import { chooseOutlet } from './outlet.js';
import { Portal } from './portal.js';
import { prepareRewrite } from './rewrite.js';
import { StaticFiles } from './static.js';

/** Answers with an error of the proxy's own. */
type Refuse = (exchange: Exchange, status: number, lines: string) => void;

/** Everything the proxy answers by itself, as one configuration says. */
export class LocalContent implements Content {
  private readonly cache: ResponseCache;
  private portal: Portal | undefined = undefined;
  private pages: ErrorPages | undefined = undefined;
  private refuse: Refuse = () => {};
  /** By the names of routes. */
  private files: ReadonlyMap<string, StaticFiles> = new Map();

  /** @param now milliseconds of the service's clock */
  constructor(now: () => number) {
    this.cache = new ResponseCache({ now });
  }

  /**
   * Reads what a configuration names. What is returned takes it over at once, with the routes. Folders are opened anew,
   * so that a reload sees what they hold.
   * @throws ProxyError EDGE_CONFIG when a folder is missing; then everything is as it was
   */
  async prepare(config: Config, refuse: Refuse): Promise<() => void> {
    const files = new Map<string, StaticFiles>();
    try {
      for (const { name, routes } of config.hosts)
        for (const route of routes) {
          if (route.kind !== 'static') continue;
          const headerNames = Object.keys(route.responseHeaders).map((field) => field.toLowerCase());
          const { root, fallback, rewrites } = route;
          files.set(
            nameOf(name, route),
            await StaticFiles.open(root, { fallback, rewrites, headerNames, refuse }),
          );
        }
    } catch (error) {
      for (const opened of files.values()) opened.close();
      throw error;
    }
    const portal = new Portal(config.portal);
    const pages = new ErrorPages(config.portal.brand);
    return () => {
      for (const before of this.files.values()) before.close();
      this.files = files;
      this.portal = portal;
      this.pages = pages;
      this.refuse = refuse;
      this.cache.clear();
    };
  }

  serveStatic(exchange: Exchange, route: Route): void {
    const rest = exchange.path.slice(route.path.endsWith('/') ? route.path.length - 1 : route.path.length);
    const files = this.files.get(route.name);
    if (files === undefined) this.refuse(exchange, 404, '');
    else files.serve(exchange, rest, '');
  }

  servePortal(exchange: Exchange): void {
    if (this.portal === undefined) this.refuse(exchange, 404, '');
    else this.portal.serve(exchange);
  }

  cached(exchange: Exchange, route: Route, fetch: Fetch): void {
    this.cache.serve(exchange, route, fetch);
  }

  prepareRewrite(head: RequestHead): void {
    prepareRewrite(head);
  }

  outlet(exchange: Exchange, route: Route, head: ResponseHead, length: number): Outlet | undefined {
    return chooseOutlet(exchange, route, head, length);
  }

  errorBody(
    status: number,
    id: string,
    accept: string,
    language: string,
  ): { contentType: string; body: string; lines: string } {
    return (
      this.pages?.body(status, id, accept, language) ?? {
        contentType: 'text/plain',
        body: `${status}\n`,
        lines: '',
      }
    );
  }

  close(): void {
    for (const files of this.files.values()) files.close();
  }
}
