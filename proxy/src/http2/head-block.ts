import { Code, Flag } from './protocol.js';

/** Frames one field block may be split into; nobody needs more than three. */
const mostFrames = 64;

/** A field block on its way in: HEADERS, and CONTINUATION until it is whole (RFC 9113 4.3). */
export class HeadBlock {
  /** Stream it belongs to; 0 when none is under way. */
  stream = 0;
  /** The client has nothing more to say on the stream. */
  ends = false;
  /** It says that the stream depends on itself. */
  selfish = false;
  private frames = 0;
  private bytes: Buffer | undefined = undefined;
  private used = 0;

  /** @param limit octets it may have */
  constructor(private readonly limit: number) {}

  /**
   * Begins with the payload of HEADERS from `start` to `end`. Returns where in it the fragment begins, which then ends at
   * `end` - {@link padding}; or minus the reason for which the connection has to end.
   */
  begin(flags: number, stream: number, bytes: Buffer, start: number, end: number): number {
    this.stream = stream;
    this.ends = (flags & Flag.endStream) !== 0;
    this.selfish = false;
    this.padding = 0;
    this.frames = 1;
    let at = start;
    if ((flags & Flag.padded) !== 0) {
      if (at === end) return -Code.frameSize;
      this.padding = bytes[at++] as number;
    }
    if ((flags & Flag.priority) !== 0) {
      if (end - at < 5) return -Code.frameSize;
      this.selfish = (bytes.readUInt32BE(at) & 0x7fffffff) === stream;
      at += 5;
    }
    return at + this.padding > end ? -Code.protocol : at;
  }

  /** Octets of padding behind the fragment. */
  padding = 0;

  /** Adds a fragment. Returns {@link Code.none}, or why the connection has to end: too much, or too many. */
  add(bytes: Buffer, start: number, end: number): number {
    if (this.used + end - start > this.limit || ++this.frames > mostFrames) return Code.calm;
    this.bytes ??= Buffer.allocUnsafe(this.limit);
    bytes.copy(this.bytes, this.used, start, end);
    this.used += end - start;
    return Code.none;
  }

  /** The block is whole: its octets, if it came in more than one frame. */
  take(): Buffer {
    const whole = (this.bytes as Buffer).subarray(0, this.used);
    this.clear();
    return whole;
  }

  clear(): void {
    this.stream = this.used = 0;
    this.bytes = undefined;
  }
}
