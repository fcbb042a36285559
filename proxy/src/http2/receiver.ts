import type { FrameSink } from './frame-reader.js';
import { HeadBlock } from './head-block.js';
import { HeadText } from './head-text.js';
import { blockLimit, Decoded, HpackDecoder } from './hpack-decoder.js';
import { Code, Flag, Frame } from './protocol.js';
import { ReceiveWindow } from './receive-window.js';
import type { Requests } from './requests.js';
import type { Http2Connection } from './session.js';
import { connectionWindow } from './settings.js';
import type { Http2Stream } from './stream.js';
import { Ending, type StreamTable } from './stream-table.js';
import { TrailerText } from './trailer-text.js';

/** Heads and trailers are read one after the other, whichever connection they come from. */
const headText = new HeadText();
const trailerText = new TrailerText();

/** What the frames of a client mean, by the rules of RFC 9113 5.1 and 6. Whatever breaks one ends its stream, or all. */
export class Receiver implements FrameSink {
  private readonly decoder: HpackDecoder;
  private readonly window = new ReceiveWindow(connectionWindow);
  private readonly requests: Requests;
  private readonly streams: StreamTable;
  private readonly block: HeadBlock;
  private greeted = false;
  /** The stream whose DATA comes; undefined when nobody wants it. */
  private target: Http2Stream | undefined = undefined;
  private targetEnds = false;

  constructor(
    private readonly connection: Http2Connection,
    listLimit: number,
  ) {
    this.requests = connection.requests;
    this.streams = this.requests.streams;
    this.decoder = new HpackDecoder(listLimit);
    this.block = new HeadBlock(blockLimit(listLimit));
  }

  /** A head has begun and is not whole. */
  get inHead(): boolean {
    return this.block.stream !== 0;
  }

  onBroken(code: number): void {
    this.connection.fail(code);
  }

  onFrame(type: number, flags: number, stream: number, bytes: Buffer, start: number, end: number): void {
    const { connection } = this;
    // SETTINGS come first (3.4), and nothing comes between the parts of a head (4.3)
    if (!this.greeted && (type !== Frame.settings || (flags & Flag.ack) !== 0))
      connection.fail(Code.protocol);
    else if (this.block.stream !== 0 && (type !== Frame.continuation || stream !== this.block.stream))
      connection.fail(Code.protocol);
    else
      switch (type) {
        case Frame.headers:
          this.onHeaders(flags, stream, bytes, start, end);
          break;
        case Frame.continuation:
          this.onContinuation(flags, bytes, start, end);
          break;
        case Frame.priority:
          this.onPriority(stream, bytes, start, end);
          break;
        case Frame.reset:
          this.onReset(stream, end - start);
          break;
        case Frame.settings:
          if (stream !== 0) connection.fail(Code.protocol);
          else this.onSettings(flags, bytes, start, end);
          break;
        case Frame.ping:
          if (stream !== 0) connection.fail(Code.protocol);
          else if (end - start !== 8) connection.fail(Code.frameSize);
          else connection.pinged((flags & Flag.ack) !== 0, bytes, start);
          break;
        case Frame.goaway:
          if (stream !== 0) connection.fail(Code.protocol);
          else if (end - start < 8) connection.fail(Code.frameSize);
          else connection.clientLeaves();
          break;
        case Frame.windowUpdate:
          this.onWindowUpdate(stream, bytes, start, end);
          break;
        case Frame.pushPromise:
          connection.fail(Code.protocol);
          break;
        default:
          connection.heardNothing();
      }
  }

  private onHeaders(flags: number, stream: number, bytes: Buffer, start: number, end: number): void {
    const { block, connection } = this;
    // clients use odd numbers (5.1.1)
    if ((stream & 1) === 0) {
      connection.fail(Code.protocol);
      return;
    }
    const from = block.begin(flags, stream, bytes, start, end);
    if (from < 0) connection.fail(-from);
    else if ((flags & Flag.endHeaders) === 0) this.gather(bytes, from, end - block.padding);
    else this.whole(bytes, from, end - block.padding);
  }

  private onContinuation(flags: number, bytes: Buffer, start: number, end: number): void {
    const { block } = this;
    if (block.stream === 0) {
      this.connection.fail(Code.protocol);
      return;
    }
    if (!this.gather(bytes, start, end) || (flags & Flag.endHeaders) === 0) return;
    const { stream } = block;
    const whole = block.take();
    block.stream = stream;
    this.whole(whole, 0, whole.length);
  }

  private gather(bytes: Buffer, start: number, end: number): boolean {
    const code = this.block.add(bytes, start, end);
    if (code !== Code.none) this.connection.fail(code);
    return code === Code.none;
  }

