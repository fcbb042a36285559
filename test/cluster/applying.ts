import type { Manifest } from '../../constructs/core/manifest.js';
import { type Api, type LiveObject, nameOf } from './api.js';
import { boxLabel, keyOf } from './box.js';
import type { Applied, Kubectl } from './kubectl.js';
import { unknownWarnings } from './warnings.js';

/** Applies a folder the way the documentation tells an operator to: server-side, strict about fields. */
export function applyBox(kubectl: Kubectl, path: string): Promise<Applied> {
  return kubectl.apply(path, '--server-side', '--validate=strict', '--field-manager=box');
}

/** Whether an object is to outlive its description: it holds data. Helm and Argo CD leave it too. */
const isKept = ({ metadata }: LiveObject) => metadata.annotations?.['helm.sh/resource-policy'] === 'keep';

/**
 * Deletes what carries the box's label and is not rendered any more, but for what holds data. kubectl itself prunes
 * only what was applied on the client's side, or sets that lie in one namespace.
 * @returns what was deleted
 */
export async function prune(api: Api, manifests: readonly Manifest[]): Promise<string[]> {
  const rendered = new Set(manifests.map(keyOf));
  const stale = (await api.labelled(boxLabel)).filter(
    (object) => isNotChild(object) && !isKept(object) && !rendered.has(keyOf(object)),
  );
  for (const object of stale) await api.remove(object);
  return stale.map(keyOf);
}

/**
 * Insists that every object was taken without a complaint.
 * @returns what happened, for a person
 * @throws with the server's words, which name the object
 */
export function accepted(applied: Applied): string {
  const unknown = unknownWarnings(applied.warnings);
  if (applied.code !== 0 || applied.errors.length > 0 || unknown.length > 0) {
    throw new Error(
      [...applied.errors, ...unknown.map((warning) => `warning not on the list: ${warning}`)].join('\n') ||
        `kubectl ended with code ${applied.code}`,
    );
  }
  const outcomes = [...applied.outcomes]
    .map(([outcome, objects]) => `${objects.length} ${outcome}`)
    .join(', ');
  return `${outcomes} in ${applied.seconds.toFixed(1)} s`;
}

/**
 * Insists that the objects on the server with the box's label are those rendered, no more and no fewer; what holds
 * data may outlive its description.
 */
export async function exactly(api: Api, manifests: readonly Manifest[]): Promise<string> {
  const objects = (await api.labelled(boxLabel)).filter(isNotChild);
  const live = new Set(objects.map(keyOf));
  const rendered = new Set(manifests.filter(isLabelled).map(keyOf));
  const extra = objects.filter((object) => !rendered.has(keyOf(object)));
  const kept = extra.filter(isKept).map(nameOf);
  const wrong = [
    ...[...rendered].filter((key) => !live.has(key)).map((key) => `${key} is not on the server`),
    ...extra.filter((object) => !isKept(object)).map((object) => `${keyOf(object)} is left on the server`),
  ];
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return `${rendered.size} objects${kept.length === 0 ? '' : `, and kept for their data: ${kept.join(', ')}`}`;
}

const isLabelled = ({ metadata }: Manifest) =>
  metadata.labels?.['app.kubernetes.io/managed-by'] !== undefined;

/** Controllers copy labels to what they make; what they make of a Service for old clients names no owner. */
const isNotChild = ({ kind, metadata }: LiveObject) =>
  metadata.ownerReferences === undefined && kind !== 'Endpoints';

/** Version and content of every object of the box, to see what a later apply changed. */
export async function snapshot(api: Api): Promise<Map<string, LiveObject>> {
  return new Map((await api.labelled(boxLabel)).filter(isNotChild).map((object) => [keyOf(object), object]));
}

/** What differs between two snapshots, less what controllers report. */
export function changes(
  before: ReadonlyMap<string, LiveObject>,
  after: ReadonlyMap<string, LiveObject>,
): string[] {
  return [...after].flatMap(([key, object]) => {
    const old = before.get(key);
    if (old === undefined) return [`${key} is new`];
    if (old.metadata.resourceVersion === object.metadata.resourceVersion) return [];
    return content(old) === content(object) ? [] : [`${key} changed`];
  });
}

function content({ status: _, metadata, ...rest }: LiveObject): string {
  const {
    resourceVersion: __,
    managedFields: ___,
    ...kept
  } = metadata as LiveObject['metadata'] & {
    managedFields?: unknown;
  };
  return JSON.stringify({ ...rest, metadata: kept });
}
