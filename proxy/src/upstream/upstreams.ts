import { UpstreamPool } from './pool.js';
import type { Lookup } from './resolver.js';

/** All upstreams by host and port. They outlive configurations, so that connections are kept. */
export class Upstreams {
  private readonly pools = new Map<string, UpstreamPool>();

  constructor(
    private readonly now: () => number,
    private readonly lookup?: Lookup,
  ) {}

  get(host: string, port: number): UpstreamPool {
    const key = `${host}:${port}`;
    let pool = this.pools.get(key);
    if (pool === undefined) {
      pool = new UpstreamPool(host, port, this.now, this.lookup);
      this.pools.set(key, pool);
    }
    return pool;
  }

  /** Lets go of the upstreams that no route leads to any more. */
  keep(used: ReadonlySet<UpstreamPool>): void {
    for (const [key, pool] of this.pools)
      if (!used.has(pool)) {
        pool.close();
        this.pools.delete(key);
      }
  }

  sweep(now: number): void {
    for (const pool of this.pools.values()) pool.sweep(now);
  }

  close(): void {
    for (const pool of this.pools.values()) pool.close();
  }

  get all(): ReadonlyMap<string, UpstreamPool> {
    return this.pools;
  }
}
