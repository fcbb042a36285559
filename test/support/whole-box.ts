import { parse } from 'yaml';
import { Box } from '../../constructs/core/box.js';
import type { Manifest } from '../../constructs/core/manifest.js';
import type { SiteInput } from '../../constructs/core/site-schema.js';
import { Data } from '../../constructs/data/data.js';
import { Edge } from '../../constructs/edge/edge.js';
import { Identity } from '../../constructs/identity/identity.js';
import { type AppClass, Suite } from '../../constructs/lasuite/suite.js';
import { Platform } from '../../constructs/platform/platform.js';
import { AiService } from '../../constructs/secrets/ai-service.js';
import { MailRelay } from '../../constructs/secrets/mail-relay.js';
import { Vault } from '../../constructs/secrets/vault.js';
import { at, find, sampleSite } from './sample.js';

/** A box with everything an app of the suite draws on, and the apps a test adds. */
export class WholeBox {
  readonly box: Box;
  readonly vault: Vault;
  readonly data: Data;
  readonly edge: Edge;
  readonly identity: Identity;
  readonly suite: Suite;
  private rendered: Manifest[] | undefined;

  constructor(settings: Partial<SiteInput> = {}, ...apps: AppClass[]) {
    const site = sampleSite(settings);
    this.box = new Box(site);
    const platform = new Platform(this.box);
    this.vault = new Vault(this.box, 'vault', { operator: platform.operatorPods.vaultSecretsOperator });
    const mail = new MailRelay(this.vault, site);
    this.data = new Data(this.box, { platform, vault: this.vault });
    this.edge = new Edge(this.box, { publicIssuer: platform.publicIssuer });
    this.identity = new Identity(this.box, 'identity', {
      platform,
      vault: this.vault,
      postgres: this.data.postgres,
      edge: this.edge,
      mail,
    });
    this.suite = new Suite(this.box, 'lasuite', {
      vault: this.vault,
      data: this.data,
      identity: this.identity,
      edge: this.edge,
      mail,
      ai: AiService.of(this.vault, site),
    }).add(...apps);
  }

  get manifests(): Manifest[] {
    this.rendered ??= this.box.manifests();
    return this.rendered;
  }

  /** An object by kind and name, or a value in it by the keys that lead there. */
  read(kind: string, name: string, ...path: (string | number)[]): unknown {
    return at(find(this.manifests, kind, name), ...path);
  }

  get(kind: string, name: string): Manifest {
    return find(this.manifests, kind, name);
  }

  /** A file of a ConfigMap, as its reader sees it: YAML, of which JSON is a part. */
  file(configMap: string, name: string): Record<string, unknown> {
    return parse(String(this.read('ConfigMap', configMap, 'data', name)), { version: '1.1' });
  }

  /** What the set-up Job is told. */
  plan(...path: string[]): unknown {
    return at(this.file('setup-plan', 'plan.json'), ...path);
  }

  /** Routes of a host as the proxy reads them. */
  routes(label: string): Record<string, unknown>[] {
    const hosts = this.file('proxy-config', 'config.yaml').hosts as {
      name: string;
      routes: Record<string, unknown>[];
    }[];
    return hosts.find(({ name }) => name === this.box.site.hostName(label))?.routes ?? [];
  }

  /** Keys of a synced Secret and what they are made of, the guard against missing values left out. */
  synced(kind: 'VaultStaticSecret' | 'VaultDynamicSecret', name: string): Record<string, string> {
    const templates = this.read(kind, name, 'spec', 'destination', 'transformation', 'templates') as Record<
      string,
      { text: string }
    >;
    const guard = /\{\{ if not \(hasKey .*?\{\{ end \}\}/g;
    return Object.fromEntries(
      Object.entries(templates).map(([key, { text }]) => [key, text.replace(guard, '')]),
    );
  }
}
