import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Endpoint } from '../../constructs/core/endpoint.js';
import { charts } from '../../constructs/core/images.js';
import type { Manifest } from '../../constructs/core/manifest.js';
import { namespaces } from '../../constructs/core/namespaces.js';
import type { SiteInput } from '../../constructs/core/site-schema.js';
import { sizes } from '../../constructs/core/sizes.js';
import { Tier } from '../../constructs/core/tier.js';
import { Wave, waveAnnotation } from '../../constructs/core/waves.js';
import { Workload } from '../../constructs/core/workload.js';
import type { CertManagerValues } from '../../constructs/platform/cert-manager.js';
import { OperatorChart } from '../../constructs/platform/chart.js';
import { Platform } from '../../constructs/platform/platform.js';
import { find, ofKind, sampleBox, specOf } from '../support/sample.js';
import { requireSchemas, validateChartValues, validateManifest } from '../support/schemas.js';

interface ChartSpec {
  readonly chart: string;
  readonly version: string;
  readonly repo: string;
  readonly targetNamespace: string;
  readonly createNamespace: boolean;
  readonly failurePolicy: string;
  readonly timeout: string;
  readonly values: Record<string, unknown>;
}

interface ApplicationSpec {
  readonly source: {
    readonly chart: string;
    readonly repoURL: string;
    readonly targetRevision: string;
    readonly helm: { readonly releaseName: string; readonly valuesObject: Record<string, unknown> };
  };
  readonly destination: { readonly namespace: string };
  readonly syncPolicy: { readonly syncOptions: readonly string[]; readonly automated: object };
}

/** The whole platform, with an identity provider that hydra-maester can be pointed at. */
function platformBox(settings: Partial<SiteInput> = {}) {
  const box = sampleBox(settings);
  const platform = new Platform(box);
  const ory = new Tier(box, 'ory', { namespace: namespaces.ory, wave: Wave.Identity });
  const hydra = new Workload(ory, 'Hydra', {
    name: 'hydra',
    image: 'hydra',
    size: 'hydra',
    listens: { admin: 4445 },
  });
  const maester = platform.hydraMaester(hydra.endpoint('admin'));
  return { box, platform, hydra, maester };
}

/** What charts read without listing it among their defaults: only in comments, or handed through whole. */
const unlisted = [
  'linkerd-control-plane/destinationResources',
  'linkerd-control-plane/identityResources',
  'linkerd-control-plane/proxyInjectorResources',
  'linkerd-control-plane/spValidatorResources',
  'vault-secrets-operator/controller/podSecurityContext/seccompProfile',
  'vault-secrets-operator/controller/securityContext/capabilities',
];

const withSchemas = requireSchemas() ? test : test.skip;

withSchemas('every value is one the chart has', () => {
  for (const scale of ['one-server', 'cluster'] as const) {
    const problems = ofKind(platformBox({ scale }).box.manifests(), 'HelmChart')
      .map((chart) => specOf<ChartSpec>(chart))
      .flatMap(({ chart, values }) => validateChartValues(chart, values).map(({ path }) => chart + path));
    assert.equal(problems.sort(), unlisted, scale);
  }
});

withSchemas('a value the chart does not have is noticed', () => {
  const charts = ofKind(platformBox().box.manifests(), 'HelmChart').map((chart) => specOf<ChartSpec>(chart));
  for (const { chart, values } of charts) {
    assert.is(validateChartValues(chart, { ...values, resourses: {} }).length > 0, true, chart);
  }
  const cni = charts.find(({ chart }) => chart === 'linkerd2-cni');
  assert.match(
    validateChartValues('linkerd2-cni', { ...cni?.values, destCNIBinDirr: '' })[0]?.message ?? '',
    /destCNIBinDir/,
  );
});

withSchemas('objects are what their definitions allow', () => {
  for (const installer of ['k3s', 'argocd'] as const) {
    for (const manifest of platformBox({ installer }).box.manifests()) {
      assert.equal(validateManifest(manifest), [], `${manifest.kind} ${manifest.metadata.name}`);
    }
  }
});

test('a misspelt value does not compile', () => {
  const values: CertManagerValues = {
    crds: { enabled: true, keep: true },
    global: { priorityClassName: 'box-platform', leaderElection: { namespace: 'cert-manager' } },
    resources: { requests: { cpu: '1m', memory: '1Mi' }, limits: { memory: '1Mi' } },
    cainjector: { resources: { requests: { cpu: '1m', memory: '1Mi' }, limits: { memory: '1Mi' } } },
    webhook: {
      // @ts-expect-error the chart calls it replicaCount
      replicas: 1,
      resources: { requests: { cpu: '1m', memory: '1Mi' }, limits: { memory: '1Mi' } },
    },
    startupapicheck: { enabled: false },
  };
  assert.ok(values);
});

