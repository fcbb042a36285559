import { k8s } from 'cdk8s-plus-28';

/** How often, and how patiently, a probe asks. Seconds. */
export interface ProbeTiming {
  /** @default 10 */
  readonly period?: number;
  /** @default 5 */
  readonly timeout?: number;
  /** Failures in a row until it counts. @default 3 */
  readonly failures?: number;
}

/** A question to a container. Made by its static functions; ports are named as in `listens`. */
export class Probe {
  private constructor(
    private readonly ask: Pick<k8s.Probe, 'httpGet' | 'tcpSocket' | 'exec'>,
    private readonly timing: ProbeTiming,
  ) {}

  /** HTTP GET; 200-399 is healthy. */
  static http(port: string, path: string, timing: ProbeTiming = {}): Probe {
    return new Probe({ httpGet: { port: k8s.IntOrString.fromString(port), path } }, timing);
  }

  /** The port accepts connections. */
  static tcp(port: string, timing: ProbeTiming = {}): Probe {
    return new Probe({ tcpSocket: { port: k8s.IntOrString.fromString(port) } }, timing);
  }

  /** A command in the container exits with 0. */
  static exec(command: readonly string[], timing: ProbeTiming = {}): Probe {
    return new Probe({ exec: { command: [...command] } }, timing);
  }

  /** @internal */
  _toKube(): k8s.Probe {
    return {
      ...this.ask,
      periodSeconds: this.timing.period ?? 10,
      timeoutSeconds: this.timing.timeout ?? 5,
      failureThreshold: this.timing.failures ?? 3,
    };
  }
}

export interface Probes {
  /** Failing restarts the container: must not ask about anything but the process itself. */
  readonly liveness?: Probe;
  /** Failing takes the pod out of its Service. */
  readonly readiness?: Probe;
  /** The others wait until this one has succeeded once. */
  readonly startup?: Probe;
}
