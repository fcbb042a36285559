import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namespaces } from '../../constructs/core/namespaces.js';
import { random } from '../../constructs/secrets/generator.js';
import { at, envOf, podOf, type RenderedContainer } from '../support/sample.js';
import { requireSchemas, validateManifest } from '../support/schemas.js';
import { VaultBox } from '../support/vault-box.js';

/** A vault from which one namespace reads one path. */
function made(scale?: 'cluster') {
  const box = new VaultBox(scale);
  const tier = box.tier('lasuite', namespaces.lasuite);
  box.vault.kv(tier, 'docs', { key: random(16) }).syncTo(tier, 'Docs', { name: 'docs' });
  box.vault.kv(tier, 'unread', { key: random(16) });
  return box;
}

const configOf = (box: VaultBox, file = 'bao.json'): unknown =>
  JSON.parse(String(box.read('ConfigMap', 'openbao', 'data', file)));

/** What the server does to itself when it starts for the first time: name, path and data of each call. */
function requestsOf(box: VaultBox): { name: string; path: unknown; data: Record<string, unknown> }[] {
  const requests = at(configOf(box), 'initialize', 0, 'box', 'request') as Record<string, unknown>[];
  return requests.flatMap((request) =>
    Object.entries(request).map(([name, call]) => {
      assert.is(at(call, 'operation'), 'update', name);
      return { name, path: at(call, 'path'), data: at(call, 'data') as Record<string, unknown> };
    }),
  );
}

test('it initializes itself: engines, login, policies, roles, in this order', () => {
  assert.equal(
    requestsOf(made()).map(({ name, path }) => [name, path]),
    [
      ['mount-kv', 'sys/mounts/secret'],
      ['mount-database', 'sys/mounts/database'],
      ['enable-kubernetes', 'sys/auth/kubernetes'],
      ['configure-kubernetes', 'auth/kubernetes/config'],
      ['policy-namespace-lasuite', 'sys/policies/acl/namespace-lasuite'],
      ['policy-box-setup', 'sys/policies/acl/box-setup'],
      ['role-namespace-lasuite', 'auth/kubernetes/role/namespace-lasuite'],
      ['role-box-setup', 'auth/kubernetes/role/box-setup'],
    ],
  );
});

test('names of calls are letters, digits, - and _, each once', () => {
  const names = requestsOf(made()).map(({ name }) => name);
  for (const name of names) assert.match(name, /^[A-Za-z0-9_-]+$/);
  assert.is(new Set(names).size, names.length);
});

const data = (name: string, box = made()) => requestsOf(box).find((request) => request.name === name)?.data;

test('engines: key-value in its second version, database, sign-in by Kubernetes', () => {
  assert.equal(data('mount-kv'), { type: 'kv', options: { version: '2' } });
  assert.equal(data('mount-database'), { type: 'database' });
  assert.equal(data('enable-kubernetes'), { type: 'kubernetes' });
  assert.equal(data('configure-kubernetes'), {
    kubernetes_host: 'https://kubernetes.default.svc.cluster.local',
  });
});

test('policies are JSON in a text; a namespace reads what is synced into it and no more', () => {
  const policy = data('policy-namespace-lasuite')?.policy;
  assert.type(policy, 'string');
  assert.equal(JSON.parse(String(policy)), { path: { 'secret/data/docs': { capabilities: ['read'] } } });
});

test('the set-up Job shapes policies, roles, logins and values, and touches nothing else', () => {
  const policy = JSON.parse(String(data('policy-box-setup')?.policy)) as { path: Record<string, object> };
  assert.equal(Object.keys(policy.path), [
    'sys/policies/acl',
    'auth/kubernetes/role',
    'sys/policies/acl/namespace-*',
    'auth/kubernetes/role/namespace-*',
    'database/config/*',
    'database/rotate-root/*',
    'database/roles/*',
    'secret/data/*',
    'secret/metadata/*',
  ]);
  assert.not.match(JSON.stringify(policy), /sudo|"\*"|sys\/seal/);
  assert.equal(policy.path['secret/data/*'], { capabilities: ['create', 'read', 'update', 'patch'] });
});

test('roles are bound to one ServiceAccount of one namespace and to tokens made for the vault', () => {
  assert.equal(data('role-namespace-lasuite'), {
    bound_service_account_names: ['vso'],
    bound_service_account_namespaces: ['lasuite'],
    audience: 'openbao',
    token_policies: ['namespace-lasuite'],
    token_no_default_policy: false,
    token_period: '48h',
  });
  assert.equal(data('role-box-setup'), {
    bound_service_account_names: ['box-setup'],
    bound_service_account_namespaces: ['box-system'],
    audience: 'openbao',
    token_policies: ['box-setup'],
    token_no_default_policy: false,
    token_ttl: '30m',
    token_max_ttl: '1h',
  });
});

