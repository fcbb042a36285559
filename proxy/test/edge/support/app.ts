import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What an app was asked. */
export interface Asked {
  readonly method: string;
  /** Target as it came, octet for octet. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
}

/** A real HTTP server that does what a test says, and keeps what it was asked. */
export class App {
  readonly asked: Asked[] = [];
  port = 0;
  readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly waiting: (() => void)[] = [];

  /** @param answer may read the request's body; by default 200 with 'METHOD URL' */
  constructor(answer: (request: IncomingMessage, response: ServerResponse) => void = echo) {
    const take = (request: IncomingMessage, response: ServerResponse) => {
      const { method = '', url = '', headers, rawHeaders } = request;
      this.asked.push({ method, url, headers, rawHeaders });
      for (const wake of this.waiting.splice(0)) wake();
      request.on('error', () => {});
      response.on('error', () => {});
      answer(request, response);
    };
    this.server = createServer({ keepAliveTimeout: 60_000 }, take);
    // node itself says 100 otherwise, before the app has seen anything
    this.server.on('checkContinue', take);
    this.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('error', () => {}).on('close', () => this.sockets.delete(socket));
    });
  }

  async listen(port = 0, host = '127.0.0.1'): Promise<this> {
    await new Promise<void>((done, fail) => this.server.once('error', fail).listen(port, host, done));
    this.port = (this.server.address() as AddressInfo).port;
    return this;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Open connections. */
  get connections(): number {
    return this.sockets.size;
  }

  /** The last question. */
  get last(): Asked {
    return this.asked.at(-1) as Asked;
  }

  /** Waits until so many questions have come. */
  async until(count: number): Promise<void> {
    while (this.asked.length < count) await new Promise<void>((wake) => this.waiting.push(wake));
  }

  /** Ends all connections, whatever goes on there. */
  async close(): Promise<void> {
    const closed = new Promise((done) => this.server.close(done));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

function echo(request: IncomingMessage, response: ServerResponse): void {
  request.resume().on('end', () => response.end(`${request.method} ${request.url}`));
}

/** Reads a body whole. */
export async function bodyOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}
