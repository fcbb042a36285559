import { type Finished, runProgram } from './process.js';

/** What one `kubectl apply` did. */
export interface Applied {
  readonly code: number | null;
  /** Objects, as kubectl calls them, by what happened to them: `created`, `unchanged`, `serverside-applied`… */
  readonly outcomes: ReadonlyMap<string, readonly string[]>;
  readonly objects: number;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly seconds: number;
}

/** The command a user has, bound to one server. */
export class Kubectl {
  constructor(
    private readonly binary: string,
    private readonly kubeconfig: string,
  ) {}

  /** Runs it to its end, whatever the outcome. */
  run(args: readonly string[], input?: string): Promise<Finished> {
    return runProgram({
      name: `kubectl ${args[0]}`,
      command: this.binary,
      args: [...args, `--kubeconfig=${this.kubeconfig}`],
      ...(input === undefined ? {} : { input }),
      seconds: 180,
    });
  }

  /** Applies a folder or file, and reads what kubectl says about it. */
  async apply(path: string, ...options: readonly string[]): Promise<Applied> {
    const started = performance.now();
    const { code, stdout, stderr } = await this.run(['apply', '-f', path, ...options]);
    const outcomes = new Map<string, string[]>();
    let objects = 0;
    for (const [, object = '', outcome = ''] of stdout.matchAll(/^(\S+\/\S+) (.+)$/gm)) {
      objects++;
      outcomes.set(outcome, [...(outcomes.get(outcome) ?? []), object]);
    }
    const lines = stderr.split('\n').filter((line) => line.trim() !== '');
    return {
      code,
      outcomes,
      objects,
      errors: lines.filter((line) => !line.startsWith('Warning: ')),
      warnings: lines
        .filter((line) => line.startsWith('Warning: '))
        .map((line) => line.slice('Warning: '.length)),
      seconds: (performance.now() - started) / 1000,
    };
  }
}
