import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Digest } from '../../constructs/core/digests.js';
import type { Manifest } from '../../constructs/core/manifest.js';
import { pinNames, Site } from '../../constructs/core/site.js';
import { appIds, buildBox } from '../render.js';

/** One file of the box. */
export interface RenderedTier {
  readonly id: string;
  readonly wave: number;
  readonly manifests: readonly Manifest[];
}

/** A box as the chart looks at it. */
export interface Rendered {
  readonly site: Site;
  readonly tiers: readonly RenderedTier[];
  readonly digests: readonly Digest[];
}

/** Renders the box for settings as `box.yaml` has them. */
export type Render = (settings: Readonly<Record<string, unknown>>) => Rendered;

/** Renders as the synthesis does. @param file beside which files named in the settings are */
export const renderBeside =
  (file: string): Render =>
  (settings) => {
    const site = Site.parse(settings, { apps: appIds, versions: pinNames }, file);
    const box = buildBox(site);
    box.finish();
    const tiers = box.tiers.map((tier) => ({
      id: tier.node.id,
      wave: tier.wave,
      manifests: tier.toJson() as Manifest[],
    }));
    return { site, tiers, digests: box.digests.all };
  };

/** Settings of a configuration file, as they are written. */
export const readSettings = (file: string): Record<string, unknown> =>
  parse(readFileSync(file, 'utf8')) ?? {};