test('every pinned chart is installed once, at its version, and never reinstalled on failure', () => {
  const installed = ofKind(platformBox().box.manifests(), 'HelmChart');
  assert.equal(
    installed.map((chart) => specOf<ChartSpec>(chart).chart).sort(),
    Object.values(charts)
      .map(({ chart }) => chart)
      .sort(),
  );
  for (const chart of installed) {
    const spec = specOf<ChartSpec>(chart);
    const pin = Object.values(charts).find(({ chart: name }) => name === spec.chart);
    assert.is(chart.metadata.namespace, 'kube-system');
    assert.is(chart.metadata.name, spec.chart);
    assert.is(spec.version, pin?.version);
    assert.is(spec.repo, pin?.repo);
    assert.is(spec.failurePolicy, 'abort');
    assert.is(spec.createNamespace, false);
    assert.is(spec.timeout, '10m0s');
    assert.is('valuesContent' in spec, false);
  }
});

test('namespaces of charts are made by the box, those of others are not', () => {
  for (const installer of ['k3s', 'argocd'] as const) {
    const manifests = platformBox({ installer }).box.manifests();
    const made = ofKind(manifests, 'Namespace').map(({ metadata }) => metadata.name);
    assert.equal(made.sort(), [
      'cert-manager',
      'cnpg-system',
      'linkerd',
      'linkerd-cni',
      'ory',
      'vault-secrets-operator',
    ]);
  }
});

test("Argo CD installs the same charts with the same values, but for trust-manager's certificate", () => {
  const byK3s = ofKind(platformBox().box.manifests(), 'HelmChart');
  const manifests = platformBox({ installer: 'argocd' }).box.manifests();
  const byArgo = ofKind(manifests, 'Application');
  assert.is(ofKind(manifests, 'HelmChart').length, 0);
  assert.equal(
    byArgo.map(({ metadata }) => metadata.name).sort(),
    byK3s.map(({ metadata }) => metadata.name).sort(),
  );
  for (const application of byArgo) {
    const { source, destination, syncPolicy } = specOf<ApplicationSpec>(application);
    const chart = find(byK3s, 'HelmChart', application.metadata.name);
    const spec = specOf<ChartSpec>(chart);
    assert.is(application.metadata.namespace, 'argocd');
    assert.is(
      application.metadata.annotations?.[waveAnnotation],
      chart.metadata.annotations?.[waveAnnotation],
    );
    assert.is(source.chart, spec.chart);
    assert.is(source.repoURL, spec.repo);
    assert.is(source.targetRevision, spec.version);
    assert.is(source.helm.releaseName, chart.metadata.name);
    assert.is(destination.namespace, spec.targetNamespace);
    assert.ok(syncPolicy.syncOptions.includes('ServerSideApply=true'));
    assert.equal(syncPolicy.automated, { prune: false, selfHeal: true });
    if (source.chart === 'trust-manager') {
      assert.equal(helmCert(source.helm.valuesObject), { enabled: false });
      assert.equal(helmCert(spec.values), { enabled: true });
    } else {
      assert.equal(source.helm.valuesObject, spec.values);
    }
  }
});

const helmCert = (values: Record<string, unknown>) =>
  (values.app as { webhook: { tls: { helmCert: object } } }).webhook.tls.helmCert;

test('charts that wait for certificates belong to the wave that makes them', () => {
  const manifests = platformBox().box.manifests();
  const wave = (name: string) => find(manifests, 'HelmChart', name).metadata.annotations?.[waveAnnotation];
  assert.is(wave('linkerd-control-plane'), String(Wave.Trust));
  assert.is(wave('plugin-barman-cloud'), String(Wave.Trust));
  assert.is(wave('cert-manager'), String(Wave.Platform));
});

test('a site may set another version of a chart', () => {
  const manifests = platformBox({ versions: { certManager: 'v1.21.9' } }).box.manifests();
  assert.is(specOf<ChartSpec>(find(manifests, 'HelmChart', 'cert-manager')).version, 'v1.21.9');
});

