import { FlowWriter } from './flow-writer.js';
import type { Random } from './random.js';
import type { Row } from './rows.js';
import { backFlows } from './suite-back.js';
import { officeFlows } from './suite-office.js';
import { protocolFlows } from './suite-protocols.js';

/** Requests of one client of the box, in order. */
export interface Flow {
  readonly kind: string;
  readonly rows: Row[];
}

const flows = { ...officeFlows, ...protocolFlows, ...backFlows };

/** Kinds of flows: what the apps of the box get from honest clients. */
export const flowKinds: readonly string[] = Object.keys(flows);

/** One client at work. */
export function flow(kind: string, random: Random): Flow {
  const writer = new FlowWriter(kind, random);
  flows[kind]?.(writer);
  // tabs load side by side
  return { kind, rows: writer.rows.sort((a, b) => a.time - b.time) };
}

/** So many flows of all kinds in turn. */
export function suite(random: Random, count: number): Flow[] {
  return Array.from({ length: count }, (_, i) => flow(flowKinds[i % flowKinds.length] ?? 'docs', random));
}
