import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Manifest } from '../../constructs/core/manifest.js';
import { MeshPolicies } from '../../constructs/proofs/mesh-policies.js';
import { Tree } from '../../constructs/proofs/tree.js';

/* Rules of https://linkerd.io/2-edge/features/server-policy/ on three pods: a server, a client, one without proxy. */

const namespace = (annotations: Record<string, string>): Manifest => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'red', annotations: { 'linkerd.io/inject': 'enabled', ...annotations } },
});

const pod = (app: string, annotations: Record<string, string> = {}): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace: 'red', name: app },
  spec: {
    template: {
      metadata: { labels: { app }, annotations },
      spec: {
        serviceAccountName: app,
        containers: [{ name: 'main', ports: [{ name: 'http', containerPort: 8080 }] }],
      },
    },
  },
});

const policy = (kind: string, name: string, spec: object): Manifest => ({
  apiVersion: 'policy.linkerd.io/v1',
  kind,
  metadata: { namespace: 'red', name },
  spec,
});

const server = (port: number | string = 'http', more: object = {}) =>
  policy('Server', 'server', { podSelector: { matchLabels: { app: 'server' } }, port, ...more });

const authorize = (kind: string, name: string, target: object = { kind: 'Server', name: 'server' }) =>
  policy('AuthorizationPolicy', `authorize-${name}`, {
    targetRef: target,
    requiredAuthenticationRefs: [{ kind, name }],
  });

const account = (name: string) =>
  policy('MeshTLSAuthentication', 'meshed', { identityRefs: [{ kind: 'ServiceAccount', name }] });

const network = (cidr: string, except: string[] = []) =>
  policy('NetworkAuthentication', 'unmeshed', { networks: [{ cidr, except }] });

/** What keeps a pod from the server's port 8080; undefined when nothing does. */
function refusal(
  from: 'client' | 'stranger',
  policies: readonly Manifest[],
  { defaults = {}, pods = {} }: { defaults?: Record<string, string>; pods?: Record<string, string> } = {},
) {
  const tree = new Tree([
    namespace(defaults),
    pod('server', pods),
    pod('client'),
    pod('stranger', { 'linkerd.io/inject': 'disabled' }),
    ...policies,
  ]);
  const find = (app: string) => tree.ownPods.find(({ labels }) => labels.app === app);
  const [source, target] = [find(from), find('server')];
  if (source === undefined || target === undefined) throw new Error('the pods are missing');
  return new MeshPolicies(tree).refusal(source, target, 8080);
}

const admits = (...given: Parameters<typeof refusal>) => refusal(...given) === undefined;
const inbound = 'config.linkerd.io/default-inbound-policy';

test('a port without a Server follows the default of the pod, else of the namespace, else is open', () => {
  assert.ok(admits('client', []));
  assert.not(admits('client', [], { defaults: { [inbound]: 'deny' } }));
  assert.ok(
    admits('client', [], { defaults: { [inbound]: 'deny' }, pods: { [inbound]: 'all-authenticated' } }),
  );
  assert.not(admits('stranger', [], { defaults: { [inbound]: 'all-authenticated' } }));
});

test('a port with a Server is closed but for what is authorized', () => {
  assert.match(refusal('client', [server()]) ?? '', /no AuthorizationPolicy of Server 'server' admits/);
  assert.ok(
    admits('client', [server(8080), account('client'), authorize('MeshTLSAuthentication', 'meshed')]),
  );
  assert.not(admits('client', [server(), account('other'), authorize('MeshTLSAuthentication', 'meshed')]));
  assert.ok(admits('client', [server('http', { accessPolicy: 'all-unauthenticated' })]));
});

test('an identity is proven by the mesh alone', () => {
  const policies = [server(), account('stranger'), authorize('MeshTLSAuthentication', 'meshed')];
  assert.not(admits('stranger', policies));
  const everybody = policy('MeshTLSAuthentication', 'meshed', { identities: ['*'] });
  assert.ok(admits('client', [server(), everybody, authorize('MeshTLSAuthentication', 'meshed')]));
  assert.not(admits('stranger', [server(), everybody, authorize('MeshTLSAuthentication', 'meshed')]));
});

test('an address admits pods without identity when it covers the whole pod network', () => {
  const rule = authorize('NetworkAuthentication', 'unmeshed');
  assert.ok(admits('stranger', [server(), network('10.42.0.0/16'), rule]));
  assert.ok(admits('stranger', [server(), network('0.0.0.0/0'), rule]));
  assert.not(admits('stranger', [server(), network('10.42.1.0/24'), rule]));
  assert.not(admits('stranger', [server(), network('10.0.0.0/8', ['10.42.0.0/17']), rule]));
});

test('several policies are alternatives, several authentications in one are all needed', () => {
  const both = policy('AuthorizationPolicy', 'both', {
    targetRef: { kind: 'Server', name: 'server' },
    requiredAuthenticationRefs: [
      { kind: 'MeshTLSAuthentication', name: 'meshed' },
      { kind: 'NetworkAuthentication', name: 'unmeshed' },
    ],
  });
  const pieces = [server(), account('client'), network('192.168.0.0/16')];
  assert.not(admits('client', [...pieces, both]));
  assert.ok(admits('client', [...pieces, both, authorize('MeshTLSAuthentication', 'meshed')]));
});

test('a policy for a namespace is for each of its Servers', () => {
  const target = { kind: 'Namespace', name: 'red' };
  assert.ok(
    admits('client', [server(), account('client'), authorize('MeshTLSAuthentication', 'meshed', target)]),
  );
});

test('a port that connections reach past the proxy is not guarded', () => {
  const skip = { 'config.linkerd.io/skip-inbound-ports': '22,8000-8100' };
  assert.ok(admits('stranger', [server()], { pods: skip }));
});

test.run();
