import type { Endpoint } from '../core/endpoint.js';
import { plain, Reference, type Text } from '../core/reference.js';
import type { Workload } from '../core/workload.js';
import { type GateOptions, gateConfig } from './gate.js';
import type {
  AnswerOptions,
  DenyOptions,
  HostProps,
  MediaOptions,
  RedirectOptions,
  StaticOptions,
} from './host-options.js';
import type { TileGroup } from './portal.js';
import type { HostConfig, RedirectRouteConfig, RouteConfig } from './proxy-config.js';
import {
  authority,
  byPrecedence,
  conflict,
  type DeclaredRoute,
  httpEndpoint,
  matchProblem,
  proxyRoute,
  type RouteOptions,
  yes,
} from './route.js';

/** What a host needs of the edge. */
export interface HostContext {
  /** Where messages say the host lives. */
  readonly path: string;
  readonly label: string;
  readonly name: string;
  /** The proxy's HTTPS port, for callers inside the box. */
  readonly https: Endpoint;
  /** Throws when the configuration is already written. */
  readonly assertOpen: (what: string) => void;
}

export type * from './host-options.js';

const captured = ['Authorization', 'X-Amz-Date', 'X-Amz-Content-SHA256'];
const inert = { 'Content-Security-Policy': "default-src 'none'", 'X-Content-Type-Options': 'nosniff' };

/** A public host name of the box and what answers there. Made by `edge.host()`. */
export class Host {
  /** First label of the name; '' for the bare domain. */
  readonly label: string;
  /** Full host name. */
  readonly name: string;
  readonly title: string | undefined;
  readonly description: string | undefined;
  /** Heading of its tile; undefined for none. */
  readonly tile: TileGroup | undefined;
  /** Who declared it. */
  readonly declaredBy: string;
  private readonly routes: DeclaredRoute[] = [];
  private hostGate: GateOptions | undefined;

  constructor(
    private readonly context: HostContext,
    props: HostProps,
  ) {
    this.label = context.label;
    this.name = context.name;
    this.title = props.title;
    this.description = props.description;
    this.declaredBy = props.owner?.node.path ?? (props.title === undefined ? 'somebody' : `'${props.title}'`);
    const tile = props.tile ?? props.title !== undefined;
    this.tile = tile === true ? 'apps' : tile === false ? undefined : tile;
    if (this.tile !== undefined && this.title === undefined) {
      throw new Error(`${this.where()}: a tile needs a title; give 'title', or leave 'tile' out`);
    }
  }

  /** URL for browsers: it reaches nothing. @param path absolute path, or '' for the bare origin */
  url(path = '', scheme = 'https'): Reference {
    return new Reference(this.textOf(path, scheme));
  }

  /** URL for programs inside the box that insist on the public name: the name resolves to the proxy, which is reached. */
  insideUrl(path = '', scheme = 'https'): Reference {
    return new Reference(this.textOf(path, scheme), [this.context.https]);
  }

  /** Sends paths, each with everything below it, to an upstream: an HTTP endpoint, or a workload that has just one. */
  route(paths: string | readonly string[], upstream: Workload | Endpoint, options: RouteOptions = {}): this {
    for (const path of [paths].flat()) {
      this.add(
        proxyRoute(path, httpEndpoint(upstream, this.where(path)), options, this.where(path)),
        options.gate,
      );
    }
    return this;
  }

  /**
   * Serves objects of a bucket to those whom an app allows: the app's answer holds a signature for the store, which the
   * proxy adds to the request. Path and Host reach the store byte for byte as they were signed.
   */
  media(prefix: string, options: MediaOptions): this {
    const { bucket, upstream, authorizedBy, strip = prefix } = options;
    if (!strip.endsWith('/') || !prefix.endsWith('/') || !prefix.startsWith(strip)) {
      throw new Error(
        `${this.where(prefix)}: prefix and strip ('${strip}') must end with '/' and strip must begin the prefix, ` +
          'since a doubled or missing slash breaks the signature',
      );
    }
    const where = this.where(prefix);
    const route: RouteConfig = {
      kind: 'media',
      path: prefix,
      upstream: httpEndpoint(upstream, where).url(),
      upstreamHost: authority(upstream.url()),
      strip,
      prepend: `/${bucket}/`,
      rawPath: true,
      authorize: {
        url: httpEndpoint(authorizedBy.endpoint, where).url(authorizedBy.path),
        captureHeaders: options.captureHeaders ?? captured,
      },
      responseHeaders: { ...inert, ...options.responseHeaders },
    };
    return this.add(route, options.gate);
  }

