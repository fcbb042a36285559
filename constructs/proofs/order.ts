import type { Manifest } from '../core/manifest.js';
import { type Finding, Findings, nameOf } from './finding.js';
import type { Named } from './named.js';
import { planOf } from './plan.js';
import { namedByPod, sourcesOf } from './pod-references.js';
import { producersOf } from './producers.js';
import { rows } from './read.js';
import { namedByObject } from './resource-references.js';
import type { Tree } from './tree.js';

const waveAnnotation = 'argocd.argoproj.io/sync-wave';

/** When an object comes; what says nothing comes first. */
const waveOf = ({ metadata }: Manifest): number => Number(metadata.annotations?.[waveAnnotation] ?? 0);

/** Names of what may well come later: whom to restart, who is allowed. */
const mayComeLater = ['spec.rolloutRestartTargets', 'subjects', 'spec.identityRefs', 'rules'];

/** Nothing waits for something of a later wave, which itself waits for it. */
export function order(tree: Tree): Finding[] {
  const findings = new Findings('order');
  const { secrets, configMaps } = tree.view(producersOf);
  const planned = tree.view(planOf);
  const setup = setupJobs(tree);
  const producerOf = ({ kind, name, namespace }: Named): Manifest | undefined => {
    if (kind !== 'Secret' && kind !== 'ConfigMap') return tree.get(kind, name, namespace);
    const origin = (kind === 'Secret' ? secrets : configMaps).get(`${namespace}/${name}`)?.origin;
    // what the plan describes, the set-up Job makes
    return origin === planned?.origin && kind === 'Secret' ? (setup[0] ?? origin) : origin;
  };
  const check = (from: Manifest, named: Named) => {
    if (mayComeLater.includes(named.at)) return;
    const producer = producerOf(named);
    if (producer === undefined || producer === from || waveOf(producer) <= waveOf(from)) return;
    findings.add(
      from,
      `wave ${waveOf(from)}, but ${named.at} needs ${named.kind} '${named.name}' of ${nameOf(producer)}, which is in wave ${waveOf(producer)}`,
      'a wave is waited for before the next one is applied, so nothing may need a later one',
      'move what is needed to an earlier wave, or what needs it to a later one',
    );
  };
  for (const pod of tree.ownPods) for (const named of namedByPod(pod)) check(pod.origin, named);
  for (const object of tree.manifests) for (const named of namedByObject(object)) check(object, named);
  return findings.list;
}

/** Jobs that read the set-up plan, the earliest first. */
function setupJobs(tree: Tree): Manifest[] {
  const plan = tree.view(planOf)?.origin.metadata;
  return tree.ownPods
    .filter(
      ({ ends, namespace, spec }) =>
        ends &&
        namespace === plan?.namespace &&
        rows(spec, 'volumes').some((volume) =>
          sourcesOf(volume).some(({ kind, name }) => kind === 'ConfigMap' && name === plan?.name),
        ),
    )
    .map(({ origin }) => origin)
    .sort((a, b) => waveOf(a) - waveOf(b));
}
