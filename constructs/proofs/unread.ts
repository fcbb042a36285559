import type { Manifest } from '../core/manifest.js';
import { type Finding, Findings } from './finding.js';
import { namedByPod, sourcesOf } from './pod-references.js';
import { data, rows, text } from './read.js';
import { namedByObject } from './resource-references.js';
import type { Tree } from './tree.js';

/** What is read of one Secret: keys, or all of it. */
type Read = Set<string> | 'all';

/** No secret value is brought into a namespace where nothing reads it. */
export function unread(tree: Tree): Finding[] {
  const findings = new Findings('unread');
  const read = readSecrets(tree);
  for (const sync of [...tree.all('VaultStaticSecret'), ...tree.all('VaultDynamicSecret')]) {
    const name = `${sync.metadata.namespace}/${text(sync, 'spec', 'destination', 'name')}`;
    const keys = read.get(name);
    if (keys === undefined) {
      add(sync, `Secret '${name}' is read by nothing`, findings);
      continue;
    }
    const templates = Object.keys(data(sync, 'spec', 'destination', 'transformation', 'templates'));
    for (const key of keys === 'all' ? [] : templates.filter((template) => !keys.has(template))) {
      add(sync, `key '${key}' of Secret '${name}' is read by nothing`, findings);
    }
  }
  return findings.list;
}

const add = (sync: Manifest, value: string, findings: Findings) =>
  findings.add(
    sync,
    value,
    'a secret value is brought only where something reads it',
    'leave it out, or hand it to the program that needs it',
  );

/** `namespace/name` of each Secret with what pods and resources read of it. */
function readSecrets(tree: Tree): Map<string, Read> {
  const read = new Map<string, Read>();
  const note = (namespace: string | undefined, name: string, keys: readonly string[] | 'all') => {
    const full = `${namespace}/${name}`;
    const before = read.get(full);
    read.set(full, keys === 'all' || before === 'all' ? 'all' : new Set([...(before ?? []), ...keys]));
  };
  for (const pod of tree.ownPods) {
    for (const { kind, name, keys, at } of namedByPod(pod)) {
      // volumes come below, with what they show
      if (kind === 'Secret' && !at.startsWith('volume'))
        note(pod.namespace, name, keys.length > 0 ? keys : 'all');
    }
    for (const source of rows(pod.spec, 'volumes').flatMap(sourcesOf)) {
      if (source.kind === 'Secret')
        note(pod.namespace, source.name, source.items === undefined ? 'all' : [...source.items.keys()]);
    }
  }
  for (const object of tree.manifests) {
    for (const { kind, name, namespace, keys } of namedByObject(object)) {
      if (kind === 'Secret') note(namespace, name, keys.length > 0 ? keys : 'all');
    }
  }
  return read;
}
