import { createServer, type Server, type Socket } from 'node:net';
import { readRequest, readRequestHead, valuesOf, type Whole } from '../fuzz/reference.js';
import type { Seen } from './case.js';

/** A request as it reached the upstream. */
export interface Recorded extends Seen {
  /** Every octet of it. */
  readonly octets: string;
  readonly whole: Whole;
}

const once = [
  'host',
  'x-forwarded-for',
  'x-real-ip',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-host',
  'x-request-id',
  'traceparent',
];
const never =
  'keep-alive proxy-connection proxy-authorization proxy-authenticate http2-settings trailer forwarded ' +
  'x-forwarded-server x-forwarded-prefix x-forwarded-protocol x-forwarded-scheme x-forwarded-ssl x-client-ip ' +
  'x-cluster-client-ip true-client-ip cf-connecting-ip x-original-url x-original-uri x-original-method x-rewrite-url ' +
  'x-auth-user x-auth-groups';
const neverNames = new Set([...never.split(' ')]);
const guardedTwins = new Set([
  ...once,
  ...neverNames,
  'content-length',
  'transfer-encoding',
  'connection',
  'upgrade',
  'te',
  'cookie',
  'authorization',
]);

/**
 * What is wrong with octets that the proxy sent, beyond what makes them unreadable: they must be in one normal form, in
 * which nothing of the client's own framing is left. Undefined when nothing is.
 */
export function abnormal({ octets, whole }: Recorded): string | undefined {
  const { head, body } = whole;
  const lines = octets.slice(0, head.length - 4).split('\r\n');
  const names = lines.slice(1).map((line) => line.slice(0, line.indexOf(':')).toLowerCase());
  if (!/^\S+ \S+ HTTP\/1\.1$/.test(lines[0] ?? '')) return `the request line '${lines[0]}'`;
  if (!lines[1]?.startsWith('Host: ')) return 'Host is not the first field';
  for (const line of lines.slice(1))
    if (
      !/^[^\s:]+: ?(?:[^\s](?:[^\r\n\0]*[^\s])?)?$/.test(
        line.replaceAll('\u00a0', 'x').replaceAll('\u0085', 'x'),
      )
    )
      return `the line '${line}'`;
  for (const name of once)
    if (names.filter((one) => one === name).length !== 1) return `${name} does not stand once`;
  if (valuesOf(head.fields, 'x-forwarded-for')[0] !== '127.0.0.1')
    return 'X-Forwarded-For is not the address of the socket';
  if (!valuesOf(head.fields, 'via').at(-1)?.endsWith('edge.example.test')) return 'no Via';
  for (const name of names) {
    if (neverNames.has(name)) return `${name} got through`;
    if (name.includes('_') && guardedTwins.has(name.replaceAll('_', '-'))) return `${name} got through`;
  }
  const framings = names.filter((name) => name === 'content-length' || name === 'transfer-encoding');
  if (framings.length > 1) return 'two framings';
  const connection = valuesOf(head.fields, 'connection').join();
  if (!['', 'Upgrade', 'TE'].includes(connection)) return `Connection: ${connection}`;
  if (names.includes('upgrade') !== (connection === 'Upgrade'))
    return 'Upgrade without Connection, or the other way round';
  if (names.includes('te') !== (connection === 'TE')) return 'TE without Connection, or the other way round';
  if (!head.chunked) return octets.slice(head.length) === body ? undefined : 'octets that are no body';
  return normalChunks(octets.slice(head.length)) ? undefined : 'chunks in another form than ours';
}

/** Sizes in lower case without zeros in front, no extensions, no white space. */
function normalChunks(octets: string): boolean {
  let at = 0;
  for (;;) {
    const size = /^(?:0|[1-9a-f][0-9a-f]*)\r\n/.exec(octets.slice(at, at + 20))?.[0];
    if (size === undefined) return false;
    at += size.length;
    if (size === '0\r\n') return octets.endsWith('\r\n');
    at += Number.parseInt(size, 16) + 2;
  }
}

/** An upstream that keeps every request octet by octet, and answers each with what it understood. */
export class Recorder {
  /** Whole requests, in order of their ends. */
  readonly requests: Recorded[] = [];
  /** Octets nobody could read. */
  readonly problems: string[] = [];
  port = 0;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor() {
    this.server = createServer((socket) => this.serve(socket));
  }

  async listen(): Promise<this> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    const address = this.server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
    return this;
  }

  private serve(socket: Socket): void {
    let text = '';
    let told = false;
    this.sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (;;) {
        const whole = readRequest(text);
        if (whole === undefined) {
          if (!told && waits(text)) {
            told = true;
            socket.write('HTTP/1.1 100 Continue\r\n\r\n');
          }
          return;
        }
        if (typeof whole === 'string') {
          this.problems.push(`${whole}: ${JSON.stringify(text.slice(0, 500))}`);
          socket.destroy();
          return;
        }
        const { method, target } = whole.head;
        const recorded = { method, target, body: whole.body, octets: text.slice(0, whole.length), whole };
        const problem = abnormal(recorded);
        if (problem !== undefined)
          this.problems.push(`${problem}: ${JSON.stringify(recorded.octets.slice(0, 1000))}`);
        this.requests.push(recorded);
        text = text.slice(whole.length);
        told = false;
        const answer = understood(recorded);
        socket.write(
          `HTTP/1.1 200 OK\r\nContent-Length: ${answer.length}\r\n\r\n${method === 'HEAD' ? '' : answer}`,
          'latin1',
        );
      }
    });
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((done) => this.server.close(done));
  }
}

/** How a request is told in one line: by every upstream that takes part. */
export const understood = ({ method, target, body }: Seen) => `${method} ${target} ${body.length}`;

const sizes = { headBytes: 1 << 20, targetBytes: 1 << 20, fields: 1000 };

function waits(text: string): boolean {
  if (!text.includes('\r\n\r\n')) return false;
  const head = readRequestHead(text, sizes);
  return head.kind === 'message' && head.expectContinue;
}
