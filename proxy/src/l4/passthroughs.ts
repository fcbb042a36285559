import { type Passthrough, type PassthroughContext, TcpPassthrough } from './tcp-passthrough.js';

/** All passthroughs of the configuration in force. */
export class Passthroughs {
  readonly #context: PassthroughContext;
  readonly #running = new Map<string, TcpPassthrough>();
  readonly #stopping = new Set<Promise<void>>();

  constructor(context: PassthroughContext = {}) {
    this.#context = context;
  }

  /** The listeners in force. */
  get running(): readonly TcpPassthrough[] {
    return [...this.#running.values()];
  }

  /**
   * Takes over a configuration. A port that stays keeps its connections, whatever else changes; one that is gone takes
   * no more, and its connections run on for `graceMs`.
   * @throws ProxyError EDGE_CONFIG when a port cannot be bound; then everything is as it was
   */
  async apply(list: readonly Passthrough[], graceMs: number): Promise<void> {
    const wanted = new Map(list.map((settings) => [place(settings), settings]));
    const fresh: TcpPassthrough[] = [];
    try {
      for (const [at, settings] of wanted) {
        if (this.#running.has(at)) continue;
        const passthrough = new TcpPassthrough(settings, this.#context);
        await passthrough.listen();
        fresh.push(passthrough);
      }
    } catch (error) {
      await Promise.all(fresh.map((passthrough) => passthrough.stop(0)));
      throw error;
    }
    for (const [at, passthrough] of this.#running) {
      const settings = wanted.get(at);
      if (settings) passthrough.update(settings);
      else {
        this.#running.delete(at);
        this.#retire(passthrough, graceMs);
      }
    }
    for (const passthrough of fresh) this.#running.set(place(passthrough.settings), passthrough);
  }

  /** Ends all; settled when the last connection is closed. */
  async stop(graceMs: number): Promise<void> {
    for (const passthrough of this.#running.values()) this.#retire(passthrough, graceMs);
    this.#running.clear();
    await Promise.all(this.#stopping);
  }

  #retire(passthrough: TcpPassthrough, graceMs: number): void {
    const stopped: Promise<void> = passthrough.stop(graceMs).finally(() => this.#stopping.delete(stopped));
    this.#stopping.add(stopped);
  }
}

/** What makes two passthroughs one: the port, or the name where any port will do. */
function place({ name, port }: Passthrough): string {
  return port === 0 ? name : String(port);
}
