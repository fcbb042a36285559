import type { ConfigInput } from '../../src/config/schema.js';
import type { ClientConnection, Times } from '../../src/service.js';
import { answersIn, Log } from '../corpus/stage.js';
import { type RunningEdge, startEdge } from '../support/edge.js';
import { RawClient } from '../support/raw-client.js';
import { RawUpstream, type Received } from '../support/upstream.js';

type ProxyRoute = Extract<ConfigInput['hosts'][number]['routes'][number], { kind: 'proxy' }>;

export const host = 'app.example.org';

/** A head with the Host that the route is for. */
export const head = (line: string, ...lines: readonly string[]): string =>
  `${[line, `Host: ${host}`, ...lines].join('\r\n')}\r\n\r\n`;

export const get = (path = '/', ...lines: readonly string[]): string =>
  head(`GET ${path} HTTP/1.1`, ...lines);

/** An answer with a body. */
export const ok = (body = 'ok', ...lines: readonly string[]): string =>
  `${['HTTP/1.1 200 OK', `Content-Length: ${body.length}`, ...lines].join('\r\n')}\r\n\r\n${body}`;

/** Whether a whole head came, and nothing behind it: enough for requests without a body. */
export const asked = ({ text }: Received): boolean => text.endsWith('\r\n\r\n');

/** A client, the proxy and an upstream that says what the test wants. All over plain HTTP unless asked otherwise. */
export class Between {
  readonly log = new Log();
  private readonly clients: RawClient[] = [];

  private constructor(
    readonly edge: RunningEdge,
    readonly upstream: RawUpstream,
    private readonly secure: boolean,
  ) {
    edge.edge.service.observer = this.log;
  }

  /**
   * @param answer what the upstream sends back for each piece that comes; undefined: nothing
   * @param route options of the route
   * @param secure over TLS
   */
  static async open(
    answer: (received: Received) => string | undefined,
    route: Partial<ProxyRoute> = {},
    secure = false,
  ): Promise<Between> {
    const upstream = await new RawUpstream(answer).listen();
    const edge = await startEdge({
      ...(secure ? {} : { tls: {} }),
      peers: { unlimited: ['127.0.0.1/32'] },
      hosts: [
        {
          name: host,
          routes: [{ kind: 'proxy', path: '/', buffering: false, ...route, upstream: upstream.origin }],
        },
      ],
    });
    return new Between(edge, upstream, secure);
  }

  get service() {
    return this.edge.edge.service;
  }

  async client(): Promise<RawClient> {
    const { edge } = this;
    const client = await (this.secure
      ? RawClient.tls(edge.https, edge.certificate.ca, host)
      : RawClient.plain(edge.http));
    this.clients.push(client);
    return client;
  }

  /** Other times than the usual ones. */
  patience(times: Partial<Times>): void {
    const { service } = this;
    Object.assign(service, { times: { ...service.times, ...times } });
  }

  /** Sweeps all connections as if so much time had passed. */
  pass(milliseconds: number): void {
    const { service } = this;
    service.now = performance.now();
    for (const connection of [...service.connections] as ClientConnection[])
      connection.sweep(service.now + milliseconds);
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.close();
    await this.edge.stop();
    await this.upstream.close();
  }
}

/** Sends a request and waits for its whole answer. */
export async function ask(client: RawClient, octets: string, method = octets.slice(0, octets.indexOf(' '))) {
  const before = client.text.length;
  client.send(octets);
  const whole = () => answersIn(client.text.slice(before), [method], client.ended)[0];
  await client.until(() => whole() !== undefined);
  return whole() ?? { status: 0, body: '', close: true };
}

/** Waits until something is so; the event loop goes on meanwhile. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((turn) => setImmediate(turn));
}

/** Seconds a test may take: one that waits for what never comes says so. */
const patience = 30;

/** Runs a test between a client and an upstream, and closes everything. */
export const within =
  (open: () => Promise<Between>, run: (between: Between) => Promise<void>) => async (): Promise<void> => {
    const between = await open();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, fail) => {
      timer = setTimeout(
        () => fail(new Error(`waits for what never comes, since ${patience} s`)),
        patience * 1000,
      );
    });
    try {
      await Promise.race([run(between), late]);
    } finally {
      clearTimeout(timer);
      await between.close();
    }
  };
