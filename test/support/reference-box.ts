import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { renderBox } from '../../apps/render.js';
import type { Manifest } from '../../constructs/core/manifest.js';
import type { ProofSite } from '../../constructs/proofs/prove.js';

const boxFile = new URL('../../box.yaml', import.meta.url);

/** Settings of the reference environment, as `box.yaml` has them. */
export const referenceSettings = (): Record<string, unknown> => parse(readFileSync(boxFile, 'utf8'));

/** The box of `box.yaml`, other settings put over it, as it would be written to `dist/`. */
export function referenceBox(settings: Readonly<Record<string, unknown>> = {}): {
  readonly manifests: readonly Manifest[];
  readonly site: ProofSite;
} {
  const { manifests, site } = renderBox({ ...referenceSettings(), ...settings });
  return { manifests, site };
}
