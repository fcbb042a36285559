import type { Config } from '../config/schema.js';
import { type Now, wall } from '../core/clock.js';
import type { ErrorCode } from '../core/errors.js';
import type { Exchange } from '../exchange.js';
import type { Peer } from '../peer.js';
import type { Route } from '../routing/route.js';
import type { Observer } from '../service.js';
import { AccessLog } from './access-log.js';
import { publishEnd, publishStart, publishUpstreamError, publishVerdict } from './channels.js';
import type { Log } from './log.js';
import { Metrics } from './metrics.js';
import { OtlpExporter } from './otlp.js';
import { Sampler } from './sampler.js';
import { Sink } from './sink.js';

type TelemetryConfig = Config['telemetry'];

export interface TelemetryOptions {
  /** Version of the program. */
  readonly version: string;
  /** Where lost lines and spans are told. */
  readonly log: Log;
  /** Several processes write to the same standard output. Default: false. */
  readonly shared?: boolean;
  /** Milliseconds since 1970. Default: the real time. */
  readonly now?: Now;
}

/** Everything that wants to know what happened, behind the one interface the service calls. */
export class Telemetry implements Observer {
  readonly metrics = new Metrics();
  private readonly version: string;
  private readonly log: Log;
  private readonly shared: boolean;
  private readonly now: Now;
  private readonly sampler = new Sampler();
  private config: TelemetryConfig | undefined = undefined;
  private sink: Sink | undefined = undefined;
  private access: AccessLog | undefined = undefined;
  private otlp: OtlpExporter | undefined = undefined;
  /** Lost by sinks and exporters that are no longer in use. */
  private lostLines = 0;
  private lostSpans = 0;

  constructor({ version, log, shared = false, now = wall }: TelemetryOptions) {
    this.version = version;
    this.log = log;
    this.shared = shared;
    this.now = now;
  }

  /**
   * Takes a configuration and its routes over; a log or a collector that stays the same goes on.
   * @throws ProxyError EDGE_CONFIG when the access log cannot be opened; then nothing has changed
   */
  adopt(config: TelemetryConfig, routes: readonly Route[]): void {
    const before = this.config;
    if (config.accessLog !== before?.accessLog) this.openAccessLog(config.accessLog);
    if (JSON.stringify(config.otlp) !== JSON.stringify(before?.otlp)) this.openExporter(config.otlp);
    this.config = config;
    this.metrics.adopt(routes);
  }

  /** Whether the trace of a request that comes now is to be recorded; ask once for each. */
  sample(): boolean {
    return this.otlp !== undefined && this.sampler.next();
  }

  started(exchange: Exchange): void {
    this.metrics.started();
    publishStart(exchange);
  }

  finished(exchange: Exchange, durationMs: number): void {
    this.metrics.finished(exchange, durationMs);
    const time = this.now() - durationMs;
    this.access?.finished(exchange, durationMs, time);
    this.otlp?.finished(exchange, durationMs, time);
    if (exchange.action !== 0) publishVerdict(exchange);
    publishEnd(exchange, durationMs);
  }

  refusedHead(peer: Peer, status: number, code: ErrorCode, problem: string): void {
    this.metrics.refusedHead(code);
    this.access?.refusedHead(peer, status, code, problem, this.now());
  }

  limited(_exchange: Exchange): void {
    this.metrics.limited();
  }

  upstreamFailed(exchange: Exchange, _route: Route, code: ErrorCode, problem: string): void {
    // it is counted when the exchange is finished, by its error
    publishUpstreamError(exchange, code, problem);
  }

  /** What was lost so far: a source of `edge_telemetry_dropped_total`. */
  get dropped(): Readonly<Record<string, number>> {
    return {
      access_log: this.lostLines + (this.sink?.dropped ?? 0),
      spans: this.lostSpans + (this.otlp?.dropped ?? 0),
    };
  }

  /** The access log's file has been moved away: SIGHUP. */
  reopen(): void {
    this.sink?.reopen();
  }

  /** Writes and sends what waits. */
  async close(): Promise<void> {
    await Promise.all([this.sink?.close(), this.otlp?.close()]);
  }

  /** For the event 'exit'. */
  flushSync(): void {
    this.sink?.flushSync();
    this.log.flushSync();
  }

  private openAccessLog(target: string): void {
    const onTrouble = (problem: string) => this.log.error(problem);
    const options = { onTrouble, shared: this.shared && target === 'stdout' };
    const before = this.sink;
    this.sink = target === 'off' ? undefined : new Sink(target === 'stdout' ? 1 : target, options);
    this.access = this.sink && new AccessLog(this.sink);
    if (before !== undefined) void before.close().then(() => (this.lostLines += before.dropped));
  }

  private openExporter(config: TelemetryConfig['otlp']): void {
    const before = this.otlp;
    const onTrouble = (problem: string) => this.log.warn(problem);
    this.otlp = config && new OtlpExporter({ ...config, version: this.version, onTrouble });
    if (before !== undefined) void before.close().then(() => (this.lostSpans += before.dropped));
  }
}
