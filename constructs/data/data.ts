import type { Box } from '../core/box.js';
import { namespaces } from '../core/namespaces.js';
import { Tier } from '../core/tier.js';
import { Wave } from '../core/waves.js';
import type { Platform } from '../platform/platform.js';
import type { Vault } from '../secrets/vault.js';
import { ObjectStore } from './object-store.js';
import { OpenSearch } from './opensearch.js';
import { Postgres } from './postgres.js';
import { SearXng } from './searxng.js';
import { Valkey } from './valkey.js';

export interface DataProps {
  readonly platform: Platform;
  readonly vault: Vault;
}

/** The engines that keep the box's data. PostgreSQL comes first, since nothing it needs is in the vault. */
export class Data {
  readonly postgres: Postgres;
  readonly valkey: Valkey;
  readonly openSearch: OpenSearch;
  readonly searxng: SearXng;
  readonly objectStore: ObjectStore;

  constructor(box: Box, { platform, vault }: DataProps) {
    this.postgres = new Postgres(
      new Tier(box, 'postgres', { namespace: namespaces.data, wave: Wave.Engines }),
      'Postgres',
      {
        vault,
        issuer: platform.internalIssuer,
        operator: platform.operatorPods.cloudNativePg,
      },
    );
    const stores = new Tier(box, 'stores', { namespace: namespaces.data, wave: Wave.Stores });
    this.valkey = new Valkey(stores, 'Valkey', { vault });
    this.openSearch = new OpenSearch(stores, 'OpenSearch');
    this.searxng = new SearXng(stores, 'SearXng', { vault });
    const storage = new Tier(box, 'storage', { namespace: namespaces.storage, wave: Wave.Stores });
    this.objectStore = new ObjectStore(storage, 'ObjectStore', { vault });
  }
}
