import { createHash } from 'node:crypto';
import { Box } from '../../constructs/core/box.js';
import { ForeignPods } from '../../constructs/core/foreign-pods.js';
import type { Manifest } from '../../constructs/core/manifest.js';
import { type NamespaceProps, namespaces } from '../../constructs/core/namespaces.js';
import { Site } from '../../constructs/core/site.js';
import { Tier } from '../../constructs/core/tier.js';
import { Wave } from '../../constructs/core/waves.js';
import { Vault } from '../../constructs/secrets/vault.js';

/** A box with nothing in it but a vault. */
export class VaultBox {
  readonly box: Box;
  readonly vault: Vault;
  private rendered: Manifest[] | undefined;

  constructor(scale: 'one-server' | 'cluster' = 'one-server') {
    const settings = {
      domain: 'studio.example',
      publicIp: '203.0.113.10',
      adminEmail: 'admin@studio.example',
      backup: { endpoint: 'https://s3.example.com', bucket: 'studio-backup', region: 'fr-par' },
      smtp: { host: 'smtp.example.com' },
      scale,
    };
    this.box = new Box(Site.parse(settings, { apps: [], versions: [] }));
    const operators = this.tier('ops', namespaces.vaultSecretsOperator);
    const operator = new ForeignPods(operators, 'Vso', { name: 'vso', podLabels: { app: 'vso' } });
    this.vault = new Vault(this.box, 'vault', { operator });
  }

  tier(id: string, namespace: NamespaceProps): Tier {
    return new Tier(this.box, id, { namespace, wave: Wave.Stores });
  }

  /** A value somewhere in a rendered object, by the keys that lead to it. @throws when the object is not there */
  read(kind: string, name: string, ...path: (string | number)[]): unknown {
    this.rendered ??= this.box.manifests();
    const object = this.rendered.find((each) => each.kind === kind && each.metadata.name === name);
    if (object === undefined) throw new Error(`no ${kind} '${name}' was rendered`);
    return path.reduce<unknown>(
      (value, key) => (value as Record<string | number, unknown> | undefined)?.[key],
      object,
    );
  }

  /** A field of a workload's container. */
  container(kind: string, name: string, field: string): unknown {
    return this.read(kind, name, 'spec', 'template', 'spec', 'containers', 0, field);
  }

  /** What the set-up Job is told. */
  plan(section: string): unknown {
    return JSON.parse(String(this.read('ConfigMap', 'setup-plan', 'data', 'plan.json')))[section];
  }

  /** Who may connect to a workload, and whither it may, as `namespace/app:port`. Mesh and name service left out. */
  edges(name: string): { from: string[]; to: string[] } {
    const list = (rules: unknown, side: 'from' | 'to') =>
      ((rules ?? []) as Rule[]).flatMap((rule) =>
        (rule.ports ?? []).flatMap(({ port }) =>
          (rule[side] ?? []).map((peer) => {
            const namespace = peer.namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name'];
            const app = peer.podSelector?.matchLabels?.app;
            return `${peer.ipBlock === undefined ? `${namespace}/${app}` : 'internet'}:${port}`;
          }),
        ),
      );
    const own = (edge: string) => !/\/undefined:|:4143$/.test(edge);
    return {
      from: list(this.read('NetworkPolicy', name, 'spec', 'ingress'), 'from')
        .filter(own)
        .sort(),
      to: list(this.read('NetworkPolicy', name, 'spec', 'egress'), 'to')
        .filter(own)
        .sort(),
    };
  }
}

interface Rule {
  readonly ports?: readonly { readonly port: number }[];
  readonly from?: readonly RulePeer[];
  readonly to?: readonly RulePeer[];
}

interface RulePeer {
  readonly ipBlock?: object;
  readonly namespaceSelector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly podSelector?: { readonly matchLabels?: Readonly<Record<string, string>> };
}

const placeholder = /\{\{ get \.Secrets "([^"]+)"( \| sha256sum)? \}\}/g;

/** What every template begins with: it fails while a key is not made yet. */
export const guard = /\{\{ if not \(hasKey \.Secrets "[^"]+"\) \}\}\{\{ fail "[^"]+" \}\}\{\{ end \}\}/g;

/** Does with a synced secret's template what the secrets operator does. @throws when something is left over */
export function fill(template: string, secrets: Readonly<Record<string, string>>): string {
  const text = template.replace(guard, '').replace(placeholder, (_, key: string, hashed?: string) => {
    const secret = secrets[key] ?? '';
    return hashed === undefined ? secret : createHash('sha256').update(secret).digest('hex');
  });
  if (text.includes('{{')) throw new Error(`a placeholder was left over in: ${text}`);
  return text;
}
