import type { Named } from './named.js';
import type { ContainerView, PodView } from './pod-view.js';
import { claimTemplates } from './producers.js';
import { type Data, isData, rows, text } from './read.js';

/** A volume that shows a Secret, a ConfigMap or several. */
interface Source {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly name: string;
  /** Key -> path in the volume; undefined for all keys under their own names. */
  readonly items: ReadonlyMap<string, string> | undefined;
}

/** Sources of a volume. */
export function sourcesOf(volume: Data): Source[] {
  const source = (kind: Source['kind'], field: unknown, nameField: string): Source[] => {
    const name = text(field, nameField);
    if (!isData(field) || name === undefined || field.optional === true) return [];
    const items = Array.isArray(field.items)
      ? new Map(rows(field, 'items').map((item) => [text(item, 'key') ?? '', text(item, 'path') ?? '']))
      : undefined;
    return [{ kind, name, items }];
  };
  return [
    ...source('Secret', volume.secret, 'secretName'),
    ...source('ConfigMap', volume.configMap, 'name'),
    ...rows(volume, 'projected', 'sources').flatMap((projected) => [
      ...source('Secret', projected.secret, 'name'),
      ...source('ConfigMap', projected.configMap, 'name'),
    ]),
  ];
}

/** A key a container reads into its environment. */
export interface EnvSource {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly name: string;
  /** Undefined for all keys. */
  readonly key: string | undefined;
  readonly at: string;
}

/** Keys in the environment of a container, except those it can do without. */
export function envSources({ name, spec }: ContainerView): EnvSource[] {
  const found: EnvSource[] = [];
  const add = (kind: EnvSource['kind'], ref: unknown, at: string) => {
    const target = text(ref, 'name');
    if (target === undefined || (isData(ref) && ref.optional === true)) return;
    found.push({ kind, name: target, key: text(ref, 'key'), at });
  };
  for (const variable of rows(spec, 'env')) {
    if (!isData(variable.valueFrom)) continue;
    const at = `container '${name}', env ${text(variable, 'name')}`;
    add('Secret', variable.valueFrom.secretKeyRef, at);
    add('ConfigMap', variable.valueFrom.configMapKeyRef, at);
  }
  for (const from of rows(spec, 'envFrom')) {
    add('Secret', from.secretRef, `container '${name}', envFrom`);
    add('ConfigMap', from.configMapRef, `container '${name}', envFrom`);
  }
  return found;
}

/** Everything a pod names. */
export function namedByPod(pod: PodView): Named[] {
  const { namespace, spec, origin } = pod;
  const named = (
    kind: string,
    name: string | undefined,
    at: string,
    keys: readonly string[] = [],
  ): Named[] => (name === undefined ? [] : [{ kind, name, namespace, keys, at }]);
  const cluster = (kind: string, name: string | undefined, at: string): Named[] =>
    name === undefined ? [] : [{ kind, name, namespace: undefined, keys: [], at }];
  return [
    ...pod.containers.flatMap((container) =>
      envSources(container).flatMap(({ kind, name, key, at }) =>
        named(kind, name, at, key === undefined ? [] : [key]),
      ),
    ),
    ...rows(spec, 'volumes').flatMap((volume) => {
      const at = `volume '${text(volume, 'name')}'`;
      return [
        ...sourcesOf(volume).flatMap(({ kind, name, items }) =>
          named(kind, name, at, [...(items?.keys() ?? []), ...subPaths(pod, volume, items)]),
        ),
        ...named('PersistentVolumeClaim', text(volume, 'persistentVolumeClaim', 'claimName'), at),
      ];
    }),
    ...rows(spec, 'imagePullSecrets').flatMap((secret) =>
      named('Secret', text(secret, 'name'), 'imagePullSecrets'),
    ),
    ...named('ServiceAccount', text(spec, 'serviceAccountName'), 'serviceAccountName'),
    ...cluster('PriorityClass', text(spec, 'priorityClassName'), 'priorityClassName'),
    ...(origin.kind === 'StatefulSet'
      ? named('Service', text(origin, 'spec', 'serviceName'), 'serviceName')
      : []),
    ...rows(origin, 'spec', 'volumeClaimTemplates').flatMap((claim) =>
      cluster(
        'StorageClass',
        text(claim, 'spec', 'storageClassName'),
        `claim template '${text(claim, 'metadata', 'name')}'`,
      ),
    ),
  ];
}

/** Single files of a volume that are mounted are keys too. */
function subPaths(pod: PodView, volume: Data, items: ReadonlyMap<string, string> | undefined): string[] {
  if (items !== undefined) return [];
  const name = text(volume, 'name');
  return pod.containers.flatMap(({ spec }) =>
    rows(spec, 'volumeMounts').flatMap((mount) =>
      mount.name === name ? (text(mount, 'subPath') ?? []) : [],
    ),
  );
}

/** Names of all volumes a pod's containers may mount. */
export const volumeNames = (pod: PodView): Set<string> =>
  new Set([
    ...rows(pod.spec, 'volumes').flatMap((volume) => text(volume, 'name') ?? []),
    ...claimTemplates(pod.origin),
  ]);
