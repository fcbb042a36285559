/** What one pod asks for and may use. CPU has no limit on purpose: throttling hurts, requests give the weights. */
export interface Resources {
  /** Thousandths of a core asked for. */
  readonly cpu: number;
  /** MiB asked for. */
  readonly memory: number;
  /** MiB at which the kernel stops it. */
  readonly limit: number;
}

const row = (cpu: number, memory: number, limit: number): Resources => ({ cpu, memory, limit });

/**
 * Figures at size 'standard', one row for each container. They are proposals until a week of a real server
 * has been measured; where the tour of the box names a figure (PostgreSQL, Valkey, OpenSearch's heap), it stands.
 */
export const sizes = {
  openbao: row(100, 256, 512),
  postgres: row(500, 512, 512),
  valkey: row(50, 64, 64),
  /** 512 MiB heap plus what Lucene, vectors and the embedding model take outside of it. */
  opensearch: row(500, 1536, 2560),
  'seaweedfs-master': row(20, 96, 256),
  'seaweedfs-volume': row(100, 640, 1536),
  'seaweedfs-filer': row(100, 448, 1280),
  searxng: row(50, 192, 512),
  kratos: row(50, 128, 256),
  hydra: row(50, 128, 256),
  login: row(20, 96, 256),
  'kratos-admin-ui': row(20, 96, 256),
  proxy: row(250, 256, 768),
  'docs-backend': row(100, 512, 896),
  'docs-worker': row(50, 320, 640),
  'docs-y-provider': row(50, 256, 640),
  'docs-frontend': row(5, 32, 64),
  collabora: row(200, 896, 2560),
  /** Jobs and CronJobs: migrations, clean-up. */
  task: row(50, 192, 512),
  /** A Linkerd proxy beside each meshed pod. */
  mesh: row(10, 20, 128),
} as const satisfies Record<string, Resources>;

export type SizeName = keyof typeof sizes;
export type SiteSize = 'small' | 'standard' | 'large';

/** How a site's size scales requests and limits, and the server it is meant for. */
export const scales: Record<
  SiteSize,
  { request: number; limit: number; server: { cpu: number; memoryGi: number } }
> = {
  small: { request: 0.6, limit: 1, server: { cpu: 8, memoryGi: 32 } },
  standard: { request: 1, limit: 1, server: { cpu: 16, memoryGi: 64 } },
  large: { request: 2, limit: 2, server: { cpu: 32, memoryGi: 128 } },
};

/** Cores and GiB of a server that are not for pods: kernel, k3s, eviction threshold. */
export const reserved = { cpu: 1, memoryGi: 4 };

/** A row at a site's size. Requests never exceed the limit. */
export function scaled(resources: Resources, size: SiteSize): Resources {
  const { request, limit } = scales[size];
  const ceiling = Math.round(resources.limit * limit);
  return {
    cpu: Math.max(1, Math.round(resources.cpu * request)),
    memory: Math.min(ceiling, Math.max(16, Math.round(resources.memory * request))),
    limit: ceiling,
  };
}
