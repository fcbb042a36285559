import { Code, Flag, Frame, frameHead, frameLimit, preface } from './protocol.js';

/** Who is told of the frames of a connection. */
export interface FrameSink {
  /** A frame other than DATA; its payload is valid during the call only. */
  onFrame(type: number, flags: number, stream: number, bytes: Buffer, start: number, end: number): void;
  /** DATA of `length` octets begins, padding and all. */
  onData(flags: number, stream: number, length: number): void;
  /** Octets of its body, valid during the call only. */
  onDataPiece(bytes: Buffer, start: number, end: number): void;
  /** It is complete; `padding` octets of it were none of the body. */
  onDataEnd(padding: number): void;
  /** This is no HTTP/2. Nothing more is read. */
  onBroken(code: number): void;
}

const nothing = Buffer.alloc(0);

/**
 * Cuts what comes into frames (RFC 9113 4.1). Frames that are whole are shown where they are; the octets of DATA as they
 * come; of the others what is split over several pieces is gathered first.
 */
export class FrameReader {
  /** Octets of the preface that came. */
  private greeted = 0;
  private stopped = false;
  /** The head of a frame that did not come in one piece. */
  private readonly head = Buffer.allocUnsafeSlow(frameHead);
  private headUsed = 0;
  private type = 0;
  private flags = 0;
  private stream = 0;
  /** Octets of the payload that are still to come. */
  private left = 0;
  /** What is gathered of a payload. */
  private gathered: Buffer = nothing;
  private inFrame = false;
  /** Octets of padding in a frame of DATA; -1 until that is known. */
  private padding = 0;
  private padded = 0;

  constructor(private readonly sink: FrameSink) {}

  /** A frame other than DATA has begun and is not whole. */
  get stuck(): boolean {
    return this.headUsed > 0 || (this.inFrame && this.type !== Frame.data) || this.greeted < preface.length;
  }

  /** Reads nothing more. */
  stop(): void {
    this.stopped = true;
    this.gathered = nothing;
  }

  /** Reads what came. */
  read(bytes: Buffer): void {
    const end = bytes.length;
    let at = this.greeted < preface.length ? this.readPreface(bytes) : 0;
    while (at < end && !this.stopped) {
      if (!this.inFrame) at = this.readHead(bytes, at, end);
      else if (this.type === Frame.data) at = this.readData(bytes, at, end);
      else at = this.gather(bytes, at, end);
    }
  }

  private readPreface(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length && this.greeted < preface.length)
      if (bytes[at++] !== preface[this.greeted++]) {
        this.broken(Code.protocol);
        break;
      }
    return at;
  }

  private broken(code: number): void {
    this.stop();
    this.sink.onBroken(code);
  }

  /** Reads the head of a frame, and the whole frame if it is there. */
  private readHead(bytes: Buffer, at: number, end: number): number {
    let from = bytes;
    let start = at;
    if (this.headUsed > 0 || end - at < frameHead) {
      while (at < end && this.headUsed < frameHead) this.head[this.headUsed++] = bytes[at++] as number;
      if (this.headUsed < frameHead) return at;
      this.headUsed = 0;
      from = this.head;
      start = 0;
    } else at += frameHead;
    const length =
      ((from[start] as number) << 16) | ((from[start + 1] as number) << 8) | (from[start + 2] as number);
    const type = from[start + 3] as number;
    const flags = from[start + 4] as number;
    const stream =
      (((from[start + 5] as number) & 0x7f) << 24) |
      ((from[start + 6] as number) << 16) |
      ((from[start + 7] as number) << 8) |
      (from[start + 8] as number);
    if (length > frameLimit) {
      this.broken(Code.frameSize);
      return at;
    }
    if (type === Frame.data) {
      this.beginData(flags, stream, length);
      return at;
    }
    if (end - at >= length) {
      this.sink.onFrame(type, flags, stream, bytes, at, at + length);
      return at + length;
    }
    this.inFrame = true;
    this.type = type;
    this.flags = flags;
    this.stream = stream;
    this.left = length;
    this.gathered = Buffer.allocUnsafe(length);
    return at;
  }

  private gather(bytes: Buffer, at: number, end: number): number {
    const { gathered } = this;
    const length = Math.min(this.left, end - at);
    bytes.copy(gathered, gathered.length - this.left, at, at + length);
    this.left -= length;
    if (this.left === 0) {
      this.inFrame = false;
      this.gathered = nothing;
      this.sink.onFrame(this.type, this.flags, this.stream, gathered, 0, gathered.length);
    }
    return at + length;
  }

  private beginData(flags: number, stream: number, length: number): void {
    const padded = (flags & Flag.padded) !== 0;
    if (padded && length === 0) {
      this.broken(Code.frameSize);
      return;
    }
    this.type = Frame.data;
    this.left = length;
    this.padding = padded ? -1 : 0;
    this.padded = 0;
    this.inFrame = length > 0;
    this.sink.onData(flags, stream, length);
    if (length === 0 && !this.stopped) this.sink.onDataEnd(0);
  }

  private readData(bytes: Buffer, at: number, end: number): number {
    if (this.padding < 0) {
      this.padding = bytes[at++] as number;
      this.left--;
      this.padded = this.padding + 1;
      if (this.padding > this.left) {
        this.broken(Code.protocol);
        return at;
      }
    }
    const length = Math.min(this.left, end - at);
    const body = Math.min(length, this.left - this.padding);
    this.left -= length;
    if (body > 0) this.sink.onDataPiece(bytes, at, at + body);
    // padding that is left over is all that is left
    if (this.padding > this.left) this.padding = this.left;
    if (this.left === 0 && !this.stopped) {
      this.inFrame = false;
      this.sink.onDataEnd(this.padded);
    }
    return at + length;
  }
}
