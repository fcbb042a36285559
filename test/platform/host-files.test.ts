import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { namespaces } from '../../constructs/core/namespaces.js';
import { reserved } from '../../constructs/core/sizes.js';
import { Tier } from '../../constructs/core/tier.js';
import { Wave } from '../../constructs/core/waves.js';
import { Workload } from '../../constructs/core/workload.js';
import {
  hostFiles,
  type NodePort,
  nodePortsOf,
  writeHostFiles,
} from '../../constructs/platform/host-files.js';
import { kubeletReservations } from '../../constructs/platform/k3s-config.js';
import { sampleBox, sampleSite } from '../support/sample.js';

const ports: NodePort[] = [
  { port: 443, protocol: 'tcp', purpose: 'web' },
  { port: 49152, to: 49252, protocol: 'udp', purpose: 'calls' },
];

const read = (files: Record<string, string>, name: string) => parse(files[name] ?? '', { version: '1.1' });

interface K3sConfig {
  readonly 'cluster-init'?: boolean;
  readonly server?: string;
  readonly disable: readonly string[];
  readonly 'tls-san': readonly string[];
  readonly 'kube-apiserver-arg': readonly string[];
  readonly 'kubelet-arg': readonly string[];
  readonly [key: string]: unknown;
}

test('k3s leaves the front door to the proxy, encrypts secrets and keeps an audit log', () => {
  const config: K3sConfig = read(hostFiles(sampleSite(), ports), 'config.yaml');
  assert.equal(config.disable, ['traefik', 'servicelb']);
  assert.equal(config['tls-san'], ['203.0.113.10']);
  assert.is(config['secrets-encryption'], true);
  assert.is(config['protect-kernel-defaults'], true);
  assert.is(config['write-kubeconfig-mode'], '0600');
  assert.is(config['cluster-init'], true);
  assert.is(config['flannel-backend'], undefined);
  assert.ok(config['kubelet-arg'].includes('system-reserved=cpu=500m,memory=2Gi'));
  assert.ok(
    config['kubelet-arg'].includes(
      'eviction-hard=memory.available<1Gi,nodefs.available<10%,imagefs.available<10%',
    ),
  );
});

test('files that the configuration names are there', () => {
  const files = hostFiles(sampleSite(), ports);
  const config: K3sConfig = read(files, 'config.yaml');
  const named = config['kube-apiserver-arg'].flatMap(
    (arg) => /\/etc\/rancher\/k3s\/(.+)$/.exec(arg)?.[1] ?? [],
  );
  assert.equal(named, ['admission.yaml', 'audit.yaml']);
  for (const name of named) assert.ok(files[name], name);
});

test('what the kubelet keeps is what the budget reserves', () => {
  const { system, kubernetes, eviction } = kubeletReservations;
  assert.is(Number.parseInt(system.cpu, 10) + Number.parseInt(kubernetes.cpu, 10), reserved.cpu * 1000);
  const gi = [system.memory, kubernetes.memory, eviction].map((text) => Number.parseInt(text, 10));
  assert.is(
    gi.reduce((sum, next) => sum + next),
    reserved.memoryGi,
  );
});

test('the kernel has what k3s and OpenSearch insist on', () => {
  const lines = (hostFiles(sampleSite(), ports)['90-box.conf'] ?? '').trim().split('\n');
  for (const line of ['vm.panic_on_oom=0', 'vm.overcommit_memory=1', 'vm.max_map_count=262144']) {
    assert.ok(lines.includes(line), line);
  }
  assert.is(
    lines.every((line) => /^[a-z_.]+=\d+$/.test(line)),
    true,
  );
});

test('namespaces that say nothing are restricted, and bodies never reach the log', () => {
  const files = hostFiles(sampleSite(), ports);
  const [podSecurity] = read(files, 'admission.yaml').plugins;
  assert.is(podSecurity.configuration.defaults.enforce, 'restricted');
  const levels = read(files, 'audit.yaml').rules.map(({ level }: { level: string }) => level);
  assert.equal([...new Set(levels)], ['None', 'Metadata']);
});

