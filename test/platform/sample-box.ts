import { Box } from '../../constructs/core/box.js';
import type { Manifest } from '../../constructs/core/manifest.js';
import { Site } from '../../constructs/core/site.js';
import type { SiteInput } from '../../constructs/core/site-schema.js';

/** A site with the required values and what a test adds to them. */
export const sampleSite = (settings: Partial<SiteInput> = {}): Site =>
  Site.parse(
    {
      domain: 'studio.example',
      publicIp: '203.0.113.10',
      adminEmail: 'admin@studio.example',
      backup: { endpoint: 'https://s3.example.com', bucket: 'studio-backup', region: 'fr-par' },
      smtp: { host: 'smtp.example.com' },
      ...settings,
    },
    { apps: [], versions: ['certManager'] },
  );

export const sampleBox = (settings: Partial<SiteInput> = {}): Box => new Box(sampleSite(settings));

/** An object of a kind by its name, which must be there once. */
export function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const [found, ...more] = manifests.filter(
    (manifest) => manifest.kind === kind && manifest.metadata.name === name,
  );
  if (found === undefined || more.length > 0) {
    throw new Error(`${kind} '${name}': found ${found === undefined ? 'none' : more.length + 1}`);
  }
  return found;
}

export const ofKind = (manifests: readonly Manifest[], kind: string): Manifest[] =>
  manifests.filter((manifest) => manifest.kind === kind);

/** What an object asks for, whatever its kind. */
export const specOf = <T = Record<string, unknown>>(manifest: Manifest): T => manifest.spec as T;
