import type { Registry } from 'prom-client';
import { expose } from './exposition.js';
import type { LoopHealth } from './loop-health.js';

/** An upstream as its pool sees it. */
export interface UpstreamState {
  /** Host and port as configured. */
  readonly name: string;
  readonly endpoints: readonly {
    readonly address: string;
    readonly idle: number;
    readonly active: number;
    readonly healthy: boolean;
  }[];
}

/** What other parts of the proxy know, asked for when metrics are read. Whatever is left out is not shown. */
export interface Sources {
  /** Open connections of clients by protocol: 'http', 'h1', 'h2' … */
  readonly connections?: () => Readonly<Record<string, number>>;
  /** Connections refused so far, by reason. */
  readonly connectionsRefused?: () => Readonly<Record<string, number>>;
  /** End of life of each certificate, in ms since 1970. */
  readonly certificates?: () => Iterable<{ readonly source: string; readonly notAfter: number }>;
  readonly upstreams?: () => Iterable<UpstreamState>;
  /** Open connections by name of the passthrough. */
  readonly passthroughs?: () => Readonly<Record<string, number>>;
  /** WebSockets and the like that are open. */
  readonly tunnels?: () => number;
  /** Clients the detector has blocked. */
  readonly blockedClients?: () => number;
  readonly loop?: LoopHealth;
  /** Lines of the access log and spans that were lost. */
  readonly dropped?: () => Readonly<Record<string, number>>;
  /** Version of the program and name of the configuration in use. */
  readonly build?: () => { readonly version: string; readonly config: string };
}

/** Adds what `sources` knows. The names in it come from the configuration, never from a client. */
export function exposeSources(registry: Registry, sources: Sources): void {
  const { connections, connectionsRefused, certificates, passthroughs, tunnels, blockedClients, dropped } =
    sources;
  if (connections !== undefined)
    expose(registry, 'gauge', 'edge_connections', 'Open connections of clients.', (emit) => {
      for (const [protocol, count] of Object.entries(connections())) emit(count, { protocol });
    });
  if (connectionsRefused !== undefined)
    expose(
      registry,
      'counter',
      'edge_connections_refused_total',
      'Connections refused, by reason.',
      (emit) => {
        for (const [reason, count] of Object.entries(connectionsRefused())) emit(count, { reason });
      },
    );
  if (certificates !== undefined)
    expose(
      registry,
      'gauge',
      'edge_certificate_expiry_seconds',
      'When a certificate ends, in seconds since 1970.',
      (emit) => {
        for (const { source, notAfter } of certificates())
          emit(Math.floor(notAfter / 1000), { name: source });
      },
      'min',
    );
  if (passthroughs !== undefined)
    expose(
      registry,
      'gauge',
      'edge_passthrough_connections',
      'Connections handed on as they are.',
      (emit) => {
        for (const [name, count] of Object.entries(passthroughs())) emit(count, { name });
      },
    );
  if (tunnels !== undefined)
    expose(registry, 'gauge', 'edge_tunnels', 'Upgraded connections that are open.', (emit) =>
      emit(tunnels()),
    );
  if (blockedClients !== undefined)
    expose(registry, 'gauge', 'edge_blocked_clients', 'Clients the detector has blocked.', (emit) =>
      emit(blockedClients()),
    );
  if (dropped !== undefined)
    expose(registry, 'counter', 'edge_telemetry_dropped_total', 'Lines and spans lost, by kind.', (emit) => {
      for (const [kind, count] of Object.entries(dropped())) emit(count, { kind });
    });
  exposeUpstreams(registry, sources);
  exposeLoop(registry, sources);
}

function exposeUpstreams(registry: Registry, { upstreams }: Sources): void {
  if (upstreams === undefined) return;
  // sums over the addresses: they change with every restart of an app
  expose(registry, 'gauge', 'edge_upstream_connections', 'Connections to upstreams.', (emit) => {
    for (const { name: upstream, endpoints } of upstreams())
      for (const state of ['idle', 'active'] as const)
        emit(
          endpoints.reduce((sum, endpoint) => sum + endpoint[state], 0),
          { upstream, state },
        );
  });
  expose(registry, 'gauge', 'edge_upstream_healthy', 'Addresses of upstreams that answer.', (emit) => {
    for (const { name: upstream, endpoints } of upstreams())
      emit(endpoints.filter(({ healthy }) => healthy).length, { upstream });
  });
}

function exposeLoop(registry: Registry, { loop, build }: Sources): void {
  if (loop !== undefined) {
    const delay = 'How late timers are in the last second.';
    expose(
      registry,
      'gauge',
      'edge_event_loop_delay_seconds',
      delay,
      (emit) => {
        emit(loop.last.p50 / 1000, { quantile: '0.5' });
        emit(loop.last.p99 / 1000, { quantile: '0.99' });
        emit(loop.last.max / 1000, { quantile: '1' });
      },
      'max',
    );
    const share = 'Share of the last second in which the loop had work.';
    expose(
      registry,
      'gauge',
      'edge_event_loop_utilization',
      share,
      (emit) => emit(loop.last.utilization),
      'max',
    );
    const overloads = 'Times the process had more work than it could do.';
    expose(registry, 'counter', 'edge_overloads_total', overloads, (emit) => emit(loop.overloads));
  }
  if (build !== undefined)
    expose(registry, 'gauge', 'edge_build_info', 'What runs.', (emit) => emit(1, { ...build() }), 'first');
}
