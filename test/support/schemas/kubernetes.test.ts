import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Manifest } from '../manifests.js';
import { validateManifest } from './kubernetes.js';
import { problemLines, requireSchemas } from './source.js';

const check = requireSchemas() ? test : test.skip;

function validate(manifest: Manifest): string[] {
  return problemLines(validateManifest(manifest));
}

function deployment(container: Record<string, unknown> = {}, spec: Record<string, unknown> = {}): Manifest {
  const labels = { app: 'docs' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'docs', namespace: 'lasuite' },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'docs', image: 'docs:1', ...container }] },
      },
      ...spec,
    },
  };
}

function object(apiVersion: string, kind: string, spec: unknown, name = 'docs'): Manifest {
  return { apiVersion, kind, metadata: { name }, spec };
}

function configMap(metadata: Record<string, unknown>, data: Record<string, unknown> = {}): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'docs', ...metadata }, data };
}

const container = '/spec/template/spec/containers/0';

check('a sound Deployment has no problem', () => {
  const resources = { requests: { cpu: '250m', memory: '64Mi' }, limits: { cpu: 2, memory: '1.5Gi' } };
  assert.equal(validate(deployment({ resources, ports: [{ containerPort: 8000, name: 'http' }] })), []);
});

check('an unknown field of a built-in kind is found, with the nearest spelling', () => {
  assert.equal(validate(deployment({}, { replica: 2 })), [
    "/spec/replica: unknown field 'replica'; did you mean 'replicas'?",
  ]);
  const [problem] = validateManifest(configMap({ label: {} }));
  assert.is(problem?.path, '/metadata/label');
});

check('a wrong type, a missing field and a wrong value of a built-in kind are found', () => {
  assert.equal(validateManifest(deployment({}, { replicas: '2' })), [
    { path: '/spec/replicas', message: 'must be integer', value: '2' },
  ]);
  assert.equal(validate(deployment({}, { selector: undefined })), ["/spec: field 'selector' is missing"]);
  assert.equal(validate(deployment({ imagePullPolicy: 'always' })), [
    `${container}/imagePullPolicy: must be one of "Always", "IfNotPresent", "Never"`,
  ]);
  assert.equal(validate(configMap({}, { debug: true })), ['/data/debug: must be string']);
  assert.equal(validate(configMap({}, { 'conf.d/a': '' })), [
    "/data/conf.d~1a: 'conf.d/a' is not a legal key",
  ]);
});

check('an amount that does not parse is found', () => {
  const [line = ''] = validate(deployment({ resources: { limits: { memory: '512MB' } } }));
  assert.match(line, `${container}/resources/limits/memory: must match pattern`);
});

check('an int-or-string takes both and nothing else', () => {
  const probe = (port: unknown) => validate(deployment({ livenessProbe: { httpGet: { port } } }));
  assert.equal(probe(8000), []);
  assert.equal(probe('http'), []);
  assert.is(probe(true).length > 0, true);
});

check('two items of a keyed list with the same key are found', () => {
  const env = [
    { name: 'DEBUG', value: '0' },
    { name: 'DEBUG', value: '1' },
  ];
  assert.equal(validate(deployment({ env })), [`${container}/env: two items have the same name`]);
});

check('a port name of more than 15 characters is found', () => {
  const [line = ''] = validate(deployment({ ports: [{ containerPort: 80, name: 'collaboration-ws' }] }));
  assert.is(line, `${container}/ports/0/name: must NOT have more than 15 characters`);
});

check('an unknown kind and a version that the CRD lacks are problems', () => {
  assert.equal(validate(object('apps/v1', 'Deploymnet', {})), [
    "/kind: there is no kind 'Deploymnet' in 'apps/v1'; did you mean 'Deployment'?",
  ]);
  assert.equal(validate(object('nowhere.example/v1', 'Thing', {})), [
    "/kind: there is no kind 'Thing' in 'nowhere.example/v1'",
  ]);
  assert.equal(validate(object('cert-manager.io/v1', 'Certficate', {})), [
    "/kind: there is no kind 'Certficate' in 'cert-manager.io/v1'; did you mean 'Certificate'?",
  ]);
  assert.equal(validate(object('policy.linkerd.io/v1beta1', 'Server', {})), [
    "/apiVersion: 'Server' exists in policy.linkerd.io/v1beta3",
  ]);
});

