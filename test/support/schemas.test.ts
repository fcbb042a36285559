import { type Chart, Lazy, Testing } from 'cdk8s';
import { ConfigMap } from 'cdk8s-plus-28';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  VaultAuth,
  VaultConnection,
  VaultDynamicSecret,
  VaultStaticSecret,
} from '../../constructs/secrets/vso.js';
import { Cluster, ClusterSpecResourcesRequests } from '../../imports/postgresql.cnpg.io.js';
import type { Manifest } from './manifests.js';
import {
  problemLines,
  requireSchemas,
  validateChartValues,
  validateHydra,
  validateIdentitySchema,
  validateKratos,
  validateManifest,
} from './schemas.js';

const check = requireSchemas() ? test : test.skip;

/** Everything wrong with the objects that `build` puts into a chart. */
function validateSynth(build: (chart: Chart) => void): string[] {
  const chart = Testing.chart();
  build(chart);
  return (Testing.synth(chart) as Manifest[]).flatMap((manifest) => problemLines(validateManifest(manifest)));
}

check('a generated binding and a cdk8s-plus construct synthesize to valid objects', () => {
  const problems = validateSynth((chart) => {
    new Cluster(chart, 'Cluster', {
      metadata: { name: 'postgres' },
      spec: {
        instances: 1,
        storage: { size: '10Gi' },
        resources: { requests: { memory: ClusterSpecResourcesRequests.fromString('2Gi') } },
      },
    });
    new ConfigMap(chart, 'Config', { metadata: { name: 'config' }, data: { key: 'value' } });
  });
  assert.equal(problems, []);
});

const destination = {
  name: 'docs',
  create: true,
  overwrite: false,
  type: 'Opaque',
  labels: { app: 'docs' },
  annotations: { note: 'made by the vault' },
  transformation: {
    excludeRaw: true,
    excludes: ['.*'],
    includes: ['password'],
    templates: { dsn: { text: 'postgres://{{ get .Secrets "username" }}@postgres/docs' } },
  },
};
const rolloutRestartTargets = [{ kind: 'Deployment', name: 'docs' }] as const;

check('every field of the hand-written Vault classes is one of the CRD', () => {
  const problems = validateSynth((chart) => {
    new VaultConnection(chart, 'Connection', {
      metadata: { name: 'vault' },
      spec: { address: 'http://openbao.data.svc:8200' },
    });
    new VaultAuth(chart, 'Auth', {
      metadata: { name: 'vault' },
      spec: {
        vaultConnectionRef: 'vault/vault',
        method: 'kubernetes',
        mount: 'kubernetes',
        kubernetes: {
          role: 'docs',
          serviceAccount: 'vso',
          audiences: ['vault'],
          tokenExpirationSeconds: 600,
        },
      },
    });
    new VaultStaticSecret(chart, 'Static', {
      metadata: { name: 'docs' },
      spec: {
        vaultAuthRef: 'vault',
        mount: 'secret',
        type: 'kv-v2',
        path: 'docs',
        refreshAfter: '30s',
        hmacSecretData: true,
        destination,
        rolloutRestartTargets,
      },
    });
    new VaultDynamicSecret(chart, 'Dynamic', {
      metadata: { name: 'docs-database' },
      spec: {
        vaultAuthRef: 'vault',
        mount: 'database',
        path: Lazy.any({ produce: () => 'creds/docs' }) as string,
        renewalPercent: 67,
        revoke: true,
        destination,
        rolloutRestartTargets,
      },
    });
  });
  assert.equal(problems, []);
});

check('the CRD refuses what the types of the Vault classes cannot', () => {
  const problems = validateSynth((chart) => {
    new VaultDynamicSecret(chart, 'Dynamic', {
      metadata: { name: 'docs' },
      spec: { vaultAuthRef: 'vault', mount: 'database', path: 'creds/docs', renewalPercent: 95, destination },
    });
  });
  assert.equal(problems, ['/spec/renewalPercent: must be <= 90']);
});

const kratos = {
  dsn: 'memory',
  identity: {
    default_schema_id: 'person',
    schemas: [{ id: 'person', url: 'file:///etc/kratos/person.json' }],
  },
  selfservice: { default_browser_return_url: 'https://box.example/' },
};

check('faults in the configuration of Kratos are found', () => {
  assert.equal(problemLines(validateKratos(kratos)), []);
  assert.equal(problemLines(validateKratos({ ...kratos, self_service: {} })), [
    "/self_service: unknown field 'self_service'; did you mean 'selfservice'?",
  ]);
  const { dsn, ...rest } = kratos;
  assert.is(dsn, 'memory');
  assert.equal(problemLines(validateKratos(rest)), [": field 'dsn' is missing"]);
  const identity = { schemas: [{ id: 'person', url: 'person.json' }] };
  assert.equal(problemLines(validateKratos({ ...kratos, identity })), [
    '/identity/schemas/0/url: must match format "uri"',
  ]);
  const tracing = { provider: 'jager' };
  assert.match(
    problemLines(validateKratos({ ...kratos, tracing }))[0] ?? '',
    '/tracing/provider: must be one of "jaeger"',
  );
});

check('faults in the configuration of Hydra are found', () => {
  const urls = { self: { issuer: 'https://auth.box.example/' } };
  assert.equal(problemLines(validateHydra({ urls, strategies: { access_token: 'opaque' } })), []);
  assert.equal(problemLines(validateHydra({ urls, strategies: { access_token: 'opak' } })), [
    '/strategies/access_token: must be one of "opaque", "jwt"',
  ]);
  assert.is(validateHydra({ serve: { public: { cors: { enabled: 'yes' } } } }).length > 0, true);
});

check('faults in an identity schema are found', () => {
  const schema = (email: object) => ({
    $id: 'https://box.example/person.json',
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    properties: {
      traits: { type: 'object', properties: { email: { type: 'string', format: 'email', ...email } } },
    },
  });
  const extension = { credentials: { password: { identifier: true } }, verification: { via: 'email' } };
  assert.equal(problemLines(validateIdentitySchema(schema({ 'ory.sh/kratos': extension }))), []);
  assert.is(validateIdentitySchema(schema({ 'ory.sh/kratos': { credential: {} } })).length > 0, true);
  assert.is(validateIdentitySchema(schema({ type: 'text' })).length > 0, true);
  assert.is(validateIdentitySchema({ type: 'object', properties: {} }).length > 0, true);
});

check('a misspelt chart value is found, with the nearest spelling', () => {
  const values = (chart: string, tree: object) => problemLines(validateChartValues(chart, tree));
  assert.equal(values('cert-manager', { crds: { enabled: true }, podLabels: { team: 'box' } }), []);
  assert.equal(values('cert-manager', { replicasCount: 1 }), [
    "/replicasCount: unknown field 'replicasCount'; did you mean 'replicaCount'?",
  ]);
  assert.equal(values('vault-secrets-operator', { controller: { manger: { resources: { any: 1 } } } }), [
    "/controller/manger: the chart has no value 'manger'; did you mean 'manager'?",
  ]);
  assert.equal(values('vault-secrets-operator', { controller: { nodeSelector: { any: 'label' } } }), []);
  assert.equal(values('cloudnative-pg', { replicaCount: 'two' }), ['/replicaCount: must be integer']);
  assert.equal(
    values('kube-prometheus-stack', { grafana: { persistence: {} }, 'kube-state-metrics': { x: 1 } }),
    [],
  );
  assert.throws(
    () => validateChartValues('no-such-chart', {}),
    /no default values of a chart 'no-such-chart'/,
  );
});

test.run();
