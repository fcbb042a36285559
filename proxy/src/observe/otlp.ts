import http from 'node:http';
import https from 'node:https';
import type { Exchange } from '../exchange.js';
import { jsonText } from './json-text.js';
import { isTunnel } from './metrics.js';
import { spanOf } from './span.js';
import { isSampled } from './trace-ids.js';

export interface OtlpOptions {
  /** Collector: its base ('http://tempo:4318') or the whole URL for traces. */
  readonly endpoint: string;
  /** Fields sent along. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Version of the program, as service.version. */
  readonly version: string;
  /** Requests that take as long, in ms, are sent whether chosen or not. Default: 1000. */
  readonly slowMs?: number;
  /** Spans that may wait; more are dropped. Default: 2048. */
  readonly queue?: number;
  /** Spans in one request at most. Default: 512. */
  readonly batch?: number;
  /** Milliseconds a span waits for others. Default: 5000. */
  readonly delayMs?: number;
  /** Milliseconds until a request is given up, and the first pause after a failure. Defaults: 10,000 and 1000. */
  readonly timeoutMs?: number;
  readonly pauseMs?: number;
  /** Told once when the collector begins to fail. Default: nobody is. */
  readonly onTrouble?: (problem: string) => void;
}

/** Attempts at sending one batch. */
const attempts = 4;
/** Answers after which the same batch may be sent again (OTLP 1.9, "Retryable Response Codes"). */
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Sends spans of requests to a collector, by OTLP over HTTP with JSON. Those that failed or were slow are always sent,
 * of the others those whose trace was chosen when it came in. It never holds a request up: one batch is under way at a
 * time, what comes meanwhile waits in a bounded queue, and what does not fit is counted and gone.
 */
export class OtlpExporter {
  sent = 0;
  dropped = 0;
  private readonly url: URL;
  private readonly agent: http.Agent;
  private readonly front: string;
  private readonly slow: number;
  private readonly limit: number;
  private readonly batch: number;
  private readonly delay: number;
  private readonly timeout: number;
  private readonly pause: number;
  private readonly options: OtlpOptions;
  private spans: string[] = [];
  private timer: NodeJS.Timeout | undefined = undefined;
  private sending: Promise<void> | undefined = undefined;
  private failing = false;
  private closing = false;
  private wake: (() => void) | undefined = undefined;

  constructor(options: OtlpOptions) {
    this.options = options;
    this.url = new URL(options.endpoint);
    // as OTEL_EXPORTER_OTLP_ENDPOINT is read
    if (!this.url.pathname.endsWith('/v1/traces'))
      this.url.pathname = `${this.url.pathname.replace(/\/$/, '')}/v1/traces`;
    this.agent =
      this.url.protocol === 'https:'
        ? new https.Agent({ keepAlive: true, maxSockets: 1 })
        : new http.Agent({ keepAlive: true, maxSockets: 1 });
    const attribute = (key: string, value: string) =>
      `{"key":"${key}","value":{"stringValue":"${jsonText(value)}"}}`;
    this.front =
      `{"resourceSpans":[{"resource":{"attributes":[${attribute('service.name', 'edge')},` +
      `${attribute('service.version', options.version)}]},"scopeSpans":[{"scope":{"name":"edge"},"spans":[`;
    this.slow = options.slowMs ?? 1000;
    this.limit = options.queue ?? 2048;
    this.batch = options.batch ?? 512;
    this.delay = options.delayMs ?? 5000;
    this.timeout = options.timeoutMs ?? 10_000;
    this.pause = options.pauseMs ?? 1000;
  }

  /**
   * A request is done with.
   * @param time when it began, in ms since 1970
   */
  finished(exchange: Exchange, durationMs: number, time: number): void {
    if (
      !isSampled(exchange.traceLines) &&
      exchange.status < 500 &&
      (exchange.error === '' || exchange.error === 'EDGE_CLIENT_GONE') &&
      (durationMs < this.slow || isTunnel(exchange))
    )
      return;
    if (this.spans.length >= this.limit || this.closing) {
      this.dropped++;
      return;
    }
    const span = spanOf(exchange, durationMs, time);
    if (span === '') return;
    this.spans.push(span);
    if (this.sending !== undefined) return;
    if (this.spans.length >= this.batch) this.begin();
    else this.timer ??= setTimeout(() => this.begin(), this.delay).unref();
  }

  /** Sends what waits, as far as that goes in one attempt each, and closes. */
  async close(): Promise<void> {
    this.closing = true;
    this.wake?.();
    await this.sending;
    if (this.spans.length > 0) {
      this.begin();
      await this.sending;
    }
    clearTimeout(this.timer);
    this.agent.destroy();
  }

  private begin(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.sending ??= this.run().finally(() => {
      this.sending = undefined;
      if (this.spans.length > 0 && !this.closing)
        this.timer ??= setTimeout(() => this.begin(), this.delay).unref();
    });
  }

  /** Sends batches as long as there are full ones, or all when the end has come. */
  private async run(): Promise<void> {
    do {
      const spans = this.spans.splice(0, this.batch);
      const body = Buffer.from(`${this.front}${spans.join()}]}]}]}`, 'latin1');
      if (await this.deliver(body, spans.length)) this.sent += spans.length;
      else {
        this.dropped += spans.length;
        // at the end nobody waits for a collector that is gone
        if (this.closing) this.dropped += this.spans.splice(0).length;
      }
    } while (this.spans.length >= this.batch || (this.closing && this.spans.length > 0));
  }

  private async deliver(body: Buffer, count: number): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.post(body);
      if (answer.status >= 200 && answer.status < 300) {
        this.failing = false;
        return true;
      }
      if (!this.failing) {
        this.failing = true;
        this.options.onTrouble?.(
          `${count} spans were not taken by ${this.url.origin}: ${answer.problem || `status ${answer.status}`}`,
        );
      }
      // a status of 0 is a connection that failed
      if ((answer.status !== 0 && !retryable.has(answer.status)) || attempt === attempts || this.closing)
        return false;
      await this.rest(Math.min(30_000, Math.max(answer.retryAfter * 1000, this.pause * 2 ** (attempt - 1))));
    }
  }

  private rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private post(body: Buffer): Promise<{ status: number; retryAfter: number; problem: string }> {
    const { url, agent, timeout, options } = this;
    const { request } = url.protocol === 'https:' ? https : http;
    return new Promise((resolve) => {
      const headers = {
        ...options.headers,
        'content-type': 'application/json',
        'content-length': body.length,
      };
      const sending = request(url, { method: 'POST', agent, headers, signal: AbortSignal.timeout(timeout) });
      const fail = (error: Error) => resolve({ status: 0, retryAfter: 0, problem: error.message });
      sending.on('error', fail);
      sending.on('response', (answer) => {
        answer.on('error', fail);
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            retryAfter: Number(answer.headers['retry-after']) || 0,
            problem: '',
          }),
        );
        // what a collector has to say to a success interests nobody
        answer.resume();
      });
      sending.end(body);
    });
  }
}
