import type { RequestHead } from '../http1/request-head.js';
import type { Http2Exchange } from './exchange.js';
import type { Upload } from './upload.js';

/** Octets from which a piece waits by itself; smaller ones share a block. */
const ownPiece = 2048;
const blockSize = 8192;

/**
 * One stream (RFC 9113 5.1): half of its state is whether the client has said everything, the other half whether we have.
 * The octets of an answer that the windows hold back wait here.
 */
export class Http2Stream {
  exchange: Http2Exchange | undefined = undefined;
  /** The client's half is over. */
  remoteEnded: boolean;
  /** END_STREAM has been sent. */
  localEnded = false;
  /** Over, in whatever way. */
  closed = false;
  /** Octets of body that came. */
  received = 0;
  /** Octets that wait to be sent. */
  queued = 0;
  /** Nothing comes behind what waits, but perhaps trailers. */
  ending = false;
  /** Trailer lines. */
  trailers = '';
  /** The client is told to stop once the answer is sent. */
  stopAfter = false;
  /** Somebody waits until more may be written. */
  held = false;
  /** Waits for its turn to send. */
  waiting = false;
  /** When something was sent last, in milliseconds of the service's clock. */
  progressed = 0;
  private pieces: Buffer[] | undefined = undefined;
  /** How much of the first piece was sent. */
  private sent = 0;
  /** The last piece, while small ones go into it, and how much of it is used. */
  private shared: Buffer | undefined = undefined;
  private used = 0;

  /**
   * @param head of the request, until it is handed over
   * @param expected octets of body the client announced, -1 when it did not
   * @param sendWindow octets the client takes
   */
  constructor(
    readonly id: number,
    readonly head: RequestHead,
    readonly webSocket: boolean,
    readonly upload: Upload | undefined,
    readonly expected: number,
    public sendWindow: number,
  ) {
    this.remoteEnded = upload === undefined;
  }

  /** Keeps octets for later; `kept`: nobody changes them meanwhile. */
  enqueue(bytes: Buffer, start: number, end: number, kept: boolean): void {
    const length = end - start;
    this.queued += length;
    this.pieces ??= [];
    if (length >= ownPiece) {
      const piece = bytes.subarray(start, end);
      this.push(this.pieces, kept ? piece : Buffer.from(piece));
      this.shared = undefined;
      return;
    }
    if (this.shared === undefined || this.used + length > blockSize) {
      const block = Buffer.allocUnsafeSlow(blockSize);
      this.push(this.pieces, block);
      this.shared = block;
      this.used = 0;
    }
    bytes.copy(this.shared, this.used, start, end);
    this.used += length;
  }

  /** Adds a piece; the one before ends where it is used. */
  private push(pieces: Buffer[], piece: Buffer): void {
    if (this.shared !== undefined) pieces[pieces.length - 1] = this.shared.subarray(0, this.used);
    pieces.push(piece);
  }

  /** The piece that is next: `offset` of it went already, and it ends at `pieceEnd`. */
  get piece(): Buffer | undefined {
    return this.pieces?.[0];
  }

  get offset(): number {
    return this.sent;
  }

  get pieceEnd(): number {
    const { piece } = this;
    return piece === undefined ? 0 : piece === this.shared ? this.used : piece.length;
  }

  /** Octets of the first piece were sent. */
  advance(octets: number): void {
    const { piece } = this;
    this.queued -= octets;
    this.sent += octets;
    if (this.sent < this.pieceEnd) return;
    if (piece === this.shared) this.shared = undefined;
    this.pieces?.shift();
    this.sent = 0;
  }

  /** What waits is not sent any more. */
  drop(): void {
    this.pieces = this.shared = undefined;
    this.queued = this.sent = 0;
    this.ending = false;
  }
}
