import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Everything a test has opened, for `closeAll`. */
const opened = new Set<Server | Socket>();

/** A listener on a free port of 127.0.0.1, half-open as programs that matter here are. */
export async function serve(accept: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    opened.add(socket);
    socket.on('error', () => {});
    accept(socket);
  });
  opened.add(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** A client that is not connected yet, and may never be. */
export function begin(port: number, host = '127.0.0.1'): Socket {
  const socket = connect({ port, host, allowHalfOpen: true });
  opened.add(socket);
  return socket;
}

/** A connected client. */
export async function open(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = begin(port, host);
  await once(socket, 'connect');
  socket.on('error', () => {});
  return socket;
}

/** All bytes until the other side ends; rejects when it resets. */
export async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Settles with the error code the socket closes with, '' for none. */
export async function closing(socket: Socket): Promise<string> {
  let code = '';
  socket.on('error', (error: NodeJS.ErrnoException) => {
    code = error.code ?? error.message;
  });
  // nobody notices a reset without reading
  socket.resume();
  if (!socket.closed) await new Promise((done) => socket.once('close', done));
  return code;
}

/** The first bytes that come as text, the error code the socket closes with, or '' when it just ends. */
export async function answer(socket: Socket): Promise<string> {
  const data = new Promise<string>((done) => socket.once('data', (bytes) => done(`${bytes}`)));
  const end = new Promise<string>((done) => socket.once('end', () => done('')));
  return Promise.race([data, end, closing(socket)]);
}

/** The code a promise is rejected with, or 'taken'. */
export function refusal(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'taken',
    (error) => error.code,
  );
}

/** Waits for a condition that no event tells of; fails after 5 s. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 5000; !condition(); await new Promise((done) => setTimeout(done, 5)))
    if (Date.now() > end) throw new Error(`waited in vain for: ${what}`);
}

/** A port that is free at the moment. */
export async function freePort(): Promise<number> {
  const { server, port } = await serve(() => {});
  server.close();
  await once(server, 'close');
  return port;
}

export function closeAll(): void {
  for (const one of opened) {
    if ('destroy' in one) one.destroy();
    else one.close();
  }
  opened.clear();
}
