import type { Manifest } from '../core/manifest.js';
import { didYouMean } from '../core/suggest.js';
import { type Finding, Findings } from './finding.js';
import type { Named } from './named.js';
import { namedByPod, sourcesOf, volumeNames } from './pod-references.js';
import type { PodView } from './pod-view.js';
import { type Produced, type Producers, producersOf } from './producers.js';
import { rows, text, texts } from './read.js';
import { namedByObject } from './resource-references.js';
import { servicesOf } from './service-view.js';
import type { Tree } from './tree.js';

/** What Kubernetes and k3s bring along. */
const given: Readonly<Record<string, (name: string) => boolean>> = {
  PriorityClass: (name) => /^system-(node|cluster)-critical$/.test(name),
  StorageClass: (name) => name === 'local-path',
  ClusterRole: (name) => /^(system:.*|cluster-admin|admin|edit|view)$/.test(name),
  ServiceAccount: (name) => name === 'default',
  ConfigMap: (name) => name === 'kube-root-ca.crt',
};

const rule = 'every object and key that is named must be in the tree, or be made by something that is';

/** Everything that is named is there: objects, keys, volumes, files, variables. */
export function references(tree: Tree): Finding[] {
  const findings = new Findings('references');
  const producers = tree.view(producersOf);
  for (const pod of tree.ownPods) {
    for (const named of namedByPod(pod)) check(tree, producers, findings, pod.origin, named);
    checkVolumes(pod, findings);
    checkFiles(pod, producers, findings);
    checkVariables(pod, findings);
  }
  for (const object of tree.manifests) {
    for (const named of namedByObject(object)) check(tree, producers, findings, object, named);
  }
  return findings.list;
}

function check(tree: Tree, producers: Producers, findings: Findings, from: Manifest, named: Named): void {
  const { kind, name, namespace, keys, at } = named;
  const full = namespace === undefined ? name : `${namespace}/${name}`;
  if (given[kind]?.(name) === true) return;
  if (kind === 'Secret' || kind === 'ConfigMap') {
    const made = (kind === 'Secret' ? producers.secrets : producers.configMaps).get(full);
    if (made === undefined) {
      const known = namesIn(kind === 'Secret' ? producers.secrets : producers.configMaps, namespace);
      findings.add(
        from,
        `${at}: ${kind} '${full}' is made by nothing`,
        rule,
        `declare it${didYouMean(name, known)}`,
      );
      return;
    }
    checkKeys(made, keys, `${at}: ${kind} '${full}'`, findings, from);
    return;
  }
  const exists =
    kind === 'PersistentVolumeClaim'
      ? producers.claims.has(full)
      : kind === 'Service'
        ? tree.view(servicesOf).has(full)
        : kind === 'Namespace'
          ? tree.namespaceLabels(name) !== undefined
          : tree.get(kind, name, namespace) !== undefined;
  if (exists) return;
  const known = tree
    .all(kind)
    .flatMap(({ metadata }) => (metadata.namespace === namespace ? [metadata.name] : []));
  findings.add(from, `${at}: ${kind} '${full}' is not there`, rule, `declare it${didYouMean(name, known)}`);
}

const namesIn = (made: ReadonlyMap<string, Produced>, namespace: string | undefined) =>
  [...made.values()].flatMap((one) => (one.namespace === namespace ? [one.name] : []));

function checkKeys(
  made: Produced,
  keys: readonly string[],
  what: string,
  findings: Findings,
  from: Manifest,
): void {
  if (made.keys === 'any') return;
  for (const key of keys) {
    if (made.keys.has(key)) continue;
    findings.add(
      from,
      `${what} has no key '${key}'`,
      `${made.by} gives it ${[...made.keys].join(', ') || 'no keys'}`,
      `add the key there, or read another one${didYouMean(key, made.keys)}`,
    );
  }
}

function checkVolumes(pod: PodView, findings: Findings): void {
  const volumes = volumeNames(pod);
  for (const { name, spec } of pod.containers) {
    for (const mount of rows(spec, 'volumeMounts')) {
      const volume = text(mount, 'name') ?? '';
      if (volumes.has(volume)) continue;
      findings.add(
        pod.origin,
        `container '${name}' mounts volume '${volume}', which the pod does not have`,
        rule,
        `its volumes are ${[...volumes].join(', ') || 'none'}${didYouMean(volume, volumes)}`,
      );
    }
  }
}

