import { z } from 'zod';

const domain = z
  .string()
  .regex(
    /^(?=.{4,200}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/,
    'a lower-case domain name such as studio.example',
  )
  .describe('Domain under which every host of the box lives.');
const hostName = z
  .string()
  .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}$/, 'a host name such as smtp.example.com');
const httpsUrl = z.url({ protocol: /^https$/, error: 'an https URL' });
const colour = z.string().regex(/^#[0-9a-fA-F]{6}$/, 'a colour as #rrggbb');

/** Words a site may use that are known only to the caller: apps on offer, pins that may be overridden. */
export interface SiteVocabulary {
  /** Ids of the apps that can be switched on or off. */
  readonly apps: readonly string[];
  /** Names of images and charts whose version may be overridden. */
  readonly versions: readonly string[];
}

const switches = (names: readonly string[]) =>
  z.strictObject(Object.fromEntries(names.map((name) => [name, z.boolean().optional()])));

/** Schema of `box.yaml`. The editor's JSON schema is generated from it. */
export const siteSchema = (vocabulary: SiteVocabulary) =>
  z.strictObject({
    domain,
    publicIp: z
      .ipv4('a public IPv4 address')
      .describe('Address of the server; every DNS record points to it.'),
    adminEmail: z
      .email('an e-mail address')
      .describe('First administrator, and contact for certificates and alerts.'),
    backup: z
      .strictObject({
        endpoint: httpsUrl.describe('S3 endpoint outside the box.'),
        bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'an S3 bucket name'),
        region: z.string().min(2).describe('S3 region, e.g. fr-par.'),
        retentionDays: z.int().min(1).max(3650).default(30),
      })
      .describe('Off-site backup target. Its keys are asked for at installation and never stored here.'),
    smtp: z
      .strictObject({
        host: hostName,
        port: z.int().min(1).max(65535).default(587),
        security: z.enum(['starttls', 'tls']).default('starttls'),
      })
      .describe('Relay that delivers outgoing mail. Its credentials are asked for at installation.'),
    apps: switches(vocabulary.apps)
      .default({})
      .describe('Apps to switch off (false). Every app is on by default.'),
    size: z.enum(['small', 'standard', 'large']).default('standard').describe('What the workloads may use.'),
    scale: z
      .enum(['one-server', 'cluster'])
      .default('one-server')
      .describe('Distributed settings of the engines.'),
    server: z
      .strictObject({ cpu: z.number().min(2), memoryGi: z.number().min(8) })
      .optional()
      .describe('Cores and memory of the server, when they differ from what `size` assumes.'),
    registry: z
      .string()
      .regex(/^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._/-]+)?$/, 'a registry path such as registry.example/studio')
      .optional()
      .describe('Where the images of our own programs are. Default: src.DOMAIN/studio'),
    installer: z.enum(['k3s', 'argocd']).default('k3s').describe('Who installs the charts of operators.'),
    versions: z
      .strictObject(Object.fromEntries(vocabulary.versions.map((name) => [name, z.string().optional()])))
      .default({})
      .describe(
        'Other versions than the pinned ones, by name: a tag, or for images repository:tag[@digest].',
      ),
    tls: z
      .strictObject({
        issuer: z
          .enum(['acme', 'local'])
          .default('acme')
          .describe("'local': an own certificate authority, for trial."),
        email: z.email('an e-mail address').optional().describe('ACME account. Default: adminEmail'),
        staging: z.boolean().default(false).describe("Use the ACME provider's staging service."),
      })
      .prefault({}),
    matrixServerName: domain.optional().describe('Server name in Matrix ids. Default: domain'),
    brand: z
      .strictObject({
        name: z.string().min(1).max(40).default('Sunbeam'),
        primary: colour.default('#7c3aed'),
        accent: colour.default('#f59e0b'),
        logo: z.string().optional().describe('SVG file, relative to this file.'),
      })
      .prefault({}),
    ai: z
      .strictObject({
        enabled: z.boolean().default(true),
        baseUrl: httpsUrl.default('https://api.scaleway.ai/v1'),
        model: z.string().min(1).default('mistral-medium-latest'),
      })
      .prefault({})
      .describe('OpenAI-compatible service behind the AI features. Its key is asked for at installation.'),
  });

/** A site's validated settings, defaults applied. */
export type SiteSettings = z.output<ReturnType<typeof siteSchema>>;

/** What an operator writes. */
export type SiteInput = z.input<ReturnType<typeof siteSchema>>;
