import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { namespaces } from '../../constructs/core/namespaces.js';
import { Workload } from '../../constructs/core/workload.js';
import { OpenSearch } from '../../constructs/data/opensearch.js';
import { VaultBox } from '../support/vault-box.js';

class SearchBox extends VaultBox {
  readonly openSearch = new OpenSearch(this.tier('stores', namespaces.data), 'OpenSearch');

  get settings(): Record<string, unknown> {
    return parse(String(this.read('ConfigMap', 'opensearch', 'data', 'opensearch.yml')));
  }

  pod(...path: (string | number)[]): unknown {
    return this.read('StatefulSet', 'opensearch', 'spec', 'template', 'spec', ...path);
  }
}

test('one server has one node, and an index has no copy that would have no place to be', () => {
  const box = new SearchBox();
  assert.is(box.read('StatefulSet', 'opensearch', 'spec', 'replicas'), 1);
  assert.is(box.settings['discovery.type'], 'single-node');
  assert.is(box.settings['cluster.default_number_of_replicas'], 0);
  assert.not('discovery.seed_hosts' in box.settings);
  assert.equal(box.edges('opensearch'), { from: [], to: ['internet:443'] });
});

test('a cluster has three nodes that find each other by name and may talk', () => {
  const box = new SearchBox('cluster');
  assert.is(box.read('StatefulSet', 'opensearch', 'spec', 'replicas'), 3);
  assert.not('discovery.type' in box.settings);
  assert.is(box.settings['cluster.default_number_of_replicas'], 1);
  assert.equal(
    box.settings['discovery.seed_hosts'],
    [0, 1, 2].map((i) => `opensearch-${i}.opensearch-internal.data.svc.cluster.local:9300`),
  );
  // what the nodes call themselves
  assert.equal(
    box.settings['cluster.initial_cluster_manager_nodes'],
    [0, 1, 2].map((i) => `opensearch-${i}`),
  );
  assert.is(box.settings['node.name'], `\${NODE_NAME}`);
  assert.equal(box.edges('opensearch'), {
    from: ['data/opensearch:9300'],
    to: ['data/opensearch:9300', 'internet:443'],
  });
});

test('there is no login, so only those who were given the endpoint may connect', () => {
  const box = new SearchBox();
  new Workload(box.tier('lasuite', namespaces.lasuite), 'Docs', {
    name: 'docs-backend',
    image: 'docsBackend',
    size: 'docs-backend',
    env: { OPENSEARCH_URL: box.openSearch.endpoint.url() },
  });
  assert.is(box.settings['plugins.security.disabled'], true);
  assert.equal(box.edges('opensearch').from, ['lasuite/docs-backend:9200']);
  const env = box.container('Deployment', 'docs-backend', 'env') as { name: string; value: string }[];
  assert.is(env[0]?.value, 'http://opensearch.data.svc.cluster.local:9200');
});

test('all that OpenSearch writes is on a disk or goes with the pod', () => {
  const box = new SearchBox();
  const mounts = box.container('StatefulSet', 'opensearch', 'volumeMounts') as {
    mountPath: string;
    readOnly?: boolean;
  }[];
  const writable = mounts.filter(({ readOnly }) => readOnly !== true).map(({ mountPath }) => mountPath);
  assert.equal(writable, [
    '/etc/opensearch',
    '/usr/share/opensearch/logs',
    '/tmp',
    '/usr/share/opensearch/data',
  ]);
  assert.is(box.settings['path.data'], '/usr/share/opensearch/data');
  assert.is(box.settings['path.logs'], '/usr/share/opensearch/logs');
  const security = box.container('StatefulSet', 'opensearch', 'securityContext') as object;
  assert.is(Reflect.get(security, 'readOnlyRootFilesystem'), true);
});

test('a step puts the settings into a copy of the configuration folder, which is the one that is read', () => {
  const box = new SearchBox();
  const mounts = box.pod('initContainers', 0, 'volumeMounts') as { name: string; mountPath: string }[];
  const copy = mounts.find(({ mountPath }) => mountPath === '/etc/opensearch');
  const main = box.container('StatefulSet', 'opensearch', 'volumeMounts') as typeof mounts;
  assert.is(main.find(({ mountPath }) => mountPath === '/etc/opensearch')?.name, copy?.name);
  assert.match(String(box.pod('initContainers', 0, 'command', 2)), /opensearch\.yml \/etc\/opensearch\/$/);
  const env = box.container('StatefulSet', 'opensearch', 'env') as { name: string; value?: string }[];
  const value = (name: string) => env.find((each) => each.name === name)?.value;
  assert.is(value('OPENSEARCH_PATH_CONF'), '/etc/opensearch');
  assert.is(value('OPENSEARCH_JAVA_OPTS'), '-Xms512m -Xmx512m');
  // the image's entry point would insist on the folder inside the image
  assert.equal(box.pod('containers', 0, 'command'), ['/usr/share/opensearch/bin/opensearch']);
});

test('the settings restart the nodes when they change', () => {
  const checksum = (box: SearchBox) =>
    box.read(
      'StatefulSet',
      'opensearch',
      'spec',
      'template',
      'metadata',
      'annotations',
      'box/config-checksum',
    );
  assert.type(checksum(new SearchBox()), 'string');
  assert.is.not(checksum(new SearchBox()), checksum(new SearchBox('cluster')));
});

test.run();
