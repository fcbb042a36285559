/** Upstream for what nginx cannot do as one: takes bodies to their end, and answers each WebSocket message. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { clientFrameBytes, serverFrame } from './frames.js';

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => response.end('{"stored":true}'));
});
server.keepAliveTimeout = 600_000;

server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
  // RFC 6455 section 4.2.2
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  let pending = 0;
  socket.on('data', (piece: Buffer) => {
    pending += piece.length;
    while (pending >= clientFrameBytes) {
      pending -= clientFrameBytes;
      socket.write(serverFrame);
    }
  });
  socket.on('error', () => socket.destroy());
});

server.listen(Number(process.env.PORT), '127.0.0.1');
