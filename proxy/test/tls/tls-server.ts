import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type ConnectionOptions, connect, createServer, type Server, type TLSSocket } from 'node:tls';
import type { CertificateStore } from '../../src/tls/certificates.js';
import { testAuthority } from '../support/certificates.js';

/** A TLS server with the certificates of a store, which says back whatever it is told. */
export class EchoServer {
  private constructor(
    private readonly server: Server,
    readonly port: number,
    private readonly sockets: Set<TLSSocket>,
    private readonly detach: () => void,
  ) {}

  static async start(store: CertificateStore): Promise<EchoServer> {
    const server = createServer(store.serverOptions());
    const sockets = new Set<TLSSocket>();
    server.on('secureConnection', (socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => sockets.delete(socket));
      socket.pipe(socket);
    });
    const detach = store.attach(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new EchoServer(server, (server.address() as AddressInfo).port, sockets, detach);
  }

  async stop(): Promise<void> {
    this.detach();
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  /** A connection after its handshake. */
  async connect(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const socket = connect({
      host: '127.0.0.1',
      port: this.port,
      ca: testAuthority().root,
      // some names here are nobody's on purpose
      checkServerIdentity: () => undefined,
      ...options,
    });
    await once(socket, 'secureConnect');
    return socket;
  }

  /** What one handshake is answered with, and a ticket for the next. */
  async visit(options: ConnectionOptions = {}): Promise<{ names: string; reused: boolean; session: Buffer }> {
    const socket = await this.connect(options);
    const ticket = new Promise<Buffer>((done) => socket.on('session', done));
    // TLS 1.3 tickets come after the handshake, and a resumed 1.2 session gets none
    await echo(socket, 'hello');
    const reused = socket.isSessionReused();
    const session =
      reused || socket.getProtocol() === 'TLSv1.2' ? (socket.getSession() ?? Buffer.alloc(0)) : await ticket;
    const names = socket.getPeerCertificate().subjectaltname ?? '';
    socket.destroy();
    return { names, reused, session };
  }
}

/** Sends a word and waits until all of it has come back. @throws when the connection ends before */
export async function echo(socket: TLSSocket, word: string): Promise<void> {
  const back = new Promise<void>((done, fail) => {
    let text = '';
    const end = (error?: Error) => {
      socket.off('data', take).off('close', closed).off('error', end);
      if (error === undefined) done();
      else fail(error);
    };
    const take = (chunk: Buffer) => {
      text += chunk;
      if (text.length >= word.length) end(text === word ? undefined : new Error(`${text} for ${word}`));
    };
    const closed = () => end(new Error('the connection was closed'));
    socket.on('data', take).on('close', closed).on('error', end);
  });
  socket.write(word);
  await back;
}

/** What `openssl s_client` prints; it says one line and stays until it comes back, so that tickets arrive. */
export async function sClient(port: number, ...args: string[]): Promise<string> {
  const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (/^hello$/m.test(text)) child.stdin.end();
    });
  child.stdin.on('error', () => {});
  child.stdin.write('hello\n');
  await once(child, 'close');
  return text;
}
