import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { serve } from './sockets.js';

const number = (value: number, size: number) => {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, 0, size);
  return bytes;
};

/** A part with its length in front. */
export const vector = (size: number, ...parts: Uint8Array[]) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([number(body.length, size), body]);
};

export const extension = (type: number, ...data: Uint8Array[]) =>
  Buffer.concat([number(type, 2), vector(2, ...data)]);

export const serverName = (name: string, type = 0) =>
  extension(0, vector(2, Buffer.of(type), vector(2, Buffer.from(name, 'latin1'))));

/** Values that mean nothing, which browsers put everywhere (RFC 8701). */
export const grease = extension(0x0a0a, Buffer.alloc(1));

/** A handshake message; without extensions at all when undefined. */
export function hello(extensions: Uint8Array[] | undefined, sessionId = 32): Buffer {
  const body = Buffer.concat([
    Buffer.of(3, 3),
    Buffer.alloc(32, 7),
    vector(1, Buffer.alloc(sessionId)),
    vector(2, Buffer.from('1a1a130113021303', 'hex')),
    vector(1, Buffer.alloc(1)),
    extensions ? vector(2, ...extensions) : Buffer.alloc(0),
  ]);
  return Buffer.concat([Buffer.of(1), vector(3, body)]);
}

/** Cuts a message into records of so many bytes. */
export function records(message: Buffer, size = 16_384): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < message.length; at += size)
    parts.push(Buffer.of(22, 3, 1), vector(2, message.subarray(at, at + size)));
  return Buffer.concat(parts);
}

/** The first bytes a program sends to a port of ours, until it has been silent for a moment. */
export async function record(command: string, args: (port: number) => string[]): Promise<Buffer> {
  let answered: (bytes: Buffer) => void = () => {};
  const first = new Promise<Buffer>((done) => {
    answered = done;
  });
  const { server, port } = await serve((socket) => {
    const chunks: Buffer[] = [];
    let timer: NodeJS.Timeout;
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      clearTimeout(timer);
      timer = setTimeout(() => {
        answered(Buffer.concat(chunks));
        socket.destroy();
      }, 50);
    });
  });
  const child = spawn(command, args(port), { stdio: 'ignore' });
  const gone = once(child, 'exit');
  const bytes = await Promise.race([first, gone.then(() => undefined)]);
  child.kill('SIGKILL');
  await gone;
  server.close();
  if (!bytes) throw new Error(`${command} ended without sending a byte`);
  return bytes;
}
