import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { images } from '../../constructs/core/images.js';
import type { SiteInput } from '../../constructs/core/site-schema.js';
import { trustBundle } from '../../constructs/core/trust.js';
import { allowedImages, renderAdmission } from '../../constructs/platform/admission.js';
import { find, sampleBox, sampleSite, specOf } from '../support/sample.js';

const everyImage = Object.keys(images) as (keyof typeof images)[];

interface PolicySpec {
  readonly failurePolicy: string;
  readonly matchConstraints: {
    readonly resourceRules: readonly { readonly operations: string[]; readonly resources: string[] }[];
  };
  readonly validations: readonly { readonly expression: string }[];
}

interface BindingSpec {
  readonly policyName: string;
  readonly validationActions: readonly string[];
  readonly matchResources: { readonly namespaceSelector: { readonly matchLabels: object } };
}

function admission(settings: Partial<SiteInput> = {}) {
  const box = sampleBox(settings);
  renderAdmission(box);
  const manifests = box.manifests();
  return {
    policy: find(manifests, 'ValidatingAdmissionPolicy', 'box-pods'),
    binding: find(manifests, 'ValidatingAdmissionPolicyBinding', 'box-pods'),
  };
}

test('the policy rules over pods and debugging containers, and fails closed', () => {
  const { policy } = admission();
  assert.is(policy.apiVersion, 'admissionregistration.k8s.io/v1');
  const { failurePolicy, matchConstraints, validations } = specOf<PolicySpec>(policy);
  assert.is(failurePolicy, 'Fail');
  assert.equal(matchConstraints.resourceRules[0]?.operations, ['CREATE', 'UPDATE']);
  assert.equal(matchConstraints.resourceRules[0]?.resources, ['pods', 'pods/ephemeralcontainers']);
  assert.is(validations.length, 3);
});

test('it is bound to the namespaces the box governs', () => {
  const { binding, policy } = admission();
  assert.is(binding.apiVersion, 'admissionregistration.k8s.io/v1');
  const { policyName, validationActions, matchResources } = specOf<BindingSpec>(binding);
  assert.is(policyName, policy.metadata.name);
  assert.equal(validationActions, ['Deny']);
  assert.equal(matchResources.namespaceSelector.matchLabels, trustBundle.namespaceLabel);
  assert.is(binding.metadata.namespace, undefined);
});

test('an image that nothing runs is not allowed', () => {
  assert.not.ok(allowedImages(sampleSite({}), ['kratos']).some((prefix) => prefix.includes('collabora')));
});

test('every image in use is allowed, whatever its version', () => {
  const site = sampleSite({});
  const allowed = allowedImages(site, everyImage);
  for (const name of everyImage) {
    const image = site.image(name);
    assert.ok(
      allowed.some((prefix) => image.startsWith(prefix)),
      image,
    );
  }
});

for (const [image, isAllowed] of [
  ['docker.io/oryd/kratos:v25.4.0', true],
  ['docker.io/oryd/kratos:v99', true],
  ['docker.io/oryd/kratos@sha256:abc', true],
  ['docker.io/oryd/kratos', false],
  ['docker.io/oryd/kratos-evil:v25.4.0', false],
  ['docker.io/library/nginx:1.27', false],
  ['oryd/kratos:v25.4.0', false],
  ['cr.l5d.io/linkerd/proxy:edge-26.6.3', true],
  ['src.studio.example/studio/proxy:0.1.0', true],
  ['src.studio.example/studio/anything:1', true],
  ['src.studio.example/studio-evil/proxy:1', false],
] as const) {
  test(`${image} is ${isAllowed ? 'allowed' : 'refused'}`, () => {
    const allowed = allowedImages(sampleSite({}), everyImage);
    assert.is(
      allowed.some((prefix) => image.startsWith(prefix)),
      isAllowed,
    );
  });
}

test("an override's repository takes the place of the pinned one", () => {
  const allowed = allowedImages(
    sampleSite({ versions: { kratos: 'mirror.example:5000/ory/kratos:v25.4.1' } }),
    everyImage,
  );
  assert.ok(allowed.includes('mirror.example:5000/ory/kratos:'));
  assert.not.ok(allowed.includes('docker.io/oryd/kratos:'));
});

test("a registry of one's own is allowed as a whole", () => {
  const allowed = allowedImages(sampleSite({ registry: 'registry.example:5000/box' }), everyImage);
  assert.ok(allowed.includes('registry.example:5000/box/'));
  assert.not.ok(allowed.some((prefix) => prefix.includes('src.studio.example')));
});

test.run();
