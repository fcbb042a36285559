import type { Manifest } from '../core/manifest.js';
import { type Finding, Findings, nameOf } from './finding.js';
import { labels } from './read.js';
import type { Tree } from './tree.js';

/** Kinds that belong to no namespace. */
const clusterWide = new Set([
  'APIService',
  'Bundle',
  'ClusterIssuer',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'IngressClass',
  'MutatingWebhookConfiguration',
  'Namespace',
  'PersistentVolume',
  'PriorityClass',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
]);

interface NameRule {
  readonly pattern: RegExp;
  readonly longest: number;
  readonly says: string;
}

const subdomain: NameRule = {
  pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
  longest: 253,
  says: 'lower-case letters, digits, hyphens and dots (DNS-1123)',
};
const label = (longest: number): NameRule => ({
  pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
  longest,
  says: 'lower-case letters, digits and hyphens (DNS-1123)',
});

/** Pods take their names from their owner's and add to it, so some are shorter than 63. */
const nameRules: Readonly<Record<string, NameRule>> = {
  Namespace: label(63),
  Service: {
    pattern: /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
    longest: 63,
    says: 'as other names, a letter first (DNS-1035)',
  },
  CronJob: label(52),
  StatefulSet: label(52),
  Job: label(63),
  // names of RBAC may hold colons, as Kubernetes' own do
  ClusterRole: { pattern: /^[^/%]+$/, longest: 253, says: 'no slash and no percent sign' },
  ClusterRoleBinding: { pattern: /^[^/%]+$/, longest: 253, says: 'no slash and no percent sign' },
  Role: { pattern: /^[^/%]+$/, longest: 253, says: 'no slash and no percent sign' },
  RoleBinding: { pattern: /^[^/%]+$/, longest: 253, says: 'no slash and no percent sign' },
};

const labelValue = /^(|[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)$/;

/** Objects have names Kubernetes takes, each once, in a namespace that is there. */
export function names(tree: Tree): Finding[] {
  const findings = new Findings('names');
  const seen = new Set<string>();
  for (const object of tree.manifests) {
    const { apiVersion, kind, metadata } = object;
    // versions of one group are one object
    const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
    const key = `${group}/${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
    if (seen.has(key)) {
      findings.add(
        object,
        `'${nameOf(object)}' stands twice in the tree`,
        'the later one overwrites the earlier one without a word',
        'rename one of them, or share the construct',
      );
    }
    seen.add(key);
    checkName(object, findings);
    checkSize(object, findings);
    checkNamespace(tree, object, findings);
    for (const [name, value] of Object.entries(labels(metadata.labels))) {
      if (labelValue.test(value)) continue;
      findings.add(
        object,
        `label ${name} '${value}'`,
        'a label has at most 63 letters, digits, hyphens, dots and underscores',
        'put it into an annotation',
      );
    }
  }
  return findings.list;
}

function checkName(object: Manifest, findings: Findings): void {
  const { name } = object.metadata;
  const { pattern, longest, says } = nameRules[object.kind] ?? subdomain;
  if (pattern.test(name) && name.length <= longest) return;
  findings.add(object, `name '${name}'`, `a name is ${says}, at most ${longest}`, 'rename it');
}

/** Most that `kubectl apply` can keep in its annotation; the API server's own limits are above it. */
const largest = 262_144;

function checkSize(object: Manifest, findings: Findings): void {
  const size = JSON.stringify(object).length;
  if (size < largest) return;
  findings.add(
    object,
    `${Math.ceil(size / 1024)} KiB`,
    'kubectl apply writes the whole object into an annotation, which takes 256 KiB',
    'split it into several objects',
  );
}

function checkNamespace(tree: Tree, object: Manifest, findings: Findings): void {
  const { namespace } = object.metadata;
  if (clusterWide.has(object.kind)) {
    if (namespace === undefined) return;
    findings.add(
      object,
      `namespace '${namespace}'`,
      `a ${object.kind} belongs to no namespace`,
      'leave the namespace out',
    );
  } else if (namespace === undefined || namespace === 'default') {
    findings.add(
      object,
      `namespace '${namespace ?? ''}'`,
      'every object says which namespace it is in, and none is in default',
      'declare it in a tier with a namespace',
    );
  } else if (tree.namespaceLabels(namespace) === undefined) {
    findings.add(
      object,
      `namespace '${namespace}' is not there`,
      'a namespace must be in the tree, or be made by Kubernetes',
      'declare the namespace',
    );
  }
}
