import type { CertificateStore } from './certificates.js';
import { CertificateFiles, type CertificatePaths } from './files.js';
import type { CertificatePem } from './validate.js';

/** Who wants to know what became of certificates. */
export interface IntakeOptions {
  readonly onTaken: (source: string) => void;
  readonly onRefused: (source: string, error: Error) => void;
  readonly onWarning: (warning: string) => void;
  readonly onProblem: (error: Error) => void;
}

/** Takes certificates in, wherever they come from, and watches those in files. */
export class CertificateIntake {
  private files: CertificateFiles[] = [];
  private watched = '';

  constructor(
    private readonly store: CertificateStore,
    private readonly options: IntakeOptions,
  ) {}

  /** @throws ProxyError EDGE_CERTIFICATE when it is not taken; what was served before still is */
  take(source: string, pem: CertificatePem): void {
    const { onTaken, onRefused, onWarning } = this.options;
    try {
      const { changed, warnings } = this.store.replace(source, pem);
      for (const warning of warnings) onWarning(warning);
      if (changed) onTaken(source);
    } catch (error) {
      onRefused(source, error as Error);
      throw error;
    }
  }

  /** Watches these files from now on; settled after the first read. */
  async watch(list: readonly CertificatePaths[]): Promise<void> {
    const key = JSON.stringify(list);
    if (key === this.watched) return;
    this.watched = key;
    this.stop();
    const { onProblem } = this.options;
    this.files = list.map(
      (paths) => new CertificateFiles(paths, { onPem: (source, pem) => this.take(source, pem), onProblem }),
    );
    await Promise.all(this.files.map((files) => files.start()));
  }

  stop(): void {
    for (const files of this.files) files.stop();
    this.files = [];
  }
}
