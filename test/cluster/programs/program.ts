import { Program, type StartOptions, temporaryFolder } from '../process.js';
import type { Rendering } from './rendering.js';

/** A program that reads a configuration of the box. */
export interface ConfigCheck {
  /** What the report calls it. */
  readonly name: string;
  /** Its version, and for which it stands in. */
  readonly version: string;
  /** Of which box. @default 'one-server' */
  readonly scale?: 'one-server' | 'cluster';
  /** Objects of the box it reads, as `Kind namespace/name`. */
  readonly reads: readonly string[];
  /** What it is told otherwise than in the box, besides addresses, ports and folders. */
  readonly differences?: readonly string[];
  /** Brings the program, and gives its path. */
  obtain(): Promise<string>;
  /** Starts it and asks it something real. @throws with the object and key at fault */
  check(bench: Bench): Promise<void>;
  /** Mistakes that the check must find. */
  readonly faults: readonly Fault[];
}

/** A mistake planted in a copy of the box. */
export interface Fault {
  readonly what: string;
  plant(copy: Rendering): void;
  /** What the message has to say: the object, above all. */
  readonly says: RegExp;
}

/** Where one check runs; what it starts ends with it. */
export class Bench {
  private readonly ends: (() => unknown)[] = [];
  private readonly said: string[] = [];

  constructor(
    readonly box: Rendering,
    /** Path of the program. */
    readonly program: string,
  ) {}

  /** Starts a program. */
  start(options: StartOptions): Program {
    const program = Program.start(options);
    this.atEnd(() => program.stop(2));
    return program;
  }

  /** Something to be done at the end, the last first. */
  atEnd(action: () => unknown): void {
    this.ends.push(action);
  }

  folder(name: string): string {
    return temporaryFolder(name);
  }

  /** Something the report should say. */
  note(text: string): void {
    this.said.push(text);
  }

  get notes(): readonly string[] {
    return this.said;
  }

  async end(): Promise<void> {
    for (const action of this.ends.reverse()) await action();
    this.ends.length = 0;
  }
}

/** Says of everything that goes wrong in `action` which part of the box it is about. */
export async function about<T>(part: string, action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw new Error(`${part}: ${error instanceof Error ? error.message : error}`);
  }
}

/** A fact that has to hold. */
export function expect(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}

/** Two values that have to be the same. */
export function same(found: unknown, wanted: unknown, what: string): void {
  const [a, b] = [sorted(found), sorted(wanted)].map((value) => JSON.stringify(value));
  expect(a === b, `${what} is ${a}, not ${b}`);
}

/** The order of keys says nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
