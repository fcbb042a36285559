import type { Socket } from 'node:net';
import type { Config } from './config/schema.js';
import type { NetworkSet } from './core/address.js';
import { Passthroughs } from './l4/passthroughs.js';
import { SniRouter, type SniTarget } from './l4/sni-route.js';
import { UdpRelay } from './l4/udp-relay.js';
import type { ConnectionBudget } from './limit/connections.js';

/** What the other protocols need of the process around them. */
export interface Layer4Options {
  readonly budget: ConnectionBudget;
  readonly unlimited: Pick<NetworkSet, 'has'>;
  /** Gets the connections to the TLS port whose TLS ends here. */
  readonly fallback: (raw: Socket) => void;
  readonly onError: (error: Error) => void;
  /** Processes that share the ports. */
  readonly workers: number;
  /** Whether this process relays datagrams: those of one client must not be divided. */
  readonly relays: boolean;
}

/** Everything that is handed on as it is: ports, names on the TLS port, datagrams. */
export class Layer4 {
  readonly sni: SniRouter;
  private readonly passthroughs: Passthroughs;
  private relays: UdpRelay[] = [];

  constructor(
    private config: Config,
    private readonly options: Layer4Options,
  ) {
    const { budget, fallback, onError, unlimited } = options;
    this.sni = new SniRouter({ routes: routesOf(config), fallback, onError });
    this.passthroughs = new Passthroughs({ address: config.listeners.address, budget, unlimited, onError });
  }

  /** Binds what the first configuration names. @throws ProxyError EDGE_CONFIG when a port cannot be had */
  async start(): Promise<void> {
    await this.passthroughs.apply(passthroughsOf(this.config, this.options.workers), 0);
    await this.startRelays(this.config);
  }

  /**
   * Takes a configuration over; connections go on.
   * @throws ProxyError EDGE_CONFIG when a port cannot be had; then all is as it was
   */
  async adopt(config: Config): Promise<void> {
    const before = this.config;
    const grace = config.drain.seconds * 1000;
    await this.passthroughs.apply(passthroughsOf(config, this.options.workers), grace);
    if (JSON.stringify(config.udpRelays) !== JSON.stringify(before.udpRelays))
      try {
        await this.startRelays(config);
      } catch (error) {
        await this.passthroughs.apply(passthroughsOf(before, this.options.workers), grace);
        await this.startRelays(before);
        throw error;
      }
    this.sni.update(routesOf(config));
    this.config = config;
  }

  /** Takes nothing new; what is under way may go on for `grace` milliseconds. */
  async stop(grace: number): Promise<void> {
    const relays = this.relays.map((relay) => relay.stop());
    await Promise.all([this.passthroughs.stop(grace), this.sni.stop(grace), ...relays]);
    this.relays = [];
  }

  /** Open connections by name, for metrics. */
  get open(): Record<string, number> {
    const ports = this.passthroughs.running.map(({ settings, counters }) => [settings.name, counters.open]);
    return { ...Object.fromEntries(ports), sni: this.sni.counters.open };
  }

  private async startRelays({ udpRelays, listeners }: Config): Promise<void> {
    await Promise.all(this.relays.map((relay) => relay.stop()));
    const own = this.options.relays ? udpRelays : [];
    this.relays = own.map(
      ({ idle, ...relay }) => new UdpRelay({ ...relay, idleMs: idle * 1000, address: listeners.address }),
    );
    await Promise.all(this.relays.map((relay) => relay.listen()));
  }
}

function split(authority: string, port: number) {
  const [host = '', given] = authority.split(':');
  return { host, port: given === undefined ? port : Number(given) };
}

function passthroughsOf({ passthroughs }: Config, workers: number) {
  return passthroughs.map(({ upstream, idle, proxyProtocol, maxConnections, ...rest }) => ({
    ...rest,
    maxConnections: Math.ceil(maxConnections / workers),
    upstream: split(upstream, rest.port),
    proxyProtocol: proxyProtocol === 'v2',
    idleMs: idle * 1000,
  }));
}

function routesOf({ sniPassthroughs }: Config): ReadonlyMap<string, SniTarget> {
  return new Map(
    sniPassthroughs.map(({ name, upstream, proxyProtocol }) => [
      name,
      { upstream: split(upstream, 443), proxyProtocol: proxyProtocol === 'v2' },
    ]),
  );
}
