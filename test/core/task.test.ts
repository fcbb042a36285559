import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { asText, ConfigFile } from '../../constructs/core/config-file.js';
import { scratch } from '../../constructs/core/mount.js';
import { type RestartTarget, SecretRef } from '../../constructs/core/secret.js';
import type { SiteInput } from '../../constructs/core/site-schema.js';
import { Schedule, type ScheduleProps, Task, type TaskProps } from '../../constructs/core/task.js';
import { at, containerOf, envOf, find, namesOf, ofKind, podOf, sampleTier } from '../support/sample.js';
import { requireSchemas, validateManifest } from '../support/schemas.js';

const base: TaskProps = { name: 'migrate', image: 'login', size: 'task', mounts: [scratch('/tmp')] };

function rendered(props: Partial<TaskProps> = {}, settings: Partial<SiteInput> = {}, config = 'x') {
  const { box, tier } = sampleTier(settings);
  const file = new ConfigFile(tier, 'Config', { name: 'c', files: { c: asText(config) } });
  new Task(tier, 'Migrate', { ...base, ...props, mounts: [...(props.mounts ?? []), file.mountAt('/etc/c')] });
  const manifests = box.manifests();
  const [job] = ofKind(manifests, 'Job');
  if (job === undefined) throw new Error('no Job was rendered');
  return { box, manifests, job };
}

const nameOf = (...args: Parameters<typeof rendered>) => rendered(...args).job.metadata.name;

test('a Job has a name of its own for each version of itself', () => {
  assert.match(nameOf(), /^migrate-[0-9a-f]{8}$/);
  assert.is(nameOf(), nameOf());
});

const changes: [what: string, ...Parameters<typeof rendered>][] = [
  ['another image', { image: 'proxy' }],
  ['another version of the image', {}, { versions: { login: '9.9.9' } }],
  ['another variable', { env: { A: 1 } }],
  ['another command', { command: ['x'] }],
  ['another argument', { args: ['x'] }],
  ['another step', { steps: [{ name: 'step' }] }],
  ['another size', { size: 'login' }],
  ['a changed configuration file', {}, {}, 'y'],
];

for (const [what, ...args] of changes) {
  test(`${what} makes a new Job`, () => assert.is.not(nameOf(...args), nameOf()));
}

test('what does not touch the pod keeps the Job: its deadline, another app', () => {
  assert.is(nameOf({ deadline: 60 }), nameOf());
  assert.is(nameOf({}, { apps: { docs: false } }), nameOf());
});

test('it tries again, not for ever, and never beside itself', () => {
  const { job } = rendered();
  const { template, ...spec } = job.spec as Record<string, unknown>;
  assert.equal(spec, { backoffLimit: 20, activeDeadlineSeconds: 1800 });
  assert.is(at(template, 'spec', 'restartPolicy'), 'OnFailure');
  assert.is(at(rendered({ deadline: 60 }).job, 'spec', 'activeDeadlineSeconds'), 60);
});

test('a migration: steps one after the other, then the container, all with one environment', () => {
  const { job } = rendered({
    env: { DATABASE: 'd' },
    command: ['createsuperuser'],
    steps: [{ name: 'migrate', command: ['migrate'] }],
  });
  const [step] = podOf(job).spec.initContainers ?? [];
  assert.equal(step?.command, ['migrate']);
  assert.equal(containerOf(job).command, ['createsuperuser']);
  assert.equal(envOf(containerOf(job)), { DATABASE: 'd' });
  assert.equal(step?.env, containerOf(job).env);
});

test('it is a peer on the network like any other, without a Service, last to get room', () => {
  const { manifests, job } = rendered();
  assert.is(find(manifests, 'NetworkPolicy', 'migrate').metadata.namespace, 'lasuite');
  assert.is(find(manifests, 'ServiceAccount', 'migrate').automountServiceAccountToken, false);
  assert.equal(namesOf(manifests, 'Service'), []);
  assert.is(podOf(job).spec.priorityClassName, 'box-batch');
  assert.is(podOf(job).metadata.annotations?.['config.linkerd.io/opaque-ports'], '');
  assert.equal(podOf(job).metadata.labels, {
    app: 'migrate',
    'app.kubernetes.io/name': 'migrate',
    'app.kubernetes.io/part-of': 'apps',
  });
});

test('nothing is restarted for a task: it reads its secret anew each time', () => {
  const heard: RestartTarget[] = [];
  const secret = new SecretRef({
    name: 's',
    namespace: 'lasuite',
    keys: ['k'],
    onRead: (t) => heard.push(t),
  });
  rendered({ env: { A: secret.key('k') } });
  assert.equal(heard, []);
});

function scheduled(props: Partial<ScheduleProps> = {}) {
  const { box, tier } = sampleTier();
  new Schedule(tier, 'Clean', { ...base, name: 'clean', cron: '40 3 * * *', ...props });
  const manifests = box.manifests();
  return { manifests, job: find(manifests, 'CronJob', 'clean') };
}

test('a schedule: UTC, one run at a time, a run missed for an hour is skipped', () => {
  const { jobTemplate, ...spec } = scheduled().job.spec as Record<string, unknown>;
  assert.equal(spec, {
    schedule: '40 3 * * *',
    timeZone: 'Etc/UTC',
    concurrencyPolicy: 'Forbid',
    startingDeadlineSeconds: 3600,
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 3,
  });
  const { template, ...job } = at(jobTemplate, 'spec') as Record<string, unknown>;
  assert.equal(job, { backoffLimit: 2, activeDeadlineSeconds: 1800, ttlSecondsAfterFinished: 86_400 });
  assert.is(at(template, 'spec', 'restartPolicy'), 'Never');
  assert.is(at(template, 'spec', 'priorityClassName'), 'box-batch');
});

test('a schedule keeps its name, whatever changes', () => {
  assert.is(scheduled({ env: { A: 1 } }).job.metadata.name, 'clean');
  assert.is(scheduled({ priority: 'box-core' }).job.metadata.name, 'clean');
});

test('outside the mesh by exception', () => {
  const { job } = scheduled({ exceptions: { unmeshed: 'it would never end' } });
  assert.equal(podOf(job).metadata.annotations, {
    'box/exception-unmeshed': 'it would never end',
    'linkerd.io/inject': 'disabled',
  });
});

if (requireSchemas()) {
  test('Kubernetes takes both', () => {
    for (const manifest of [...rendered().manifests, ...scheduled().manifests])
      assert.equal(validateManifest(manifest), []);
  });
}

test.run();
