import { createServer, type Server, type Socket } from 'node:net';

/** What an upstream received on one connection. */
export interface Received {
  /** Every octet, as text of one character each. */
  text: string;
  readonly socket: Socket;
}

/** An upstream that speaks raw octets, so that a test sees exactly what the proxy sends. */
export class RawUpstream {
  readonly connections: Received[] = [];
  port = 0;
  private readonly server: Server;
  private readonly waiting: (() => void)[] = [];

  /** @param answer called with each piece as it comes; what it returns is sent back */
  constructor(answer: (received: Received) => string | undefined = answerEach) {
    this.server = createServer((socket) => {
      const received: Received = { text: '', socket };
      this.connections.push(received);
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        received.text += chunk.toString('latin1');
        const reply = answer(received);
        if (reply !== undefined) socket.write(reply, 'latin1');
        for (const wake of this.waiting.splice(0)) wake();
      });
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    const address = this.server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
    return this;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** All that came, over all connections. */
  get text(): string {
    return this.connections.map(({ text }) => text).join('');
  }

  /** Waits until what came satisfies a condition; tests have a time limit of their own. */
  async until(condition: (text: string) => boolean): Promise<string> {
    while (!condition(this.text)) await new Promise<void>((wake) => this.waiting.push(wake));
    return this.text;
  }

  async close(): Promise<void> {
    for (const { socket } of this.connections) socket.destroy();
    await new Promise((done) => this.server.close(done));
  }
}

/** Answers each request head with 200 and its own request line as body. Bodies are not looked at: for requests without. */
function answerEach(received: Received): string | undefined {
  const heads = received.text.split('\r\n\r\n');
  const last = heads.at(-2);
  if (last === undefined || !received.text.endsWith('\r\n\r\n')) return undefined;
  const line = last.split('\r\n')[0] ?? '';
  return `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${line.length}\r\n\r\n${line}`;
}
