import type { Config } from '../config/schema.js';
import type { CertificatePem } from '../tls/validate.js';
import { KubeApi } from './api.js';
import { ChallengeSource } from './challenge-source.js';
import { ConfigSource } from './config-source.js';
import { SecretSource } from './secret-source.js';
import type { SourceStatus } from './source.js';

/** Who takes what comes from the API server. */
export interface SourceTakers {
  readonly onConfig: (text: string, source: string) => void;
  readonly onPem: (source: string, pem: CertificatePem) => void;
  readonly onProblem: (error: Error) => void;
}

/** Everything the proxy reads and watches in Kubernetes. */
export class KubernetesSources {
  readonly challenges: ChallengeSource | undefined;
  private readonly config: ConfigSource;
  private readonly secrets: SecretSource;

  /** With the identity of the pod; undefined outside of a cluster, or when the configuration names nothing there. */
  static inCluster(config: Config, takers: SourceTakers): KubernetesSources | undefined {
    const client = config.kubernetes === undefined ? undefined : KubeApi.inCluster();
    return client === undefined ? undefined : new KubernetesSources(client, config, takers);
  }

  constructor(
    private readonly client: KubeApi,
    { kubernetes, tls, acme }: Config,
    { onConfig, onPem, onProblem }: SourceTakers,
  ) {
    const namespace = kubernetes?.namespace ?? '';
    const configMap = kubernetes?.configMap ?? '';
    const source = `configmap ${namespace}/${configMap}`;
    this.config = new ConfigSource({
      client,
      namespace,
      configMap,
      key: kubernetes?.configKey ?? '',
      onText: (text) => onConfig(text, source),
      onProblem,
    });
    this.secrets = new SecretSource({ client, namespace, names: tls.secrets ?? [], onPem, onProblem });
    this.challenges =
      acme === undefined
        ? undefined
        : new ChallengeSource({ client, namespace, ingressClass: acme.ingressClass, onProblem });
  }

  start(): void {
    this.config.start();
    this.secrets.start();
    this.challenges?.start();
  }

  /** Watches the Secrets another configuration names. */
  adopt(config: Config): void {
    this.secrets.setNames(config.tls.secrets ?? []);
  }

  /** Names by which the certificates of a configuration's Secrets are kept, in its order. */
  certificateSources(config: Config): string[] {
    return (config.tls.secrets ?? []).map((name) => this.secrets.sourceOf(name));
  }

  status(): SourceStatus[] {
    return [
      this.config.status(),
      ...this.secrets.status(),
      ...(this.challenges ? [this.challenges.status()] : []),
    ];
  }

  async stop(): Promise<void> {
    await Promise.all([this.config.stop(), this.secrets.stop(), this.challenges?.stop()]);
    this.client.close();
  }
}
