import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/** Milliseconds an answer is taken as it is, and how long it serves at all while a new one is fetched. */
const fresh = 10_000;

/** Finds the addresses of a name. */
export type Lookup = (name: string) => Promise<readonly string[]>;

/**
 * Asks the system. A name with dots is looked up with a final one, so that no search domain of the pod is tried: five
 * queries instead of one.
 */
export const systemLookup: Lookup = async (name) => {
  const asked = name.includes('.') && !name.endsWith('.') ? `${name}.` : name;
  const answers = await lookup(asked, { all: true, verbatim: true });
  return answers.map(({ address }) => address);
};

/** Keeps the addresses of one name, and asks again in the background. */
export class Resolver {
  private addresses: readonly string[] = [];
  private until = 0;
  private asking: Promise<readonly string[]> | undefined = undefined;

  constructor(
    readonly name: string,
    private readonly ask: Lookup = systemLookup,
  ) {
    if (isIP(name) !== 0) {
      this.addresses = [name];
      this.until = Number.POSITIVE_INFINITY;
    }
  }

  /** What is known now; empty before the first answer. Starts to ask when that is old. */
  known(now: number): readonly string[] {
    if (now >= this.until && this.asking === undefined && this.addresses.length > 0)
      void this.refresh(now).catch(() => {});
    return this.addresses;
  }

  /** Asks now. On failure what was known before stays. */
  async refresh(now: number): Promise<readonly string[]> {
    this.asking ??= this.ask(this.name).then(
      (addresses) => {
        this.asking = undefined;
        if (addresses.length > 0) this.addresses = addresses;
        this.until = now + fresh;
        return this.addresses;
      },
      (error: unknown) => {
        this.asking = undefined;
        this.until = now + 1000;
        if (this.addresses.length > 0) return this.addresses;
        throw error;
      },
    );
    return this.asking;
  }
}
