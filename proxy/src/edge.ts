import { readConfig } from './config/load.js';
import type { Config } from './config/schema.js';
import { LocalContent } from './content/content.js';
import { ProxyError } from './core/errors.js';
import { makeGuard } from './detect/make.js';
import type { Exchange } from './exchange.js';
import { KubernetesSources } from './kube/sources.js';
import { Layer4 } from './layer4.js';
import { ConnectionBudget } from './limit/connections.js';
import { Listeners } from './listeners.js';
import { AdminServer, type Readiness } from './observe/admin-server.js';
import { publishCertificateReload, publishConfigReload } from './observe/channels.js';
import { expositionOf } from './observe/exposition.js';
import { exposeSources } from './observe/gauges.js';
import type { Log } from './observe/log.js';
import { LoopHealth } from './observe/loop-health.js';
import { Telemetry } from './observe/telemetry.js';
import { Service, type Times } from './service.js';
import { CertificateStore } from './tls/certificates.js';
import { CertificateIntake } from './tls/intake.js';
import { TicketKeys, type TicketSeed } from './tls/tickets.js';
import type { Lookup } from './upstream/resolver.js';

/** What a process is started with. */
export interface EdgeOptions {
  readonly version: string;
  readonly log: Log;
  /** Keys of TLS tickets are the same in all workers. @default - this is the only process */
  readonly ticketSeed?: TicketSeed | undefined;
  /** One of several workers: the primary has the admin port, and limits are divided by their number. @default 1 */
  readonly workers?: number;
  /** The one of several workers that relays datagrams: those of a client must not be divided. @default true */
  readonly first?: boolean;
  /** What clients are given. @default usualTimes */
  readonly times?: Times;
  /** Finds the addresses of upstreams. @default - the system is asked */
  readonly lookup?: Lookup;
}

/** Ports that are bound, as far as they are. */
export interface BoundPorts {
  http: number;
  https: number;
  admin: number;
}

/** One process of the proxy, from its configuration to its ports. */
export class Edge {
  readonly ports: BoundPorts = { http: 0, https: 0, admin: 0 };
  readonly service: Service;
  readonly telemetry: Telemetry;
  readonly certificates: CertificateStore;
  readonly registry: ReturnType<typeof expositionOf>;
  private readonly content: LocalContent;
  private readonly budget: ConnectionBudget;
  private readonly listeners: Listeners;
  private readonly layer4: Layer4;
  private readonly intake: CertificateIntake;
  private readonly tickets: TicketKeys;
  private readonly loop = new LoopHealth({
    onChange: (overloaded) => (this.service.overloaded = overloaded),
  });
  private readonly admin: AdminServer;
  private kubernetes: KubernetesSources | undefined = undefined;
  private guardKey = '';
  private reloading: Promise<void> = Promise.resolve();
  private tlsOpening = false;
  private tlsError = '';

  constructor(
    private config: Config,
    private readonly options: EdgeOptions,
  ) {
    const { log, version, workers = 1 } = options;
    this.content = new LocalContent(() => this.service.now);
    this.service = new Service(config, this.content, options.times, { workers, lookup: options.lookup });
    this.telemetry = new Telemetry({ version, log, shared: workers > 1 });
    this.service.observer = this.telemetry;
    this.tickets = new TicketKeys(options.ticketSeed === undefined ? {} : { seed: options.ticketSeed });
    this.certificates = new CertificateStore({
      ticketKeys: this.tickets.current(),
      onChange: () => this.openTls(),
    });
    this.service.misdirected = (serverName, host) =>
      this.certificates.select(serverName) !== this.certificates.select(host);
    this.budget = new ConnectionBudget(budgetOf(config, workers), performance.now());
    const onError = (error: Error) => log.warn(error.message);
    this.listeners = new Listeners({
      service: this.service,
      certificates: this.certificates,
      budget: this.budget,
      route: (raw) => this.layer4.sni.handle(raw),
      onProblem: onError,
    });
    this.layer4 = new Layer4(config, {
      budget: this.budget,
      // of the configuration in force, whichever that is
      unlimited: { has: (address) => this.service.setup.unlimited.has(address) },
      fallback: (raw) => this.listeners.handshake(raw),
      onError,
      workers,
      relays: options.first !== false,
    });
    this.intake = new CertificateIntake(this.certificates, {
      onTaken: (source) => {
        this.telemetry.metrics.certificateReload(true);
        publishCertificateReload(source);
        log.info('certificate taken over', { source });
      },
      onRefused: (source, error) => {
        this.telemetry.metrics.certificateReload(false);
        publishCertificateReload(source, error);
      },
      onWarning: (warning) => log.warn(warning),
      onProblem: (error) => log.error(error.message),
    });
    this.registry = expositionOf(this.telemetry.metrics);
    this.exposeGauges();
    this.admin = new AdminServer({
      version,
      readiness: () => this.readiness(),
      metrics: () => this.registry.metrics(),
      routes: () => this.service.setup.table.routes,
      series: this.telemetry.metrics.series,
      upstreams: () => this.upstreamStates(),
      clients: () => this.blockedClients(),
    });
  }

