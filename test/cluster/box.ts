import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { appIds, buildBox } from '../../apps/render.js';
import type { Budget } from '../../constructs/core/budget.js';
import type { Manifest } from '../../constructs/core/manifest.js';
import type { Network } from '../../constructs/core/network.js';
import { pinNames, Site } from '../../constructs/core/site.js';
import type { SiteInput } from '../../constructs/core/site-schema.js';
import { temporaryFolder } from './process.js';

/** A box as files, as `npm run synth` writes them. */
export interface RenderedBox {
  /** The folder that stands for `dist`. */
  readonly folder: string;
  readonly site: Site;
  readonly manifests: readonly Manifest[];
  readonly budget: Budget;
  /** What was declared: who may talk to whom. */
  readonly network: Network;
}

/** Label on every object of the box. */
export const boxLabel = 'app.kubernetes.io/managed-by=business-box';

/** Writes the box of `box.yaml`, with some settings changed, to a temporary folder. */
export function writeBox(changes: Partial<SiteInput> = {}): RenderedBox {
  const settings = { ...(parse(readFileSync('box.yaml', 'utf8')) as SiteInput), ...changes };
  const site = Site.parse(settings, { apps: appIds, versions: pinNames });
  const folder = temporaryFolder('dist');
  const box = buildBox(site, { outdir: folder });
  box.synth();
  return { folder, site, manifests: box.manifests(), budget: box.budget, network: box.network };
}

/** Key of an object, the same for what was rendered and for what is live. */
export function keyOf({ apiVersion, kind, metadata }: Manifest): string {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  return `${kind}.${group} ${metadata.namespace ?? ''}/${metadata.name}`;
}
