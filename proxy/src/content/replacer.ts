const nothing = Buffer.alloc(0);

/** One text and what is put in its place, ready for any number of answers. */
export class Replacement {
  /** For each length of a part that matches, the longest shorter part that matches as well (Knuth, Morris, Pratt). */
  private readonly shorter: Uint16Array | Uint32Array;

  /** @param find at least one octet */
  constructor(
    readonly find: Buffer,
    readonly replace: Buffer,
  ) {
    const { length } = find;
    this.shorter = length < 65_536 ? new Uint16Array(length + 1) : new Uint32Array(length + 1);
    let matched = 0;
    for (let at = 1; at < length; at++) {
      while (matched > 0 && find[at] !== find[matched]) matched = this.shorter[matched] as number;
      if (find[at] === find[matched]) matched++;
      this.shorter[at + 1] = matched;
    }
  }

  /** Octets at the end of `bytes`, from `from` on, that the text may begin with; never all of the text. */
  overlap(bytes: Buffer, from: number): number {
    const { find, shorter } = this;
    let matched = 0;
    for (let at = Math.max(from, bytes.length - find.length + 1); at < bytes.length; at++) {
      while (matched > 0 && bytes[at] !== find[matched]) matched = shorter[matched] as number;
      if (bytes[at] === find[matched]) matched++;
    }
    return matched;
  }
}

/**
 * Replaces a text in a stream of octets, wherever the pieces are cut: the end of a piece that may be the beginning of the
 * text waits for the next one, and nothing else does. What comes out is what replacing in the whole would give.
 */
export class Replacer {
  private waiting: Buffer = nothing;

  constructor(private readonly replacement: Replacement) {}

  /** What can be said after this piece; it may share memory with it. */
  push(piece: Buffer): Buffer {
    const { replacement } = this;
    const { find, replace } = replacement;
    const bytes = this.waiting.length === 0 ? piece : Buffer.concat([this.waiting, piece]);
    let from = 0;
    let at = bytes.indexOf(find);
    let out: Buffer[] | undefined;
    while (at >= 0) {
      out ??= [];
      out.push(bytes.subarray(from, at), replace);
      from = at + find.length;
      at = bytes.indexOf(find, from);
    }
    const end = bytes.length - replacement.overlap(bytes, from);
    // a copy: the piece belongs to somebody else
    this.waiting = end === bytes.length ? nothing : Buffer.from(bytes.subarray(end));
    const rest = bytes.subarray(from, end);
    if (out === undefined) return rest;
    out.push(rest);
    return Buffer.concat(out);
  }

  /** What was still waiting. */
  end(): Buffer {
    const { waiting } = this;
    this.waiting = nothing;
    return waiting;
  }
}
