import { once } from 'node:events';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { parseAddress } from '../../src/core/address.js';
import type { Exchange, Handler } from '../../src/exchange.js';
import { Http2Connection } from '../../src/http2/session.js';
import { Peer } from '../../src/peer.js';
import type { Route } from '../../src/routing/route.js';
import type { Service } from '../../src/service.js';
import { type Issued, issue } from '../support/certificates.js';

/** What the stub of the service is told. */
export interface StageOptions {
  readonly handle: (exchange: Exchange) => void;
  readonly streamsPerConnection?: number;
  readonly fields?: number;
  readonly hsts?: string;
  readonly headerPairs?: readonly string[];
  readonly times?: Partial<Service['times']>;
}

let certificate: Issued | undefined;

/** A server with real TLS and real connections, and a service that does what the test says. Time is the test's. */
export class Stage {
  now = 1000;
  readonly connections = new Set<Http2Connection>();
  /** Requests that were handed over. */
  readonly handled: Exchange[] = [];
  readonly finished: Exchange[] = [];
  /** 'STATUS problem' of heads that were refused. */
  readonly refused: string[] = [];
  readonly certificate: Issued;
  private readonly server: Server;
  private readonly sessions: ClientHttp2Session[] = [];

  private constructor(private readonly options: StageOptions) {
    certificate ??= issue({ names: ['app.example.test', '127.0.0.1'] });
    this.certificate = certificate;
    const service = this.service();
    this.server = createServer(
      { cert: certificate.cert, key: certificate.key, ALPNProtocols: ['h2'] },
      (socket) => {
        new Http2Connection(
          socket,
          new Peer(parseAddress('192.0.2.7'), true, 'app.example.test', false, false, 443),
          service,
        );
      },
    );
    this.server.on('tlsClientError', (_error, socket) => socket.destroy());
  }

  static async open(options: StageOptions): Promise<Stage> {
    const stage = new Stage(options);
    stage.server.listen(0, '127.0.0.1');
    await once(stage.server, 'listening');
    return stage;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  private service(): Service {
    const {
      handle,
      streamsPerConnection = 100,
      fields = 100,
      hsts = '',
      headerPairs = [],
      times = {},
    } = this.options;
    const stage = this;
    const service = {
      connections: this.connections,
      date: 'Tue, 24 Nov 2026 21:00:00 GMT',
      draining: false,
      bodyRate: 1024,
      times: { head: 10_000, bodyIdle: 60_000, bodyGrace: 30_000, keepAlive: 75_000, ...times },
      setup: {
        config: { limits: { headBytes: 32_768, targetBytes: 8192, fields, streamsPerConnection } },
        hstsLine: hsts === '' ? '' : `Strict-Transport-Security: ${hsts}\r\n`,
      },
      get now() {
        return stage.now;
      },
      handle(exchange: Exchange) {
        exchange.id = 'id';
        if (headerPairs.length > 0) exchange.route = { headerPairs } as unknown as Route;
        stage.handled.push(exchange);
        handle(exchange);
      },
      finished(exchange: Exchange) {
        stage.finished.push(exchange);
      },
      refused(_peer: Peer, head: { status: number; problem: string }) {
        stage.refused.push(`${head.status} ${head.problem}`);
      },
    };
    return service as unknown as Service;
  }

  /** Lets time pass, in steps of a second. */
  pass(milliseconds: number): void {
    for (let left = milliseconds; left > 0; left -= 1000) {
      this.now += Math.min(1000, left);
      for (const connection of [...this.connections]) connection.sweep(this.now);
    }
  }

  /** The same, slowly enough for `client` to answer what it is asked. */
  async live(milliseconds: number, client: ClientHttp2Session): Promise<void> {
    for (let left = milliseconds; left > 0 && !client.closed; left -= 3000) {
      this.pass(Math.min(3000, left));
      await new Promise((resolve) => client.ping(resolve));
    }
  }

  /** A client of node's own. */
  client(): ClientHttp2Session {
    const session = connect(`https://127.0.0.1:${this.port}`, {
      ca: this.certificate.ca,
      servername: 'app.example.test',
    });
    session.on('error', () => {});
    this.sessions.push(session);
    return session;
  }

  async close(): Promise<void> {
    for (const session of this.sessions) session.destroy();
    for (const connection of [...this.connections]) connection.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** What came back for a request. */
export interface Answer {
  readonly headers: IncomingHttpHeaders & { ':status'?: number | undefined };
  readonly body: string;
  readonly trailers: IncomingHttpHeaders | undefined;
  /** Code of the reset; 0 when there was none. */
  readonly code: number;
}

/** Sends a request and takes the whole answer. */
export async function ask(
  session: ClientHttp2Session,
  headers: Record<string, string | string[]>,
  body?: string | Buffer,
): Promise<Answer> {
  const stream = session.request(
    { ':authority': 'app.example.test', ...headers },
    { endStream: body === undefined },
  );
  if (body !== undefined) stream.end(body);
  return collect(stream);
}

/** Takes the whole answer of a request under way. */
export async function collect(stream: ReturnType<ClientHttp2Session['request']>): Promise<Answer> {
  let answer: Answer['headers'] = {};
  let trailers: IncomingHttpHeaders | undefined;
  const pieces: Buffer[] = [];
  stream.on('response', (fields) => {
    answer = fields;
  });
  stream.on('trailers', (fields) => {
    trailers = fields;
  });
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  stream.on('error', () => {});
  await new Promise<void>((resolve) => {
    stream.once('close', () => resolve());
  });
  return {
    headers: answer,
    body: Buffer.concat(pieces).toString('latin1'),
    trailers,
    code: stream.rstCode ?? 0,
  };
}

/** A handler that takes the body and answers with what `done` says. */
export function taking(done: (body: string, trailers: string) => void): Handler {
  let body = '';
  return {
    onBody(bytes, start, end) {
      body += Buffer.from(bytes.subarray(start, end)).toString('latin1');
    },
    onBodyEnd: (trailers) => done(body, trailers),
    onDrain() {},
    onGone() {},
    onSweep() {},
  };
}
