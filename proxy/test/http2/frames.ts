import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';

/** Types of frames (RFC 9113 6). */
export const Type = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags of frames. */
export const Flag = { none: 0, ack: 1, endStream: 1, endHeaders: 4 } as const;

/** One frame, right or wrong. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array | string = '',
): Buffer {
  const body = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload;
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, body]);
}

/** Four octets. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** An integer of HPACK with a prefix of 7 bits and nothing else in its first octet (RFC 7541 5.1). */
function integer(value: number): Buffer {
  if (value < 127) return Buffer.from([value]);
  const octets = [127];
  let rest = value - 127;
  while (rest >= 128) {
    octets.push((rest & 127) | 128);
    rest >>>= 7;
  }
  octets.push(rest);
  return Buffer.from(octets);
}

/** A field block of literals without indexing: it needs no table, and says anything at all (RFC 7541 6.2.2). */
export function block(...fields: readonly (readonly [name: string, value: string])[]): Buffer {
  const text = (value: string) => Buffer.concat([integer(value.length), Buffer.from(value, 'latin1')]);
  return Buffer.concat(
    fields.map(([name, value]) => Buffer.concat([Buffer.from([0]), text(name), text(value)])),
  );
}

/** The fields of a plain request; `more` are added, and replace those of the same pseudo-field. */
export function get(path = '/', ...more: readonly (readonly [string, string])[]): Buffer {
  const pseudo: [string, string][] = [
    [':method', 'GET'],
    [':scheme', 'https'],
    [':authority', 'app.example.test'],
    [':path', path],
  ];
  const replaced = new Set(more.filter(([name]) => name.startsWith(':')).map(([name]) => name));
  return block(...pseudo.filter(([name]) => !replaced.has(name)), ...more);
}

/** What came from the other side. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** A client that sends what it is told, and keeps what it gets. */
export class RawClient {
  readonly frames: Frame[] = [];
  closed = false;
  /** Whether PINGs are answered. */
  answers = false;
  private rest = Buffer.alloc(0);
  private wake: () => void = () => {};

  private constructor(readonly socket: Socket) {
    socket.on('data', (bytes: Buffer) => this.read(bytes));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
      this.wake();
    });
  }

  /** Connects by TLS and sends the preface; `settings` is the payload of SETTINGS. */
  static async open(port: number, ca: string, settings: Uint8Array = Buffer.alloc(0)): Promise<RawClient> {
    const socket: TLSSocket = connect({
      port,
      host: '127.0.0.1',
      ca,
      servername: 'app.example.test',
      ALPNProtocols: ['h2'],
    });
    await once(socket, 'secureConnect');
    const client = new RawClient(socket);
    client.send(preface, frame(Type.settings, Flag.none, 0, settings), frame(Type.settings, Flag.ack, 0));
    return client;
  }

  send(...frames: readonly Buffer[]): boolean {
    return this.socket.writable && this.socket.write(Buffer.concat(frames));
  }

  private read(bytes: Buffer): void {
    this.rest = Buffer.concat([this.rest, bytes]);
    while (this.rest.length >= 9) {
      const length = this.rest.readUIntBE(0, 3);
      if (this.rest.length < 9 + length) break;
      const one: Frame = {
        type: this.rest[3] ?? 0,
        flags: this.rest[4] ?? 0,
        stream: this.rest.readUInt32BE(5) & 0x7fffffff,
        payload: this.rest.subarray(9, 9 + length),
      };
      this.frames.push(one);
      if (this.answers && one.type === Type.ping && one.flags === Flag.none)
        this.send(frame(Type.ping, Flag.ack, 0, one.payload));
      this.rest = this.rest.subarray(9 + length);
    }
    this.wake();
  }

  /** Waits until `found` is true or the connection is closed; false when neither happens in time. */
  async until(found: () => boolean, milliseconds = 5000): Promise<boolean> {
    const end = Date.now() + milliseconds;
    while (!found()) {
      const left = end - Date.now();
      if (this.closed || left <= 0) return found();
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
    }
    return true;
  }

  /** Frames of a type on a stream. */
  of(type: number, stream: number): Frame[] {
    return this.frames.filter((frame) => frame.type === type && frame.stream === stream);
  }

  /** Waits for the stream to be over; 'reset CODE', 'ended', or 'open'. */
  async outcome(stream: number, milliseconds = 3000): Promise<string> {
    const over = () =>
      this.frames.some(
        (one) =>
          one.stream === stream &&
          (one.type === Type.reset ||
            ((one.type === Type.data || one.type === Type.headers) && (one.flags & Flag.endStream) !== 0)),
      );
    await this.until(over, milliseconds);
    if (
      this.frames.some(
        (one) => one.stream === stream && one.type !== Type.reset && (one.flags & Flag.endStream) !== 0,
      )
    )
      return 'ended';
    const [reset] = this.of(Type.reset, stream);
    return reset === undefined ? (this.closed ? 'closed' : 'open') : `reset ${reset.payload.readUInt32BE(0)}`;
  }

  /** Text of the DATA of a stream. */
  body(stream: number): string {
    return Buffer.concat(this.of(Type.data, stream).map((one) => one.payload)).toString('latin1');
  }

  end(): void {
    this.socket.destroy();
  }
}
