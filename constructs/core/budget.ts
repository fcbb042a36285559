import type { Site } from './site.js';
import { type Resources, reserved } from './sizes.js';

/** One line of the resource table. */
export interface BudgetRow {
  readonly namespace: string;
  readonly workload: string;
  readonly replicas: number;
  /** Per replica, all containers together. */
  readonly resources: Resources;
}

/** What the pods of a namespace, or all of them, may use. */
export interface BudgetTotal {
  readonly cpu: number;
  readonly memory: number;
  readonly limit: number;
}

/** The resource table: what all long-running pods ask for, against what the server has. */
export class Budget {
  readonly rows: BudgetRow[] = [];

  constructor(private readonly site: Site) {}

  add(row: BudgetRow): void {
    this.rows.push(row);
  }

  /** Cores (in thousandths) and MiB that pods may use on the servers together. */
  get available(): { cpu: number; memory: number } {
    const { cpu, memoryGi } = this.site.server;
    const servers = this.site.isCluster ? 3 : 1;
    return {
      cpu: servers * (cpu - reserved.cpu) * 1000,
      memory: servers * (memoryGi - reserved.memoryGi) * 1024,
    };
  }

  total(rows: readonly BudgetRow[] = this.rows): BudgetTotal {
    return rows.reduce(
      (sum, { resources, replicas }) => ({
        cpu: sum.cpu + resources.cpu * replicas,
        memory: sum.memory + resources.memory * replicas,
        limit: sum.limit + resources.limit * replicas,
      }),
      { cpu: 0, memory: 0, limit: 0 },
    );
  }

  /** @throws when requests or memory limits exceed the server */
  check(): void {
    const { cpu, memory, limit } = this.total();
    const { available } = this;
    const wanted: [string, number, number][] = [
      ['CPU requests (thousandths of a core)', cpu, available.cpu],
      ['memory requests (MiB)', memory, available.memory],
      ['memory limits (MiB)', limit, available.memory],
    ];
    const over = wanted.filter(([, needed, has]) => needed > has);
    if (over.length === 0) return;
    const lines = over.map(([what, needed, has]) => `${what} ${needed} > ${has}`).join('; ');
    const { size } = this.site.settings;
    throw new Error(
      `size '${size}' does not fit the server of ${this.site.server.cpu} cores and ${this.site.server.memoryGi} GiB: ${lines}. ` +
        'Choose a smaller size, switch apps off, or set server.cpu and server.memoryGi to what the server really has',
    );
  }
}
