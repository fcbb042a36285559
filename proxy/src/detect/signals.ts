/**
 * Names of what the detector can hold against a request, in the order of the features. The first 32 belong to the request
 * alone, the others to the client and to what the request leaves out. A set of signals is one number: bit `i` stands for
 * `signalNames[i]`. Numbers hold 53 bits exactly, so no BigInt is needed, but bit operators see only the lower 32.
 */
export const signalNames = [
  // the request: path and query
  'traversal',
  'hidden-traversal',
  'control-bytes',
  'line-breaks',
  'broken-encoding',
  'double-encoding',
  'raw-delimiters',
  'markup',
  'script',
  'sql-words',
  'sql-call',
  'sql-logic',
  'sql-comment',
  'command',
  'system-file',
  'template',
  'java',
  'php-code',
  'remote-url',
  'foreign-script',
  'foreign-product',
  'secret-file',
  'dotfile',
  'backup-copy',
  'admin-word',
  'odd-method',
  'odd-shape',
  'debug-page',
  'home-folder',
  'object-injection',
  'foreign-parameter',
  'unknown-route',
  // the client
  'misses',
  'miss-share',
  'suspicion',
  'unknown-hosts',
  'burst',
  'sustained',
  'ignores-limits',
  'cancels',
  'same-target',
  'errors',
  'many-agents',
  'no-success',
  // what goes with the request
  'scanner-agent',
  'no-agent',
  'tool-agent',
  'bare-browser',
  'false-bot',
  'blocked',
] as const;

/** Name of a signal. */
export type SignalName = (typeof signalNames)[number];

/** Number of features of one request; their signals are the bits from 0. */
export const requestFeatures = 32;

/** Number of features of a client; their signals follow. */
export const clientFeatures = 12;

const upper = 2 ** 32;

/** Whether a set holds a signal. */
export function hasSignal(bits: number, name: SignalName): boolean {
  const index = signalNames.indexOf(name);
  return index < 32 ? ((bits >>> 0) & (1 << index)) !== 0 : ((bits / upper) & (1 << (index - 32))) !== 0;
}

/** A set from its two halves: signals 0 to 31 and 32 to 52. */
export function signalSet(lower: number, higher: number): number {
  return (lower >>> 0) + higher * upper;
}

/** The bit of a signal of the upper half, as `signalSet` takes it. */
export function upperBit(name: SignalName): number {
  return 1 << (signalNames.indexOf(name) - 32);
}

/** Names of the signals in a set, for logs and metrics; allocates. */
export function names(bits: number): SignalName[] {
  return signalNames.filter((name) => hasSignal(bits, name));
}
