import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** A client that sends octets as they are and keeps what comes back. */
export class RawClient {
  text = '';
  ended = false;
  private wake: () => void = () => {};

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
      this.wake();
    });
    for (const event of ['end', 'close', 'error'] as const)
      socket.on(event, () => {
        this.ended = true;
        this.wake();
      });
  }

  /** Over TLS with HTTP/1.1. */
  static async tls(port: number, ca: string, servername = 'app.example.org'): Promise<RawClient> {
    const socket = connectTls({ port, host: '127.0.0.1', ca, servername, ALPNProtocols: ['http/1.1'] });
    const client = new RawClient(socket);
    await new Promise<void>((done, fail) => socket.once('secureConnect', done).once('error', fail));
    return client;
  }

  static async plain(port: number): Promise<RawClient> {
    const socket = connectPlain({ port, host: '127.0.0.1' });
    const client = new RawClient(socket);
    await new Promise<void>((done, fail) => socket.once('connect', done).once('error', fail));
    return client;
  }

  send(text: string): this {
    this.socket.write(text, 'latin1');
    return this;
  }

  /** Waits until what came satisfies a condition, or the connection has ended. */
  async until(condition: (text: string) => boolean): Promise<string> {
    while (!this.ended && !condition(this.text)) await new Promise<void>((wake) => (this.wake = wake));
    return this.text;
  }

  /** Waits for the end of the connection. */
  end(): Promise<string> {
    return this.until(() => false);
  }

  close(): void {
    this.socket.destroy();
  }
}
