import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Endpoint, type Peer } from '../../constructs/core/endpoint.js';
import { ForeignPods } from '../../constructs/core/foreign-pods.js';
import type { Manifest } from '../../constructs/core/manifest.js';
import { namespaces } from '../../constructs/core/namespaces.js';
import { Tier } from '../../constructs/core/tier.js';
import { Wave } from '../../constructs/core/waves.js';
import { Workload, type WorkloadProps } from '../../constructs/core/workload.js';
import { deriveMeshPolicy } from '../../constructs/platform/mesh-policy.js';
import { find, ofKind, sampleBox, specOf } from '../support/sample.js';
import { requireSchemas, validateManifest } from '../support/schemas.js';

const kinds = ['Server', 'MeshTLSAuthentication', 'NetworkAuthentication', 'AuthorizationPolicy'];

/** A box with two namespaces in which a test puts its workloads. */
function meshBox() {
  const box = sampleBox();
  deriveMeshPolicy(box);
  const data = new Tier(box, 'data', { namespace: namespaces.data, wave: Wave.Engines });
  const apps = new Tier(box, 'lasuite', { namespace: namespaces.lasuite, wave: Wave.Apps });
  const workload = (tier: Tier, name: string, props: Partial<WorkloadProps> = {}) =>
    new Workload(tier, name, { name, image: 'login', size: 'login', ...props });
  const rendered = () => box.manifests().filter(({ kind }) => kinds.includes(kind));
  return { box, data, apps, workload, rendered };
}

const slim = ({ kind, metadata, spec }: Manifest) => ({
  kind,
  name: `${metadata.namespace}/${metadata.name}`,
  spec,
});

test('a port admits the identities that declared the edge, and unmeshed peers by address', () => {
  const { box, data, apps, workload, rendered } = meshBox();
  const store = workload(data, 'store', { listens: { http: 8080 } });
  workload(apps, 'web', { uses: [store.endpoint('http')] });
  workload(apps, 'api', { uses: [store.endpoint('http')] });
  const operator = new ForeignPods(apps, 'Operator', { name: 'operator', podLabels: { app: 'operator' } });
  box.network.connect(operator, store.endpoint('http'));
  const ref = (kind: string, name: string) => ({ group: 'policy.linkerd.io', kind, name });
  assert.equal(rendered().map(slim), [
    {
      kind: 'Server',
      name: 'data/store-http',
      spec: { podSelector: { matchLabels: { app: 'store' } }, port: 8080, proxyProtocol: 'unknown' },
    },
    {
      kind: 'MeshTLSAuthentication',
      name: 'data/store-http-meshed',
      spec: {
        identityRefs: [
          { kind: 'ServiceAccount', name: 'api', namespace: 'lasuite' },
          { kind: 'ServiceAccount', name: 'web', namespace: 'lasuite' },
        ],
      },
    },
    {
      kind: 'AuthorizationPolicy',
      name: 'data/store-http-meshed',
      spec: {
        targetRef: ref('Server', 'store-http'),
        requiredAuthenticationRefs: [ref('MeshTLSAuthentication', 'store-http-meshed')],
      },
    },
    {
      kind: 'NetworkAuthentication',
      name: 'data/store-http-unmeshed',
      spec: { networks: [{ cidr: '10.42.0.0/16' }] },
    },
    {
      kind: 'AuthorizationPolicy',
      name: 'data/store-http-unmeshed',
      spec: {
        targetRef: ref('Server', 'store-http'),
        requiredAuthenticationRefs: [ref('NetworkAuthentication', 'store-http-unmeshed')],
      },
    },
  ]);
});

test("policies come to life with their target, in its tier's wave and namespace", () => {
  const { data, apps, workload, rendered } = meshBox();
  const store = workload(data, 'store', { listens: { http: 8080 } });
  workload(apps, 'web', { uses: [store.endpoint('http')] });
  for (const { metadata } of rendered()) {
    assert.is(metadata.namespace, 'data');
    assert.is(metadata.annotations?.['argocd.argoproj.io/sync-wave'], String(Wave.Engines));
    assert.match(metadata.annotations?.['box/construct'] ?? '', /^data\/store\/MeshPolicy-8080/);
  }
});

test('a port nobody connects to is closed', () => {
  const { data, workload, rendered } = meshBox();
  workload(data, 'store', { listens: { http: 8080 } });
  assert.equal(
    rendered().map(({ kind }) => kind),
    ['Server'],
  );
});

