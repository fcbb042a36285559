/** What node itself needs for a TLS connection: a server that answers everything with one fixed text. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:tls';

const env = (name: string): string => process.env[name] ?? '';
const answer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');

createServer(
  { cert: readFileSync(env('CERT')), key: readFileSync(env('KEY')), ALPNProtocols: ['http/1.1'] },
  (socket) => {
    socket.on('data', () => socket.write(answer));
    socket.on('error', () => socket.destroy());
  },
).listen(Number(env('PORT')), '127.0.0.1');
