import { hkdfSync, randomBytes } from 'node:crypto';

/** What a worker needs to make the same ticket keys as the others; secret. */
export interface TicketSeed {
  /** Period it belongs to, counted from 1970. */
  readonly period: number;
  /** 32 bytes, as hex. */
  readonly secret: string;
}

/** How ticket keys are kept. */
export interface TicketOptions {
  /** From the process that started this one. @default - random, for the present period */
  readonly seed?: TicketSeed;
  /** How long one set of keys serves. @default 86,400,000 ms, a day */
  readonly periodMs?: number;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

const day = 86_400_000;
const secretBytes = 32;
/** What `ticketKeys` of node:tls takes: name, HMAC key and AES key, 16 bytes each. */
const keyBytes = 48;
/** A clock that jumps further is not followed period by period. */
const longestJump = 4000;

/**
 * Keys of TLS session tickets (RFC 5077 4, RFC 8446 4.6.1). Random at start, new each day at midnight UTC, the same
 * in all workers that were handed one seed, and independent of certificates, so that a reload breaks no resumption.
 * Each day's secret is made from the one before and cannot be turned back: who takes it from memory reads no older
 * sessions. Node knows one set of keys at a time; after a change each client does one full handshake.
 */
export class TicketKeys {
  private readonly periodMs: number;
  private readonly now: () => number;
  private period: number;
  private secret: Buffer;
  private timer: NodeJS.Timeout | undefined;

  constructor({ seed, periodMs = day, now = Date.now }: TicketOptions = {}) {
    this.periodMs = periodMs;
    this.now = now;
    this.period = seed?.period ?? Math.floor(now() / periodMs);
    this.secret = seed === undefined ? randomBytes(secretBytes) : Buffer.from(seed.secret, 'hex');
    this.timer = undefined;
    if (this.secret.length !== secretBytes)
      throw new RangeError(`a ticket seed has ${secretBytes} bytes as hex, not ${this.secret.length}`);
  }

  /** The 48 bytes for the present period. */
  current(): Buffer {
    this.advance();
    return expand(this.secret, 'keys', keyBytes);
  }

  /** For a worker that starts now. */
  seed(): TicketSeed {
    this.advance();
    return { period: this.period, secret: this.secret.toString('hex') };
  }

  /** Calls back with new keys at the start of each period, until `stop`. Keeps no process alive. */
  start(onChange: (keys: Buffer) => void): void {
    this.stop();
    const next = (Math.floor(this.now() / this.periodMs) + 1) * this.periodMs;
    this.timer = setTimeout(
      () => {
        const before = this.period;
        const keys = this.current();
        if (this.period !== before) onChange(keys);
        this.start(onChange);
      },
      Math.max(1, next - this.now()),
    );
    this.timer.unref();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Follows the clock forwards; never back, as that cannot be done. */
  private advance(): void {
    const target = Math.floor(this.now() / this.periodMs);
    if (target - this.period > longestJump) this.period = target - 1;
    while (this.period < target) {
      this.secret = expand(this.secret, 'next', secretBytes);
      this.period++;
    }
  }
}

function expand(secret: Buffer, label: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `edge tls tickets ${label}`, bytes));
}
