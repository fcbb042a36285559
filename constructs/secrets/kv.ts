import { Construct } from 'constructs';
import { Phase } from '../core/box.js';
import type { Destination } from '../core/endpoint.js';
import { plain, reachesOf, type Text } from '../core/reference.js';
import { type RestartTarget, SecretRef } from '../core/secret.js';
import { Tier } from '../core/tier.js';
import { syncWave } from './access.js';
import type { Generator } from './generator.js';
import type { Vault } from './vault.js';
import { type VaultDestination, VaultStaticSecret } from './vso.js';

/** Mount of the key-value engine. */
export const kvMount = 'secret';

/** Keys of a synced Secret; a function is called when everything is declared. */
export type SyncData = Readonly<Record<string, Text | (() => Text)>>;

export interface SyncProps {
  /** Name of the Kubernetes Secret. */
  readonly name: string;
  /**
   * Keys of the Secret and how they are composed; `{{ get .Secrets "key" }}` stands for a value of the vault
   * (use `value()`). @default - every key of the entry under its own name
   */
  readonly data?: SyncData;
  /** What a holder of the secret connects to with it. @default - what `data` refers to */
  readonly reaches?: readonly Destination[];
  /** @default 'Opaque' */
  readonly type?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Stands for a value of the vault in the data of a synced secret. */
export const value = (key: string): string => `{{ get .Secrets "${key}" }}`;

const quoted = /\{\{\s*get \.Secrets "([^"]+)"/g;

/** One path of the vault's key-value engine, with the keys the set-up Job makes there. Made by `vault.kv`. */
export class KvEntry {
  private readonly used = new Set<string>();

  constructor(
    private readonly vault: Vault,
    /** Path below the mount, e.g. 'docs'. */
    readonly path: string,
    private readonly keys: Map<string, Generator>,
    /** Construct that declared it. */
    readonly owner: string,
  ) {}

  /** Adds a key, for entries that gather something from many declarations. */
  add(key: string, generator: Generator): void {
    if (this.keys.has(key))
      throw new Error(`${this.owner}: vault path '${this.path}' has key '${key}' already`);
    this.keys.set(key, generator);
  }

  /** Keys and how their values come into being. */
  get generators(): ReadonlyMap<string, Generator> {
    return this.keys;
  }

  /** Keys that some synced secret holds. */
  get readKeys(): ReadonlySet<string> {
    return this.used;
  }

  /**
   * Syncs the entry into the namespace of `scope`, refreshed every 30 s; whoever holds a copy in its environment
   * restarts when a value changes.
   * @throws at synthesis when `data` names a key the entry does not have
   */
  syncTo(scope: Construct, id: string, props: SyncProps): SecretRef {
    const tier = Tier.of(scope);
    const access = this.vault.accessFrom(tier);
    access.allow(`${kvMount}/data/${this.path}`);
    const data = props.data ?? Object.fromEntries([...this.keys.keys()].map((key) => [key, value(key)]));
    const restarts: RestartTarget[] = [];
    const sync = new Construct(scope, id);
    tier.box.derive(Phase.Render, () => {
      new VaultStaticSecret(sync, 'Resource', {
        metadata: { name: props.name, annotations: syncWave },
        spec: {
          vaultAuthRef: access.authName,
          mount: kvMount,
          type: 'kv-v2',
          path: this.path,
          refreshAfter: '30s',
          hmacSecretData: true,
          destination: destination(props.name, this.templates(sync.node.path, data), props),
          ...(restarts.length > 0 ? { rolloutRestartTargets: restarts } : {}),
        },
      });
    });
    const texts = Object.values(data).filter((text) => typeof text !== 'function');
    return new SecretRef({
      name: props.name,
      namespace: tier.namespaceName,
      keys: Object.keys(data),
      reaches: props.reaches ?? texts.flatMap((text) => [...reachesOf(text)]),
      onRead: (target) => restarts.push(target),
    });
  }

  private templates(path: string, data: SyncData): Record<string, string> {
    const texts = Object.entries(data).map(
      ([key, text]) => [key, plain(typeof text === 'function' ? text() : text)] as const,
    );
    return Object.fromEntries(texts.map(([name, text]) => [name, this.unlessMissing(path, text) + text]));
  }

  /**
   * Makes a sync fail, and the last good Secret stay, while a key is not made yet: a template would write an empty
   * password in its place.
   */
  private unlessMissing(path: string, text: string): string {
    const wanted = new Set([...text.matchAll(quoted)].map(([, key = '']) => key));
    for (const key of wanted) {
      if (!this.keys.has(key)) {
        const known = [...this.keys.keys()].join(', ');
        throw new Error(`${path}: vault path '${this.path}' has no key '${key}'; it has ${known}`);
      }
      this.used.add(key);
    }
    return [...wanted]
      .map((key) => `{{ if not (hasKey .Secrets "${key}") }}{{ fail "${key} is not made yet" }}{{ end }}`)
      .join('');
  }
}

/** Where a sync writes: only the composed keys, none of the raw ones. */
export function destination(
  name: string,
  texts: Readonly<Record<string, string>>,
  { type, labels }: Pick<SyncProps, 'type' | 'labels'> = {},
): VaultDestination {
  return {
    name,
    create: true,
    overwrite: true,
    ...(type === undefined ? {} : { type }),
    ...(labels === undefined ? {} : { labels }),
    transformation: {
      excludeRaw: true,
      excludes: ['.*'],
      templates: Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, { text }])),
    },
  };
}
