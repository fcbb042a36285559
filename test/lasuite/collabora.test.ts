import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Collabora } from '../../constructs/lasuite/collabora.js';
import { Docs } from '../../constructs/lasuite/docs.js';
import type { Suite } from '../../constructs/lasuite/suite.js';
import { SuiteApp } from '../../constructs/lasuite/suite-app.js';
import { at, containerOf, envOf, podOf } from '../support/sample.js';
import { WholeBox } from '../support/whole-box.js';

/** Another app whose files are opened in the editor. */
class Wiki extends SuiteApp {
  static readonly id = 'wiki';
  static readonly needs = [Collabora];

  constructor(suite: Suite) {
    super(suite, Wiki.id);
    const host = this.host('wiki', { title: 'Wiki' });
    suite.link(Collabora, (collabora) => collabora.allow(host));
  }
}

const whole = new WholeBox({}, Docs, Wiki, Collabora);
const server = whole.get('Deployment', 'collabora-server');
const env = envOf(containerOf(server));

test('it opens files for the hosts that asked, and no others', () => {
  assert.is(env.aliasgroup1, 'https://(docs|wiki)\\.studio\\.example:443');
  const allowed = new RegExp(`^${env.aliasgroup1}$`);
  for (const good of ['https://docs.studio.example:443', 'https://wiki.studio.example:443'])
    assert.match(good, allowed);
  for (const bad of [
    'https://drive.studio.example:443',
    'https://docsXstudio.example:443',
    'https://docs.studioXexample:443',
    'http://docs.studio.example:443',
    'https://docs.studio.example.evil.example:443',
    'https://evil.example/docs.studio.example:443',
  ])
    assert.not.match(bad, allowed);
});

test('its host, and a password nobody has to know', () => {
  assert.is(env.server_name, 'office.studio.example');
  assert.is(env.password, 'collabora/password');
  assert.equal(whole.plan('vault', 'kv', 'paths', 'collabora'), { password: { kind: 'random', bytes: 24 } });
});

test('TLS ends at the edge, and documents are confined by the pod', () => {
  assert.equal(env.extra_params?.split(' '), [
    '--o:ssl.enable=false',
    '--o:ssl.termination=true',
    '--o:net.proto=IPv4',
    '--o:logging.level=warning',
    '--o:security.capabilities=false',
    '--o:security.seccomp=false',
    '--o:mount_jail_tree=false',
  ]);
  assert.equal(at(containerOf(server), 'securityContext', 'capabilities'), { drop: ['ALL'] });
  assert.is(
    podOf(server).metadata.annotations?.['box/exception-writable-root'],
    'the editor unpacks templates and keeps document jails below /opt/cool',
  );
});

test('documents of any size, long waits, sockets; consoles and metrics are not public', () => {
  const routes = whole.routes('office');
  const root = routes.find(({ path }) => path === '/');
  assert.is(root?.upstream, 'http://collabora-server.lasuite.svc.cluster.local:9980');
  assert.is(root?.webSocket, true);
  assert.is(root?.bodyLimitMi, 'unlimited');
  assert.equal(root?.timeouts, { response: 600, idle: 600 });
  assert.equal(
    routes.filter(({ kind }) => kind === 'deny').map(({ path, status }) => [path, status]),
    [
      ['/browser/dist/admin', 403],
      ['/cool/getMetrics', 403],
      ['/cool/adminws', 403],
    ],
  );
});

test('it fetches documents at the apps’ public names, through the proxy', () => {
  const peer = whole.box.network.allPeers.find(({ peerName }) => peerName === 'collabora-server');
  assert.equal(peer && whole.box.network.destinations(peer), [whole.edge.proxy.https]);
});

test('it has no tile: nobody opens it by itself', () => {
  const { tiles } = whole.file('proxy-config', 'config.yaml').portal as { tiles: { url: string }[] };
  assert.not.ok(tiles.some(({ url }) => url.includes('office.')));
});

test('a minute to save what is open', () => {
  assert.is(podOf(server).spec.terminationGracePeriodSeconds, 60);
  assert.is(at(containerOf(server), 'startupProbe', 'failureThreshold'), 60);
});

test.run();