  /** A field block is whole. It is decoded whatever becomes of it: the next one relies on that. */
  private whole(bytes: Buffer, start: number, end: number): void {
    const { block, decoder, requests, streams } = this;
    const id = block.stream;
    const { ends, selfish } = block;
    block.stream = 0;
    const open = streams.get(id);
    if (open === undefined && id > streams.last) {
      headText.begin();
      const result = decoder.decode(bytes, start, end, headText);
      if (this.readable(result))
        requests.open(id, headText, decoder, ends, selfish, result === Decoded.tooLong);
      return;
    }
    trailerText.begin();
    const result = decoder.decode(bytes, start, end, trailerText);
    if (!this.readable(result)) return;
    if (open === undefined) this.afterEnd(id, true);
    else if (open.remoteEnded) this.requests.fault(open, Code.streamClosed);
    else if (!ends || selfish || trailerText.malformed || result === Decoded.tooLong)
      this.requests.fault(open, Code.protocol);
    else requests.bodyEnds(open, trailerText.lines);
  }

  private readable(result: number): boolean {
    if (result === Decoded.broken) this.connection.fail(Code.compression);
    else if (result === Decoded.flood) this.connection.fail(Code.calm);
    else return true;
    return false;
  }

  /** HEADERS or DATA for a stream that is over (5.1). */
  private afterEnd(id: number, headers: boolean): void {
    const { connection } = this;
    switch (this.streams.ending(id)) {
      case Ending.ours:
        // the client had not heard of it
        connection.heardNothing();
        break;
      case Ending.theirs:
      case Ending.ended:
        connection.fail(Code.streamClosed);
        break;
      default:
        // a number that was left out cannot be used any more (5.1.1)
        connection.fail(headers ? Code.protocol : Code.streamClosed);
    }
  }

  private onPriority(id: number, bytes: Buffer, start: number, end: number): void {
    const { connection, streams } = this;
    if (id === 0) {
      connection.fail(Code.protocol);
      return;
    }
    // nobody goes by priorities any more (5.3.2), but they have to be whole
    const stream = streams.get(id);
    const short = end - start !== 5;
    if (!short && (bytes.readUInt32BE(start) & 0x7fffffff) !== id) connection.heardNothing();
    else if (stream !== undefined) this.requests.fault(stream, short ? Code.frameSize : Code.protocol);
    else if (streams.idle(id)) connection.fail(short ? Code.frameSize : Code.protocol);
    else connection.heardNothing();
  }

  private onReset(id: number, length: number): void {
    const { connection, streams } = this;
    if (length !== 4) connection.fail(Code.frameSize);
    else if (streams.idle(id)) connection.fail(Code.protocol);
    else {
      const stream = streams.get(id);
      if (stream === undefined) connection.heardNothing();
      else this.requests.resetCame(stream);
    }
  }

  private onSettings(flags: number, bytes: Buffer, start: number, end: number): void {
    this.greeted = true;
    if ((flags & Flag.ack) === 0) this.connection.settingsCame(bytes, start, end);
    else if (start !== end) this.connection.fail(Code.frameSize);
    else this.connection.settingsTaken();
  }

  private onWindowUpdate(id: number, bytes: Buffer, start: number, end: number): void {
    const { connection, requests, streams } = this;
    if (end - start !== 4) {
      connection.fail(Code.frameSize);
      return;
    }
    if (!connection.updateCounts()) return;
    const octets = bytes.readUInt32BE(start) & 0x7fffffff;
    if (id === 0) {
      if (octets === 0) connection.fail(Code.protocol);
      else connection.windowGrows(octets);
      return;
    }
    const stream = streams.get(id);
    if (stream === undefined) {
      if (streams.idle(id)) connection.fail(Code.protocol);
    } else if (octets === 0) requests.fault(stream, Code.protocol);
    else if (!requests.sender.grantStream(stream, octets)) requests.fault(stream, Code.flowControl);
  }

  onData(flags: number, id: number, length: number): void {
    const { connection, streams } = this;
    this.target = undefined;
    if (!this.greeted || this.block.stream !== 0 || id === 0) {
      connection.fail(Code.protocol);
      return;
    }
    if (!this.window.take(length)) {
      connection.fail(Code.flowControl);
      return;
    }
    const stream = streams.get(id);
    if (stream === undefined) {
      if (streams.idle(id)) connection.fail(Code.protocol);
      else this.afterEnd(id, false);
      return;
    }
    const { upload } = stream;
    if (upload === undefined || stream.remoteEnded) {
      this.requests.fault(stream, Code.streamClosed);
      return;
    }
    this.targetEnds = (flags & Flag.endStream) !== 0;
    if (length === 0 && !this.targetEnds) connection.heardNothing();
    if (!upload.window.take(length)) this.requests.fault(stream, Code.flowControl);
    else this.target = stream;
  }

  onDataPiece(bytes: Buffer, start: number, end: number): void {
    const { target } = this;
    if (target === undefined || target.closed) this.grant(end - start);
    else this.requests.bodyCame(target, bytes, start, end);
  }

  onDataEnd(padding: number): void {
    const { target } = this;
    this.target = undefined;
    if (padding > 0) this.grant(padding);
    if (target === undefined || target.closed) return;
    if (padding > 0) this.connection.grantStream(target, target.upload?.window.give(padding) ?? 0);
    if (this.targetEnds) this.requests.bodyEnds(target, '');
  }

  /** Octets that came were taken: as many more may come. */
  grant(octets: number): void {
    const more = this.window.give(octets);
    if (more > 0) this.connection.output.windowUpdate(0, more);
  }
}
