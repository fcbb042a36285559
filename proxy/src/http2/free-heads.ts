import { type HeadLimits, RequestHead } from '../http1/request-head.js';

/** Sizes of heads, and how many fields they may have. */
export interface RequestLimits extends HeadLimits {
  readonly fields: number;
}

/** Heads are large objects: they are used again, by all connections with the same limits. */
const free: RequestHead[] = [];
const mostFree = 256;
let limitsOfFree: RequestLimits | undefined;

/** A head for a request; what stands in it is of another one. */
export function takeHead(limits: RequestLimits): RequestHead {
  if (limitsOfFree !== limits) {
    limitsOfFree = limits;
    free.length = 0;
  }
  return free.pop() ?? new RequestHead(limits, limits.fields);
}

/** Nobody reads this head any more. */
export function giveHead(head: RequestHead, limits: RequestLimits): void {
  if (limitsOfFree === limits && free.length < mostFree) free.push(head);
}
