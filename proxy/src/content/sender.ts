import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Exchange, Handler } from '../exchange.js';

/** Octets handed over at once. */
export const pieceBytes = 131_072;
/** Milliseconds a client may take nothing before it is given up. */
const patience = 60_000;

/**
 * Sends a body that is there already, piece by piece and no faster than the client takes it. The head has been sent;
 * the request body, if there is one, is left to the exchange.
 */
export abstract class Sender implements Handler {
  protected gone = false;
  /** The client has not taken what it was sent. */
  protected held = false;
  private idleSince = 0;

  constructor(protected readonly exchange: Exchange) {
    exchange.setHandler(this);
  }

  /** Sends on. */
  protected abstract go(): void;
  /** Lets go of what was held. */
  protected abstract close(): void;

  onBody(): void {}
  onBodyEnd(): void {}

  onDrain(): void {
    this.idleSince = 0;
    if (!this.held || this.gone) return;
    this.held = false;
    this.go();
  }

  onGone(): void {
    this.gone = true;
    this.close();
  }

  onSweep(now: number): void {
    if (!this.held) return;
    if (this.idleSince === 0) this.idleSince = now;
    else if (now - this.idleSince > patience) {
      this.onGone();
      this.exchange.abort();
    }
  }

  protected done(): void {
    this.gone = true;
    this.close();
    this.exchange.end('');
  }
}

/** Sends octets from memory that nobody changes. */
export class MemorySender extends Sender {
  private at = 0;

  constructor(
    exchange: Exchange,
    private readonly bytes: Buffer,
  ) {
    super(exchange);
  }

  go(): void {
    while (this.at < this.bytes.length) {
      const end = Math.min(this.bytes.length, this.at + pieceBytes);
      const more = this.exchange.send(this.bytes.subarray(this.at, end));
      this.at = end;
      if (this.gone) return;
      if (!more && end < this.bytes.length) {
        this.held = true;
        return;
      }
    }
    this.done();
  }

  protected close(): void {}
}

/** What tells one version of a file from another. */
export interface FileFacts {
  /** Where it really is, all links followed. */
  readonly path: string;
  readonly size: number;
  readonly inode: number;
  readonly modified: number;
  readonly changed: number;
}

/** Opens the very file that is meant; undefined when something else has taken its place. */
export async function openSame(facts: FileFacts): Promise<FileHandle | undefined> {
  const file = await open(facts.path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => undefined);
  if (file === undefined) return undefined;
  const { size, ino, mtimeMs, ctimeMs } = await file.stat();
  if (size === facts.size && ino === facts.inode && mtimeMs === facts.modified && ctimeMs === facts.changed)
    return file;
  await file.close();
  return undefined;
}

/** Sends part of an open file, and closes it. */
export class FileSender extends Sender {
  private reading = false;

  /** @param last the last octet to be sent */
  constructor(
    exchange: Exchange,
    private readonly file: FileHandle,
    private at: number,
    private readonly last: number,
  ) {
    super(exchange);
  }

  go(): void {
    const length = Math.min(pieceBytes, this.last + 1 - this.at);
    if (length <= 0) {
      this.done();
      return;
    }
    this.reading = true;
    // a new block each time: it goes to the socket without another copy
    this.file.read(Buffer.allocUnsafeSlow(length), 0, length, this.at).then(
      ({ bytesRead, buffer }) => this.took(buffer, bytesRead),
      () => this.took(undefined, 0),
    );
  }

  private took(bytes: Buffer | undefined, length: number): void {
    this.reading = false;
    if (this.gone) {
      this.close();
      return;
    }
    if (bytes === undefined || length === 0) {
      // shorter than announced: it is being written at this moment
      this.onGone();
      this.exchange.abort();
      return;
    }
    this.at += length;
    const more = this.exchange.send(length === bytes.length ? bytes : bytes.subarray(0, length));
    if (this.gone) return;
    if (more || this.at > this.last) this.go();
    else this.held = true;
  }

  protected close(): void {
    if (!this.reading) this.file.close().catch(() => {});
  }
}
