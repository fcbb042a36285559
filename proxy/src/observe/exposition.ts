import { AggregatorRegistry, collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import { signalNames } from '../detect/signals.js';
import { methodLabels, statusLabels } from './labels.js';
import type { Metrics } from './metrics.js';
import { durationBounds } from './series.js';

/** Labels of one value. */
export type Labels = Readonly<Record<string, string>>;

/** How the values of several processes become one. Default: 'sum'. */
export type Aggregator = 'sum' | 'min' | 'max' | 'average' | 'first' | 'omit';

interface Value {
  readonly value: number;
  readonly labels: Labels;
  readonly metricName?: string;
}

/** Reads values where they are counted; `emit` takes each of them. */
export type Read = (emit: (value: number, labels?: Labels, metricName?: string) => void) => void;

/**
 * Adds a metric that is read when somebody asks for it, and holds nothing itself. Its labels must come from a list that
 * clients cannot lengthen.
 */
export function expose(
  registry: Registry,
  type: 'counter' | 'gauge' | 'histogram',
  name: string,
  help: string,
  read: Read,
  aggregator: Aggregator = 'sum',
): void {
  const metric = {
    name,
    help,
    type,
    aggregator,
    reset() {},
    async get() {
      const values: Value[] = [];
      read((value, labels = {}, metricName = name) => values.push({ value, labels, metricName }));
      return { name, help, type, aggregator, values };
    },
  };
  // what prom-client asks of a metric is `get`; its type asks for the methods that count, too
  registry.registerMetric(metric as unknown as Metric<string>);
}

/**
 * A registry with everything `metrics` counts, and what prom-client knows of the process. Names beginning with `sunbeam_`
 * are those of the proxy this one follows, where they mean the same, so that dashboards go on working.
 * @param processMetrics CPU, memory, descriptors, garbage collection. Default: true
 */
export function expositionOf(metrics: Metrics, processMetrics = true): Registry {
  const registry = new Registry();
  if (processMetrics) collectDefaultMetrics({ register: registry });
  requests(registry, metrics);
  decisions(registry, metrics);
  expose(
    registry,
    'counter',
    'edge_refused_heads_total',
    'Heads of requests that could not be read, by code.',
    (emit) => {
      for (const [code, count] of metrics.refusedHeads) emit(count, { code });
    },
  );
  const reloads = [
    ['edge_config_reload_total', 'Configurations taken over and refused.', metrics.configReloads],
    ['edge_certificate_reload_total', 'Certificates taken over and refused.', metrics.certificateReloads],
  ] as const;
  // every process reloads for itself
  for (const [name, help, counts] of reloads)
    expose(
      registry,
      'counter',
      name,
      help,
      (emit) => {
        emit(counts.success, { result: 'success' });
        emit(counts.failure, { result: 'failure' });
      },
      'max',
    );
  return registry;
}

function requests(registry: Registry, metrics: Metrics): void {
  const { series } = metrics;
  const statuses = statusLabels.length;
  expose(
    registry,
    'counter',
    'sunbeam_requests_total',
    "Requests by route, method and status; '0': no answer was sent.",
    (emit) => {
      for (const { name: route, requests: counts } of series)
        for (const [at, count] of counts.entries())
          if (count > 0)
            emit(count, {
              route,
              method: methodLabels[Math.floor(at / statuses)] ?? 'other',
              status: statusLabels[at % statuses] ?? '0',
            });
    },
  );
  const duration = 'sunbeam_request_duration_seconds';
  expose(
    registry,
    'histogram',
    duration,
    'From the head of a request to the end of its answer; tunnels are left out.',
    (emit) => {
      for (const { name: route, buckets, durations } of series) {
        let sum = 0;
        for (const [at, count] of buckets.entries()) {
          sum += count;
          const le = durationBounds[at];
          emit(sum, { le: le === undefined ? '+Inf' : String(le), route }, `${duration}_bucket`);
        }
        emit(durations / 1000, { route }, `${duration}_sum`);
        emit(sum, { route }, `${duration}_count`);
      }
    },
  );
  expose(registry, 'gauge', 'sunbeam_active_connections', 'Requests under way.', (emit) =>
    emit(metrics.active),
  );
  expose(registry, 'counter', 'edge_request_bytes_total', 'Octets of the bodies of requests.', (emit) => {
    for (const { name: route, requestBytes } of series) emit(requestBytes, { route });
  });
  expose(registry, 'counter', 'edge_response_bytes_total', 'Octets of the bodies of answers.', (emit) => {
    for (const { name: route, responseBytes } of series) emit(responseBytes, { route });
  });
  expose(registry, 'counter', 'edge_tunnels_total', 'Upgraded connections that have ended.', (emit) => {
    for (const { name: route, tunnels } of series) if (tunnels > 0) emit(tunnels, { route });
  });
  expose(
    registry,
    'counter',
    'edge_upstream_errors_total',
    'Requests an upstream failed, by code.',
    (emit) => {
      for (const { name: route, errors } of series)
        for (const [code, count] of errors)
          if (code.startsWith('EDGE_UPSTREAM')) emit(count, { route, code });
    },
  );
  expose(
    registry,
    'counter',
    'edge_request_errors_total',
    'Requests that failed otherwise, by code.',
    (emit) => {
      for (const { name: route, errors } of series)
        for (const [code, count] of errors)
          if (!code.startsWith('EDGE_UPSTREAM')) emit(count, { route, code });
    },
  );
}

function decisions(registry: Registry, metrics: Metrics): void {
  const names = ['allow', 'limit', 'block'] as const;
  expose(registry, 'counter', 'sunbeam_ddos_decisions_total', 'Verdicts about floods.', (emit) => {
    for (const [i, count] of metrics.floods.entries()) emit(count, { decision: names[i] ?? 'bypass' });
  });
  expose(
    registry,
    'counter',
    'sunbeam_scanner_decisions_total',
    'Verdicts about scanners, by the first signal.',
    (emit) => {
      emit(metrics.scannerPassed, { decision: 'allow', reason: 'none' });
      emit(metrics.spared, { decision: 'bypass', reason: 'none' });
      const width = signalNames.length + 1;
      for (const [at, count] of metrics.scanners.entries())
        if (count > 0)
          emit(count, {
            decision: names[Math.floor(at / width)] ?? 'block',
            reason: signalNames[at % width] ?? 'none',
          });
    },
  );
  expose(
    registry,
    'counter',
    'edge_signals_total',
    'Requests that showed a signal, whatever the verdict.',
    (emit) => {
      for (const [at, count] of metrics.signals.entries())
        if (count > 0) emit(count, { signal: signalNames[at] ?? 'none' });
    },
  );
  expose(
    registry,
    'counter',
    'sunbeam_rate_limit_decisions_total',
    'Decisions of the rate limiter.',
    (emit) => {
      emit(metrics.admitted, { decision: 'allow' });
      emit(metrics.rateLimited, { decision: 'limit' });
      emit(metrics.spared, { decision: 'bypass' });
    },
  );
  expose(registry, 'counter', 'sunbeam_cache_status_total', 'Requests to routes with a cache.', (emit) => {
    emit(metrics.cacheHits, { status: 'hit' });
    emit(metrics.cacheMisses, { status: 'miss' });
  });
}

/** The values of several registries, each as `getMetricsAsJSON` gives them, as those of one. */
export function combine(registries: object[]): Registry {
  return AggregatorRegistry.aggregate(registries);
}