  /** Serves files out of the proxy's image. */
  static(path: string, options: StaticOptions): this {
    const { root, fallback, rewrites, responseHeaders, exact, methods } = options;
    if (!root.startsWith('/')) {
      throw new Error(`${this.where(path)}: root '${root}' must be an absolute folder of the proxy's image`);
    }
    return this.add(
      {
        kind: 'static',
        path,
        exact: yes(exact),
        methods,
        root,
        fallback,
        rewrites: rewrites?.map(({ pattern, target }) => ({ pattern: pattern.source, target })),
        responseHeaders,
      },
      options.gate,
    );
  }

  /** Sends browsers elsewhere: to a path of this host, another host's `url()`, or an address outside. */
  redirect(
    path: string,
    to: Text,
    status: RedirectRouteConfig['status'] = 302,
    options: RedirectOptions = {},
  ): this {
    if (!/^(\/(?!\/)|https?:\/\/)/.test(plain(to)) || !URL.canParse(plain(to), `https://${this.name}`)) {
      throw new Error(
        `${this.where(path)}: redirect target '${plain(to)}' is neither a path nor a URL; write '/path' or use host.url()`,
      );
    }
    const { methods, below, keepPath } = options;
    return this.add(
      { kind: 'redirect', path, exact: yes(below !== true), methods, to, status, keepPath: yes(keepPath) },
      options.gate,
    );
  }

  /** Answers with a fixed text: a well-known document. */
  answer(path: string, options: AnswerOptions): this {
    const { body, contentType = 'text/plain; charset=utf-8', status = 200, responseHeaders } = options;
    const { exact = true, methods } = options;
    return this.add(
      { kind: 'answer', path, exact: yes(exact), methods, status, contentType, body, responseHeaders },
      options.gate,
    );
  }

  /** Closes paths, each with everything below it, that another route of this host would open. */
  deny(paths: string | readonly string[], options: DenyOptions = {}): this {
    for (const path of [paths].flat()) {
      const { exact, methods, status = 403 } = options;
      this.add({ kind: 'deny', path, exact: yes(exact), methods, status }, false);
    }
    return this;
  }

  /**
   * Lets only people pass who are signed in, on every route that does not say otherwise: for consoles without a login
   * of their own. A page request of a stranger goes to the sign-in page, any other is answered with 401.
   */
  gate(options: GateOptions = {}): this {
    this.context.assertOpen(this.where());
    if (this.hostGate !== undefined) {
      throw new Error(`${this.where()}: has a gate already; name the groups in one call`);
    }
    this.hostGate = options;
    return this;
  }

  /** Groups of which a person must be in one to come in by the host's gate; undefined when anybody signed in may. */
  get openTo(): readonly string[] | undefined {
    return this.hostGate?.groups;
  }

  /** @internal The portal: there is one, and the edge puts it where it belongs. */
  _portal(): this {
    return this.add({ kind: 'portal', path: '/' }, undefined);
  }

  /** @internal What the proxy is told about the host. */
  get _config(): HostConfig {
    const routes = this.routes.map(({ config, gate = this.hostGate }): RouteConfig => {
      return gate === undefined || gate === false ? config : { ...config, gate: gateConfig(gate) };
    });
    return { name: this.name, routes: routes.sort(byPrecedence) };
  }

  private add(config: RouteConfig, gate: GateOptions | false | undefined): this {
    const where = this.where(config.path);
    this.context.assertOpen(where);
    const problem = matchProblem(config.path, config.methods);
    if (problem !== undefined) throw new Error(`${where}: ${problem}`);
    const other = this.routes.find((route) => conflict(route.config, config));
    if (other !== undefined) {
      const methods = config.methods === undefined ? 'all methods' : config.methods.join(', ');
      throw new Error(
        `${where}: declared twice for ${methods} (${other.config.kind}, then ${config.kind}); ` +
          'one path leads to one place, so change a path or tell the routes apart by methods',
      );
    }
    this.routes.push({ config, gate });
    return this;
  }

  private textOf(path: string, scheme: string): string {
    if (path !== '' && !path.startsWith('/')) {
      throw new Error(`${this.where(path)}: the path of a URL starts with '/', or is '' for the bare origin`);
    }
    return `${scheme}://${this.name}${path}`;
  }

  private where(path?: string): string {
    return `${this.context.path}: host '${this.name}'${path === undefined ? '' : `, path '${path}'`}`;
  }
}
