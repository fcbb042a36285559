import { type Channel, channel } from 'node:diagnostics_channel';
import type { ErrorCode } from '../core/errors.js';
import type { Exchange } from '../exchange.js';

/** A request came in; its route is not known yet. */
export interface RequestStart {
  readonly exchange: Exchange;
}

/** A request is done with. */
export interface RequestEnd {
  readonly exchange: Exchange;
  readonly durationMs: number;
}

/** The detector has judged a request: `action`, `score` and `signals` of the exchange. */
export interface Verdict {
  readonly exchange: Exchange;
}

/** An upstream did not answer, or not as it should. */
export interface UpstreamError {
  readonly exchange: Exchange;
  readonly code: ErrorCode;
  readonly problem: string;
}

/** A configuration or a certificate was taken over, or refused: then `error` says why. */
export interface Reload {
  readonly name: string;
  readonly error: Error | undefined;
}

/*
 * What happens inside, for whoever subscribes through node:diagnostics_channel in this process. The exchange is the very
 * object at work: read it at once and keep nothing of it. Without a subscriber a publication costs one comparison.
 */
const requestStart: Channel = channel('edge:request:start');
const requestEnd: Channel = channel('edge:request:end');
const verdict: Channel = channel('edge:verdict');
const upstreamError: Channel = channel('edge:upstream:error');
const configReload: Channel = channel('edge:config:reload');
const certificateReload: Channel = channel('edge:certificate:reload');

/** Publishes on `edge:request:start`, a {@link RequestStart}. */
export function publishStart(exchange: Exchange): void {
  if (requestStart.hasSubscribers) requestStart.publish({ exchange } satisfies RequestStart);
}

/** Publishes on `edge:request:end`, a {@link RequestEnd}. */
export function publishEnd(exchange: Exchange, durationMs: number): void {
  if (requestEnd.hasSubscribers) requestEnd.publish({ exchange, durationMs } satisfies RequestEnd);
}

/** Publishes on `edge:verdict`, a {@link Verdict}. */
export function publishVerdict(exchange: Exchange): void {
  if (verdict.hasSubscribers) verdict.publish({ exchange } satisfies Verdict);
}

/** Publishes on `edge:upstream:error`, an {@link UpstreamError}. */
export function publishUpstreamError(exchange: Exchange, code: ErrorCode, problem: string): void {
  if (upstreamError.hasSubscribers)
    upstreamError.publish({ exchange, code, problem } satisfies UpstreamError);
}

/** Publishes on `edge:config:reload`, a {@link Reload} whose name is the file or ConfigMap. */
export function publishConfigReload(name: string, error?: Error): void {
  if (configReload.hasSubscribers) configReload.publish({ name, error } satisfies Reload);
}

/** Publishes on `edge:certificate:reload`, a {@link Reload} whose name is the Secret or file. */
export function publishCertificateReload(name: string, error?: Error): void {
  if (certificateReload.hasSubscribers) certificateReload.publish({ name, error } satisfies Reload);
}
