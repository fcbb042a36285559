import cluster, { type Worker } from 'node:cluster';
import type { Registry } from 'prom-client';
import { combine } from './exposition.js';

const ask = 'edge:metrics:ask';
const answer = 'edge:metrics:answer';

/** One metric with its values, as a registry gives it out. */
interface Snapshot {
  readonly name: string;
  readonly type: unknown;
}

interface Message {
  readonly type: string;
  readonly id: number;
  readonly metrics: Snapshot[];
}

/** In a worker: answers the primary's question for what this process has counted. */
export function answerMetrics(registry: Registry): void {
  process.on('message', (message: Partial<Message>) => {
    if (message.type !== ask) return;
    registry.getMetricsAsJSON().then(
      (metrics) => process.send?.({ type: answer, id: message.id, metrics }),
      // the primary does without
      () => {},
    );
  });
}

/**
 * In the primary: the metrics of all workers as those of one process. A worker that does not answer in time is shown as
 * it was the last time, and what a worker had counted that has ended stays counted: a sum that falls would look like a
 * restart of them all, and count everything twice.
 */
export class WorkerMetrics {
  private readonly last = new Map<number, Snapshot[]>();
  /** What those have counted that ended. */
  private ended: Snapshot[][] = [];
  private readonly pending = new Map<number, (worker: number) => void>();
  private question = 0;
  private merging = false;

  /**
   * @param own what the primary counts itself
   * @param timeout ms a worker has to answer. Default: 1000
   */
  constructor(
    private readonly own: Registry | undefined,
    private readonly timeout = 1000,
  ) {
    cluster.on('message', (worker: Worker, message: Partial<Message>) => {
      if (message.type !== answer || message.id === undefined || message.metrics === undefined) return;
      this.last.set(worker.id, message.metrics);
      this.pending.get(message.id)?.(worker.id);
    });
    cluster.on('exit', (worker) => this.retire(worker.id));
  }

  /** In Prometheus' text format. */
  async text(): Promise<string> {
    await this.refresh();
    const own = this.own === undefined ? [] : [await this.own.getMetricsAsJSON()];
    return combine([...own, ...this.last.values(), ...this.ended]).metrics();
  }

  private refresh(): Promise<void> {
    const waiting = new Set<number>();
    const id = ++this.question;
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.pending.delete(id);
        resolve();
      };
      const timer = setTimeout(done, this.timeout);
      this.pending.set(id, (worker) => {
        waiting.delete(worker);
        if (waiting.size === 0) done();
      });
      for (const worker of Object.values(cluster.workers ?? {})) {
        if (worker === undefined || !worker.isConnected()) continue;
        waiting.add(worker.id);
        worker.send({ type: ask, id });
      }
      if (waiting.size === 0) done();
    });
  }

  private retire(worker: number): void {
    const metrics = this.last.get(worker);
    if (metrics === undefined) return;
    this.last.delete(worker);
    this.ended.push(metrics.filter(({ type }) => type === 'counter' || type === 'histogram'));
    void this.merge();
  }

  /** Makes one of them, so that workers may end as often as they like. */
  private async merge(): Promise<void> {
    const before = this.ended;
    if (this.merging || before.length < 2) return;
    this.merging = true;
    const { length } = before;
    const sums = (await combine([...before]).getMetricsAsJSON()) as Snapshot[];
    this.ended = [sums, ...this.ended.slice(length)];
    this.merging = false;
  }
}
