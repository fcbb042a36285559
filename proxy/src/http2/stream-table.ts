import type { Http2Stream } from './stream.js';

/** How a stream came to its end. */
export const Ending = {
  /** Never seen, or so long ago that nothing can be on its way any more. */
  forgotten: 0,
  /** By END_STREAM both ways. */
  ended: 1,
  /** By a reset of the client. */
  theirs: 2,
  /** By a reset of ours: what the client sent before it heard of that is no fault (RFC 9113 5.1). */
  ours: 3,
} as const;

/** The streams of a connection: those that are open, and how the last ones ended. */
export class StreamTable {
  /** The highest number a client has used. */
  last = 0;
  private readonly open = new Map<number, Http2Stream>();
  private readonly ids: Uint32Array;
  private readonly endings: Uint8Array;
  private next = 0;

  /** @param limit streams that may be open at once; no client is behind by more than twice as many */
  constructor(limit: number) {
    this.ids = new Uint32Array(2 * limit);
    this.endings = new Uint8Array(2 * limit);
  }

  get count(): number {
    return this.open.size;
  }

  values(): IterableIterator<Http2Stream> {
    return this.open.values();
  }

  get(id: number): Http2Stream | undefined {
    return this.open.get(id);
  }

  /** Whether no stream of this number has ever been: nothing but HEADERS and PRIORITY may come on it. */
  idle(id: number): boolean {
    return id > this.last || (id & 1) === 0;
  }

  add(stream: Http2Stream): void {
    this.open.set(stream.id, stream);
  }

  /** A stream is over, one that never opened as well. */
  remove(id: number, ending: number): void {
    this.open.delete(id);
    this.ids[this.next] = id;
    this.endings[this.next] = ending;
    this.next = (this.next + 1) % this.ids.length;
  }

  /** How a stream ended that is not open. */
  ending(id: number): number {
    // the last ones are asked for most
    for (let back = 1; back <= this.ids.length; back++) {
      const slot = (this.next - back + this.ids.length) % this.ids.length;
      if (this.ids[slot] === id) return this.endings[slot] as number;
    }
    return Ending.forgotten;
  }
}
