import { createServer, type IncomingMessage, type Server } from 'node:http';

/** A request as a fake saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What a fake answers; undefined is 404. */
export interface Reply {
  readonly status?: number;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

export type Handler = (seen: Seen) => Reply | undefined | Promise<Reply | undefined>;

/** An HTTP server on a real socket that answers as told and remembers what it was asked. */
export class FakeServer {
  readonly seen: Seen[] = [];
  /** Replaces the answers while it is set. */
  instead: Handler | undefined;
  private server: Server | undefined;
  port = 0;

  constructor(private readonly handler: Handler) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<this> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', async () => {
        const url = new URL(request.url ?? '/', 'http://localhost');
        const seen: Seen = {
          method: request.method ?? 'GET',
          path: url.pathname,
          query: url.searchParams,
          headers: request.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        };
        this.seen.push(seen);
        const reply = (await (this.instead ?? this.handler)(seen)) ?? { status: 404, json: { error: {} } };
        const { status = 200, json, headers = {} } = reply;
        response.writeHead(status, { 'content-type': 'application/json', ...headers });
        response.end(json === undefined ? undefined : JSON.stringify(json));
      });
    });
    await new Promise<void>((done) => server.listen(this.port, '127.0.0.1', done));
    const address = server.address();
    if (address instanceof Object) this.port = address.port;
    this.server = server;
    return this;
  }

  /** Requests to a path, newest last. */
  to(method: string, path: string): Seen[] {
    return this.seen.filter((seen) => seen.method === method && seen.path === path);
  }

  async stop(): Promise<void> {
    const { server } = this;
    server?.closeAllConnections();
    await new Promise<void>((done) => (server === undefined ? done() : server.close(() => done())));
  }
}
