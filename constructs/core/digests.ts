import { createHash } from 'node:crypto';

/** A digest, and what it was made from. */
export interface Digest {
  /** What is digested, for names and messages: path of a construct. */
  readonly of: string;
  readonly parts: readonly string[];
  /** First digits of the SHA-256 over all parts. */
  readonly hex: string;
}

/**
 * The digests that stand in a box: checksums of configuration, names of Jobs. They are kept with what they were made
 * from, because a Helm chart has to make the same ones from values that are known only when it is rendered.
 */
export class Digests {
  private readonly known = new Map<string, Digest>();

  /** First `length` digits of the SHA-256 over all parts. */
  make(of: string, parts: readonly string[], length: number): string {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    const hex = hash.digest('hex').slice(0, length);
    this.known.set(`${of}\0${hex}`, { of, parts, hex });
    return hex;
  }

  /** All digests in the order they were first asked for. */
  get all(): readonly Digest[] {
    return [...this.known.values()];
  }
}