test('the firewall opens the declared ports, and the administration to administrators only', () => {
  const { inbound, otherwise } = read(hostFiles(sampleSite(), ports), 'firewall.yaml');
  assert.is(otherwise, 'drop');
  const open = (from: string) =>
    inbound
      .filter((rule: { from: string }) => rule.from === from)
      .map(({ protocol, ports = '' }: { protocol: string; ports?: string }) => `${protocol} ${ports}`.trim());
  assert.equal(open('everyone'), ['tcp 443', 'udp 49152-49252', 'icmp']);
  assert.equal(open('administrators'), ['tcp 2222', 'tcp 6443']);
  assert.equal(open('servers'), []);
});

test('ports of the node are read from what was rendered', () => {
  const box = sampleBox();
  const tier = new Tier(box, 'ingress', { namespace: namespaces.ingress, wave: Wave.Edge });
  new Workload(tier, 'Door', {
    name: 'door',
    image: 'proxy',
    size: 'proxy',
    listens: {
      https: { port: 8443, node: 443, protocol: 'tcp' },
      quic: { port: 8444, node: 443, protocol: 'udp' },
      admin: 9000,
    },
    exceptions: { hostPorts: 'it is the front door' },
  });
  assert.equal(nodePortsOf(box.manifests()), [
    { port: 443, protocol: 'tcp', purpose: 'door https' },
    { port: 443, protocol: 'udp', purpose: 'door quic' },
  ]);
});

test("a pod cannot claim a port of the server's own", () => {
  const clash: NodePort = { port: 6000, to: 7000, protocol: 'tcp', purpose: 'media' };
  assert.throws(
    () => hostFiles(sampleSite(), [clash]),
    /node port 6000-7000\/tcp \(media\): 6443 belongs to the server/,
  );
});

test('a cluster has a file for the servers that join, and rules between them', () => {
  const files = hostFiles(sampleSite({ scale: 'cluster' }), ports);
  const first: K3sConfig = read(files, 'config.yaml');
  const join: K3sConfig = read(files, 'config-join.yaml');
  assert.is(first['cluster-init'], true);
  assert.is(join['cluster-init'], undefined);
  assert.is(join.server, 'https://203.0.113.10:6443');
  assert.is(join['flannel-backend'], 'wireguard-native');
  assert.match(files['firewall.yaml'] ?? '', /from: servers/);
  assert.match(files['README.md'] ?? '', /config-join\.yaml/);
});

test("containerd pulls from the site's registry, and trusts the box's authority when it has to", () => {
  const acme = read(hostFiles(sampleSite(), ports), 'registries.yaml');
  assert.equal(acme, { mirrors: { 'src.studio.example': { endpoint: ['https://src.studio.example'] } } });
  const settings = { tls: { issuer: 'local' }, registry: 'registry.example:5000/studio' } as const;
  const local = read(hostFiles(sampleSite(settings), ports), 'registries.yaml');
  assert.equal(local.configs, {
    'registry.example:5000': { tls: { ca_file: '/etc/rancher/k3s/box-ca.crt' } },
  });
});

test('the page beside the files names each of them and its place', () => {
  const { 'README.md': readme = '', ...files } = hostFiles(sampleSite({ tls: { issuer: 'local' } }), ports);
  for (const name of Object.keys(files)) assert.match(readme, `| \`${name}\` |`);
  assert.match(readme, 'install -D -m 0600 90-box.conf /etc/sysctl.d/90-box.conf');
  assert.match(readme, '/var/lib/rancher/k3s/agent/images');
  assert.match(readme, 'box-ca.crt');
});

test('they are written into a folder, the same bytes each time', () => {
  const folder = mkdtempSync(join(tmpdir(), 'host-files-'));
  try {
    const dir = join(folder, 'host');
    writeHostFiles(dir, sampleSite(), ports);
    const texts = hostFiles(sampleSite(), ports);
    assert.equal(readdirSync(dir).sort(), Object.keys(texts).sort());
    for (const [name, text] of Object.entries(texts)) assert.is(readFileSync(join(dir, name), 'utf8'), text);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
