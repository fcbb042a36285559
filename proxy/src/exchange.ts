import type { Address } from './core/address.js';
import type { ErrorCode } from './core/errors.js';
import type { BodySink } from './http1/body-reader.js';
import type { RequestHead } from './http1/request-head.js';
import type { ResponseHead } from './http1/response-head.js';
import { forwardedLines, type Peer } from './peer.js';
import type { Route } from './routing/route.js';

/** Who takes care of a request: it is told what comes from the client, in pieces that nobody writes to afterwards. */
export interface Handler extends BodySink {
  /** The request body is complete; `trailers` are lines that may go on. */
  onBodyEnd(trailers: string): void;
  /** The client took what was held back: writing may go on. */
  onDrain(): void;
  /** The client is gone, or sent what cannot be a body. Nothing more will come and nothing more can be sent. */
  onGone(): void;
  /** Called about every second, with milliseconds of the service's clock: time to give up? */
  onSweep(now: number): void;
}

/** Verdicts of the detector. */
export const Action = { pass: 0, limit: 1, refuse: 2 } as const;

/**
 * One request and its answer, whichever protocol carries them. The order of an answer is `sendContinue`*, then `start` or
 * `relay` or `startTunnel`, then `write`/`send`, then `end`; `abort` at any time breaks it off.
 */
export abstract class Exchange {
  /** Of the request, for logs and for the app. */
  id = '';
  /** Of the trace it belongs to. */
  traceId = '';
  /** traceparent (and tracestate) lines for the upstream. */
  traceLines = '';
  route: Route | undefined = undefined;
  /** What was matched and goes on, without query. */
  path = '';
  /** The path the upstream is asked for. */
  upstreamPath = '';
  /** The client: of the connection, or of X-Forwarded-For when the peer forwards for others. */
  address: Address;
  /** A session that has been validated. */
  signedIn = false;
  /** Hash of its credential. */
  sessionHi = 0;
  sessionLo = 0;
  /** Verdict of the detector. */
  action: number = Action.pass;
  score = 0;
  signals = 0;
  /** Score of weights on trial, -1 without. */
  shadowScore = -1;
  /** What the detector wants back with the answer. */
  detectorTrace = 0;
  /** Status of the answer, 0 before there is one. */
  status = 0;
  /** Octets of the answer's body sent. */
  responseBytes = 0;
  /** Octets of the request's body received. */
  requestBytes = 0;
  /** Address of the upstream that answered. */
  upstream = '';
  /** What went wrong. */
  error: ErrorCode | '' = '';
  /** For the log: from the cache? */
  cached = false;
  /** Milliseconds, of {@link performance.now}. */
  readonly started: number;
  /** Until the first octet of the upstream's answer; 0 when none was asked. */
  firstByte = 0;
  /** Nothing more happens. */
  finished = false;
  /** Who takes care of it. */
  protected handler: Handler | undefined = undefined;

  constructor(
    readonly peer: Peer,
    readonly head: RequestHead,
    /** 1 or 2 */
    readonly protocol: 1 | 2,
    started: number,
  ) {
    this.address = peer.address;
    this.started = started;
  }

  /** Fields about the client that only the proxy may say, as lines. */
  get forwardedLines(): string {
    const { address, head, peer } = this;
    return address === peer.address
      ? peer.forwardedLines(head.authority)
      : forwardedLines(address.text, peer.secure, peer.port, head.authority);
  }

  /** The head of the answer has been sent or is about to. */
  get answered(): boolean {
    return this.status !== 0;
  }

  /** Whether an answer to this request has a body at all, whatever its head says (RFC 9112 6.3). */
  protected bodyless(status: number): boolean {
    return this.head.method === 'HEAD' || status === 204 || status === 304 || status < 200;
  }

  /** Whom to tell of the client's end and of writing that may go on; before `readBody`. */
  setHandler(handler: Handler): void {
    this.handler = handler;
  }

  /** Takes the place of the handler there is, which is given back: whoever comes between hands on what is not his. */
  takeOver(handler: Handler): Handler | undefined {
    const before = this.handler;
    this.handler = handler;
    return before;
  }

  /** Whether the request body has been read to its end. */
  abstract readonly bodyDone: boolean;
  /** Begins to hand the body to the handler; octets came and wait until then. */
  abstract readBody(): void;
  abstract pauseBody(): void;
  abstract resumeBody(): void;
  /** Sends 100 Continue, once, if the client waits for it. */
  abstract sendContinue(): void;
  /** Sends another interim answer: 103. */
  abstract sendInterim(head: ResponseHead): void;
  /** Starts an answer of the proxy itself. `lines` are fields as 'Name: value\r\n'; `length` is -1 when unknown. */
  abstract start(status: number, lines: string, length: number): void;
  /** Starts the answer of an upstream. `length` is -1 when unknown; `lines` come in addition. */
  abstract relay(head: ResponseHead, length: number, lines: string): void;
  /** Accepts an upgrade: from here both directions are octets. */
  abstract startTunnel(head: ResponseHead): void;
  /** Sends a piece of the body that is valid during the call only. False: wait for `onDrain`. */
  abstract write(bytes: Uint8Array, start: number, end: number): boolean;
  /** Sends a piece of the body that nobody changes afterwards. False: wait for `onDrain`. */
  abstract send(bytes: Buffer): boolean;
  /** What was written goes out now. */
  abstract flush(): void;
  /** The answer is complete. */
  abstract end(trailers: string): void;
  /** Breaks the answer off so that the client can tell. */
  abstract abort(): void;

  /** A whole answer of the proxy itself. */
  answer(status: number, lines: string, body: Buffer | string): void {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    this.start(status, lines, bytes.length);
    if (bytes.length > 0 && !this.bodyless(status)) this.send(bytes);
    this.end('');
  }
}
