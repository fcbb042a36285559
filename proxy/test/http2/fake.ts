import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { parseAddress } from '../../src/core/address.js';
import type { Exchange, Handler } from '../../src/exchange.js';
import { Http2Connection } from '../../src/http2/session.js';
import { Peer } from '../../src/peer.js';
import type { Service } from '../../src/service.js';
import { Flag, type Frame, frame, Type } from './frames.js';

/** A socket without a network: what is written to it is kept. */
export class FakeSocket extends EventEmitter {
  destroyed = false;
  ended = false;
  writableNeedDrain = false;
  writableLength = 0;
  readonly written: Buffer[] = [];

  setNoDelay(): void {}

  write(bytes: Buffer): boolean {
    if (!this.destroyed) this.written.push(Buffer.from(bytes));
    return true;
  }

  end(_bytes: Buffer, done: () => void): void {
    this.ended = true;
    setImmediate(done);
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }

  /** The frames that were written. */
  frames(): Frame[] {
    let rest = Buffer.concat(this.written);
    const frames: Frame[] = [];
    while (rest.length >= 9) {
      const length = rest.readUIntBE(0, 3);
      frames.push({
        type: rest[3] ?? 0,
        flags: rest[4] ?? 0,
        stream: rest.readUInt32BE(5),
        payload: rest.subarray(9, 9 + length),
      });
      rest = rest.subarray(9 + length);
    }
    return frames;
  }
}

/** A connection without a network, whose requests are answered by `handle`. */
export class Bench {
  now = 1000;
  readonly socket = new FakeSocket();
  readonly connection: Http2Connection;
  handled = 0;
  finished = 0;

  constructor(handle: (exchange: Exchange) => void, streamsPerConnection = 20) {
    const bench = this;
    const service = {
      connections: new Set(),
      date: 'Tue, 24 Nov 2026 21:00:00 GMT',
      draining: false,
      bodyRate: 1024,
      times: { head: 10_000, bodyIdle: 60_000, bodyGrace: 30_000, keepAlive: 75_000 },
      setup: {
        config: { limits: { headBytes: 8192, targetBytes: 4096, fields: 50, streamsPerConnection } },
        hstsLine: '',
      },
      get now() {
        return bench.now;
      },
      handle(exchange: Exchange) {
        bench.handled++;
        handle(exchange);
      },
      finished: () => bench.finished++,
      refused() {},
    };
    const peer = new Peer(parseAddress('192.0.2.7'), true, 'app.example.test', false, false, 443);
    this.connection = new Http2Connection(
      this.socket as unknown as Socket,
      peer,
      service as unknown as Service,
    );
  }

  /** Bytes come from the client. */
  receive(bytes: Buffer): void {
    if (!this.socket.destroyed) this.socket.emit('data', bytes);
  }
}

export const greeting = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1'),
  frame(Type.settings, Flag.none, 0),
  frame(Type.settings, Flag.ack, 0),
]);

/** Turns of the loop. */
export async function turns(count = 4): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
}

/** A handler that takes everything and waits. */
export const idle: Handler = { onBody() {}, onBodyEnd() {}, onDrain() {}, onGone() {}, onSweep() {} };
