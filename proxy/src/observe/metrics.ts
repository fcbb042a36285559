import type { ErrorCode } from '../core/errors.js';
import { signalNames } from '../detect/signals.js';
import { Action, type Exchange } from '../exchange.js';
import { Upgrade } from '../http1/request-head.js';
import type { Route } from '../routing/route.js';
import { methodIndex, statusIndex } from './labels.js';
import { SeriesTable } from './series.js';

const upper = 2 ** 32;
/** The signals that tell of a flood and not of what is asked for, as bits of the upper half of a set. */
const floodBits = (['burst', 'sustained', 'same-target', 'ignores-limits', 'cancels'] as const).reduce(
  (bits, name) => bits | (1 << (signalNames.indexOf(name) - 32)),
  0,
);

/** What the proxy counts, in plain numbers and typed arrays; `exposition.ts` reads them when somebody asks. */
export class Metrics {
  readonly series = new SeriesTable();
  /** Requests under way. */
  active = 0;
  /** Requests the rate limiter sent away. */
  rateLimited = 0;
  /** Requests by the detector's verdict about floods, by action; the last one: spared by their address. */
  readonly floods = new Float64Array(4);
  /** Requests by the detector's verdict about scanners where it let them pass; the last one: spared. */
  scannerPassed = 0;
  /** Requests spared limiter and detector by the address of their connection. */
  spared = 0;
  /** Requests limited or refused as a scanner's, by the first signal against them: `action * signals + signal`. */
  readonly scanners = new Float64Array(3 * (signalNames.length + 1));
  /** Requests that showed a signal, whatever the verdict. */
  readonly signals = new Float64Array(signalNames.length);
  cacheHits = 0;
  cacheMisses = 0;
  /** Heads that could not be read, by code. */
  readonly refusedHeads = new Map<ErrorCode, number>();
  readonly configReloads = { success: 0, failure: 0 };
  readonly certificateReloads = { success: 0, failure: 0 };
  private reachedLimiter = 0;
  private admittedBefore = 0;

  /** A new route table: totals go on by the names of routes. */
  adopt(routes: readonly Route[]): void {
    this.series.adopt(routes);
  }

  /** A request begins. */
  started(): void {
    this.active++;
  }

  /** Counts a request that is done with; once for each one that was `started`. */
  finished(exchange: Exchange, durationMs: number): void {
    const { route, status, error } = exchange;
    this.active--;
    const series = this.series.of(route);
    series.count(methodIndex(exchange.head.method), statusIndex(status));
    series.requestBytes += exchange.requestBytes;
    series.responseBytes += exchange.responseBytes;
    if (isTunnel(exchange)) series.tunnels++;
    else series.took(durationMs);
    if (error !== '') series.failed(error);
    if (route !== undefined && route.cacheSeconds > 0) {
      if (exchange.cached) this.cacheHits++;
      else this.cacheMisses++;
    }
    if (exchange.peer.unlimited) {
      this.spared++;
      this.floods[3] = (this.floods[3] as number) + 1;
    } else if (exchange.action === Action.pass) {
      this.reachedLimiter++;
      this.scannerPassed++;
      this.floods[0] = (this.floods[0] as number) + 1;
    } else {
      // whom the detector refuses the limiter does not see
      if (exchange.action !== Action.refuse) this.reachedLimiter++;
      this.judged(exchange.action, exchange.signals);
    }
    if (exchange.signals !== 0) this.showed(exchange.signals);
  }

  /** The rate limiter sends a request away. */
  limited(): void {
    this.rateLimited++;
  }

  /** Requests the rate limiter let pass. Never falls, though a request is `limited` before it is `finished`. */
  get admitted(): number {
    this.admittedBefore = Math.max(this.admittedBefore, this.reachedLimiter - this.rateLimited);
    return this.admittedBefore;
  }

  /** A head was refused. */
  refusedHead(code: ErrorCode): void {
    this.refusedHeads.set(code, (this.refusedHeads.get(code) ?? 0) + 1);
  }

  /** A configuration was taken over, or refused. */
  configReload(success: boolean): void {
    this.configReloads[success ? 'success' : 'failure']++;
  }

  /** A certificate was taken over, or refused. */
  certificateReload(success: boolean): void {
    this.certificateReloads[success ? 'success' : 'failure']++;
  }

  /** A verdict belongs to the flood when nothing in the request itself was odd, else to the scanner. */
  private judged(action: number, signals: number): void {
    const flood = signals >>> 0 === 0 && ((signals / upper) & floodBits) !== 0;
    const floodAction = flood ? action : 0;
    this.floods[floodAction] = (this.floods[floodAction] as number) + 1;
    if (flood) {
      this.scannerPassed++;
      return;
    }
    const at = action * (signalNames.length + 1) + firstSignal(signals);
    this.scanners[at] = (this.scanners[at] as number) + 1;
  }

  private showed(signals: number): void {
    const { signals: counts } = this;
    let half = signals >>> 0;
    for (let at = 0; half !== 0; at++, half >>>= 1)
      if ((half & 1) === 1) counts[at] = (counts[at] as number) + 1;
    half = (signals / upper) >>> 0;
    for (let at = 32; half !== 0; at++, half >>>= 1)
      if ((half & 1) === 1) counts[at] = (counts[at] as number) + 1;
  }
}

/** Index of the first signal of a set; the number of signals when it is empty. */
function firstSignal(signals: number): number {
  const low = signals >>> 0;
  if (low !== 0) return 31 - Math.clz32(low & -low);
  const high = (signals / upper) >>> 0;
  return high === 0 ? signalNames.length : 63 - Math.clz32(high & -high);
}

/** Whether a request became a stream of octets: 101, or over HTTP/2 a 200 to an extended CONNECT (RFC 8441 5). */
export function isTunnel(exchange: Exchange): boolean {
  return (
    exchange.status === 101 ||
    (exchange.protocol === 2 && exchange.status === 200 && exchange.head.upgrade === Upgrade.webSocket)
  );
}
