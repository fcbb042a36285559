import { MountWatch } from '../kube/mounts.js';
import type { CertificatePem } from './validate.js';

/** A certificate and its key in files. */
export interface CertificatePaths {
  /** PEM with the chain. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
}

/** What happens with what the files hold. */
export interface CertificateFileOptions {
  /** Takes the pair over, e.g. `CertificateStore.replace`; may throw when it is bad. `source` is the path of `cert`. */
  readonly onPem: (source: string, pem: CertificatePem) => void;
  /** Called once for each new problem: a file is gone, or `onPem` threw. */
  readonly onProblem: (error: Error) => void;
  /** How often to look when the system told of no change. @default 10,000 ms */
  readonly pollMs?: number;
}

/**
 * A certificate from files, followed through changes. The two files of a pair change one after the other unless the
 * folder is a Kubernetes mount: the moment between is a problem that is told and mends itself.
 */
export class CertificateFiles {
  private readonly mount: MountWatch;

  constructor(
    readonly paths: CertificatePaths,
    { onPem, onProblem, pollMs }: CertificateFileOptions,
  ) {
    this.mount = new MountWatch({
      paths: [paths.cert, paths.key],
      onTexts: ([cert = '', key = '']) => onPem(paths.cert, { cert, key }),
      onProblem,
      code: 'EDGE_CERTIFICATE',
      ...(pollMs === undefined ? {} : { pollMs }),
    });
  }

  /** Reads the pair and goes on watching; resolves after the first read, whether or not it was good. */
  start(): Promise<void> {
    return this.mount.start();
  }

  stop(): void {
    this.mount.stop();
  }
}