  /**
   * Binds the ports and begins to serve.
   * @throws ProxyError EDGE_CONFIG when a port or a folder cannot be had; then nothing is left open
   */
  async start(): Promise<void> {
    try {
      await this.bind();
    } catch (error) {
      this.listeners.close();
      this.service.stop();
      await this.layer4.stop(0);
      await this.close();
      throw error;
    }
  }

  private async bind(): Promise<void> {
    const { config, service } = this;
    const { address, http, admin } = config.listeners;
    const commitContent = await this.content.prepare(config, this.refuse);
    commitContent();
    this.telemetry.adopt(config.telemetry, service.setup.table.routes);
    this.guardFor(config)();
    service.start();
    this.loop.start();
    this.tickets.start((keys) => this.certificates.setTicketKeys(keys));
    if ((this.options.workers ?? 1) === 1)
      this.ports.admin = await bound('admin', admin, this.admin.listen(admin, address));
    this.ports.http = await bound('http', http, this.listeners.listenPlain(http, address));
    await this.layer4.start();
    await this.intake.watch(config.tls.files ?? []);
    if (config.kubernetes !== undefined) {
      this.kubernetes = KubernetesSources.inCluster(config, {
        onConfig: (text, source) => this.reload(text, source),
        onPem: (source, pem) => this.intake.take(source, pem),
        onProblem: (error) => this.options.log.warn(error.message),
      });
      if (this.kubernetes === undefined)
        this.options.log.warn(
          'not in a cluster: certificates, challenges and changes of the configuration come from files only',
        );
      else service.dispatcher.findSolver = (host, path) => this.kubernetes?.challenges?.find(host, path);
      this.kubernetes?.start();
    }
  }

  /** Whether a change of the configuration comes from the Kubernetes API. */
  get watchesKubernetes(): boolean {
    return this.kubernetes !== undefined;
  }

  /** Takes a new configuration over, or keeps the one before and says why; one after the other. */
  reload(text: string, source: string): Promise<void> {
    this.reloading = this.reloading.then(() => this.take(text, source));
    return this.reloading;
  }

  private async take(text: string, source: string): Promise<void> {
    const { log } = this.options;
    try {
      const { config, warnings } = readConfig(text, source);
      for (const warning of warnings) log.warn(warning);
      if (JSON.stringify(config) === JSON.stringify(this.config)) return;
      await this.adopt(config);
      this.telemetry.metrics.configReload(true);
      publishConfigReload(source);
      log.info('configuration taken over', { source, routes: this.service.setup.table.routes.length });
    } catch (error) {
      this.telemetry.metrics.configReload(false);
      publishConfigReload(source, error as Error);
      log.error('the new configuration is refused, the one before stays', { error: error as Error, source });
    }
  }

  private async adopt(config: Config): Promise<void> {
    const { service } = this;
    const fixed = ['listeners', 'workers'] as const;
    for (const part of fixed)
      if (JSON.stringify(config[part]) !== JSON.stringify(this.config[part]))
        this.options.log.warn(`'${part}' has changed: this takes a restart of the proxy`);
    const commit = await this.open(config);
    service.adopt(config);
    commit();
    this.budget.limit(budgetOf(config, this.options.workers ?? 1));
    await this.intake.watch(config.tls.files ?? []);
    this.kubernetes?.adopt(config);
    const files = (config.tls.files ?? []).map(({ cert }) => cert);
    this.certificates.retain([...(this.kubernetes?.certificateSources(config) ?? []), ...files]);
    this.config = config;
  }

  /** Opens what may fail; what is returned goes with the new routes. Where something fails all stays as it was. */
  private async open(config: Config): Promise<() => void> {
    const { content, layer4, service, telemetry } = this;
    const commitGuard = this.guardFor(config);
    telemetry.adopt(config.telemetry, service.setup.table.routes);
    try {
      const commitContent = await content.prepare(config, this.refuse);
      await layer4.adopt(config);
      return () => {
        commitContent();
        commitGuard();
        telemetry.adopt(config.telemetry, service.setup.table.routes);
      };
    } catch (error) {
      telemetry.adopt(this.config.telemetry, service.setup.table.routes);
      throw error;
    }
  }

  private readonly refuse = (exchange: Exchange, status: number, lines: string) =>
    this.service.error(exchange, status, lines);

