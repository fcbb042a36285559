import { Code } from './protocol.js';
import type { Http2Stream } from './stream.js';

/**
 * Milliseconds between the end of an answer and the reset that stops the rest of the request, at least. A client that meets
 * both while it still sends takes its answer for lost (curl 7.88).
 */
const stopTime = 100;

/** Who ends streams. */
export interface Resetter {
  reset(stream: Http2Stream, code: number): void;
}

/** Tells clients to stop sending what nobody reads (RFC 9113 8.1), soon after they were answered. */
export class Stopper {
  /** Streams that are next, and those that came since the time for these began. */
  private due: Http2Stream[] = [];
  private later: Http2Stream[] = [];

  constructor(private readonly resetter: Resetter) {}

  add(stream: Http2Stream): void {
    if (this.due.length + this.later.push(stream) === 1) setTimeout(stopDue, stopTime, this);
  }

  /** Stops those that are due. */
  stop(): void {
    const { due } = this;
    this.due = this.later;
    this.later = [];
    for (const stream of due) this.resetter.reset(stream, Code.none);
    if (this.due.length > 0) setTimeout(stopDue, stopTime, this);
  }
}

function stopDue(stopper: Stopper): void {
  stopper.stop();
}