test('ports in which the server speaks first are opaque, UDP is none of the mesh', () => {
  const { data, workload, rendered } = meshBox();
  workload(data, 'store', {
    listens: { redis: { port: 6379, protocol: 'tcp' }, media: { port: 3478, protocol: 'udp' } },
  });
  assert.equal(
    rendered().map((server) => [server.metadata.name, specOf(server).proxyProtocol]),
    [['store-redis', 'opaque']],
  );
});

test('ports that bypass the proxy have no Server', () => {
  const { data, workload, rendered } = meshBox();
  workload(data, 'door', {
    listens: { https: { port: 8443, node: 443, protocol: 'tcp' }, admin: 9000 },
    exceptions: { hostPorts: 'it is the front door' },
  });
  assert.equal(
    rendered().map(({ metadata }) => metadata.name),
    ['door-admin'],
  );
});

test('unmeshed targets have no proxy that could ask', () => {
  const { data, apps, workload, rendered } = meshBox();
  const store = workload(data, 'store', {
    listens: { http: 8080 },
    exceptions: { unmeshed: 'speaks TLS itself' },
  });
  workload(apps, 'web', { uses: [store.endpoint('http')] });
  assert.equal(rendered(), []);
});

test('two endpoints on one container port share a Server and their consumers', () => {
  const { box, data, apps, workload, rendered } = meshBox();
  const store = workload(data, 'store', { listens: { http: 8080 } });
  const second = new Endpoint({
    peer: store,
    service: 'other',
    name: 'other',
    port: 80,
    containerPort: 8080,
  });
  box.network.publish(second);
  workload(apps, 'web', { uses: [store.endpoint('http')] });
  workload(apps, 'api', { uses: [second] });
  const objects = rendered();
  assert.is(ofKind(objects, 'Server').length, 1);
  const { identityRefs } = specOf<{ identityRefs: { name: string }[] }>(
    find(objects, 'MeshTLSAuthentication', 'store-http-meshed'),
  );
  assert.equal(
    identityRefs.map(({ name }) => name),
    ['api', 'web'],
  );
});

test('a peer without a place or an identity is an error that names it', () => {
  const stranger: Peer = {
    peerName: 'stranger',
    namespace: 'data',
    podLabels: { app: 'stranger' },
    meshed: true,
    path: 'data/Stranger',
  };
  const lost = meshBox();
  lost.box.network.publish(new Endpoint({ peer: stranger, service: 'stranger', name: 'http', port: 80 }));
  assert.throws(() => lost.rendered(), /data\/Stranger: port 'http' is published/);
  const nameless = meshBox();
  const store = nameless.workload(nameless.data, 'store', { listens: { http: 8080 } });
  nameless.box.network.connect(stranger, store.endpoint('http'));
  assert.throws(() => nameless.rendered(), /'stranger' is meshed but names no ServiceAccount/);
});

test('every edge between meshed peers is allowed by an identity, and no identity lacks an edge', () => {
  const { box, data, apps, workload, rendered } = meshBox();
  const store = workload(data, 'store', { listens: { http: 8080, admin: 9000 } });
  const web = workload(apps, 'web', { uses: [store.endpoint('http')], listens: { http: 3000 } });
  workload(apps, 'api', { uses: [web.endpoint('http'), store.endpoint('admin')] });
  const declared = box.network.allEndpoints.flatMap((endpoint) =>
    box.network
      .consumers(endpoint)
      .map((from) => `${from.serviceAccountName}>${endpoint.peer.peerName}-${endpoint.name}`),
  );
  const allowed = ofKind(rendered(), 'MeshTLSAuthentication').flatMap((authentication) =>
    specOf<{ identityRefs: { name: string }[] }>(authentication).identityRefs.map(
      ({ name }) => `${name}>${authentication.metadata.name.replace(/-meshed$/, '')}`,
    ),
  );
  assert.equal(allowed.sort(), declared.sort());
});

(requireSchemas() ? test : test.skip)('the objects are what their definitions allow', () => {
  const { box, data, apps, workload, rendered } = meshBox();
  const store = workload(data, 'store', { listens: { http: 8080, redis: { port: 6379, protocol: 'tcp' } } });
  workload(apps, 'web', { uses: store.allEndpoints });
  box.network.connect(
    new ForeignPods(apps, 'Operator', { name: 'operator', podLabels: { app: 'operator' } }),
    store.endpoint('http'),
  );
  for (const object of rendered()) assert.equal(validateManifest(object), [], object.metadata.name);
});

test.run();