  /** What is missing before requests can be served. */
  readiness(): Readiness {
    const missing: string[] = [];
    const { config, service } = this;
    if (service.draining) missing.push('the proxy is stopping');
    if (this.ports.http === 0) missing.push('the HTTP port is not bound');
    if (!service.setup.plainOnly) {
      if (!this.certificates.ready)
        missing.push('no certificate yet: only ACME challenges and redirects are served');
      else if (this.ports.https === 0) missing.push(this.tlsError || 'the HTTPS port is not bound yet');
      const bare = config.hosts.filter(
        ({ name }) => this.certificates.ready && !this.certificates.covers(name),
      );
      if (bare.length > 0) missing.push(`no certificate for ${bare.map(({ name }) => name).join(', ')}`);
    }
    for (const { name, ready, problem } of this.kubernetes?.status() ?? [])
      if (!ready || problem !== undefined) missing.push(`${name}: ${problem ?? 'not read yet'}`);
    // one name without a certificate must not take all others off the net
    const ready =
      !service.draining && this.ports.http !== 0 && (service.setup.plainOnly || this.ports.https !== 0);
    return { ready, missing };
  }

  /** Stops in peace: says no to /readyz, then to new connections, then waits for what is under way. */
  async stop(): Promise<void> {
    const { drain } = this.config;
    const { service } = this;
    service.draining = true;
    await pause(drain.announceSeconds * 1000);
    this.listeners.close();
    service.drain();
    const grace = drain.seconds * 1000;
    const layer4 = this.layer4.stop(grace);
    const until = performance.now() + grace;
    while (service.connections.size > 0 && performance.now() < until) await pause(50);
    service.stop();
    await layer4;
    await this.close();
  }

  /** Ends all that serves no client. */
  private async close(): Promise<void> {
    await this.kubernetes?.stop();
    this.intake.stop();
    this.tickets.stop();
    this.loop.stop();
    this.content.close();
    if (this.ports.admin !== 0) await this.admin.close();
    await this.telemetry.close();
  }

  /** Binds the TLS port as soon as there is a certificate: before, a handshake could only fail. */
  private openTls(): void {
    if (this.tlsOpening) return;
    this.tlsOpening = true;
    const { https, address } = this.config.listeners;
    this.listeners.listenTls(https, address).then(
      (port) => {
        this.ports.https = port;
        this.options.log.info('serving TLS', { port });
      },
      (error: Error) => {
        this.tlsOpening = false;
        this.tlsError = `the HTTPS port ${https} cannot be bound: ${error.message}`;
        this.options.log.error(this.tlsError);
      },
    );
  }

  /** Makes the detector a configuration asks for; a client that is blocked stays so when something else changes. */
  private guardFor(config: Config): () => void {
    const key = JSON.stringify(config.detection);
    if (key === this.guardKey) return () => {};
    const guard = makeGuard(config.detection);
    return () => {
      this.service.guard = guard;
      this.guardKey = key;
    };
  }

  private *blockedClients() {
    const { guard, blockedAddresses } = this.service;
    for (const { high, low, leftMs, reasons } of guard?.detector.blockedClients(performance.now()) ?? [])
      yield { client: blockedAddresses.find(high, low), leftMs, reasons };
  }

  private *upstreamStates() {
    for (const [name, pool] of this.service.upstreams.all) yield { name, endpoints: pool.state };
  }

  private exposeGauges(): void {
    const { service } = this;
    exposeSources(this.registry, {
      connections: () => service.connectionCounts(),
      connectionsRefused: () => ({ ...this.budget.refused }),
      certificates: () => this.certificates.expiries(),
      upstreams: () => this.upstreamStates(),
      passthroughs: () => this.layer4.open,
      blockedClients: () => service.guard?.detector.clients.blocked(performance.now()) ?? 0,
      loop: this.loop,
      dropped: () => this.telemetry.dropped,
      build: () => ({ version: this.options.version, config: this.config.domain }),
    });
  }
}

const pause = (time: number) => new Promise((resolve) => setTimeout(resolve, time));

/** Waits for a port to be bound. @throws ProxyError EDGE_CONFIG that names the listener */
export async function bound(name: string, port: number, listening: Promise<number>): Promise<number> {
  try {
    return await listening;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ProxyError(
      'EDGE_CONFIG',
      `listeners.${name}: port ${port} cannot be bound (${why}); name a free one`,
      { cause },
    );
  }
}

function budgetOf({ limits }: Config, workers: number) {
  const { connectionsPerAddress, newConnections } = limits;
  return {
    perAddress: Math.max(1, Math.ceil(connectionsPerAddress / workers)),
    fresh: {
      burst: Math.max(1, Math.ceil(newConnections.burst / workers)),
      perSecond: newConnections.perSecond / workers,
    },
  };
}
