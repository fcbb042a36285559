import { k8s } from 'cdk8s-plus-28';
import { type Box, Phase } from '../core/box.js';
import { apiServerHost } from '../core/destinations.js';
import { exceptionPrefix } from '../core/hardening.js';
import type { ImageName } from '../core/images.js';
import type { Site } from '../core/site.js';
import { trustBundle } from '../core/trust.js';
import { HydraMaester } from './hydra-maester.js';

/** Repositories of images that an operator, not the box, puts into pods of the box's namespaces. */
const injected: Readonly<Record<string, string>> = {
  'cr.l5d.io/linkerd/proxy': 'the mesh proxy of each meshed pod, and the check that its network is ready',
  'ghcr.io/cloudnative-pg/cloudnative-pg':
    'CloudNativePG copies its instance manager from it into each instance',
  'ghcr.io/cloudnative-pg/plugin-barman-cloud-sidecar': 'archives beside each PostgreSQL instance',
  'quay.io/jetstack/cert-manager-acmesolver': 'answers the challenges of an ACME certificate',
  'oryd/hydra-maester': "the chart's own image, which it names without a registry",
};

/** Labels of pods that operators make and that talk to the Kubernetes API. */
const apiClients: readonly { readonly labels: Readonly<Record<string, string>>; readonly because: string }[] =
  [
    { labels: { 'cnpg.io/cluster': '' }, because: 'an instance of PostgreSQL follows its Cluster resource' },
    { labels: HydraMaester.podLabels, because: 'hydra-maester follows OAuth2Client resources' },
  ];

/** Names the API server of k3s takes for its own in a token. */
const apiAudiences = ['', `https://${apiServerHost}`, 'k3s'];

const v1 = 'admissionregistration.k8s.io/v1';

/** The typings are of Kubernetes 1.28, where this kind was a beta; 1.30 made the same fields v1. */
class Policy extends k8s.KubeValidatingAdmissionPolicyV1Beta1 {
  override toJson(): object {
    return { ...super.toJson(), apiVersion: v1 };
  }
}

/** As `Policy`. */
class Binding extends k8s.KubeValidatingAdmissionPolicyBindingV1Beta1 {
  override toJson(): object {
    return { ...super.toJson(), apiVersion: v1 };
  }
}

/**
 * What Pod Security cannot say, refused by the API server in every namespace the box governs: images of other origin,
 * unasked tokens for the Kubernetes API, containers without a memory limit.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export function renderAdmission(box: Box): void {
  // when everything has said which images it runs
  box.derive(Phase.Report, () => {
    const name = 'box-pods';
    new Policy(box.cluster, 'AdmissionPolicy', {
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: [''],
              apiVersions: ['v1'],
              operations: ['CREATE', 'UPDATE'],
              resources: ['pods', 'pods/ephemeralcontainers'],
            },
          ],
        },
        validations: [onlyKnownImages(box), noUnaskedToken(), memoryLimits()],
      },
    });
    new Binding(box.cluster, 'AdmissionBinding', {
      metadata: { name },
      spec: {
        policyName: name,
        validationActions: ['Deny'],
        matchResources: { namespaceSelector: { matchLabels: { ...trustBundle.namespaceLabel } } },
      },
    });
  });
}

const literal = (value: unknown) => JSON.stringify(value);

/** What an image may begin with: repositories used or injected, up to the tag, and everything of the site's own. */
export function allowedImages(site: Site, used: Iterable<ImageName>): string[] {
  const pinned = [...used].map((image) => repositoryOf(site.image(image)));
  const own = `${site.registry}/`;
  const foreign = [...pinned, ...Object.keys(injected)].filter((repository) => !repository.startsWith(own));
  // the site's own comes first whatever it is called, so that the order does not depend on the domain
  return [own, ...[...new Set(foreign.flatMap((repository) => [`${repository}:`, `${repository}@`]))].sort()];
}

/** A reference without tag and digest; a colon before a slash is a registry's port. */
const repositoryOf = (reference: string) => reference.replace(/@.*$/, '').replace(/:[^:/]+$/, '');

/** A debugging container is held to it as well, and so is an image changed later; one that is there already is not. */
function onlyKnownImages({ site, images }: Box): k8s.ValidationV1Beta1 {
  const of = (pod: string) =>
    `(${pod}.spec.containers.map(c, c.image) + ${pod}.spec.?initContainers.orValue([]).map(c, c.image) + ` +
    `${pod}.spec.?ephemeralContainers.orValue([]).map(c, c.image))`;
  const foreign =
    `${of('object')}.filter(image, !${literal(allowedImages(site, images))}.exists(known, image.startsWith(known)) && ` +
    `(request.operation == 'CREATE' || !(image in ${of('oldObject')})))`;
  return {
    expression: `${foreign}.size() == 0`,
    messageExpression: `'image ' + ${foreign}.join(', ') + ' is neither pinned by the box nor from its registry'`,
    reason: 'Forbidden',
  };
}

/** By the volume that carries the token, so that a service account which says no itself is believed. */
function noUnaskedToken(): k8s.ValidationV1Beta1 {
  const annotation = `${exceptionPrefix}api-token`;
  const has = ([key, value]: [string, string]) =>
    value === ''
      ? `${literal(key)} in object.metadata.?labels.orValue({})`
      : `object.metadata.?labels[?${literal(key)}].orValue('') == ${literal(value)}`;
  const allowed = [
    `${literal(annotation)} in object.metadata.?annotations.orValue({})`,
    ...apiClients.map(({ labels }) => `(${Object.entries(labels).map(has).join(' && ')})`),
  ];
  const carries =
    'object.spec.?volumes.orValue([]).exists(v, v.?projected.?sources.orValue([]).exists(s, ' +
    `s.?serviceAccountToken.hasValue() && s.serviceAccountToken.?audience.orValue('') in ${literal(apiAudiences)}))`;
  return {
    expression: `request.operation != 'CREATE' || ${allowed.join(' || ')} || !${carries}`,
    message:
      `the pod holds a token for the Kubernetes API; set automountServiceAccountToken: false, ` +
      `or say why it needs one in the annotation ${annotation}`,
    reason: 'Forbidden',
  };
}

/** The namespace's LimitRange gives a limit to who has none, so this speaks only when that is gone. */
function memoryLimits(): k8s.ValidationV1Beta1 {
  const limited = (list: string) =>
    `${list}.all(c, c.?resources.?limits.orValue({}).exists(key, key == 'memory'))`;
  return {
    expression: `request.operation != 'CREATE' || (${limited('object.spec.containers')} && ${limited('object.spec.?initContainers.orValue([])')})`,
    message: 'a container has no memory limit; set resources.limits.memory',
    reason: 'Forbidden',
  };
}
