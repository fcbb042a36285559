import type { Edge } from '../../../src/edge.js';

const real = performance.now.bind(performance);
let offset = 0;
let stopped: number | undefined;
performance.now = () => (stopped ?? real()) + offset;

/** Lets time go forward for everything in this process that measures it, and waits until the proxy has noticed. */
export async function skip(edge: Edge, milliseconds: number): Promise<void> {
  // a leap looks like a loop that stood still
  Object.defineProperty(edge.service, 'overloaded', { get: () => false, set() {}, configurable: true });
  leap(milliseconds);
  const then = performance.now();
  while (edge.service.now < then) await new Promise((done) => setTimeout(done, 10));
}

/** The same with everything that follows from it. */
export function leap(milliseconds: number): void {
  offset += milliseconds;
}

/** Time stands still, but for `skip`. */
export function freeze(): void {
  stopped = real();
}

export function unfreeze(): void {
  stopped = undefined;
}