test('the set-up plan repeats policies and roles, for later changes', () => {
  const box = made();
  const plan = box.plan('vault');
  assert.is(at(plan, 'address'), 'http://openbao.data.svc.cluster.local:8200');
  const namespacePolicy = JSON.parse(String(data('policy-namespace-lasuite', box)?.policy));
  assert.equal(at(plan, 'policies', 'namespace-lasuite'), namespacePolicy);
  assert.equal(at(plan, 'roles', 'namespace-lasuite'), data('role-namespace-lasuite', box));
  assert.equal(at(plan, 'kv'), {
    mount: 'secret',
    paths: { docs: { key: { kind: 'random', bytes: 16 } }, unread: { key: { kind: 'random', bytes: 16 } } },
  });
  assert.equal(at(plan, 'database'), { mount: 'database', roles: {} });
});

test('how the database is reached is said by whoever owns it', () => {
  const box = made();
  box.vault.connectDatabase(() => ({ name: 'postgres' }));
  assert.equal(at(box.plan('vault'), 'database'), {
    mount: 'database',
    connection: { name: 'postgres' },
    roles: {},
  });
});

test('the key of the seal is born in the cluster, since it cannot come out of the vault', () => {
  assert.equal(made().plan('secrets'), [
    {
      namespace: 'data',
      name: 'openbao-seal',
      keys: { key: { kind: 'bytes', length: 32 } },
      because: 'the vault unseals itself with it, so it cannot come out of the vault',
    },
  ]);
});

test('one server, with a disk that is covered by snapshots', () => {
  const box = made();
  assert.is(box.read('StatefulSet', 'openbao', 'spec', 'replicas'), 1);
  assert.equal(at(configOf(box), 'storage'), [{ raft: { path: '/openbao/data' } }]);
  assert.equal(box.vault.server.disks(), [{ name: 'data', sizeGi: 2, backup: { method: 'snapshot' } }]);
});

test('a cluster is three that join each other and may talk to each other', () => {
  const box = made('cluster');
  assert.is(box.read('StatefulSet', 'openbao', 'spec', 'replicas'), 3);
  const member = (i: number) => `http://openbao-${i}.openbao-internal.data.svc.cluster.local:8200`;
  for (const i of [0, 1, 2]) {
    const config = configOf(box, `openbao-${i}.json`);
    assert.equal(at(config, 'storage'), [
      {
        raft: {
          path: '/openbao/data',
          retry_join: [0, 1, 2].map((i) => ({ leader_api_addr: member(i) })),
        },
      },
    ]);
    // each that initializes itself makes a vault of its own
    assert.is(at(config, 'initialize') !== undefined, i === 0, `openbao-${i}`);
  }
  assert.equal(box.container('StatefulSet', 'openbao', 'args'), [
    'server',
    '-config=/openbao/config/$(POD_NAME).json',
  ]);
  const { from, to } = box.edges('openbao');
  for (const edge of ['data/openbao:8200', 'data/openbao:8201']) {
    assert.ok(from.includes(edge), `from ${edge}`);
    assert.ok(to.includes(edge), `to ${edge}`);
  }
});

test('who reaches it: the secrets operator; whither it may: the Kubernetes API', () => {
  const { from, to } = made().edges('openbao');
  assert.equal(from, ['vault-secrets-operator/vso:8200']);
  assert.ok(to.length > 0 && to.every((edge) => edge === 'internet:6443'), to.join());
});

test('each replica knows its own name, and a sealed one is left alone', () => {
  const box = made();
  const [container] = podOf(
    box.box.manifests().find(({ kind }) => kind === 'StatefulSet') ?? box.box.manifests()[0] ?? never(),
  ).spec.containers as readonly RenderedContainer[];
  assert.equal(envOf(container ?? never()), {
    POD_NAME: 'field metadata.name',
    BAO_RAFT_NODE_ID: 'field metadata.name',
    BAO_CLUSTER_ADDR: 'https://$(POD_NAME).openbao-internal.data.svc.cluster.local:8201',
    HOME: '/tmp',
  });
  assert.match(String(at(container, 'livenessProbe', 'httpGet', 'path')), /sealedcode=204&uninitcode=204/);
  assert.is(at(container, 'readinessProbe', 'httpGet', 'path'), '/v1/sys/health?standbyok=true');
});

test('it may ask Kubernetes whether a token is genuine, and nothing else', () => {
  const box = made();
  assert.equal(
    box.read('ClusterRoleBinding', 'openbao-token-review', 'roleRef', 'name'),
    'system:auth-delegator',
  );
  assert.equal(box.read('ClusterRoleBinding', 'openbao-token-review', 'subjects'), [
    { apiGroup: '', kind: 'ServiceAccount', name: 'openbao', namespace: 'data' },
  ]);
  assert.equal(box.read('VaultConnection', 'openbao', 'spec'), {
    address: 'http://openbao.data.svc.cluster.local:8200',
  });
});

if (requireSchemas()) {
  test('all of it is valid, for one server and for three', () => {
    for (const manifest of [...made().box.manifests(), ...made('cluster').box.manifests()])
      assert.equal(validateManifest(manifest), []);
  });
}

function never(): never {
  throw new Error('not rendered');
}

test.run();
