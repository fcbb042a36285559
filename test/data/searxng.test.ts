import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { namespaces } from '../../constructs/core/namespaces.js';
import { Workload } from '../../constructs/core/workload.js';
import { SearXng } from '../../constructs/data/searxng.js';
import { VaultBox } from '../support/vault-box.js';

class SearxngBox extends VaultBox {
  readonly searxng = new SearXng(this.tier('stores', namespaces.data), 'SearXng', { vault: this.vault });
}

test('programs may ask for JSON, and nobody is limited', () => {
  const box = new SearxngBox();
  const settings = parse(String(box.read('ConfigMap', 'searxng', 'data', 'settings.yml')));
  assert.ok(settings.search.formats.includes('json'));
  assert.is(settings.server.limiter, false);
  assert.is(settings.valkey.url, false);
  assert.is(settings.use_default_settings, true);
  // the key comes from the vault, never from the file
  assert.not('secret_key' in settings.server);
});

test('its key is made in the vault, and a new one restarts it', () => {
  const box = new SearxngBox();
  const env = box.container('Deployment', 'searxng', 'env') as { name: string; valueFrom?: unknown }[];
  assert.equal(env.find(({ name }) => name === 'SEARXNG_SECRET')?.valueFrom, {
    secretKeyRef: { name: 'searxng', key: 'secret-key' },
  });
  assert.equal(box.read('VaultStaticSecret', 'searxng', 'spec', 'rolloutRestartTargets'), [
    { kind: 'Deployment', name: 'searxng' },
  ]);
});

test('it reaches the web and nothing of the box, and is reached by whom it was given to', () => {
  const box = new SearxngBox();
  new Workload(box.tier('lasuite', namespaces.lasuite), 'Docs', {
    name: 'docs-backend',
    image: 'docsBackend',
    size: 'docs-backend',
    env: { SEARCH_URL: box.searxng.web.url('/search') },
  });
  assert.equal(box.edges('searxng'), {
    from: ['lasuite/docs-backend:8080'],
    to: ['internet:443', 'internet:80'],
  });
});

test('it runs as an ordinary user on a read-only root and keeps nothing', () => {
  const box = new SearxngBox();
  const security = box.read('Deployment', 'searxng', 'spec', 'template', 'spec', 'securityContext') as object;
  assert.is(Reflect.get(security, 'runAsNonRoot'), true);
  assert.is(Reflect.get(security, 'runAsUser'), 977);
  const volumes = box.read('Deployment', 'searxng', 'spec', 'template', 'spec', 'volumes') as object[];
  assert.not(volumes.some((volume) => 'persistentVolumeClaim' in volume));
  const container = box.container('Deployment', 'searxng', 'securityContext') as object;
  assert.is(Reflect.get(container, 'readOnlyRootFilesystem'), true);
});

test.run();
