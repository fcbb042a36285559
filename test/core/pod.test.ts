import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Endpoint, External } from '../../constructs/core/endpoint.js';
import { disk, scratch } from '../../constructs/core/mount.js';
import { Reference, text } from '../../constructs/core/reference.js';
import { type RestartTarget, SecretRef } from '../../constructs/core/secret.js';
import { containerOf, envOf, find, messageOf, podOf, sampleTier } from '../support/sample.js';

const secretIn = (namespace: string, heard: RestartTarget[] = [], reaches: External[] = []) =>
  new SecretRef({ name: 'login', namespace, keys: ['key'], reaches, onRead: (target) => heard.push(target) });

test('what is not said: no command, the default priority, half a minute to stop', () => {
  const { box, workload } = sampleTier();
  workload('web');
  const deployment = find(box.manifests(), 'Deployment', 'web');
  const { containers, initContainers, volumes, ...spec } = podOf(deployment).spec;
  const { resources, securityContext, ...container } = containerOf(deployment);
  assert.equal(container, {
    name: 'web',
    image: 'src.studio.example/studio/login:0.1.0',
    imagePullPolicy: 'IfNotPresent',
    ports: [],
  });
  assert.equal([containers.length, initContainers, volumes], [1, undefined, undefined]);
  assert.is(spec.serviceAccountName, 'web');
  assert.is(spec.priorityClassName, 'box-app');
  assert.is(spec.terminationGracePeriodSeconds, 30);
});

test('what is said: command, arguments, priority, grace', () => {
  const { box, workload } = sampleTier();
  const args = ['--to', text`http://${'x'}`];
  workload('web', { command: ['run'], args, priority: 'box-core', grace: 90 });
  const deployment = find(box.manifests(), 'Deployment', 'web');
  assert.equal(containerOf(deployment).command, ['run']);
  assert.equal(containerOf(deployment).args, ['--to', 'http://x']);
  assert.is(podOf(deployment).spec.priorityClassName, 'box-core');
  assert.is(podOf(deployment).spec.terminationGracePeriodSeconds, 90);
});

test('a step is the container less what it says itself', () => {
  const { box, workload } = sampleTier();
  workload('web', {
    command: ['serve'],
    env: { A: 1 },
    mounts: [scratch('/tmp')],
    steps: [
      { name: 'migrate', command: ['migrate'] },
      { name: 'other', image: 'proxy', env: { B: 2 }, mounts: [scratch('/work')], size: 'proxy' },
    ],
  });
  const { initContainers = [], volumes = [] } = podOf(find(box.manifests(), 'Deployment', 'web')).spec;
  const slim = initContainers.map(({ name, image, command, env, resources, volumeMounts }) => ({
    name,
    image,
    command,
    env,
    resources,
    volumeMounts,
  }));
  const registry = 'src.studio.example/studio';
  assert.equal(slim, [
    {
      name: 'migrate',
      image: `${registry}/login:0.1.0`,
      command: ['migrate'],
      env: [{ name: 'A', value: '1' }],
      resources: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '256Mi' } },
      volumeMounts: [{ name: 'scratch-tmp', mountPath: '/tmp' }],
    },
    {
      name: 'other',
      image: `${registry}/proxy:0.1.0`,
      command: ['serve'],
      env: [{ name: 'B', value: '2' }],
      resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '768Mi' } },
      volumeMounts: [{ name: 'scratch-work', mountPath: '/work' }],
    },
  ]);
  assert.equal(
    volumes.map(({ name }) => name),
    ['scratch-tmp', 'scratch-work'],
  );
});

const external = (name: string) => new External({ name, ports: [1] });

test('everything a pod is given becomes an edge', () => {
  const { box, tier, workload } = sampleTier();
  const [used, inArgs, inCommand, inEnv, inStep, bySecret, byMount] = [
    'used',
    'args',
    'command',
    'env',
    'step',
    'secret',
    'mount',
  ].map(external) as [External, External, External, External, External, External, External];
  const web = workload('web', {
    uses: [used],
    command: [new Reference('c', [inCommand])],
    args: [new Reference('a', [inArgs])],
    env: { E: new Reference('e', [inEnv]), S: secretIn('lasuite', [], [bySecret]).key('key') },
    mounts: [
      new SecretRef({ name: 'file', namespace: 'lasuite', keys: [], reaches: [byMount] }).mountAt(
        '/etc/file',
      ),
    ],
    steps: [{ name: 'step', args: [new Reference('s', [inStep])] }],
  });
  const names = box.network.destinations(web).map((to) => (to instanceof Endpoint ? to.service : to.name));
  assert.equal(names, ['used', 'command', 'args', 'step', 'env', 'secret', 'mount']);
  assert.is(tier.node.path, 'apps');
});

test('a secret copied into the environment restarts the workload, once', () => {
  const heard: RestartTarget[] = [];
  const { workload } = sampleTier();
  const secret = secretIn('lasuite', heard);
  workload('web', { env: { A: secret.key('key'), B: secret.key('key') }, steps: [{ name: 'step' }] });
  assert.equal(heard, [{ kind: 'Deployment', name: 'web' }]);
});

test('a secret read only by a step restarts the workload too; one in a file does not', () => {
  const heard: RestartTarget[] = [];
  const { workload } = sampleTier();
  workload('web', { steps: [{ name: 'step', env: { A: secretIn('lasuite', heard).key('key') } }] });
  assert.equal(heard, [{ kind: 'Deployment', name: 'web' }]);
  workload('files', { mounts: [secretIn('lasuite', heard).mountAt('/etc/login')] });
  assert.is(heard.length, 1);
});

test('the target is what the workload is', () => {
  const heard: RestartTarget[] = [];
  const { workload } = sampleTier();
  const env = { A: secretIn('lasuite', heard).key('key') };
  workload('one', { env, kind: 'DaemonSet' });
  workload('two', { env, mounts: [disk('/data', { name: 'data', sizeGi: 1, backup: { none: 'cache' } })] });
  assert.equal(heard, [
    { kind: 'DaemonSet', name: 'one' },
    { kind: 'StatefulSet', name: 'two' },
  ]);
});

for (const [how, props] of [
  ['read', { env: { A: secretIn('data').key('key') } }],
  ['mounted', { mounts: [secretIn('data').mountAt('/etc/login')] }],
  ['read by a step', { steps: [{ name: 'step', env: { A: secretIn('data').key('key') } }] }],
] as const) {
  test(`a secret of another namespace cannot be ${how}`, () => {
    const { workload } = sampleTier();
    assert.is(
      messageOf(() => workload('web', props)),
      "apps/web: secret 'login' lives in namespace 'data', but this pod runs in 'lasuite'; " +
        'a pod reads secrets of its own namespace only, so sync the secret there',
    );
  });
}

test('a secret becomes a reference in the environment and files nobody else can read', () => {
  const { box, workload } = sampleTier();
  const secret = secretIn('lasuite');
  workload('web', { env: { A: secret.key('key') }, mounts: [secret.mountAt('/etc/login')] });
  const deployment = find(box.manifests(), 'Deployment', 'web');
  assert.equal(envOf(containerOf(deployment)), { A: 'login/key' });
  assert.equal(podOf(deployment).spec.volumes, [
    { name: 'secret-login', secret: { secretName: 'login', defaultMode: 0o440 } },
  ]);
});

test.run();
