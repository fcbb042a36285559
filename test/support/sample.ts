import { Box } from '../../constructs/core/box.js';
import type { Manifest } from '../../constructs/core/manifest.js';
import { namespaces } from '../../constructs/core/namespaces.js';
import { pinNames, Site, SiteError } from '../../constructs/core/site.js';
import type { SiteInput } from '../../constructs/core/site-schema.js';
import { Tier } from '../../constructs/core/tier.js';
import { Wave } from '../../constructs/core/waves.js';
import { Workload, type WorkloadProps } from '../../constructs/core/workload.js';

/** The values a site cannot do without. */
export const required: SiteInput = {
  domain: 'studio.example',
  publicIp: '203.0.113.10',
  adminEmail: 'admin@studio.example',
  backup: { endpoint: 'https://s3.example.com', bucket: 'studio-backup', region: 'fr-par' },
  smtp: { host: 'smtp.example.com' },
};

/** Apps that exist for a site of the tests. */
export const sampleApps = ['docs', 'collabora', 'wiki'];

/** A site with the required values and what a test adds to them. */
export const sampleSite = (settings: Partial<SiteInput> = {}): Site =>
  Site.parse({ ...required, ...settings }, { apps: sampleApps, versions: pinNames });

/** What is wrong with a site's data. @throws when nothing is */
export function problemsOf(data: unknown): readonly string[] {
  try {
    Site.parse(data, { apps: sampleApps, versions: pinNames });
  } catch (error) {
    if (error instanceof SiteError) return error.problems;
    throw error;
  }
  throw new Error('the site is valid');
}

export const sampleBox = (settings: Partial<SiteInput> = {}): Box => new Box(sampleSite(settings));

/** A box with one tier of apps, and a short way to put workloads there. */
export function sampleTier(settings: Partial<SiteInput> = {}) {
  const box = sampleBox(settings);
  const tier = new Tier(box, 'apps', { namespace: namespaces.lasuite, wave: Wave.Apps });
  const workload = (name: string, props: Partial<WorkloadProps> = {}, scope = tier) =>
    new Workload(scope, name, { name, image: 'login', size: 'login', ...props });
  return { box, tier, workload };
}

/** An object of a kind by its name, which must be there once. */
export function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = ofKind(manifests, kind).filter(({ metadata }) => metadata.name === name);
  const [only] = found;
  if (only === undefined || found.length > 1)
    throw new Error(`${kind} '${name}': found ${found.length || 'none'}`);
  return only;
}

export const ofKind = (manifests: readonly Manifest[], kind: string): Manifest[] =>
  manifests.filter((manifest) => manifest.kind === kind);

export const namesOf = (manifests: readonly Manifest[], kind: string): string[] =>
  ofKind(manifests, kind).map(({ metadata }) => metadata.name);

/** What an object asks for, whatever its kind. */
export const specOf = <T = Record<string, unknown>>(manifest: Manifest): T => manifest.spec as T;

/** A value deep in an object, by the keys that lead there; undefined where the way ends. */
export const at = (object: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (value !== null && typeof value === 'object' ? Reflect.get(value, key) : undefined),
    object,
  );

export interface RenderedContainer {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly [field: string]: unknown }[];
  readonly [field: string]: unknown;
}

export interface RenderedPod {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly containers: readonly RenderedContainer[];
    readonly initContainers?: readonly RenderedContainer[];
    readonly volumes?: readonly Readonly<Record<string, unknown>>[];
    readonly [field: string]: unknown;
  };
}

/** The pod template of a workload, Job or CronJob. */
export function podOf(manifest: Manifest): RenderedPod {
  const template =
    manifest.kind === 'CronJob'
      ? at(manifest, 'spec', 'jobTemplate', 'spec', 'template')
      : at(manifest, 'spec', 'template');
  return template as RenderedPod;
}

/** The main container of a workload, Job or CronJob. */
export function containerOf(manifest: Manifest): RenderedContainer {
  const [container] = podOf(manifest).spec.containers;
  if (container === undefined)
    throw new Error(`${manifest.kind} '${manifest.metadata.name}' has no container`);
  return container;
}

/** A container's environment: values as they are, `secret/key` for what comes out of a Secret. */
export function envOf(container: RenderedContainer): Record<string, string> {
  const read = (entry: { readonly [field: string]: unknown }): string => {
    const secret = at(entry, 'valueFrom', 'secretKeyRef');
    if (secret !== undefined) return `${at(secret, 'name')}/${at(secret, 'key')}`;
    const field = at(entry, 'valueFrom', 'fieldRef', 'fieldPath');
    return field === undefined ? String(entry.value) : `field ${field}`;
  };
  return Object.fromEntries((container.env ?? []).map((entry) => [entry.name, read(entry)]));
}

/** The message of what `run` throws. */
export function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error('nothing was thrown');
}
