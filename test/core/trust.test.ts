import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { asYaml, ConfigFile } from '../../constructs/core/config-file.js';
import { scratch } from '../../constructs/core/mount.js';
import { SecretRef } from '../../constructs/core/secret.js';
import { Task } from '../../constructs/core/task.js';
import { trustBundle } from '../../constructs/core/trust.js';
import type { WorkloadProps } from '../../constructs/core/workload.js';
import { containerOf, envOf, find, ofKind, podOf, sampleTier } from '../support/sample.js';

const trusting = {
  SSL_CERT_FILE: '/etc/box/trust/ca.crt',
  REQUESTS_CA_BUNDLE: '/etc/box/trust/ca.crt',
  NODE_EXTRA_CA_CERTS: '/etc/box/trust/ca.crt',
};
const volume = { name: 'config-box-trust', configMap: { name: 'box-trust' } };
const mount = { name: 'config-box-trust', mountPath: '/etc/box/trust', readOnly: true };

/** A tier with a server whose certificate is the box's own. */
function withServer() {
  const made = sampleTier();
  const server = made.workload('server', {
    listens: { tls: { port: 5432, protocol: 'tcp', needsTrust: true }, plain: 80 },
  });
  const client = (props: Partial<WorkloadProps>) => {
    made.workload('client', props);
    return find(made.box.manifests(), 'Deployment', 'client');
  };
  return { ...made, server, client };
}

test('who connects to what the box has signed trusts the box', () => {
  const { server, client } = withServer();
  const deployment = client({ env: { DSN: server.endpoint('tls').address }, mounts: [scratch('/tmp')] });
  assert.equal(envOf(containerOf(deployment)), { DSN: 'server.lasuite.svc.cluster.local:5432', ...trusting });
  assert.equal(containerOf(deployment).volumeMounts, [{ name: 'scratch-tmp', mountPath: '/tmp' }, mount]);
  assert.equal(podOf(deployment).spec.volumes?.at(-1), volume);
});

test('its steps do too', () => {
  const { server, client } = withServer();
  const deployment = client({ uses: [server.endpoint('tls')], steps: [{ name: 'migrate' }] });
  const [step] = podOf(deployment).spec.initContainers ?? [];
  assert.equal(step?.volumeMounts, [mount]);
  assert.equal(envOf(step ?? containerOf(deployment)), trusting);
  assert.is(podOf(deployment).spec.volumes?.length, 1);
});

test('however the edge came about: a secret, a configuration file', () => {
  const bySecret = withServer();
  const secret = new SecretRef({
    name: 'login',
    namespace: 'lasuite',
    keys: ['dsn'],
    reaches: [bySecret.server.endpoint('tls')],
  });
  assert.is(
    envOf(containerOf(bySecret.client({ env: { DSN: secret.key('dsn') } }))).SSL_CERT_FILE,
    trusting.SSL_CERT_FILE,
  );

  const byFile = withServer();
  const config = new ConfigFile(byFile.tier, 'Config', {
    name: 'c',
    files: { 'c.yaml': asYaml({ server: byFile.server.endpoint('tls').address }) },
  });
  assert.is(
    envOf(containerOf(byFile.client({ mounts: [config.mountAt('/etc/c')] }))).SSL_CERT_FILE,
    trusting.SSL_CERT_FILE,
  );
});

test('a task trusts as a workload does', () => {
  const { box, tier, server } = withServer();
  new Task(tier, 'Task', { name: 'task', image: 'login', size: 'task', uses: [server.endpoint('tls')] });
  const [job] = ofKind(box.manifests(), 'Job');
  assert.equal(job && envOf(containerOf(job)), trusting);
});

test('nobody else does', () => {
  const { server, client } = withServer();
  const deployment = client({ uses: [server.endpoint('plain')] });
  assert.is(containerOf(deployment).env, undefined);
  assert.is(podOf(deployment).spec.volumes, undefined);
});

test('name, key and label agree with what trust-manager is told', () => {
  assert.equal(
    [trustBundle.name, trustBundle.key, trustBundle.path],
    ['box-trust', 'ca.crt', trusting.SSL_CERT_FILE],
  );
  assert.equal(trustBundle.namespaceLabel, { 'box/trust': 'true' });
});

test.run();
