/** The real service over real sockets, with the content under test and upstreams that a test writes. */
import { once } from 'node:events';
import {
  createServer as createHttp,
  type IncomingHttpHeaders,
  type RequestListener,
  request,
  type Server,
} from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, connect, createServer, type Server as NetServer } from 'node:net';
import { createServer as createTls, type Server as TlsServer } from 'node:tls';
import type { ConfigInput } from '../../src/config/schema.js';
import { type CacheOptions, type Fetch, ResponseCache } from '../../src/content/cache.js';
import { LocalContent } from '../../src/content/content.js';
import { parseAddress } from '../../src/core/address.js';
import type { Exchange } from '../../src/exchange.js';
import { Http1Connection } from '../../src/http1/connection.js';
import { Http2Connection } from '../../src/http2/session.js';
import { Peer } from '../../src/peer.js';
import type { Route } from '../../src/routing/route.js';
import { Service } from '../../src/service.js';
import { issue } from '../support/certificates.js';
import { configOf } from '../support/config.js';

type Routes = ConfigInput['hosts'][number]['routes'];

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export interface AskOptions {
  readonly method?: string;
  readonly host?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string;
}

/** Content with a cache that a test can look into. */
class OpenContent extends LocalContent {
  readonly shared: ResponseCache;

  constructor(options: CacheOptions) {
    super(() => performance.now());
    this.shared = new ResponseCache(options);
  }

  override cached(exchange: Exchange, route: Route, fetch: Fetch): void {
    this.shared.serve(exchange, route, fetch);
  }
}

export class Stage {
  private readonly upstreams: Server[] = [];
  private readonly server: NetServer;
  private secure: TlsServer | undefined;
  service!: Service;
  readonly content: OpenContent;
  port = 0;

  private constructor(cache: CacheOptions) {
    this.content = new OpenContent(cache);
    this.server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark: 262_144 }, (socket) => {
      const peer = new Peer(parseAddress('127.0.0.1'), false, '', false, true, 80);
      new Http1Connection(socket, peer, this.service);
    });
  }

  /** @param routes gets the origin of the upstream */
  static async open(
    handler: RequestListener,
    routes: (upstream: string) => Routes,
    options: {
      readonly cache?: CacheOptions;
      readonly hosts?: readonly string[];
      readonly config?: Partial<ConfigInput>;
    } = {},
  ): Promise<Stage> {
    const stage = new Stage(options.cache ?? {});
    const upstream = createHttp(handler);
    upstream.listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    stage.upstreams.push(upstream);
    const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    const hosts = (options.hosts ?? ['example.org']).map((name) => ({ name, routes: routes(origin) }));
    const config = configOf({ ...options.config, hosts });
    stage.service = new Service(config, stage.content);
    (await stage.content.prepare(config, (...refusal) => stage.service.error(...refusal)))();
    stage.service.start();
    stage.server.listen(0, '127.0.0.1');
    await once(stage.server, 'listening');
    stage.port = (stage.server.address() as AddressInfo).port;
    return stage;
  }

  get cache(): ResponseCache {
    return this.content.shared;
  }

  /** Asks on a connection of its own. */
  ask(
    path: string,
    { method = 'GET', host = 'example.org', headers = {}, body }: AskOptions = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port: this.port, path, method, agent: false, headers: { host, ...headers } },
        (incoming) => {
          const pieces: Buffer[] = [];
          incoming.on('data', (piece: Buffer) => pieces.push(piece));
          incoming.on('error', reject);
          incoming.on('end', () => {
            const bytes = Buffer.concat(pieces);
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              body: bytes,
              text: bytes.toString(),
            });
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** A client of HTTP/2 over TLS. */
  async http2(): Promise<ClientHttp2Session> {
    if (this.secure === undefined) {
      const { cert, key } = issue({ names: ['example.org'] });
      this.secure = createTls({ cert, key, ALPNProtocols: ['h2'] }, (socket) => {
        const peer = new Peer(parseAddress('127.0.0.1'), true, 'example.org', false, true, 443);
        new Http2Connection(socket, peer, this.service);
      });
      this.secure.listen(0, '127.0.0.1');
      await once(this.secure, 'listening');
    }
    const { port } = this.secure.address() as AddressInfo;
    const session = connectHttp2(`https://127.0.0.1:${port}`, {
      rejectUnauthorized: false,
      servername: 'example.org',
    });
    session.on('error', () => {});
    return session;
  }

  /** Sends octets as they are and gives all that comes until the connection ends. */
  async raw(text: string): Promise<string> {
    const socket = connect(this.port, '127.0.0.1');
    socket.end(text, 'latin1');
    let all = '';
    for await (const piece of socket) all += (piece as Buffer).toString('latin1');
    return all;
  }

  async close(): Promise<void> {
    this.server.close();
    this.secure?.close();
    this.service.stop();
    this.content.close();
    for (const upstream of this.upstreams) {
      upstream.closeAllConnections();
      upstream.close();
    }
  }
}

/** A promise and the way to keep it. */
export function deferred<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Waits until something holds; looks every few milliseconds. */
export async function until(holds: () => boolean, most = 5000): Promise<void> {
  const end = performance.now() + most;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`still not so after ${most} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
