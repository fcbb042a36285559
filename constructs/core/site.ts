import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { type ChartName, type ChartPin, charts, type Image, type ImageName, images } from './images.js';
import { explainIssues } from './site-errors.js';
import { type SiteInput, type SiteSettings, type SiteVocabulary, siteSchema } from './site-schema.js';
import { type Resources, scaled, scales } from './sizes.js';

/** Names of all pins a site may override. */
export const pinNames = [...Object.keys(images), ...Object.keys(charts)];

/** The configuration was not usable; `problems` holds one sentence each. */
export class SiteError extends Error {
  constructor(
    source: string,
    readonly problems: readonly string[],
  ) {
    super(`${source} is not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'SiteError';
  }
}

/** `tag`, `tag@digest`, `repository:tag` or `repository:tag@digest`. */
const override = /^(?:(?<repository>[^\s@]+):)?(?<tag>\w[\w.-]*)(?<digest>@sha256:[0-9a-f]{64})?$/;

/** What is wrong with an overriding version, or nothing. */
function versionProblem(name: string, version: string): string | undefined {
  const { repository, tag, digest } = override.exec(version)?.groups ?? {};
  if (tag === undefined) {
    return /^[^\s@]+$/.test(version)
      ? `"${version}" has no tag; write repository:tag, e.g. ${version}:v1.2.3`
      : `"${version}" does not name a fixed version; write v1.2.3, repository:tag or repository:tag@sha256:<64 digits>`;
  }
  // the names of branches and channels hold no digit, those of versions and commits do
  if (!/\d/.test(tag)) return `tag "${tag}" moves; pin a version such as v1.2.3`;
  if (name in charts && (repository ?? digest) !== undefined)
    return `"${version}" is an image; a chart takes only a version`;
  return undefined;
}

/** JSON schema of `box.yaml`, for editors. */
export const siteJsonSchema = (apps: readonly string[]): object =>
  z.toJSONSchema(siteSchema({ apps, versions: pinNames }), { io: 'input' });

/** One installation: what its operator decided, and what follows from that alone. */
export class Site {
  private constructor(
    readonly settings: SiteSettings,
    private readonly folder: string,
  ) {}

  /**
   * Reads a site's file.
   * @param file path of `box.yaml`
   * @param apps ids of the apps on offer
   * @throws SiteError naming path, value, rule and the nearest valid spelling
   */
  static load(file: string, apps: readonly string[]): Site {
    if (!existsSync(file)) throw new SiteError(file, ['the file does not exist; copy box.yaml and edit it']);
    const document = parseDocument(readFileSync(file, 'utf8'));
    if (document.errors.length > 0) {
      throw new SiteError(
        file,
        document.errors.map((error) => error.message),
      );
    }
    return Site.parse(document.toJS(), { apps, versions: pinNames }, file);
  }

  /** A site from data, as `load` does it. */
  static parse(data: SiteInput | unknown, vocabulary: SiteVocabulary, source = 'the configuration'): Site {
    const schema = siteSchema(vocabulary);
    const result = schema.safeParse(data ?? {});
    if (!result.success) {
      throw new SiteError(
        source,
        explainIssues(result.error.issues, data, z.toJSONSchema(schema, { io: 'input' })),
      );
    }
    const site = new Site(result.data, dirname(resolve(source)));
    const problems = site.check();
    if (problems.length > 0) throw new SiteError(source, problems);
    return site;
  }

  /** Whether an app is on; apps are on unless switched off. */
  isOn(app: string): boolean {
    return this.settings.apps[app] !== false;
  }

  /** Full host name of a label under the site's domain; the bare domain for ''. */
  hostName(label: string): string {
    return label === '' ? this.settings.domain : `${label}.${this.settings.domain}`;
  }

  /** Several servers instead of one. */
  get isCluster(): boolean {
    return this.settings.scale === 'cluster';
  }

  /** Cores and memory that one server has. */
  get server(): { cpu: number; memoryGi: number } {
    return this.settings.server ?? scales[this.settings.size].server;
  }

  /** Resources at the site's size. */
  resources(standard: Resources): Resources {
    return scaled(standard, this.settings.size);
  }

  /** Reference of an image, the site's override applied. */
  image(name: ImageName): string {
    const pin: Image = images[name];
    const repository = pin.repository ?? `${this.registry}/${name}`;
    const version = this.settings.versions[name] ?? pin.version;
    return override.exec(version)?.groups?.repository === undefined ? `${repository}:${version}` : version;
  }

  /** A chart's pin, the site's override applied. */
  chart(name: ChartName): ChartPin {
    return { ...charts[name], version: this.settings.versions[name] ?? charts[name].version };
  }

  /** Where the images of our own programs are. */
  get registry(): string {
    return this.settings.registry ?? `${this.hostName('src')}/studio`;
  }

  /** Remarks a person should see, none of them an error. */
  get warnings(): string[] {
    const remarks: string[] = [];
    if (/^(192\.0\.2|198\.51\.100|203\.0\.113)\./.test(this.settings.publicIp)) {
      remarks.push(
        `publicIp ${this.settings.publicIp} is an address for documentation; set your server's own`,
      );
    }
    if (this.settings.tls.issuer === 'local')
      remarks.push('certificates come from a local authority: browsers must be told to trust it');
    return remarks;
  }

  /** SVG of the logo as text, when the site has one. */
  get logo(): string | undefined {
    const { logo } = this.settings.brand;
    return logo === undefined ? undefined : readFileSync(resolve(this.folder, logo), 'utf8');
  }

  private check(): string[] {
    const problems: string[] = [];
    for (const [name, version] of Object.entries(this.settings.versions)) {
      const problem = version === undefined ? undefined : versionProblem(name, version);
      if (problem !== undefined) problems.push(`versions.${name}: ${problem}`);
    }
    const { logo } = this.settings.brand;
    if (logo !== undefined && !existsSync(resolve(this.folder, logo))) {
      problems.push(`brand.logo: "${logo}" does not exist beside the configuration file`);
    }
    return problems;
  }
}
