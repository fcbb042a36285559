import type { AppProps } from 'cdk8s';
import { Catalog } from '../constructs/catalog/catalog.js';
import { Box } from '../constructs/core/box.js';
import type { Manifest } from '../constructs/core/manifest.js';
import { pinNames, Site } from '../constructs/core/site.js';
import { Data } from '../constructs/data/data.js';
import { Edge } from '../constructs/edge/edge.js';
import { Identity } from '../constructs/identity/identity.js';
import { systemHosts } from '../constructs/identity/system-hosts.js';
import { Collabora } from '../constructs/lasuite/collabora.js';
import { Docs } from '../constructs/lasuite/docs.js';
import { type AppClass, Suite } from '../constructs/lasuite/suite.js';
import { Platform } from '../constructs/platform/platform.js';
import { AiService } from '../constructs/secrets/ai-service.js';
import { MailRelay } from '../constructs/secrets/mail-relay.js';
import { Vault } from '../constructs/secrets/vault.js';

/** The apps of the box, in the order people see them. */
export const appClasses: readonly AppClass[] = [Docs, Collabora];

/** Their names in `box.yaml`. */
export const appIds = appClasses.map(({ id }) => id);

/** The whole box for a site, declared; `finish`, `manifests` or `synth` it. */
export function buildBox(site: Site, props: AppProps = {}): Box {
  const box = new Box(site, props);
  const platform = new Platform(box);
  const vault = new Vault(box, 'vault', { operator: platform.operatorPods.vaultSecretsOperator });
  const mail = new MailRelay(vault, site);
  const ai = AiService.of(vault, site);
  const data = new Data(box, { platform, vault });
  const edge = new Edge(box, { publicIssuer: platform.publicIssuer });
  const identity = new Identity(box, 'identity', { platform, vault, postgres: data.postgres, edge, mail });
  systemHosts(edge, { vault, data });
  new Suite(box, 'lasuite', { vault, data, identity, edge, mail, ai }).add(...appClasses);
  new Catalog(box, 'catalog', { vault, data, edge });
  return box;
}

/** The whole box as plain objects, for a site's settings. */
export function renderBox(settings: unknown): {
  readonly box: Box;
  readonly site: Site;
  readonly manifests: Manifest[];
} {
  const site = Site.parse(settings, { apps: appIds, versions: pinNames });
  const box = buildBox(site);
  return { box, site, manifests: box.manifests() };
}
