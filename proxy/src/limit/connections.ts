import type { Address } from '../core/address.js';
import { tableIndex } from '../core/keyed-hash.js';
import { type Bucket, GcraTable } from './gcra.js';

export interface ConnectionLimits {
  /** Open connections of one address (IPv6: of its /64). Default 256. */
  readonly perAddress?: number;
  /** Open connections of all. Default 16,384. */
  readonly total?: number;
  /** New connections of one address. Default 512 at once and 100 per second: a full handshake takes 0.5 ms of a core. */
  readonly fresh?: Bucket;
}

/** Why a connection was refused. */
export type ConnectionRefusal = 'total' | 'address' | 'rate';

const defaults = { perAddress: 256, total: 16_384, fresh: { burst: 512, perSecond: 100 } };

/**
 * Decides about a connection before a byte of it is read, and thus before TLS. Every `acquire` that said yes needs one
 * `release`. The table holds an entry for an address with open connections only, so it is no larger than `total`.
 */
export class ConnectionBudget {
  /** Connections refused, by reason. */
  readonly refused: Record<ConnectionRefusal, number> = { total: 0, address: 0, rate: 0 };
  #limits: Required<ConnectionLimits>;
  #total = 0;
  readonly #open = new Map<number, number>();
  readonly #fresh: GcraTable;

  constructor(limits: ConnectionLimits = {}, now = 0) {
    this.#limits = { ...defaults, ...limits };
    this.#fresh = new GcraTable({ slots: 16_384, now });
  }

  /** Open connections. */
  get total(): number {
    return this.#total;
  }

  /** Addresses with open connections. */
  get addresses(): number {
    return this.#open.size;
  }

  /** Open connections of an address. */
  of(address: Address): number {
    return this.#open.get(tableIndex(address.keyHi, address.keyLo)) ?? 0;
  }

  /** Other limits from now on; connections that are open stay so. */
  limit(limits: ConnectionLimits): void {
    this.#limits = { ...defaults, ...limits };
  }

  /** Whether one more connection of the address is taken. */
  acquire(address: Address, nowMs: number): boolean {
    const { perAddress, total, fresh } = this.#limits;
    const at = tableIndex(address.keyHi, address.keyLo);
    const open = this.#open.get(at) ?? 0;
    if (this.#total >= total) return this.#refuse('total');
    if (open >= perAddress) return this.#refuse('address');
    if (this.#fresh.take(address.keyHi, address.keyLo, fresh, 1, nowMs) > 0) return this.#refuse('rate');
    this.#open.set(at, open + 1);
    this.#total++;
    return true;
  }

  /** A connection of the address has closed. */
  release(address: Address): void {
    const at = tableIndex(address.keyHi, address.keyLo);
    const open = this.#open.get(at);
    if (open === undefined) return;
    if (open > 1) this.#open.set(at, open - 1);
    else this.#open.delete(at);
    this.#total--;
  }

  #refuse(reason: ConnectionRefusal): false {
    this.refused[reason]++;
    return false;
  }
}
