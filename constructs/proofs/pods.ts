import type { Manifest } from '../core/manifest.js';
import { didYouMean } from '../core/suggest.js';
import { type Finding, Findings } from './finding.js';
import { charts } from './foreign-pods.js';
import { networkPoliciesOf, type Policy } from './network-policies.js';
import { exceptionPrefix, houseRules, type Level, levels } from './pod-security.js';
import { type ContainerView, injectAnnotation, type PodView } from './pod-view.js';
import { data, dig, isData, type Labels, text } from './read.js';
import { isEmptySelector } from './selector.js';
import type { Tree } from './tree.js';

/** Pods keep the rules of the house, or say why not; and what excuses them is still needed. */
export function pods(tree: Tree): Finding[] {
  const findings = new Findings('pods');
  const needed = new Map<string, Level>();
  for (const pod of tree.ownPods) {
    checkRules(tree, pod, needed, findings);
    checkPod(pod, findings);
    for (const container of pod.containers) checkContainer(pod, container, findings);
  }
  checkIsolation(tree, findings);
  for (const cluster of tree.all('Cluster')) checkCluster(cluster, findings);
  for (const namespace of tree.all('Namespace')) checkNamespace(tree, namespace, needed, findings);
  return findings.list;
}

const levelOf = (tree: Tree, namespace: string): Level => {
  const level = tree.namespaceLabels(namespace)?.['pod-security.kubernetes.io/enforce'];
  return levels.find((known) => known === level) ?? 'privileged';
};

const exceptionsOf = (annotations: Labels): Map<string, string> =>
  new Map(
    Object.entries(annotations).flatMap(([key, reason]): [string, string][] =>
      key.startsWith(exceptionPrefix) ? [[key.slice(exceptionPrefix.length), reason]] : [],
    ),
  );

function checkRules(tree: Tree, pod: PodView, needed: Map<string, Level>, findings: Findings): void {
  const { origin, namespace, annotations } = pod;
  const exceptions = exceptionsOf(annotations);
  const meshed = tree.namespaceAnnotations(namespace)[injectAnnotation] === 'enabled';
  const level = levelOf(tree, namespace);
  for (const { exception, says, breaks } of houseRules) {
    const breaches = breaks(pod, meshed);
    const excused = exceptions.get(exception);
    if (excused !== undefined && breaches.length === 0) {
      findings.add(
        origin,
        `annotation ${exceptionPrefix}${exception}: '${excused}'`,
        `an exception must be needed, but here ${says}`,
        'remove the exception',
      );
    }
    if (excused?.trim() === '') {
      findings.add(
        origin,
        `annotation ${exceptionPrefix}${exception} is empty`,
        'an exception says why',
        'give the reason',
      );
    }
    for (const { value, needs } of breaches) {
      if (levels.indexOf(needs) > levels.indexOf(needed.get(namespace) ?? 'restricted'))
        needed.set(namespace, needs);
      if (excused === undefined) {
        findings.add(
          origin,
          value,
          says,
          `correct it, or declare the exception '${exception}' with a reason`,
        );
      } else if (levels.indexOf(needs) > levels.indexOf(level)) {
        findings.add(
          origin,
          `${value}, in namespace '${namespace}' of level '${level}'`,
          'Kubernetes refuses a pod that its namespace does not admit, whatever the annotation says',
          `move it to a namespace of level '${needs}', or correct it`,
        );
      }
    }
  }
  const known = houseRules.map(({ exception }) => exception);
  for (const name of exceptions.keys()) {
    if (known.includes(name)) continue;
    findings.add(
      origin,
      `annotation ${exceptionPrefix}${name}`,
      'an exception is from a rule the proofs know',
      `use one of ${known.join(', ')}${didYouMean(name, known)}`,
    );
  }
}

function checkPod({ origin, spec, serviceAccount }: PodView, findings: Findings): void {
  if (serviceAccount === 'default') {
    findings.add(
      origin,
      "serviceAccountName 'default'",
      'every workload has an identity of its own, which is also its name in the mesh',
      'give it a ServiceAccount',
    );
  }
  if (spec.enableServiceLinks !== false) {
    findings.add(
      origin,
      `enableServiceLinks ${spec.enableServiceLinks ?? 'is not set'}`,
      'variables that Kubernetes makes from Services (VALKEY_PORT) collide with those of programs',
      'set enableServiceLinks: false',
    );
  }
  if (text(spec, 'priorityClassName') === undefined) {
    findings.add(origin, 'no priorityClassName', 'who is evicted first is a decision', 'choose a priority');
  }
}

/** Tags that move, whether with a registry or a number behind them or not. */
const movingTag = /^(latest|main|master|edge|nightly|stable|dev|develop|snapshot)$/i;