/** Folder of what the box itself puts into pods: a path below it that nothing mounts is a mistake. */
const ownFolder = '/etc/box/';

/** A value that is a path in a mounted Secret or ConfigMap names a key of it. */
function checkFiles(pod: PodView, producers: Producers, findings: Findings): void {
  const sources = new Map(
    rows(pod.spec, 'volumes').map((volume) => [text(volume, 'name'), sourcesOf(volume)]),
  );
  for (const { name, spec } of pod.containers) {
    const mounts = rows(spec, 'volumeMounts').flatMap((mount) => {
      const path = text(mount, 'mountPath') ?? '';
      return path === ''
        ? []
        : [{ path, shown: sources.get(text(mount, 'name')) ?? [], isFile: 'subPath' in mount }];
    });
    for (const [at, path] of paths(spec)) {
      const mount = mounts
        .filter(
          (candidate) => path === candidate.path || path.startsWith(`${candidate.path.replace(/\/$/, '')}/`),
        )
        .sort((a, b) => b.path.length - a.path.length)[0];
      if (mount === undefined) {
        if (path.startsWith(ownFolder)) {
          findings.add(
            pod.origin,
            `container '${name}', ${at}: nothing is mounted at '${path}'`,
            rule,
            'mount what belongs there',
          );
        }
        continue;
      }
      if (mount.isFile || mount.shown.length === 0 || path === mount.path) continue;
      const file = path.slice(mount.path.replace(/\/$/, '').length + 1);
      if (file === '' || mount.shown.some((source) => shows(source, file, pod.namespace, producers)))
        continue;
      const from = mount.shown.map((source) => `${source.kind} '${source.name}'`).join(', ');
      findings.add(
        pod.origin,
        `container '${name}', ${at}: '${path}' is no file of ${from}`,
        rule,
        'name a key that is mounted there, or add the key',
      );
    }
  }
}

function shows(
  { kind, name, items }: ReturnType<typeof sourcesOf>[number],
  file: string,
  namespace: string,
  producers: Producers,
): boolean {
  if (items !== undefined)
    return [...items.values()].some((path) => path === file || path.startsWith(`${file}/`));
  const made = (kind === 'Secret' ? producers.secrets : producers.configMaps).get(`${namespace}/${name}`);
  return made === undefined || made.keys === 'any' || made.keys.has(file);
}

/** Absolute paths in the environment and the arguments of a container, with where they stand. */
function paths(spec: unknown): [at: string, path: string][] {
  const values: [string, string][] = [
    ...rows(spec, 'env').map((variable): [string, string] => [
      `env ${text(variable, 'name')}`,
      text(variable, 'value') ?? '',
    ]),
    ...[...texts(spec, 'command'), ...texts(spec, 'args')].map((arg): [string, string] => ['arguments', arg]),
  ];
  return values.flatMap(([at, value]): [string, string][] => {
    const path = /^(?:--?[\w.-]+=)?(?:file:\/\/)?(\/[\w./-]+)$/.exec(value)?.[1];
    return path === undefined ? [] : [[at, path]];
  });
}

/** `$(NAME)` is replaced only when NAME is in the container's environment, and in a value only when it stands before. */
function checkVariables(pod: PodView, findings: Findings): void {
  for (const { name, spec } of pod.containers) {
    const known = new Set<string>();
    const open = rows(spec, 'envFrom').length > 0;
    const look = (at: string, value: string) => {
      if (open || !value.includes('$(')) return;
      for (const [, variable = ''] of value.matchAll(/(?<!\$)\$\(([A-Z][A-Z0-9_]*)\)/g)) {
        if (known.has(variable)) continue;
        findings.add(
          pod.origin,
          `container '${name}', ${at}: $(${variable}) is in no variable before it`,
          'Kubernetes leaves an unknown $(NAME) as it is',
          `declare ${variable} before it${didYouMean(variable, known)}`,
        );
      }
    };
    for (const variable of rows(spec, 'env')) {
      look(`env ${text(variable, 'name')}`, text(variable, 'value') ?? '');
      known.add(text(variable, 'name') ?? '');
    }
    for (const arg of [...texts(spec, 'command'), ...texts(spec, 'args')]) look('arguments', arg);
  }
}
