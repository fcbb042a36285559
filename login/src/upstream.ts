import type { Metrics } from './metrics.js';

/** Kratos or Hydra did not answer, or answered with a fault of its own. */
export class UpstreamError extends Error {
  constructor(
    readonly upstream: string,
    /** What Prometheus and the log call it. */
    readonly outcome: 'timeout' | 'unreachable' | 'fault' | 'nonsense',
    message: string,
  ) {
    super(`${upstream}: ${message}`);
  }
}

export interface UpstreamRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer: its status, headers and body, JSON parsed where it is JSON. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** One HTTP API behind the pages. It never follows redirects, and waits only so long. */
export class Upstream {
  constructor(
    readonly name: string,
    private readonly base: string,
    private readonly timeoutSeconds: number,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Asks, once more when a request that changes nothing was not heard at all.
   * @throws UpstreamError without an answer, and for answers from 500 on unless `faults` lets them pass
   */
  async ask(request: UpstreamRequest, faults: 'throw' | 'pass' = 'throw'): Promise<UpstreamAnswer> {
    const { method = 'GET' } = request;
    try {
      return await this.once(request, faults);
    } catch (error) {
      const again = method === 'GET' && error instanceof UpstreamError && error.outcome === 'unreachable';
      if (!again) throw error;
      return this.once(request, faults);
    }
  }

  private async once(request: UpstreamRequest, faults: 'throw' | 'pass'): Promise<UpstreamAnswer> {
    const { method = 'GET', path, headers = {}, body } = request;
    const started = performance.now();
    const done = (outcome: string) => {
      this.metrics.upstream.add({ upstream: this.name, outcome });
      this.metrics.upstreamDuration.observe({ upstream: this.name }, (performance.now() - started) / 1000);
    };
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.base}${path}`, {
        method,
        headers: { accept: 'application/json', ...headers },
        redirect: 'manual',
        signal: AbortSignal.timeout(this.timeoutSeconds * 1000),
        ...(body === undefined ? {} : { body }),
      });
      text = await response.text();
    } catch (error) {
      const slow = error instanceof Error && error.name === 'TimeoutError';
      const outcome = slow ? 'timeout' : 'unreachable';
      done(outcome);
      throw new UpstreamError(
        this.name,
        outcome,
        slow ? `no answer within ${this.timeoutSeconds} s` : 'not reachable',
      );
    }
    const { status } = response;
    done(status >= 500 ? 'fault' : 'answered');
    if (status >= 500 && faults === 'throw')
      throw new UpstreamError(this.name, 'fault', `answered ${status}`);
    return { status, headers: response.headers, body: parsed(text) };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
