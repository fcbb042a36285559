import type { Case } from './case.js';
import { chunkCases } from './cases-chunks.js';
import { connectionCases } from './cases-connection.js';
import { framingCases } from './cases-framing.js';
import { headCases } from './cases-head.js';
import { addressCases } from './cases-target.js';

/**
 * Everything two readers of HTTP/1.1 have been known to read differently: octets, and the one thing that may come of
 * them. Where RFC 9112 leaves a choice between refusing and repairing, refusing it is.
 */
export const cases: readonly Case[] = [
  ...framingCases,
  ...chunkCases,
  ...headCases,
  ...addressCases,
  ...connectionCases,
];
