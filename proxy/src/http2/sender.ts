import type { FloodGuard } from './flood-guard.js';
import type { Output } from './output.js';
import { firstWindow, frameLimit, windowLimit } from './protocol.js';
import type { Http2Stream } from './stream.js';

/** Octets that may wait in a stream before the upstream is held back. */
export const sendAhead = 65_536;
/** DATA of fewer octets, in the middle of a body, is what a client gets that grants octets one by one (CVE-2019-9511). */
const dribble = 256;

const nothing = Buffer.alloc(0);

/** Who is told what becomes of streams. */
export interface SendWatcher {
  /** END_STREAM is to be sent, after everything else; by HEADERS when there are trailers. */
  sendTrailers(stream: Http2Stream): void;
  /** END_STREAM has been sent. */
  localEnded(stream: Http2Stream): void;
  /** Something was sent. */
  progressed(stream: Http2Stream): void;
}

/**
 * Sends the bodies of answers, as fast as the windows of the client (RFC 9113 5.2) and the socket allow; streams that wait
 * take turns, a frame each.
 */
export class Sender {
  /** Octets the client takes on all streams together. */
  private window = firstWindow;
  /** Streams that wait. */
  private waiting: Http2Stream[] = [];
  private pumping = false;

  constructor(
    private readonly output: Output,
    private readonly guard: FloodGuard,
    private readonly watcher: SendWatcher,
  ) {}

  /**
   * Sends octets of a body, or keeps what cannot leave yet. False: too much waits.
   * @param kept nobody changes the octets afterwards
   * @param last the body ends with them
   */
  write(
    stream: Http2Stream,
    bytes: Buffer,
    start: number,
    end: number,
    kept: boolean,
    last: boolean,
  ): boolean {
    if (stream.closed || stream.localEnded || stream.ending) return true;
    let at = start;
    if (stream.queued === 0)
      for (
        let room = this.room(stream);
        at < end && room > 0 && !this.output.congested;
        room = this.room(stream)
      ) {
        const to = Math.min(end, at + room, at + sendAhead);
        this.emit(stream, bytes, at, to, last && to === end);
        at = to;
      }
    if (at === end || stream.closed) return true;
    stream.enqueue(bytes, at, end, kept);
    stream.ending = last;
    this.wait(stream);
    if (stream.queued < sendAhead) return true;
    stream.held = true;
    return false;
  }

  /** The body is complete. */
  finish(stream: Http2Stream, trailers: string): void {
    if (stream.closed || stream.localEnded || stream.ending) return;
    stream.trailers = trailers;
    if (stream.queued > 0) stream.ending = true;
    else this.close(stream);
  }

  /** What is left when all octets of a body are gone. */
  private close(stream: Http2Stream): void {
    if (stream.trailers !== '') this.watcher.sendTrailers(stream);
    else this.output.data(stream.id, nothing, 0, 0, true);
    this.watcher.localEnded(stream);
  }

  /** The client takes more. False: more than any window can be. */
  grant(octets: number): boolean {
    this.window += octets;
    if (this.window > windowLimit) return false;
    this.pump();
    return true;
  }

  /** The client takes more on one stream. False: more than any window can be. */
  grantStream(stream: Http2Stream, octets: number): boolean {
    stream.sendWindow += octets;
    if (stream.sendWindow > windowLimit) return false;
    if (stream.queued > 0) this.pump();
    return true;
  }

  /** Sends on, now that there is room again. */
  pump(): void {
    if (this.pumping || this.waiting.length === 0) return;
    this.pumping = true;
    let blocked = 0;
    while (blocked < this.waiting.length && this.window > 0 && !this.output.congested) {
      const stream = this.waiting.shift() as Http2Stream;
      const before = stream.queued;
      if (before > 0 && stream.sendWindow > 0)
        this.take(stream, this.waiting.length === 0 ? sendAhead : frameLimit);
      if (stream.queued === 0) stream.waiting = false;
      else {
        this.waiting.push(stream);
        blocked = stream.queued === before ? blocked + 1 : 0;
      }
      if (stream.held && stream.queued < sendAhead && !stream.closed) {
        stream.held = false;
        stream.exchange?.drained();
      }
    }
    this.pumping = false;
  }

  /** Sends up to `most` octets of what waits in a stream. */
  private take(stream: Http2Stream, most: number): void {
    for (let piece = stream.piece; piece !== undefined && most > 0; piece = stream.piece) {
      const { offset } = stream;
      const length = Math.min(stream.pieceEnd - offset, this.room(stream), most);
      if (length === 0) return;
      most -= length;
      stream.advance(length);
      const last = stream.queued === 0 && stream.ending && stream.trailers === '';
      this.emit(stream, piece, offset, offset + length, last);
      if (stream.queued === 0 && stream.ending && !last) this.close(stream);
    }
  }

  private room(stream: Http2Stream): number {
    return Math.max(0, Math.min(this.window, stream.sendWindow));
  }

  private emit(stream: Http2Stream, bytes: Buffer, start: number, end: number, last: boolean): void {
    const length = end - start;
    this.window -= length;
    stream.sendWindow -= length;
    this.output.data(stream.id, bytes, start, end, last);
    if (last || length >= dribble) this.guard.sent();
    this.watcher.progressed(stream);
    if (last) this.watcher.localEnded(stream);
  }

  private wait(stream: Http2Stream): void {
    if (stream.waiting) return;
    stream.waiting = true;
    this.waiting.push(stream);
    this.watcher.progressed(stream);
  }
}