check('planted faults in custom resources are found', () => {
  const cluster = { instances: 1, storage: { size: '10Gi' } };
  const faults = (more: object) =>
    validate(object('postgresql.cnpg.io/v1', 'Cluster', { ...cluster, ...more }));
  assert.equal(faults({}), []);
  assert.equal(faults({ instnaces: 2 }), [
    "/spec/instnaces: unknown field 'instnaces'; did you mean 'instances'?",
  ]);
  assert.equal(faults({ primaryUpdateMethod: 'reboot' }), [
    '/spec/primaryUpdateMethod: must be one of "switchover", "restart"',
  ]);
  assert.equal(faults({ instances: 'one' }), ['/spec/instances: must be integer']);
  assert.equal(faults({ resources: { requests: { cpu: 2, memory: '2Gi' } } }), []);
  assert.match(faults({ resources: { requests: { cpu: '2 cores' } } })[0] ?? '', 'must match pattern');
  assert.equal(validate(object('cert-manager.io/v1', 'Certificate', { secretName: 'tls' })), [
    "/spec: field 'issuerRef' is missing",
  ]);
});

check('where a CRD takes any field or null, so do the checks', () => {
  const client = (metadata: unknown) =>
    validate(
      object('hydra.ory.sh/v1alpha1', 'OAuth2Client', {
        grantTypes: ['authorization_code'],
        scope: 'openid',
        secretName: 'docs-oidc',
        metadata,
      }),
    );
  assert.equal(client({ anything: { goes: 1 } }), []);
  assert.equal(client(null), []);
  assert.equal(client('text'), ['/spec/metadata: must be object,null']);
});

check('a Go pattern that ignores case still works', () => {
  const strategy = (partial_response_strategy: string) => {
    const rules = [{ alert: 'A', expr: 1 }];
    const groups = [{ name: 'g', partial_response_strategy, rules }];
    return validate(object('monitoring.coreos.com/v1', 'PrometheusRule', { groups }));
  };
  assert.equal(strategy('warn'), []);
  assert.is(strategy('panic').length, 1);
});

check('illegal names, namespaces and labels are found', () => {
  assert.equal(validate(configMap({ name: 'Bad_Name' })), [
    '/metadata/name: not a DNS-1123 name: a-z, 0-9, - and . only',
  ]);
  assert.equal(
    validate({ ...object('v1', 'Service', { ports: [{ port: 80 }] }), metadata: { name: '1st' } }),
    ['/metadata/name: a Service name starts with a letter and has no dots'],
  );
  assert.is(
    validate({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'a'.repeat(53) } }).length,
    1,
  );
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'box:seed' },
  };
  assert.equal(validate({ ...role, rules: [] }), []);
  assert.equal(validate({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a', namespace: 'a' } }), [
    '/metadata/namespace: Namespace is cluster-wide: no namespace',
  ]);
  const labels = { 'app.kubernetes.io/name': 'docs', 'a/b/c': 'x', long: 'x'.repeat(64), empty: '' };
  assert.equal(
    validateManifest(configMap({ labels, annotations: { note: 'any text, ☀️' } })).map(({ path }) => path),
    ['/metadata/labels/a~1b~1c', '/metadata/labels/long'],
  );
  const template = { metadata: { labels: { app: 'not legal' } }, spec: { containers: [{ name: 'a' }] } };
  assert.match(
    validate(deployment({}, { template }))[0] ?? '',
    '/spec/template/metadata/labels/app: not a legal',
  );
});

check('an object too large for kubectl apply is found', () => {
  assert.match(validate(configMap({}, { dashboard: 'x'.repeat(262_144) }))[0] ?? '', '256 KiB');
});

check('schedules are read as their controllers read them', () => {
  const cron = (schedule: string) => {
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'a:1' }] } };
    return validate(object('batch/v1', 'CronJob', { schedule, jobTemplate: { spec: { template } } }));
  };
  for (const good of ['15 3 * * *', '*/10 0-6,20-23 1 JAN mon', '@daily']) assert.equal(cron(good), [], good);
  assert.equal(cron('0 15 3 * * *'), ['/spec/schedule: a CronJob has a schedule of 5 fields, not 6']);
  for (const bad of ['60 3 * * *', '5-1 * * * *', '* * * * 7', '*/0 * * * *', 'soon * * * *']) {
    assert.match(cron(bad)[0] ?? 'accepted', 'is not a value of its field', bad);
  }
  const backup = (schedule: string) =>
    validate(object('postgresql.cnpg.io/v1', 'ScheduledBackup', { schedule, cluster: { name: 'postgres' } }));
  assert.equal(backup('0 30 2 * * *'), []);
  assert.equal(backup('30 2 * * *'), ['/spec/schedule: a ScheduledBackup has a schedule of 6 fields, not 5']);
});

test.run();
