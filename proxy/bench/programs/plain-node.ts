/** What a proxy on Node's own HTTP stacks looks like: one handler for HTTP/1.1 and HTTP/2, a keep-alive agent. */
import { createWriteStream, readFileSync } from 'node:fs';
import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { Duplex } from 'node:stream';

const env = (name: string): string => process.env[name] ?? '';
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
const log = createWriteStream(env('LOG'), { flags: 'a' });

function options(request: IncomingMessage | Http2ServerRequest) {
  const target = request.url ?? '/';
  const headers: Record<string, string | string[] | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (!name.startsWith(':') && name !== 'connection') headers[name] = value;
  }
  headers.host ??= String(request.headers[':authority'] ?? '');
  headers['x-forwarded-for'] = request.socket.remoteAddress;
  headers['x-forwarded-proto'] = 'https';
  const own = target.startsWith('/bodies/upload') || target.startsWith('/socket/');
  return {
    host: '127.0.0.1',
    port: Number(own ? env('BODIES') : env('ANSWERS')),
    method: request.method,
    path: target,
    headers,
    agent,
  };
}

function fail(response: ServerResponse | Http2ServerResponse): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(502).end();
}

const server = createSecureServer(
  { cert: readFileSync(env('CERT')), key: readFileSync(env('KEY')), allowHTTP1: true },
  (request, response) => {
    const start = performance.now();
    const upstream = httpRequest(options(request), (answer) => {
      const headers: Record<string, string | string[] | undefined> = { ...answer.headers };
      for (const name of ['connection', 'keep-alive', 'transfer-encoding']) delete headers[name];
      response.writeHead(answer.statusCode ?? 502, headers);
      answer.pipe(response as NodeJS.WritableStream);
      answer.on('end', () => {
        const line = { method: request.method, url: request.url, status: answer.statusCode };
        log.write(`${JSON.stringify({ time: Date.now(), ...line, ms: performance.now() - start })}\n`);
      });
    });
    upstream.on('error', () => fail(response));
    request.pipe(upstream);
  },
);

server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
  const sent = options(request);
  const upstream = httpRequest({ ...sent, headers: { ...sent.headers, connection: 'Upgrade' } });
  upstream.on('error', () => socket.destroy());
  upstream.on('upgrade', (answer, other, rest) => {
    const lines = [`HTTP/1.1 101 ${answer.statusMessage ?? ''}`];
    for (let i = 0; i < answer.rawHeaders.length; i += 2) {
      lines.push(`${answer.rawHeaders[i]}: ${answer.rawHeaders[i + 1]}`);
    }
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    if (rest.length > 0) socket.write(rest);
    if (head.length > 0) other.write(head);
    socket.on('error', () => other.destroy());
    other.on('error', () => socket.destroy());
    socket.pipe(other).pipe(socket);
  });
  upstream.end();
});

server.on('sessionError', () => undefined);
server.listen(Number(env('PORT')), '127.0.0.1');
