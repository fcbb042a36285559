/** CPU time and memory of a process with all its descendants, from /proc. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const microsecondsPerTick = 1e6 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

interface Stat {
  readonly parent: number;
  readonly ticks: number;
  /** Of children that have ended and were waited for. */
  readonly childTicks: number;
}

function stat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the name in parentheses may hold spaces: fields are counted from its end (proc(5), field 3 onwards)
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const field = (i: number) => Number(fields[i]);
    return { parent: field(1), ticks: field(11) + field(12), childTicks: field(13) + field(14) };
  } catch {
    return undefined; // ended meanwhile
  }
}

/** The process and its descendants. */
export function processTree(pid: number): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const id = Number(name);
    const parent = Number.isInteger(id) ? stat(id)?.parent : undefined;
    if (parent !== undefined) childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), id]);
  }
  const tree = [pid];
  for (const id of tree) tree.push(...(childrenOf.get(id) ?? []));
  return tree;
}

/**
 * User and system time of all threads since the start, in microseconds. The kernel counts in nanoseconds and reports in
 * ticks (10 ms): measure spans of a second or so.
 */
export function cpuMicroseconds(pid: number): number {
  let ticks = 0;
  for (const id of processTree(pid)) ticks += stat(id)?.ticks ?? 0;
  return ticks * microsecondsPerTick;
}

/** CPU time that other programs on the machine have taken since the start, in microseconds; only differences mean something. */
export function othersMicroseconds(): number {
  // user, nice, system, idle, iowait, irq, softirq (proc_stat(5))
  const all =
    readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]?.trim().split(/\s+/).slice(1, 8).map(Number) ?? [];
  const busy = all.reduce((sum, ticks, i) => (i === 3 || i === 4 ? sum : sum + ticks), 0);
  let own = 0;
  for (const id of processTree(process.pid)) {
    const one = stat(id);
    own += (one?.ticks ?? 0) + (one?.childTicks ?? 0);
  }
  return (busy - own) * microsecondsPerTick;
}

/** Resident memory in bytes. */
export function residentBytes(pid: number): number {
  let kilobytes = 0;
  for (const id of processTree(pid)) {
    try {
      const status = readFileSync(`/proc/${id}/status`, 'utf8');
      kilobytes += Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
    } catch {
      // ended meanwhile
    }
  }
  return kilobytes * 1024;
}

/** Resident memory once it has stopped moving by more than 256 KiB in a second, 10 s at most. */
export async function settledBytes(pid: number): Promise<number> {
  let before = residentBytes(pid);
  for (let second = 0; second < 10; second++) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const now = residentBytes(pid);
    if (Math.abs(now - before) < 256 * 1024) return now;
    before = now;
  }
  return before;
}
