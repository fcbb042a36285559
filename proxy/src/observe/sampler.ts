/** Chooses one request in N for tracing, evenly and not by chance: a client cannot choose itself. */
export class Sampler {
  private count = 0;

  /** @param every one in so many; 0: none. Default: 100 */
  constructor(private readonly every = 100) {}

  /** Whether the request that comes now is chosen; ask once for each. */
  next(): boolean {
    if (this.every === 0 || ++this.count < this.every) return false;
    this.count = 0;
    return true;
  }
}
