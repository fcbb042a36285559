import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { at, containerOf, envOf, podOf } from '../support/sample.js';
import { WholeBox } from '../support/whole-box.js';

const brand = { name: 'Studio', primary: '#112233', accent: '#445566' };
const whole = new WholeBox({ brand });

test('the pages are told where everything is, and what the studio looks like', () => {
  assert.equal(envOf(containerOf(whole.get('Deployment', 'login-ui'))), {
    PUBLIC_URL: 'https://auth.studio.example',
    KRATOS_PUBLIC_URL: 'http://kratos.ory.svc.cluster.local:4433',
    KRATOS_BROWSER_URL: 'https://auth.studio.example/kratos',
    KRATOS_ADMIN_URL: 'http://kratos.ory.svc.cluster.local:4434',
    HYDRA_ADMIN_URL: 'http://hydra.ory.svc.cluster.local:4445',
    COOKIE_SECRET: 'login-ui/cookie-secret',
    CSRF_COOKIE_SECRET: 'login-ui/csrf-cookie-secret',
    BOX_DOMAIN: 'studio.example',
    BRAND_NAME: 'Studio',
    BRAND_PRIMARY: '#112233',
    BRAND_ACCENT: '#445566',
    APPS_FILE: '/etc/login/apps.json',
  });
});

test('two secrets, made in the cluster', () => {
  assert.equal(whole.plan('vault', 'kv', 'paths', 'login-ui'), {
    'cookie-secret': { kind: 'random', bytes: 32 },
    'csrf-cookie-secret': { kind: 'random', bytes: 32 },
  });
});

test('it asks nothing of the house: no exception, read-only root, probes, metrics', () => {
  const deployment = whole.get('Deployment', 'login-ui');
  const annotations = Object.keys(podOf(deployment).metadata.annotations ?? {});
  assert.equal(
    annotations.filter((key) => key.startsWith('box/exception')),
    [],
  );
  const container = containerOf(deployment);
  assert.is(at(container, 'livenessProbe', 'httpGet', 'path'), '/healthz');
  assert.is(at(container, 'readinessProbe', 'httpGet', 'path'), '/readyz');
  assert.is(container.image, 'src.studio.example/studio/login:0.1.0');
});

test.run();
