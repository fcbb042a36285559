import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Phase } from '../../constructs/core/box.js';
import { Made, messageOf } from './support.js';

test('a host is declared once', () => {
  const { edge, apps } = new Made();
  edge.host('docs', { owner: apps });
  assert.is(
    messageOf(() => edge.host('docs', { title: 'Documents' })),
    "edge/Edge: host 'docs.studio.example' is declared twice, by lasuite and by 'Documents'; share the first one, or " +
      'choose another label',
  );
  assert.is(
    messageOf(() => edge.host('')),
    "edge/Edge: host 'studio.example' is declared twice, by edge/Edge and by somebody; use edge.apex",
  );
});

test('a label is one DNS label', () => {
  const { edge } = new Made();
  for (const label of ['Docs', 'a.b', '-a', 'a-', 'a_b', 'ä', 'a'.repeat(64)]) {
    assert.is(
      messageOf(() => edge.host(label)),
      `edge/Edge: host label '${label}' is not a DNS label; use lower-case letters, digits and hyphens, at most 63, ` +
        'and no dot: certificates and DNS cover one level below the domain',
    );
  }
  assert.is(edge.host('a'.repeat(63)).label.length, 63);
});

test('a gate needs somebody who knows sessions', () => {
  const made = new Made();
  made.edge.host('console').route('/', made.web).gate();
  assert.is(
    messageOf(() => made.box.manifests()),
    "edge/Edge: host 'console.studio.example' has a gate, but nothing says how to recognise a session; call " +
      'edge.setSessionProvider(), or remove the gate',
  );
});

test('there is one session provider', () => {
  const { edge, backend } = new Made();
  const whoami = backend.endpoint('http').url('/whoami');
  const provider = { whoami, signIn: edge.apex.url('/login'), cookies: ['s'] };
  edge.setSessionProvider(provider);
  assert.is(
    messageOf(() => edge.setSessionProvider(provider)),
    'edge/Edge: the session provider is set twice; a box has one',
  );
});

test('a circle of redirects is an error', () => {
  const made = new Made();
  const other = made.edge.host('b');
  made.edge.host('a').redirect('/', other.url('/x'), 301, { below: true });
  other.redirect('/x', 'https://a.studio.example/y');
  assert.is(
    messageOf(() => made.box.manifests()),
    'edge/Edge: redirects go in a circle: b.studio.example/x -> a.studio.example/y -> b.studio.example/x; send one of ' +
      'them to a path that answers',
  );
});

test('what is declared too late is an error, not silently missing', () => {
  const made = new Made();
  made.box.derive(Phase.Render, () => made.edge.host('late'));
  assert.is(
    messageOf(() => made.box.manifests()),
    "edge/Edge: host 'late' comes after the proxy's configuration was written; declare it earlier",
  );
});

test('hosts are listed in order of declaration, the bare domain first', () => {
  const { edge } = new Made();
  edge.host('b');
  edge.host('a');
  assert.equal(
    edge.hosts.map(({ name }) => name),
    ['studio.example', 'b.studio.example', 'a.studio.example'],
  );
});

test('a passthrough binds a port of the server, and nothing is bound without one', () => {
  const ports = (made: Made) => {
    const { spec } = made.get('Deployment', 'proxy') as unknown as {
      spec: { template: { spec: { containers: { ports: object[] }[] } } };
    };
    return spec.template.spec.containers[0]?.ports;
  };
  const web = [
    { name: 'http', containerPort: 8080, protocol: 'TCP', hostPort: 80 },
    { name: 'https', containerPort: 8443, protocol: 'TCP', hostPort: 443 },
    { name: 'admin', containerPort: 9090, protocol: 'TCP' },
  ];
  assert.equal(ports(new Made()), web);
  const made = new Made();
  made.edge.passthrough({ name: 'ssh', nodePort: 22, to: made.git.endpoint('ssh'), proxyProtocol: true });
  assert.equal(ports(made), [...web, { name: 'ssh', containerPort: 2222, protocol: 'TCP', hostPort: 22 }]);
  assert.equal(made.config().passthroughs, [
    { name: 'ssh', port: 2222, upstream: 'git.lasuite.svc.cluster.local:22', proxyProtocol: 'v2' },
  ]);
  assert.is(
    messageOf(() =>
      new Made().edge.passthrough({ name: 'x', nodePort: 70, to: new Made().git.endpoint('http') }),
    ),
    "edge/Edge: passthrough 'x' of port 70: port 'http' of 'git' speaks http; it must be tcp",
  );
});

test('a passthrough of a name that is taken is an error', () => {
  const { edge, git } = new Made();
  const to = git.endpoint('ssh');
  edge.passthrough({ name: 'ssh', nodePort: 22, to });
  assert.is(
    messageOf(() => edge.passthrough({ name: 'ssh', nodePort: 23, to })),
    "edge/Edge/Proxy/Server: port 'ssh' is declared twice; choose another name",
  );
});

test('no name is typed twice: every name of the domain in the output is a declared host', () => {
  const made = new Made().declareAll();
  const known = new Set(made.edge.hosts.map(({ name }) => name));
  const own = made.box
    .manifests()
    .filter(({ metadata }) => /^edge(-dns)?\//.test(metadata.annotations?.['box/construct'] ?? ''));
  const image = 'src.studio.example/studio/proxy';
  const found = JSON.stringify(own)
    .replaceAll(image, '')
    .matchAll(/[a-z0-9.-]*studio\.example/g);
  assert.equal(
    [...found].map(([name]) => name).filter((name) => !known.has(name)),
    [],
  );
  const folder = new URL('../../constructs/edge/', import.meta.url);
  for (const file of readdirSync(folder)) {
    assert.not.match(readFileSync(new URL(file, folder), 'utf8'), /svc\.cluster\.local|\.example/, file);
  }
});

test.run();
