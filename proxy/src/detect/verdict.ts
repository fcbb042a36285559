/** What to do with a request. */
export const pass = 0;
/** Give it a smaller burst. */
export const limit = 1;
/** Answer 403. */
export const refuse = 2;

/** One of `pass`, `limit`, `refuse`. */
export type Action = typeof pass | typeof limit | typeof refuse;

/** Names of the actions, for logs and metrics. */
export const actionNames = ['pass', 'limit', 'refuse'] as const;

/** What the detector says of one request. One object, reused: take from it what has to last. */
export class Verdict {
  /** What to do now. Always `pass` when the detector only observes. */
  action: Action = pass;
  /** What would be done if it enforced. */
  advice: Action = pass;
  /** From 0 to 1; 0.5 limits and 0.9 refuses. */
  score = 0;
  /** The part of the score that the request has by itself. */
  requestScore = 0;
  /** Score of the weights on trial; -1 without. */
  shadowScore = -1;
  /** Set of signals; see `names`. */
  signals = 0;
  /** Whether the client is blocked. */
  blocked = false;
  /** To be handed to `observe` when the request is answered. */
  trace = 0;
}
