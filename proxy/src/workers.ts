import cluster from 'node:cluster';
import type { Config } from './config/schema.js';
import { bound } from './edge.js';
import { AdminServer, type Readiness } from './observe/admin-server.js';
import type { Log } from './observe/log.js';
import { SeriesTable } from './observe/series.js';
import { WorkerMetrics } from './observe/worker-metrics.js';
import { RouteTable } from './routing/table.js';
import { TicketKeys, type TicketSeed } from './tls/tickets.js';

/** Milliseconds before a worker that ended is replaced; doubled while they go on ending, up to half a minute. */
const firstPause = 100;
const longestPause = 30_000;

/** What the primary tells a worker in its environment. */
const seedVariable = 'PROXY_TICKET_SEED';
const countVariable = 'PROXY_WORKERS';
const placeVariable = 'PROXY_WORKER';
const readinessMessage = 'edge:readiness';
/** Milliseconds between two looks of a worker at what is missing. */
const lookInterval = 250;

/** How this process is one of several; nothing when it is not. */
export function workerOptions(): { ticketSeed?: TicketSeed; workers?: number; first?: boolean } {
  const seed = process.env[seedVariable];
  if (!cluster.isWorker || seed === undefined) return {};
  return {
    ticketSeed: JSON.parse(seed) as TicketSeed,
    workers: Number(process.env[countVariable]),
    first: process.env[placeVariable] === '0',
  };
}

/** The process above the workers: starts them, starts them again, and shows them as one. */
export class Primary {
  private readonly tickets = new TicketKeys();
  /** What workers say is missing, by their id. */
  private readonly states = new Map<number, Readiness>();
  /** Which of the workers each one is: the one that takes its place is the same. */
  private readonly places = new Map<number, number>();
  private served = false;
  private pause = firstPause;
  private stopping = false;
  private failed = false;

  constructor(
    private readonly config: Config,
    private readonly version: string,
    private readonly log: Log,
  ) {}

  async start(): Promise<void> {
    const { config } = this;
    // in turn: the connections of a client are spread evenly, as its limits are
    cluster.schedulingPolicy = cluster.SCHED_RR;
    const metrics = new WorkerMetrics(undefined);
    const admin = new AdminServer({
      version: this.version,
      readiness: () => this.readiness(),
      metrics: () => metrics.text(),
      routes: () => RouteTable.compile(config).routes,
      series: new SeriesTable(),
      upstreams: () => [],
      clients: () => [],
    });
    const { address, admin: wanted } = config.listeners;
    const port = await bound('admin', wanted, admin.listen(wanted, address));
    cluster.on('message', (worker, message: { type?: string; readiness?: Readiness }) => {
      if (message.type !== readinessMessage || message.readiness === undefined) return;
      this.states.set(worker.id, message.readiness);
      this.served = true;
      this.pause = firstPause;
    });
    cluster.on('exit', (worker, code, signal) => this.onExit(worker.id, code, signal));
    for (let place = 0; place < config.workers; place++) this.fork(place);
    this.log.info('serving', { admin: port, workers: config.workers });
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.stop());
    process.on('SIGHUP', () => this.each((pid) => process.kill(pid, 'SIGHUP')));
  }

  private fork(place: number): void {
    if (this.stopping) return;
    const worker = cluster.fork({
      [seedVariable]: JSON.stringify(this.tickets.seed()),
      [countVariable]: String(this.config.workers),
      [placeVariable]: String(place),
    });
    this.places.set(worker.id, place);
  }

  private onExit(id: number, code: number | null, signal: string | null): void {
    const place = this.places.get(id) ?? 0;
    this.states.delete(id);
    this.places.delete(id);
    if (this.stopping) {
      this.exitWhenAlone();
      return;
    }
    this.log.error('a worker ended', { worker: id, code, signal });
    if (!this.served && code !== 0) {
      // none has ever served: another one would fail for the same reason, which the log has
      this.stopping = true;
      this.failed = true;
      this.stop();
      return;
    }
    setTimeout(() => this.fork(place), this.pause);
    this.pause = Math.min(longestPause, this.pause * 2);
  }

  /** One worker that serves is enough; what the others lack is told. */
  private readiness(): Readiness {
    if (this.stopping) return { ready: false, missing: ['the proxy is stopping'] };
    const states = [...this.states.values()];
    const missing = [...new Set(states.flatMap((state) => state.missing))];
    const absent = this.config.workers - states.length;
    if (absent > 0) missing.unshift(`${absent} of ${this.config.workers} workers`);
    return { ready: states.some(({ ready }) => ready), missing };
  }

  private stop(): void {
    this.stopping = true;
    this.each((pid) => process.kill(pid, 'SIGTERM'));
    this.exitWhenAlone();
  }

  private exitWhenAlone(): void {
    if (this.places.size > 0) return;
    this.log.flushSync();
    process.exit(this.failed ? 1 : 0);
  }

  private each(act: (pid: number) => void): void {
    for (const worker of Object.values(cluster.workers ?? {}))
      if (worker?.process.pid !== undefined) act(worker.process.pid);
  }
}

/** In a worker: tells the primary that it serves, what is missing, and whenever that changes. */
export function reportReadiness(look: () => Readiness): void {
  let told = '';
  const tell = () => {
    const readiness = look();
    const text = JSON.stringify(readiness);
    if (text === told || !process.connected) return;
    told = text;
    process.send?.({ type: readinessMessage, readiness });
  };
  tell();
  setInterval(tell, lookInterval).unref();
}
