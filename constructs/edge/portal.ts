import type { Site } from '../core/site.js';
import type { Host } from './host.js';
import type { PortalConfig } from './proxy-config.js';

/** Headings of the portal, in the order they are shown: daily work, developer tools, running the box. */
export const tileGroups = ['apps', 'developer', 'admin'] as const;
export type TileGroup = (typeof tileGroups)[number];

/** The page at the bare domain: the site's brand, and a tile for each host that wants one. */
export function portalConfig(site: Site, hosts: readonly Host[]): PortalConfig {
  const { name, primary, accent } = site.settings.brand;
  return {
    brand: { name, primary, accent, logo: site.logo },
    tiles: tileGroups.flatMap((group) =>
      hosts.flatMap((host) => {
        const { title, description } = host;
        return title === undefined || host.tile !== group
          ? []
          : [{ title, url: host.url('/'), description, group }];
      }),
    ),
  };
}
