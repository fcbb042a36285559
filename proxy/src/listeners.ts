import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import { type Address, readAddress } from './core/address.js';
import { Http1Connection } from './http1/connection.js';
import { Http2Connection } from './http2/session.js';
import type { ConnectionBudget } from './limit/connections.js';
import { Peer } from './peer.js';
import type { Service } from './service.js';
import type { CertificateStore } from './tls/certificates.js';
import { readProxyClient } from './vestibule.js';

/** Milliseconds for a TLS handshake. */
const handshakeTime = 10_000;
/** Octets that may wait to be sent before an upstream is held back. */
const highWaterMark = 262_144;

const socketOptions = {
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
  highWaterMark,
};

/** Who else has a say about connections. */
export interface ListenersOptions {
  readonly service: Service;
  readonly certificates: CertificateStore;
  readonly budget: ConnectionBudget;
  /** Looks at the name in a ClientHello, and calls back for a connection that stays here. @default - nobody looks */
  readonly route?: ((raw: Socket) => void) | undefined;
  /** Told of load balancers that do not say whose connection theirs is. */
  readonly onProblem?: ((error: Error) => void) | undefined;
}

/** The ports of the proxy: plain HTTP and TLS. */
export class Listeners {
  private readonly plain: Server;
  private readonly raw: Server;
  private readonly tls: TlsServer;
  private readonly detach: () => void;
  /** Clients that a PROXY header names, by the connection it came on. */
  private readonly named = new Map<string, Address>();

  private readonly service: Service;

  constructor(private readonly options: ListenersOptions) {
    const { certificates, service } = options;
    this.service = service;
    this.plain = createServer(socketOptions, (raw) => this.accept(raw, false));
    this.raw = createServer(socketOptions, (raw) => this.accept(raw, true));
    this.tls = createTlsServer({
      ...certificates.serverOptions(),
      handshakeTimeout: handshakeTime,
      highWaterMark,
    });
    this.detach = certificates.attach(this.tls);
    this.tls.on('secureConnection', (socket) => this.secured(socket));
    this.tls.on('tlsClientError', (_error, socket) => socket.destroy());
  }

  /** Binds plain HTTP; gives the port. */
  listenPlain(port: number, host: string): Promise<number> {
    return listen(this.plain, port, host);
  }

  /** Binds TLS; gives the port. */
  listenTls(port: number, host: string): Promise<number> {
    return listen(this.raw, port, host);
  }

  /** Takes no new connections. */
  close(): void {
    this.detach();
    if (this.plain.listening) this.plain.close();
    if (this.raw.listening) this.raw.close();
  }

  private accept(raw: Socket, secure: boolean): void {
    // before anybody else listens: a reset must not end the process
    raw.on('error', () => raw.destroy());
    const address = readAddress(raw.remoteAddress ?? '');
    if (address === undefined) raw.destroy();
    else if (this.service.setup.proxyProtocol.has(address))
      readProxyClient(
        raw,
        address,
        (client) => {
          const key = keyOf(raw);
          this.named.set(key, client);
          raw.once('close', () => this.named.delete(key));
          this.admit(raw, secure, client);
        },
        (problem) => this.options.onProblem?.(problem),
      );
    else this.admit(raw, secure, address);
  }

  private admit(raw: Socket, secure: boolean, client: Address): void {
    const { budget, route } = this.options;
    if (!this.service.setup.unlimited.has(client)) {
      if (!budget.acquire(client, performance.now())) {
        raw.destroy();
        return;
      }
      raw.once('close', () => budget.release(client));
    }
    if (!secure) {
      new Http1Connection(raw, this.peer(client, false, ''), this.service);
      raw.resume();
    } else if (route === undefined) this.handshake(raw);
    else route(raw);
  }

  /** Begins TLS on a connection of which nothing has been taken. */
  handshake(raw: Socket): void {
    this.tls.emit('connection', raw);
  }

  private secured(socket: TLSSocket): void {
    socket.on('error', () => socket.destroy());
    const address = this.named.get(keyOf(socket)) ?? readAddress(socket.remoteAddress ?? '');
    if (address === undefined) {
      socket.destroy();
      return;
    }
    const { servername } = socket as TLSSocket & { servername?: string | false };
    const peer = this.peer(address, true, typeof servername === 'string' ? servername.toLowerCase() : '');
    if (socket.alpnProtocol === 'h2') new Http2Connection(socket, peer, this.service);
    else new Http1Connection(socket, peer, this.service);
  }

  private peer(address: Address, secure: boolean, serverName: string): Peer {
    const { setup } = this.service;
    return new Peer(
      address,
      secure,
      serverName,
      setup.forwarding.has(address),
      setup.unlimited.has(address),
      secure ? setup.config.listeners.publicHttps : 80,
    );
  }
}

const keyOf = (socket: Socket) => `${socket.remoteAddress} ${socket.remotePort}`;

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host }, () => {
      server.off('error', reject);
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
    });
  });
}
