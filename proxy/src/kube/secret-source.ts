import { z } from 'zod';
import { ProxyError } from '../core/errors.js';
import type { CertificatePem } from '../tls/validate.js';
import type { KubeClient } from './api.js';
import type { KubeObject } from './objects.js';
import { SourceProblems, type SourceStatus } from './source.js';
import type { Timers } from './timers.js';
import { ListWatch } from './watch.js';

/** Where certificates come from and who takes them. */
export interface SecretSourceOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  /** Secrets of type kubernetes.io/tls. */
  readonly names: readonly string[];
  /** Takes a pair over, e.g. `CertificateStore.replace`; may throw when it is bad. `source` is what `sourceOf` says. */
  readonly onPem: (source: string, pem: CertificatePem) => void;
  readonly onProblem?: (error: Error) => void;
  readonly timers?: Timers;
}

const secret = z.object({
  data: z.object({ 'tls.crt': z.string().default(''), 'tls.key': z.string().default('') }).nullish(),
});

/**
 * The TLS Secrets of the proxy, each watched by name. A Secret that is gone or empty takes nothing away: what was
 * served before is served on, and the status says why.
 */
export class SecretSource {
  private readonly watches = new Map<string, ListWatch>();
  private readonly problems: SourceProblems;

  constructor(private readonly options: SecretSourceOptions) {
    this.problems = new SourceProblems(options.onProblem);
  }

  start(): void {
    this.setNames(this.options.names);
  }

  /** Watches these from now on. */
  setNames(names: readonly string[]): void {
    for (const [name, watch] of this.watches)
      if (!names.includes(name)) {
        this.watches.delete(name);
        this.problems.clear(name);
        void watch.stop();
      }
    for (const name of names) if (!this.watches.has(name)) this.watch(name);
  }

  async stop(): Promise<void> {
    const watches = [...this.watches.values()];
    this.watches.clear();
    await Promise.all(watches.map((watch) => watch.stop()));
  }

  /** One for each Secret. */
  status(): SourceStatus[] {
    return [...this.watches].map(([name, watch]) => {
      const { ready, objects, problem } = watch.status();
      return {
        name: this.sourceOf(name),
        ready: ready && objects > 0,
        problem: this.problems.of(name) ?? problem,
      };
    });
  }

  /** What messages and the certificate store call a Secret. */
  sourceOf(name: string): string {
    return `secret ${this.options.namespace}/${name}`;
  }

  private watch(name: string): void {
    const { client, namespace, onProblem, timers } = this.options;
    const watch = new ListWatch({
      client,
      path: `/api/v1/namespaces/${namespace}/secrets`,
      name,
      onObjects: (objects) => this.problems.during(name, () => this.take(name, objects.get(name))),
      ...(onProblem === undefined ? {} : { onProblem }),
      ...(timers === undefined ? {} : { timers }),
    });
    this.watches.set(name, watch);
    watch.start();
  }

  private take(name: string, object: KubeObject | undefined): void {
    const source = this.sourceOf(name);
    const told = (what: string) => new ProxyError('EDGE_CERTIFICATE', `${source}: ${what}`);
    if (object === undefined)
      throw told('it does not exist; cert-manager makes it once the challenge is answered');
    const { data } = secret.parse(object);
    const [cert, key] = [decode(data?.['tls.crt']), decode(data?.['tls.key'])];
    if (cert === '' || key === '')
      throw told("'tls.crt' or 'tls.key' is missing or empty; is it of type kubernetes.io/tls?");
    this.options.onPem(source, { cert, key });
  }
}

const decode = (text = '') => Buffer.from(text, 'base64').toString('utf8');
