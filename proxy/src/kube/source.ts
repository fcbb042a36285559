/** How something that is read from the API server stands, for readiness. */
export interface SourceStatus {
  /** `secret ingress/edge-tls`. */
  readonly name: string;
  /** It has been read and is there. Whether its content was good is told by `problem`. */
  readonly ready: boolean;
  readonly problem: string | undefined;
}

/** What is wrong with the content of each object, told once. */
export class SourceProblems {
  private readonly problems = new Map<string, string>();

  constructor(private readonly onProblem: (error: Error) => void = () => {}) {}

  /** Runs `take`; what it throws is the problem of `name`, its success the end of one. */
  during(name: string, take: () => void): void {
    try {
      take();
      this.problems.delete(name);
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      if (this.problems.get(name) === error.message) return;
      this.problems.set(name, error.message);
      this.onProblem(error);
    }
  }

  of(name: string): string | undefined {
    return this.problems.get(name);
  }

  clear(name: string): void {
    this.problems.delete(name);
  }
}
