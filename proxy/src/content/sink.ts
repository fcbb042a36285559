import type { ResponseHead } from '../http1/response-head.js';

/** Where an answer goes in the end: to the client, or to the client and into the cache. An {@link Exchange} is one. */
export interface Sink {
  /** See {@link Exchange.relay}. */
  relay(head: ResponseHead, length: number, lines: string): void;
  /** Sends a piece that is valid during the call only. False: wait for the exchange's `onDrain`. */
  write(bytes: Uint8Array, start: number, end: number): boolean;
  /** Sends a piece that nobody changes afterwards. False: wait. */
  send(bytes: Buffer): boolean;
  flush(): void;
  end(trailers: string): void;
}
