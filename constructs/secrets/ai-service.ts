import type { Construct } from 'constructs';
import { External } from '../core/endpoint.js';
import type { SecretKey } from '../core/secret.js';
import type { Site } from '../core/site.js';
import { askOperator } from './generator.js';
import type { KvEntry } from './kv.js';
import type { Vault } from './vault.js';

/** The OpenAI-compatible service behind the AI features, when the site has one. */
export class AiService {
  readonly baseUrl: string;
  readonly model: string;
  private entry: KvEntry | undefined;
  private readonly destination: External;

  private constructor(
    private readonly vault: Vault,
    { baseUrl, model }: Site['settings']['ai'],
  ) {
    this.baseUrl = baseUrl;
    this.model = model;
    this.destination = new External({ name: 'AI service', ports: [Number(new URL(baseUrl).port || 443)] });
  }

  /** The site's service; undefined when AI features are off. */
  static of(vault: Vault, site: Site): AiService | undefined {
    return site.settings.ai.enabled ? new AiService(vault, site.settings.ai) : undefined;
  }

  /** The API key in the namespace of `scope`; whoever reads it may call the service. */
  key(scope: Construct, name: string): SecretKey {
    // asked for only when an app wants it
    this.entry ??= this.vault.kv(this.vault, 'ai', {
      'api-key': askOperator(`API key of the AI service at ${new URL(this.baseUrl).hostname}`),
    });
    return this.entry.syncTo(scope, 'AiKey', { name, reaches: [this.destination] }).key('api-key');
  }
}
