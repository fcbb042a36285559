import type { Socket } from 'node:net';
import { type Outgoing, sendLater } from '../core/outbox.js';
import { copyOctets } from './field-table.js';
import { Flag, Frame, frameHead, frameLimit } from './protocol.js';

/** Octets of the blocks that frames are put together in; two frames of any size fit. */
const blockSize = 2 * (frameHead + frameLimit);
/** DATA up to this size waits for the end of the turn with everything else. */
const shortData = 16_384;

const nothing = Buffer.alloc(0);
/** Blocks nobody needs at the moment: there are as many as connections that are busy in the same turn of the loop. */
const free: Buffer[] = [];
const mostFree = 64;

/**
 * Writes frames to a connection. What is written in one turn of the loop leaves as one write, hence one TLS record where it
 * is small, whichever streams it belongs to.
 */
export class Output implements Outgoing {
  private block: Buffer = nothing;
  private used = 0;
  private closed = false;

  constructor(private readonly socket: Socket) {}

  /** Much waits already: body octets should wait as well. */
  get congested(): boolean {
    return this.socket.writableNeedDrain;
  }

  /** Octets that wait in the socket. */
  get waiting(): number {
    return this.used + this.socket.writableLength;
  }

  /** A field block, in as many frames as it takes. */
  headers(stream: number, block: Buffer, length: number, endStream: boolean): void {
    let at = 0;
    let type: number = Frame.headers;
    let flags: number = endStream ? Flag.endStream : 0;
    do {
      const piece = Math.min(length - at, frameLimit);
      if (at + piece === length) flags |= Flag.endHeaders;
      this.frame(piece, type, flags, stream);
      copyOctets(block, at, at + piece, this.block, this.used);
      this.used += piece;
      at += piece;
      type = Frame.continuation;
      flags = 0;
    } while (at < length);
  }

  /** Body octets, in as many frames as it takes. */
  data(stream: number, bytes: Buffer, start: number, end: number, endStream: boolean): void {
    const length = end - start;
    if (length <= shortData) {
      this.frame(length, Frame.data, endStream ? Flag.endStream : 0, stream);
      copyOctets(bytes, start, end, this.block, this.used);
      this.used += length;
      return;
    }
    const frames = Math.ceil(length / frameLimit);
    const out = Buffer.allocUnsafeSlow(length + frames * frameHead);
    let to = 0;
    for (let at = start; at < end; at += frameLimit) {
      const piece = Math.min(end - at, frameLimit);
      const last = at + piece === end;
      writeHead(out, to, piece, Frame.data, last && endStream ? Flag.endStream : 0, stream);
      to += frameHead;
      bytes.copy(out, to, at, at + piece);
      to += piece;
    }
    this.push();
    if (!this.closed) this.socket.write(out);
  }

  reset(stream: number, code: number): void {
    this.frame(4, Frame.reset, 0, stream);
    this.number(code);
  }

  windowUpdate(stream: number, octets: number): void {
    this.frame(4, Frame.windowUpdate, 0, stream);
    this.number(octets);
  }

  /** Parameters and their values in turn. */
  settings(values: readonly number[]): void {
    this.frame(3 * values.length, Frame.settings, 0, 0);
    for (let at = 0; at < values.length; at += 2) {
      const setting = values[at] as number;
      this.block[this.used++] = setting >>> 8;
      this.block[this.used++] = setting & 255;
      this.number(values[at + 1] as number);
    }
  }

  settingsAck(): void {
    this.frame(0, Frame.settings, Flag.ack, 0);
  }

  /** A PING of our own, with the same number twice in it. */
  ping(number: number): void {
    this.frame(8, Frame.ping, 0, 0);
    this.number(number);
    this.number(number);
  }

  /** The answer to a PING, whose 8 octets begin at `start`. */
  pingAck(bytes: Buffer, start: number): void {
    this.frame(8, Frame.ping, Flag.ack, 0);
    copyOctets(bytes, start, start + 8, this.block, this.used);
    this.used += 8;
  }

  goaway(last: number, code: number): void {
    this.frame(8, Frame.goaway, 0, 0);
    this.number(last);
    this.number(code);
  }

  /** The head of a frame, with room for the rest. */
  private frame(length: number, type: number, flags: number, stream: number): void {
    const room = length + frameHead;
    if (this.used + room > this.block.length) this.makeRoom();
    writeHead(this.block, this.used, length, type, flags, stream);
    this.used += frameHead;
  }

  private makeRoom(): void {
    if (this.block.length > 0) {
      this.push();
      return;
    }
    this.block = free.pop() ?? Buffer.allocUnsafeSlow(blockSize);
    sendLater(this);
  }

  private number(value: number): void {
    const { block } = this;
    let at = this.used;
    block[at++] = value >>> 24;
    block[at++] = value >>> 16;
    block[at++] = value >>> 8;
    block[at++] = value;
    this.used = at;
  }

  /** Everything leaves now. */
  sendOff(): void {
    const { block } = this;
    if (block.length === 0) return;
    this.push();
    this.block = nothing;
    if (free.length < mostFree) free.push(block);
  }

  private push(): void {
    const { used } = this;
    if (used === 0) return;
    this.used = 0;
    if (this.closed) return;
    const out = Buffer.allocUnsafe(used);
    this.block.copy(out, 0, 0, used);
    this.socket.write(out);
  }

  /** Nothing more leaves. */
  close(): void {
    this.closed = true;
    this.sendOff();
  }
}

function writeHead(
  to: Buffer,
  at: number,
  length: number,
  type: number,
  flags: number,
  stream: number,
): void {
  to[at] = length >>> 16;
  to[at + 1] = length >>> 8;
  to[at + 2] = length;
  to[at + 3] = type;
  to[at + 4] = flags;
  to[at + 5] = stream >>> 24;
  to[at + 6] = stream >>> 16;
  to[at + 7] = stream >>> 8;
  to[at + 8] = stream;
}
