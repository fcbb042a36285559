import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Route } from '../routing/route.js';
import type { UpstreamState } from './gauges.js';
import { routeRows, textTable } from './route-report.js';
import type { SeriesTable } from './series.js';

/** Whether requests may be sent here, and what is missing when not. */
export interface Readiness {
  readonly ready: boolean;
  readonly missing: readonly string[];
}

/** A client the detector has blocked. */
export interface BlockedClient {
  /** Address or key of the client. */
  readonly client: string;
  /** Milliseconds the block lasts from now. */
  readonly leftMs: number;
  readonly reasons: readonly string[];
}

/** What the admin server shows. */
export interface AdminSources {
  readonly version: string;
  readonly readiness: () => Readiness;
  /** Text in Prometheus' format. */
  readonly metrics: () => Promise<string>;
  readonly routes: () => readonly Route[];
  readonly series: SeriesTable;
  readonly upstreams: () => Iterable<UpstreamState>;
  readonly clients: () => Iterable<BlockedClient>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const plain = 'text/plain; charset=utf-8';
const json = 'application/json';
/** The format of Prometheus, as its scraper asks for it. */
const exposition = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * The port for probes and people who run the proxy; it must not be reachable from outside. It answers GET and HEAD:
 * `/healthz`, `/readyz`, `/metrics`, `/debug/routes`, `/debug/upstreams`, `/debug/clients`. The first one needs nothing but
 * a loop that turns, so that a process waiting for its certificate is not restarted.
 */
export class AdminServer {
  private readonly server: Server;
  private readonly started = performance.now();

  constructor(private readonly sources: AdminSources) {
    this.server = createServer(
      {
        maxHeaderSize: 8192,
        headersTimeout: 5000,
        requestTimeout: 5000,
        keepAliveTimeout: 75_000,
        connectionsCheckingInterval: 5000,
      },
      (request, response) => {
        this.answer(request).then(
          (answer) => send(request, response, answer),
          (error: Error) => send(request, response, { status: 500, type: plain, body: `${error.message}\n` }),
        );
      },
    );
    this.server.maxConnections = 64;
  }

  /**
   * Binds the port; returns the one it got, which differs for 0.
   * @param address default: '::', IPv6 and IPv4
   */
  listen(port: number, address = '::'): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, address, () => {
        this.server.off('error', reject);
        resolve((this.server.address() as AddressInfo).port);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private async answer(request: IncomingMessage): Promise<Answer> {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return { status: 405, type: plain, body: 'GET and HEAD only\n' };
    const { sources } = this;
    const path = (request.url ?? '').split('?', 1)[0];
    const wantsJson = (request.headers.accept ?? '').includes(json);
    switch (path) {
      case '/healthz':
        return object(200, {
          status: 'alive',
          version: sources.version,
          uptimeSeconds: Math.round((performance.now() - this.started) / 1000),
        });
      case '/readyz': {
        const { ready, missing } = sources.readiness();
        return object(ready ? 200 : 503, { ready, missing });
      }
      case '/metrics':
        return { status: 200, type: exposition, body: await sources.metrics() };
      case '/debug/routes':
        return show(routeRows(sources.routes(), sources.series), wantsJson);
      case '/debug/upstreams':
        return show(upstreamRows(sources.upstreams()), wantsJson);
      case '/debug/clients':
        return show(clientRows(sources.clients()), wantsJson);
      default:
        return {
          status: 404,
          type: plain,
          body: '/healthz\n/readyz\n/metrics\n/debug/routes\n/debug/upstreams\n/debug/clients\n',
        };
    }
  }
}

function upstreamRows(upstreams: Iterable<UpstreamState>): Record<string, string | number | boolean>[] {
  return [...upstreams].flatMap(({ name, endpoints }) =>
    endpoints.map((endpoint) => ({ upstream: name, ...endpoint })),
  );
}

function clientRows(clients: Iterable<BlockedClient>): Record<string, string | number>[] {
  return [...clients].map(({ client, leftMs, reasons }) => ({
    client,
    secondsLeft: Math.ceil(leftMs / 1000),
    reasons: reasons.join(' '),
  }));
}

function show(
  rows: readonly Readonly<Record<string, string | number | boolean>>[],
  wantsJson: boolean,
): Answer {
  return wantsJson ? object(200, rows) : { status: 200, type: plain, body: textTable(rows) };
}

function object(status: number, value: unknown): Answer {
  return { status, type: json, body: `${JSON.stringify(value)}\n` };
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, body }: Answer): void {
  const bytes = Buffer.from(body);
  const headers = {
    'content-type': type,
    'content-length': bytes.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  };
  response.writeHead(
    status,
    // a body that was sent is not read
    status === 405 ? { ...headers, allow: 'GET, HEAD', connection: 'close' } : headers,
  );
  response.end(request.method === 'HEAD' ? undefined : bytes);
}
