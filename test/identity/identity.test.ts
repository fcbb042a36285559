import { Construct } from 'constructs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Endpoint } from '../../constructs/core/endpoint.js';
import { Workload } from '../../constructs/core/workload.js';
import { messageOf, podOf } from '../support/sample.js';
import { requireSchemas, validateManifest } from '../support/schemas.js';
import { WholeBox } from '../support/whole-box.js';

const whole = new WholeBox();

const shown = (label: string) =>
  whole.routes(label).map(({ path, kind, upstream, replacePrefix, gate, status }) => ({
    path,
    kind,
    ...(upstream === undefined ? {} : { upstream }),
    ...(replacePrefix === undefined ? {} : { replacePrefix }),
    ...(status === undefined ? {} : { status }),
    ...(gate === undefined ? {} : { gate }),
  }));

const byPath = (label: string) =>
  Object.fromEntries(shown(label).map(({ path, ...rest }) => [String(path), rest]));

test('the auth host: pages at the root, Hydra at its own paths, Kratos below one', () => {
  const hydra = { kind: 'proxy', upstream: 'http://hydra.ory.svc.cluster.local:4444' };
  assert.equal(byPath('auth'), {
    '/': { kind: 'proxy', upstream: 'http://login-ui.ory.svc.cluster.local:3000' },
    '/oauth2': hydra,
    '/.well-known': hydra,
    '/userinfo': hydra,
    '/credentials': hydra,
    '/kratos': { kind: 'proxy', upstream: 'http://kratos.ory.svc.cluster.local:4433', replacePrefix: '/' },
    '/kratos/admin': { kind: 'deny', status: 403 },
  });
});

test('no admin API is behind a public host without a gate', () => {
  const admin = [whole.identity.kratos.admin, whole.identity.hydra.admin].map(
    (endpoint) => endpoint.url().text,
  );
  for (const { name } of whole.edge.hosts) {
    const label = name === 'studio.example' ? '' : name.replace('.studio.example', '');
    for (const { upstream } of whole.routes(label)) assert.not.ok(admin.includes(String(upstream)), name);
  }
});

test('accounts are looked after behind a gate, by administrators', () => {
  assert.equal(byPath('people-admin'), {
    '/': {
      kind: 'proxy',
      upstream: 'http://kratos-admin-ui.ory.svc.cluster.local:8080',
      gate: { groups: ['admin'] },
    },
  });
});

test('the edge knows who is signed in: Kratos, its cookie, the page to sign in at', () => {
  assert.equal(whole.file('proxy-config', 'config.yaml').session, {
    whoami: 'http://kratos.ory.svc.cluster.local:4433/sessions/whoami',
    signIn: 'https://auth.studio.example/login',
    returnParameter: 'return_to',
    cookies: ['ory_kratos_session'],
    groups: '/identity/metadata_public/groups',
    cacheSeconds: 30,
  });
});

const reached = (name: string) => {
  const peer = whole.box.network.allPeers.find((each) => each.namespace === 'ory' && each.peerName === name);
  if (peer === undefined) throw new Error(`no peer ${name}`);
  const to = whole.box.network.destinations(peer);
  return to
    .map((each) => (each instanceof Endpoint ? `${each.peer.peerName}:${each.name}` : each.name))
    .sort();
};

const edges: [name: string, to: string[]][] = [
  ['kratos', ['hydra:admin', 'mail relay', 'password breach list', 'postgres:postgres']],
  ['hydra', ['kratos:admin', 'login-ui:internal', 'postgres:postgres']],
  ['login-ui', ['hydra:admin', 'kratos:admin', 'kratos:public']],
  ['kratos-admin-ui', ['kratos:admin', 'kratos:public']],
  ['hydra-maester', ['Kubernetes API', 'hydra:admin']],
];

for (const [name, to] of edges) test(`${name} reaches what it needs`, () => assert.equal(reached(name), to));

test('all of it is in one namespace, comes in one wave, and is evicted late', () => {
  for (const name of ['kratos', 'hydra', 'login-ui']) {
    const { metadata } = whole.get('Deployment', name);
    assert.is(metadata.namespace, 'ory');
    assert.is(metadata.annotations?.['argocd.argoproj.io/sync-wave'], '5');
    assert.is(podOf(whole.get('Deployment', name)).spec.priorityClassName, 'box-core');
  }
});

test('a client is registered once; the message names both places', () => {
  const box = new WholeBox();
  const one = new Construct(box.suite, 'One');
  const two = new Construct(box.suite, 'Two');
  const props = { title: 'Wiki', host: box.edge.host('wiki') };
  box.identity.client(one, 'wiki', props);
  assert.is(
    messageOf(() => box.identity.client(two, 'wiki', props)),
    "lasuite/Two: OIDC client 'wiki' is registered by lasuite/One/OidcClient already; choose another name",
  );
});

test('signing out elsewhere: Hydra may call the app it has to tell', () => {
  const box = new WholeBox();
  const app = new Workload(box.suite, 'Wiki', {
    name: 'wiki',
    image: 'login',
    size: 'login',
    listens: { http: 80 },
  });
  const backChannelLogout = app.endpoint('http').url('/logout');
  box.identity.client(app, 'wiki', { title: 'Wiki', host: box.edge.host('wiki'), backChannelLogout });
  assert.equal(
    box.box.network.consumers(app.endpoint('http')).map(({ peerName }) => peerName),
    ['hydra'],
  );
  const spec = box.read('OAuth2Client', 'wiki', 'spec') as Record<string, unknown>;
  assert.is(spec.backChannelLogoutURI, 'http://wiki.lasuite.svc.cluster.local/logout');
  assert.is(spec.backChannelLogoutSessionRequired, true);
});

if (requireSchemas()) {
  test('Kubernetes and the operators take all of it', () => {
    for (const manifest of whole.manifests.filter(({ metadata }) => metadata.namespace === 'ory'))
      assert.equal(validateManifest(manifest), [], `${manifest.kind} ${manifest.metadata.name}`);
  });
}

test.run();
