import type { Data } from '../data/data.js';
import type { Edge } from '../edge/edge.js';
import type { Vault } from '../secrets/vault.js';
import { administrators } from './identity.js';

/** Hosts of the engines: the object store for apps and developers, consoles for administrators alone. */
export function systemHosts(
  edge: Edge,
  { vault, data }: { readonly vault: Vault; readonly data: Data },
): void {
  edge.host('s3', { owner: data.objectStore }).route('/', data.objectStore.s3, { class: 's3' });
  edge
    .host('vault', { title: 'Vault', description: 'Secrets', tile: 'admin', owner: vault })
    .gate({ groups: [administrators] })
    .route('/', vault.api, { class: 'api' });
  edge
    .host('search', {
      title: 'Search',
      description: 'Search the web without being followed',
      owner: data.searxng,
    })
    .gate()
    .route('/', data.searxng.web);
}
