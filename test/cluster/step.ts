import type { RenderedBox } from './box.js';
import type { ControlPlane } from './control-plane.js';

/** When a step runs; within a stage by file name. */
export enum Stage {
  /** Fills the server that later stages look at. */
  Apply,
  /** Looks at the box on its server, and leaves it as it was. */
  Inspect,
  /** Changes the box on its server. */
  Change,
  /** Needs no server, or one of its own. */
  Apart,
}

/** One part of the proof: a file in `steps/` that exports it as `step`. */
export interface Step {
  readonly title: string;
  readonly stage: Stage;
  run(context: Context): Promise<void>;
}

/** What steps share, and where they say what they found. */
export interface Context {
  /** The box of `box.yaml`. */
  readonly box: RenderedBox;
  /** The server it is applied to; started on first use, stopped at the end. */
  server(): Promise<ControlPlane>;
  /**
   * Counts and prints a check: passed unless `test` throws. What it returns is printed beside its name.
   * @returns whether it passed
   */
  check(name: string, test: () => Promise<string | undefined> | Promise<void>): Promise<boolean>;
  /** A line of the report at the end. */
  report(line: string): void;
}
