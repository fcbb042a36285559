type Labels = Readonly<Record<string, string | number>>;

const escaped = (value: string | number) =>
  String(value).replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`));
const key = (labels: Labels) =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');

/** A count that only grows. */
export class Counter {
  private readonly values = new Map<string, number>();

  constructor(
    readonly name: string,
    readonly help: string,
  ) {}

  add(labels: Labels, by = 1): void {
    const at = key(labels);
    this.values.set(at, (this.values.get(at) ?? 0) + by);
  }

  lines(): string[] {
    return [
      `# HELP ${this.name} ${this.help}`,
      `# TYPE ${this.name} counter`,
      ...[...this.values].map(([labels, value]) => `${this.name}{${labels}} ${value}`),
    ];
  }
}

/** Password hashing alone takes a quarter of a second. */
const bounds = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 8];

/** How long things take, in seconds. */
export class Histogram {
  private readonly series = new Map<string, { buckets: number[]; sum: number; count: number }>();

  constructor(
    readonly name: string,
    readonly help: string,
  ) {}

  observe(labels: Labels, seconds: number): void {
    const at = key(labels);
    let entry = this.series.get(at);
    if (entry === undefined) {
      entry = { buckets: bounds.map(() => 0), sum: 0, count: 0 };
      this.series.set(at, entry);
    }
    entry.sum += seconds;
    entry.count += 1;
    for (const [i, bound] of bounds.entries())
      if (seconds <= bound) entry.buckets[i] = (entry.buckets[i] ?? 0) + 1;
  }

  lines(): string[] {
    const out = [`# HELP ${this.name} ${this.help}`, `# TYPE ${this.name} histogram`];
    for (const [labels, { buckets, sum, count }] of this.series) {
      for (const [i, bound] of bounds.entries())
        out.push(`${this.name}_bucket{${labels},le="${bound}"} ${buckets[i]}`);
      out.push(`${this.name}_bucket{${labels},le="+Inf"} ${count}`);
      out.push(`${this.name}_sum{${labels}} ${sum}`, `${this.name}_count{${labels}} ${count}`);
    }
    return out;
  }
}

/** Everything the service counts. */
export class Metrics {
  readonly requests = new Counter('login_http_requests_total', 'Requests by route, method and status.');
  readonly duration = new Histogram('login_http_request_duration_seconds', 'Time to answer, by route.');
  readonly upstream = new Counter('login_upstream_requests_total', 'Calls to Kratos and Hydra by outcome.');
  readonly upstreamDuration = new Histogram('login_upstream_duration_seconds', 'Time Kratos and Hydra took.');
  readonly events = new Counter(
    'login_events_total',
    'What happened: consents given and refused, sign-outs, restarted flows, tokens refused.',
  );

  /** Prometheus' text format. */
  text(): string {
    const memory = process.memoryUsage().rss;
    return `${[
      ...this.requests.lines(),
      ...this.duration.lines(),
      ...this.upstream.lines(),
      ...this.upstreamDuration.lines(),
      ...this.events.lines(),
      '# HELP process_resident_memory_bytes Resident memory size in bytes.',
      '# TYPE process_resident_memory_bytes gauge',
      `process_resident_memory_bytes ${memory}`,
    ].join('\n')}\n`;
  }
}
