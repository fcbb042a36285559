import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { CertificateFiles } from '../certificates.js';
import type { Bench } from './program.js';

/** A mail as a relay takes it. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: string;
  /** `user password` of the login under which it came. */
  readonly login: string;
  readonly content: string;
}

/** A mail relay that wants STARTTLS and a login, and keeps what it gets. */
export interface SmtpStub {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
}

export async function startSmtp(bench: Bench, { certificate, key }: CertificateFiles): Promise<SmtpStub> {
  const mails: ReceivedMail[] = [];
  const tls = { isServer: true, cert: readFileSync(certificate), key: readFileSync(key) };
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write('220 stub\r\n');
    converse(socket, mails, () => {
      socket.removeAllListeners('data');
      socket.write('220 go ahead\r\n');
      const secured = new TLSSocket(socket, tls);
      secured.on('error', () => {});
      converse(secured, mails, undefined);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  bench.atEnd(() => server.close());
  const address = server.address();
  return { port: address instanceof Object ? address.port : 0, mails };
}

/** One side of RFC 5321. @param startTls undefined once the connection is encrypted */
function converse(socket: Socket, mails: ReceivedMail[], startTls: (() => void) | undefined): void {
  let [buffer, login, from, to] = ['', '', '', ''];
  let content: string[] | undefined;
  const say = (text: string) => socket.write(`${text}\r\n`);
  const take = (line: string) => {
    if (content !== undefined) {
      if (line !== '.') return content.push(line);
      mails.push({ from, to, login, content: content.join('\n') });
      content = undefined;
      return say('250 taken');
    }
    const [word = '', ...rest] = line.split(' ');
    switch (word.toUpperCase()) {
      case 'EHLO':
        return say(`250-stub\r\n250 ${startTls === undefined ? 'AUTH PLAIN' : 'STARTTLS'}`);
      case 'STARTTLS':
        return startTls?.();
      case 'AUTH': {
        const [, user = '', password = ''] = Buffer.from(rest[1] ?? '', 'base64')
          .toString('utf8')
          .split('\0');
        login = `${user} ${password}`;
        return say('235 welcome');
      }
      case 'MAIL':
        from = line;
        return say(login === '' ? '530 log in first' : '250 fine');
      case 'RCPT':
        to = line;
        return say('250 fine');
      case 'DATA':
        content = [];
        return say('354 go on');
      case 'QUIT':
        say('221 bye');
        return socket.end();
      default:
        return say('250 fine');
    }
  };
  socket.on('data', (chunk: Buffer) => {
    buffer += chunk.toString('latin1');
    for (let end = buffer.indexOf('\r\n'); end >= 0; end = buffer.indexOf('\r\n')) {
      const line = buffer.slice(0, end);
      buffer = buffer.slice(end + 2);
      take(line);
    }
  });
}
