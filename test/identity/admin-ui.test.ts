import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { at, containerOf, envOf, podOf } from '../support/sample.js';
import { WholeBox } from '../support/whole-box.js';

const whole = new WholeBox();
const deployment = whole.get('Deployment', 'kratos-admin-ui');

test('it speaks to Kratos by itself, and finds it through the cluster’s name service', () => {
  assert.equal(envOf(containerOf(deployment)), {
    KRATOS_ADMIN_URL: 'http://kratos.ory.svc.cluster.local:4434',
    KRATOS_PUBLIC_URL: 'http://kratos.ory.svc.cluster.local:4433',
    NAMESERVER: 'kube-dns.kube-system.svc.cluster.local',
  });
});

test('only the proxy reaches it, since it has no login of its own', () => {
  const peer = whole.box.network.allEndpoints.find(({ service }) => service === 'kratos-admin-ui');
  assert.equal(peer && whole.box.network.consumers(peer).map(({ peerName }) => peerName), ['proxy']);
});

test('it writes its configuration at start, and says so', () => {
  assert.is(
    podOf(deployment).metadata.annotations?.['box/exception-writable-root'],
    'the image writes its nginx configuration from a template when it starts',
  );
  assert.is(at(containerOf(deployment), 'securityContext', 'readOnlyRootFilesystem'), false);
});

test.run();
