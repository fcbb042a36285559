import type { Socket } from 'node:net';
import { type Outgoing, sendLater } from '../core/outbox.js';

/*
 * Answers are put together in one shared block and leave as one write, hence one TLS record where they are small. The
 * block belongs to one connection at a time; whoever needs it next sends off what the one before left.
 */
const block = Buffer.allocUnsafeSlow(256 * 1024);
let used = 0;
let owner: Writer | undefined;

/** Pieces up to this size wait for the end of the turn. */
const shortPiece = 16_384;

/** Writes to a connection, gathering what belongs together. */
export class Writer implements Outgoing {
  /** What leaves at the end of the turn. */
  private ready: Buffer | undefined = undefined;

  constructor(private readonly socket: Socket) {}

  /** Gathers a text of one octet per character. */
  text(text: string): void {
    if (this.claim(text.length)) used += block.write(text, used, 'latin1');
    else this.write(Buffer.from(text, 'latin1'));
  }

  /** Gathers octets, which are copied. False when much waits already. */
  bytes(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start >= shortPiece || !this.claim(end - start)) {
      // what is large goes on its own: gathering it would copy it twice
      this.flush();
      return this.write(Buffer.from(bytes.subarray(start, end)));
    }
    block.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), used);
    used += end - start;
    return !this.socket.writableNeedDrain;
  }

  /** Sends what was gathered, then these octets, which nobody changes afterwards. */
  send(bytes: Buffer): boolean {
    if (bytes.length < 4096) return this.bytes(bytes, 0, bytes.length);
    this.flush();
    return this.write(bytes);
  }

  /** Sends what was gathered. False when much waits. */
  flush(): boolean {
    if (owner !== this) return !this.socket.writableNeedDrain;
    owner = undefined;
    const length = used;
    used = 0;
    if (length === 0) return !this.socket.writableNeedDrain;
    const out = Buffer.allocUnsafe(length);
    block.copy(out, 0, 0, length);
    if (length > shortPiece || this.ready !== undefined) return this.write(out);
    this.ready = out;
    sendLater(this);
    return !this.socket.writableNeedDrain;
  }

  /** Everything leaves now. */
  sendOff(): void {
    const { ready } = this;
    if (ready === undefined) return;
    this.ready = undefined;
    this.socket.write(ready);
  }

  /** Everything leaves, and then the sending direction ends. */
  end(): void {
    this.flush();
    this.sendOff();
    this.socket.end();
  }

  private write(bytes: Buffer): boolean {
    this.sendOff();
    return this.socket.write(bytes);
  }

  private claim(length: number): boolean {
    if (owner !== this) {
      owner?.flush();
      owner = this;
      used = 0;
    }
    if (used + length <= block.length) return true;
    this.flush();
    if (length > block.length) return false;
    owner = this;
    return true;
  }
}
