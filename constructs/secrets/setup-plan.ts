import type { Box } from '../core/box.js';
import { asJson, ConfigFile, type ConfigValue } from '../core/config-file.js';
import { namespaces } from '../core/namespaces.js';
import { SecretRef } from '../core/secret.js';
import { Tier } from '../core/tier.js';
import { Wave } from '../core/waves.js';
import type { Generator } from './generator.js';

export interface SetupSecretProps {
  readonly namespace: string;
  readonly name: string;
  readonly keys: Readonly<Record<string, Generator>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Why this value cannot come from the vault. */
  readonly because: string;
}

/**
 * What the set-up Job has to bring about, as data: Secrets the vault itself depends on, values in the vault, engines,
 * buckets. Each part of the box adds its section; none holds a secret value. The reader owns the schema
 * (`cli/schema/plan.schema.json`).
 */
export class SetupPlan {
  private readonly sections = new Map<string, () => ConfigValue>();
  private readonly secrets: SetupSecretProps[] = [];

  constructor(box: Box) {
    const tier = new Tier(box, 'setup', { namespace: namespaces.boxSystem, wave: Wave.Engines });
    this.section('secrets', () => this.secrets.map((secret) => ({ ...secret })) as unknown as ConfigValue);
    new ConfigFile(tier, 'Plan', {
      name: 'setup-plan',
      files: {
        'plan.json': asJson(() => ({
          version: 1,
          ...Object.fromEntries([...this.sections].map(([name, content]) => [name, content()])),
        })),
      },
    });
  }

  /** Adds a section whose content is asked for when everything is declared. */
  section(name: string, content: () => ConfigValue): void {
    if (this.sections.has(name)) throw new Error(`the set-up plan has two sections '${name}'`);
    this.sections.set(name, content);
  }

  /** A Kubernetes Secret that exists before the vault does. Made once, never overwritten. */
  secret(props: SetupSecretProps): SecretRef {
    this.secrets.push(props);
    return new SecretRef({ name: props.name, namespace: props.namespace, keys: Object.keys(props.keys) });
  }
}
