import { test } from 'uvu';
import { testFaults } from '../support/faults.js';
import type { Mutation } from '../support/mutate.js';

/** Whether a rule of a NetworkPolicy names pods with a label `app`. */
const isFor = (app: string) => (rule: unknown) => JSON.stringify(rule).includes(`"app":"${app}"`);

/** Takes the rules for one app out of a policy. */
const close = (tree: Mutation, policy: string, direction: 'ingress' | 'egress', app: string) =>
  tree.filter(tree.find(policy), ['spec', direction], (rule) => !isFor(app)(rule));

const selector = (app: string, namespace: string) => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
  podSelector: { matchLabels: { app } },
});

const opening = (app: string, namespace: string, port: number) => ({
  ports: [{ port, protocol: 'TCP' }],
  peers: [selector(app, namespace)],
});

testFaults([
  {
    name: 'a host name is that of no Service',
    plant: (tree) =>
      tree.edit(tree.find('ConfigMap ory/hydra'), ['data', 'hydra.yaml'], (text) =>
        String(text).replaceAll('kratos.ory.svc', 'krato.ory.svc'),
      ),
    proof: 'network',
    // nobody goes to Kratos any more
    follows: ['idle-edges'],
    construct: 'identity/Hydra/Server',
    says: ["names Service 'ory/krato', which is not there", "did you mean 'kratos'"],
  },
  {
    name: 'the port of a Service is renumbered',
    plant: (tree) => tree.set(tree.find('Service ory/hydra'), ['spec', 'ports', 0, 'port'], 4449),
    proof: 'network',
    follows: ['edge', 'idle-edges'],
    construct: 'lasuite/Docs/Backend',
    says: ['env OIDC_OP_TOKEN_ENDPOINT', "means port 4444, which Service 'ory/hydra' does not have", '4449'],
  },
  {
    name: 'the server no longer lets a client in',
    plant: (tree) => close(tree, 'NetworkPolicy data/valkey', 'ingress', 'docs-worker'),
    proof: 'network',
    construct: /^stores\/Valkey/,
    says: ['no NetworkPolicy lets Deployment lasuite/docs-worker in on port 6379', "Secret 'docs-valkey'"],
  },
  {
    name: 'a client is no longer let out',
    plant: (tree) => close(tree, 'NetworkPolicy lasuite/docs-backend', 'egress', 'hydra'),
    proof: 'network',
    construct: 'lasuite/Docs/Backend',
    says: ['no NetworkPolicy lets it out to Deployment ory/hydra port 4444', 'OIDC_OP_TOKEN_ENDPOINT'],
  },
  {
    name: 'the port of the mesh is closed between two meshed pods',
    plant: (tree) =>
      tree.edit(tree.find('NetworkPolicy ory/hydra'), ['spec', 'ingress'], (rules) =>
        (rules as { ports: { port: number }[] }[]).map((rule) =>
          isFor('docs-backend')(rule)
            ? { ...rule, ports: rule.ports.filter(({ port }) => port !== 4143) }
            : rule,
        ),
      ),
    proof: 'network',
    construct: 'identity/Hydra/Server',
    says: ['no NetworkPolicy lets Deployment lasuite/docs-backend in on port 4143'],
  },
  {
    name: 'a pod loses DNS',
    plant: (tree) =>
      tree.filter(
        tree.find('NetworkPolicy lasuite/docs-worker'),
        ['spec', 'egress'],
        (rule) => !JSON.stringify(rule).includes('kube-dns'),
      ),
    proof: 'network',
    construct: 'lasuite/Docs/Worker',
    says: ['no NetworkPolicy lets it out to Deployment kube-system/coredns port 53 UDP'],
  },
  {
    name: 'a pod that asks the Kubernetes API is not let out to it',
    plant: (tree) =>
      tree.filter(
        tree.find('NetworkPolicy data/openbao'),
        ['spec', 'egress'],
        (rule) => !JSON.stringify(rule).includes('6443'),
      ),
    proof: 'network',
    construct: 'vault/OpenBao/Server',
    says: ['no NetworkPolicy lets it out to port 6443 of the nodes'],
  },
  {
    name: 'one end of the way to the proxy is missing',
    plant: (tree) => close(tree, 'NetworkPolicy ingress/proxy', 'ingress', 'docs-y-provider'),
    proof: 'network',
    construct: 'edge/Edge/Proxy/Server',
    says: ['no NetworkPolicy lets Deployment lasuite/docs-y-provider in on port 8443'],
  },
  {
    name: 'the mesh no longer authorizes a port',
    plant: (tree) => tree.drop('AuthorizationPolicy ory/kratos-admin-meshed'),
    proof: 'network',
    construct: 'identity/Kratos/Server',
    says: [
      'port 4434 refuses Deployment ory/login-ui',
      "no AuthorizationPolicy of Server 'kratos-admin' admits ServiceAccount 'ory/login-ui'",
    ],
  },
  {
    name: 'the mesh admits another identity than the client has',
    plant: (tree) =>
      tree.set(
        tree.find('MeshTLSAuthentication lasuite/docs-y-provider-ws-meshed'),
        ['spec', 'identityRefs'],
        [{ kind: 'ServiceAccount', name: 'proxy', namespace: 'ingress' }],
      ),
    proof: 'network',
    construct: 'lasuite/Docs/YProvider',
    says: ["admits ServiceAccount 'lasuite/docs-backend'"],
  },
  {
    name: 'pods without identity are no longer admitted',
    plant: (tree) => tree.drop('AuthorizationPolicy ory/hydra-admin-unmeshed'),
    proof: 'network',
    construct: 'identity/Hydra/Server',
    says: ['port 4445 refuses HelmChart kube-system/hydra-maester', 'pods without a mesh identity'],
  },
  {
    name: 'a file that no pod of ours reads names a Service that is not there',
    plant: (tree) =>
      tree.edit(tree.find('ConfigMap kube-system/coredns-custom'), ['data', 'box.override'], (text) =>
        String(text).replaceAll('proxy.ingress.svc', 'pingora.ingress.svc'),
      ),
    proof: 'network',
    construct: 'edge-dns/CoreDns',
    says: ["names Service 'ingress/pingora', which is not there"],
  },
  {
    name: 'a client may go where it never goes',
    plant: (tree) => {
      const { ports, peers } = opening('kratos', 'ory', 4434);
      tree.edit(tree.find('NetworkPolicy lasuite/docs-frontend'), ['spec', 'egress'], (rules) => [
        ...(rules as unknown[]),
        { ports, to: peers },
      ]);
    },
    proof: 'idle-edges',
    construct: 'lasuite/Docs/Frontend',
    says: [
      'may connect to Deployment ory/kratos port 4434, but nothing it reads names that port',
      'remove the edge',
    ],
  },
  {
    name: 'both ends are open for a connection that nothing makes',
    plant: (tree) => {
      const out = opening('valkey', 'data', 6379);
      const into = opening('docs-frontend', 'lasuite', 6379);
      tree.edit(tree.find('NetworkPolicy lasuite/docs-frontend'), ['spec', 'egress'], (rules) => [
        ...(rules as unknown[]),
        { ports: out.ports, to: out.peers },
      ]);
      tree.edit(tree.find('NetworkPolicy data/valkey'), ['spec', 'ingress'], (rules) => [
        ...(rules as unknown[]),
        { ports: into.ports, from: into.peers },
      ]);
    },
    proof: 'idle-edges',
    construct: /^stores\/Valkey/,
    says: ['lets Deployment lasuite/docs-frontend in on port 6379, but nothing it reads names that port'],
  },
  {
    name: 'a policy opens a port to everybody',
    plant: (tree) =>
      tree.edit(tree.find('NetworkPolicy ory/kratos'), ['spec', 'ingress'], (rules) => [
        ...(rules as unknown[]),
        { ports: [{ port: 4434, protocol: 'TCP' }] },
      ]),
    proof: 'idle-edges',
    construct: 'identity/Kratos/Server',
    says: ['ingress from everywhere'],
  },
  {
    name: 'a peer selects pods of which there are none',
    plant: (tree) => {
      const { ports, peers } = opening('grafana', 'ory', 4434);
      tree.edit(tree.find('NetworkPolicy ory/kratos'), ['spec', 'ingress'], (rules) => [
        ...(rules as unknown[]),
        { ports, from: peers },
      ]);
    },
    proof: 'idle-edges',
    construct: 'identity/Kratos/Server',
    says: ['pods with app=grafana', 'of which there are none'],
  },
  {
    name: 'the mesh admits an identity that never comes',
    plant: (tree) =>
      tree.edit(
        tree.find('MeshTLSAuthentication ory/kratos-admin-meshed'),
        ['spec', 'identityRefs'],
        (refs) => [
          ...(refs as unknown[]),
          { kind: 'ServiceAccount', name: 'docs-frontend', namespace: 'lasuite' },
        ],
      ),
    proof: 'idle-edges',
    construct: 'identity/Kratos/Server',
    says: ["admits ServiceAccount 'lasuite/docs-frontend' to port 4434 of Server 'kratos-admin'"],
  },
  {
    name: 'the text that explains an edge is gone',
    plant: (tree) =>
      tree.filter(
        tree.find('Deployment ory/login-ui'),
        ['spec', 'template', 'spec', 'containers', 0, 'env'],
        (variable) => (variable as { name: string }).name !== 'HYDRA_ADMIN_URL',
      ),
    proof: 'idle-edges',
    construct: 'identity/Hydra/Server',
    says: ['lets Deployment ory/login-ui in on port 4445'],
  },
  {
    name: 'a namespace loses its default-deny',
    plant: (tree) => tree.drop('NetworkPolicy ory/default-deny'),
    proof: 'pods',
    construct: 'cluster/Namespace-ory',
    says: ["namespace 'ory' has no policy that closes it", 'default-deny'],
  },
]);

test.run();