/** What is wrong with an image reference; undefined for a pinned one. */
function imageProblem(image: string): string | undefined {
  if (/@sha256:[0-9a-f]{64}$/.test(image)) return undefined;
  const tag = /:([^:/@]+)$/.exec(image)?.[1];
  if (tag === undefined) return 'has no tag';
  return movingTag.test(tag) ? `has tag '${tag}', which moves` : undefined;
}

const pinned = 'an image is pinned to a version, or two servers run different programs';

function checkContainer({ origin }: PodView, container: ContainerView, findings: Findings): void {
  const { name, spec, isLongRunning } = container;
  const at = (value: string) => `container '${name}': ${value}`;
  const image = text(spec, 'image') ?? '';
  const problem = imageProblem(image);
  if (problem !== undefined)
    findings.add(origin, at(`image '${image}' ${problem}`), pinned, 'name a version');
  checkResources(origin, data(spec, 'resources'), at, findings);
  const { livenessProbe: liveness, readinessProbe: readiness } = spec;
  if (!isLongRunning || !isData(liveness) || !isData(readiness)) return;
  const question = (probe: unknown) => JSON.stringify(dig(probe, 'httpGet') ?? dig(probe, 'grpc') ?? null);
  if (question(liveness) === 'null' || question(liveness) !== question(readiness)) return;
  findings.add(
    origin,
    at(`livenessProbe and readinessProbe both ask ${question(liveness)}`),
    'a readiness probe may ask about what the program depends on, and then a failing dependency must not restart it',
    'ask for the process alone in the liveness probe',
  );
}

function checkResources(
  origin: Manifest,
  resources: unknown,
  at: (value: string) => string,
  findings: Findings,
): void {
  const say = (value: string, rule: string, remedy: string) => findings.add(origin, at(value), rule, remedy);
  for (const what of ['cpu', 'memory']) {
    if (dig(resources, 'requests', what) === undefined)
      say(
        `no ${what} request`,
        'requests are what the budget counts and the scheduler places by',
        `set requests.${what}`,
      );
  }
  if (dig(resources, 'limits', 'memory') === undefined)
    say('no memory limit', 'without a limit one leak takes the whole server down', 'set limits.memory');
  if (dig(resources, 'limits', 'cpu') !== undefined)
    say(
      `cpu limit ${dig(resources, 'limits', 'cpu')}`,
      'throttling hurts, requests give the weights: no cpu limits',
      'remove limits.cpu',
    );
}

/** Policies of a namespace that close it: for all pods, both directions, with no rule that opens anything. */
const closes = (policy: Policy): boolean =>
  isEmptySelector(dig(policy.origin, 'spec', 'podSelector')) &&
  policy.rules.ingress?.length === 0 &&
  policy.rules.egress?.length === 0;

/** Every pod of ours is alone on the network but for its edges. */
function checkIsolation(tree: Tree, findings: Findings): void {
  const closed = new Set(
    tree
      .view(networkPoliciesOf)
      .policies.filter(closes)
      .map(({ origin }) => origin.metadata.namespace),
  );
  for (const { namespace, origin, hostNetwork } of tree.ownPods) {
    if (hostNetwork || closed.has(namespace)) continue;
    findings.add(
      tree.get('Namespace', namespace) ?? origin,
      `namespace '${namespace}' has no policy that closes it`,
      'every pod is under an ingress and an egress policy: nothing is open but what an edge opens',
      'let the tier make the namespace, which adds default-deny',
    );
  }
}

/** Pods of CloudNativePG get these from the Cluster. */
function checkCluster(cluster: Manifest, findings: Findings): void {
  const image = text(cluster, 'spec', 'imageName') ?? '';
  const problem = imageProblem(image);
  if (problem !== undefined)
    findings.add(cluster, `imageName '${image}' ${problem}`, pinned, 'name a version');
  checkResources(cluster, dig(cluster, 'spec', 'resources'), (value) => value, findings);
}

/** A namespace is open to no more than its pods need. */
function checkNamespace(
  tree: Tree,
  namespace: Manifest,
  needed: ReadonlyMap<string, Level>,
  findings: Findings,
): void {
  const { name, annotations = {} } = namespace.metadata;
  const level = levelOf(tree, name);
  // what a chart's pods need, only the chart knows
  if (charts(tree).some((chart) => chart.namespace === name) || tree.podsIn(name).length === 0) return;
  const needs = needed.get(name) ?? 'restricted';
  const reason = annotations[`${exceptionPrefix}pod-security`];
  if (levels.indexOf(level) > levels.indexOf(needs)) {
    findings.add(
      namespace,
      `pod-security.kubernetes.io/enforce '${level}', its pods need '${needs}'`,
      'a namespace admits no more than its pods need',
      `enforce '${needs}'`,
    );
  } else if (level !== 'restricted' && reason === undefined) {
    findings.add(
      namespace,
      `pod-security.kubernetes.io/enforce '${level}' without a reason`,
      'a namespace that enforces less than restricted says why',
      `add the annotation ${exceptionPrefix}pod-security`,
    );
  }
}
