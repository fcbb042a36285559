/** TLS connections that the run opens itself. */
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { host } from './request.js';

/** Opens a connection for HTTP/1.1, with a full handshake; 10 s at most. */
export async function open(port: number): Promise<TLSSocket> {
  const socket = connect({
    port,
    host: '127.0.0.1',
    servername: host,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.3',
    ALPNProtocols: ['http/1.1'],
  });
  // whoever waits learns of it; at other times a lost connection shows in the figures
  socket.on('error', () => undefined);
  await within(once(socket, 'secureConnect'), 'a TLS handshake');
  return socket;
}

/** Sends a request head and reads up to the end of the answer's head; returns what came. */
export async function ask(
  socket: TLSSocket,
  target: string,
  fields: readonly string[] = [],
): Promise<string> {
  const lines = [
    `GET ${target} HTTP/1.1`,
    `Host: ${host}`,
    'User-Agent: Mozilla/5.0',
    'Accept: */*',
    ...fields,
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  let text = '';
  while (!text.includes('\r\n\r\n')) {
    const [piece] = await within(once(socket, 'data'), `the answer to GET ${target}`);
    text += (piece as Buffer).toString('latin1');
  }
  return text;
}

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end of ${what} within 10 s`)), 10_000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