test("the mesh's values fit the mesh the workloads count with", () => {
  const { values } = specOf<ChartSpec>(
    find(platformBox().box.manifests(), 'HelmChart', 'linkerd-control-plane'),
  );
  assert.equal(values.proxy, {
    nativeSidecar: true,
    opaquePorts: '25,587,3306,5432,6379,9300,11211',
    resources: {
      cpu: { request: `${sizes.mesh.cpu}m` },
      memory: { request: `${sizes.mesh.memory}Mi`, limit: `${sizes.mesh.limit}Mi` },
    },
  });
  assert.equal(values.proxyInjector, {
    externalSecret: true,
    injectCaFrom: 'linkerd/linkerd-proxy-injector',
  });
  assert.equal((values.policyController as { probeNetworks: string[] }).probeNetworks, [
    '203.0.113.10/32',
    '10.42.0.1/32',
  ]);
  assert.is(values.controllerReplicas, undefined);
});

test('several servers get three control planes', () => {
  const { box } = platformBox({ scale: 'cluster' });
  const { values } = specOf<ChartSpec>(find(box.manifests(), 'HelmChart', 'linkerd-control-plane'));
  assert.is(values.controllerReplicas, 3);
  assert.is(values.webhookFailurePolicy, 'Fail');
  assert.is(box.budget.rows.find(({ workload }) => workload === 'linkerd-identity')?.replicas, 3);
});

test('the budget counts what the values ask for', () => {
  const { box } = platformBox({ size: 'small' });
  const { values } = specOf<ChartSpec>(find(box.manifests(), 'HelmChart', 'cloudnative-pg'));
  const row = box.budget.rows.find(({ workload }) => workload === 'cloudnative-pg');
  assert.equal(row?.resources, { cpu: 30, memory: 60, limit: 256 });
  assert.equal(values.resources, {
    requests: { cpu: '30m', memory: '60Mi' },
    limits: { memory: '256Mi' },
  });
});

test('hydra-maester is told where Hydra is, and may go nowhere else but to Kubernetes', () => {
  const { box, hydra, maester } = platformBox();
  const manifests = box.manifests();
  const { values, targetNamespace } = specOf<ChartSpec>(find(manifests, 'HelmChart', 'hydra-maester'));
  assert.is(targetNamespace, 'ory');
  assert.equal(values.adminService, {
    scheme: 'http',
    name: 'hydra.ory.svc.cluster.local',
    port: 4445,
    endpoint: '/admin/clients',
  });
  assert.equal(box.network.consumers(hydra.endpoint('admin')), [maester]);
  assert.is(box.network.destinations(maester).length, 2);
  const policy = specOf<{ egress: { ports: { port: number }[] }[]; ingress?: unknown[] }>(
    find(manifests, 'NetworkPolicy', 'hydra-maester'),
  );
  assert.equal(
    [...new Set(policy.egress.flatMap(({ ports }) => ports.map(({ port }) => port)))].sort((a, b) => a - b),
    [53, 4445, 6443],
  );
});

test("operators' pods are sources of edges, not subjects of policies", () => {
  const { box, platform, hydra } = platformBox();
  const admin: Endpoint = hydra.endpoint('admin');
  box.network.connect(platform.operatorPods.vaultSecretsOperator, admin);
  box.network.connect(platform.operatorPods.cloudNativePg, admin);
  const policies = ofKind(box.manifests(), 'NetworkPolicy');
  assert.equal(policies.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort(), [
    'ory/default-deny',
    'ory/hydra',
    'ory/hydra-maester',
  ]);
  const ingress = JSON.stringify(specOf(find(policies, 'NetworkPolicy', 'hydra')).ingress);
  assert.match(ingress, 'vault-secrets-operator');
  assert.match(ingress, 'cloudnative-pg');
});

test('disks are kept when their claim goes', () => {
  const storage = find(platformBox().box.manifests(), 'StorageClass', 'box-retain') as Manifest & {
    parameters: object;
  };
  assert.is(storage.provisioner, 'rancher.io/local-path');
  assert.is(storage.reclaimPolicy, 'Retain');
  assert.is(storage.volumeBindingMode, 'WaitForFirstConsumer');
  assert.equal(storage.parameters, { pathPattern: '{{ .PVC.Namespace }}/{{ .PVC.Name }}/' });
  assert.is(storage.metadata.namespace, undefined);
});

test('a chart of definitions has no pods to count', () => {
  const box = sampleBox();
  const tier = new Tier(box, 'platform', { namespace: namespaces.kubeSystem, wave: Wave.Platform });
  const chart = new OperatorChart(tier, 'Crds', {
    chart: 'linkerdCrds',
    namespace: namespaces.linkerd,
    values: {},
  });
  assert.is(chart.release, 'linkerd-crds');
  assert.is(box.budget.rows.length, 0);
});

test('two runs give the same bytes', () => {
  assert.is(JSON.stringify(platformBox().box.manifests()), JSON.stringify(platformBox().box.manifests()));
});

test.run();
