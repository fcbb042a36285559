import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Manifest } from '../../constructs/core/manifest.js';
import type { SiteInput } from '../../constructs/core/site-schema.js';
import { trustBundle } from '../../constructs/core/trust.js';
import { Wave, waveAnnotation } from '../../constructs/core/waves.js';
import { acmeIngressClass, Trust } from '../../constructs/platform/trust.js';
import { find, ofKind, sampleBox, specOf } from '../support/sample.js';

interface CertificateSpec {
  readonly secretName: string;
  readonly isCA?: boolean;
  readonly duration: string;
  readonly renewBefore: string;
  readonly dnsNames?: readonly string[];
  readonly usages?: readonly string[];
  readonly issuerRef: { readonly name: string; readonly kind: string; readonly group: string };
  readonly privateKey: {
    readonly algorithm: string;
    readonly size: number;
    readonly rotationPolicy: string;
    readonly encoding?: string;
  };
}

interface IssuerSpec {
  readonly selfSigned?: object;
  readonly ca?: { readonly secretName: string };
  readonly acme?: Record<string, unknown>;
}

function trust(settings: Partial<SiteInput> = {}) {
  const box = sampleBox(settings);
  const tier = new Trust(box);
  return { tier, manifests: box.manifests() };
}

/** Names of the certificates and issuers from one certificate up to the self-signed end. */
function chain(manifests: readonly Manifest[], certificate: Manifest): string[] {
  const { issuerRef } = specOf<CertificateSpec>(certificate);
  const issuer = specOf<IssuerSpec>(find(manifests, issuerRef.kind, issuerRef.name));
  if (issuer.ca === undefined) return [certificate.metadata.name, issuerRef.name];
  const { secretName } = issuer.ca;
  const signer = ofKind(manifests, 'Certificate').find(
    (other) => specOf<CertificateSpec>(other).secretName === secretName,
  );
  if (signer === undefined) throw new Error(`nothing makes the Secret '${secretName}'`);
  // a ClusterIssuer reads Secrets of cert-manager's own namespace only
  assert.is(signer.metadata.namespace, 'cert-manager');
  return [certificate.metadata.name, issuerRef.name, ...chain(manifests, signer)];
}

test('every certificate hangs on a chain that ends in a self-signed root', () => {
  const { manifests } = trust();
  const chains = Object.fromEntries(
    ofKind(manifests, 'Certificate').map((certificate) => [
      certificate.metadata.name,
      chain(manifests, certificate).slice(1),
    ]),
  );
  const byBox = ['box-ca', 'box-root', 'box-selfsigned'];
  assert.equal(chains, {
    'box-root': ['box-selfsigned'],
    'linkerd-trust-anchor': ['box-selfsigned'],
    'linkerd-identity-issuer': ['linkerd-trust-anchor', 'linkerd-trust-anchor', 'box-selfsigned'],
    'linkerd-proxy-injector': byBox,
    'linkerd-sp-validator': byBox,
    'linkerd-policy-validator': byBox,
    'barman-cloud-server': ['box-selfsigned'],
    'barman-cloud-client': ['box-selfsigned'],
  });
});

test('everything comes to life in the wave of trust, in a namespace only where it has one', () => {
  for (const manifest of trust().manifests) {
    if (['Namespace', 'PriorityClass'].includes(manifest.kind)) continue;
    assert.is(manifest.metadata.annotations?.[waveAnnotation], String(Wave.Trust), manifest.metadata.name);
    assert.is(manifest.metadata.namespace === undefined, manifest.kind !== 'Certificate');
  }
});

test('roots keep their key when they are renewed, all others change it; nothing relies on a default', () => {
  for (const certificate of ofKind(trust().manifests, 'Certificate')) {
    const { privateKey, issuerRef, isCA } = specOf<CertificateSpec>(certificate);
    const isRoot = isCA === true && issuerRef.name === 'box-selfsigned';
    assert.is(privateKey.algorithm, 'ECDSA');
    assert.is(privateKey.size, 256);
    assert.is(privateKey.rotationPolicy, isRoot ? 'Never' : 'Always', certificate.metadata.name);
    assert.is(issuerRef.group, 'cert-manager.io');
  }
});

test('browsers trust an ACME certificate, the box itself its own', () => {
  const { tier, manifests } = trust();
  assert.equal(tier.publicIssuer, { name: 'letsencrypt', kind: 'ClusterIssuer' });
  assert.equal(tier.internalIssuer, { name: 'box-ca', kind: 'ClusterIssuer' });
  const { acme } = specOf<IssuerSpec>(find(manifests, 'ClusterIssuer', 'letsencrypt'));
  assert.equal(acme, {
    server: 'https://acme-v02.api.letsencrypt.org/directory',
    email: 'admin@studio.example',
    privateKeySecretRef: { name: 'letsencrypt-account' },
    solvers: [
      {
        http01: {
          ingress: {
            ingressClassName: acmeIngressClass,
            serviceType: 'ClusterIP',
            podTemplate: {
              metadata: {
                annotations: {
                  'linkerd.io/inject': 'disabled',
                  'box/exception-unmeshed': 'lives for seconds and answers the edge proxy alone',
                },
              },
              spec: {
                resources: { requests: { cpu: '5m', memory: '16Mi' }, limits: { memory: '64Mi' } },
              },
            },
          },
        },
      },
    ],
  });
});

test('staging is another issuer with another account, so that production asks anew', () => {
  const { tier, manifests } = trust({ tls: { staging: true, email: 'tls@studio.example' } });
  assert.is(tier.publicIssuer.name, 'letsencrypt-staging');
  const { acme } = specOf<IssuerSpec>(find(manifests, 'ClusterIssuer', 'letsencrypt-staging'));
  assert.is(acme?.server, 'https://acme-staging-v02.api.letsencrypt.org/directory');
  assert.is(acme?.email, 'tls@studio.example');
  assert.equal(acme?.privateKeySecretRef, { name: 'letsencrypt-staging-account' });
  assert.throws(() => find(manifests, 'ClusterIssuer', 'letsencrypt'), /none/);
});

test('for trial the box signs everything and asks nobody', () => {
  const { tier, manifests } = trust({ tls: { issuer: 'local' } });
  assert.equal(tier.publicIssuer, tier.internalIssuer);
  assert.is(
    ofKind(manifests, 'ClusterIssuer').some((issuer) => specOf<IssuerSpec>(issuer).acme !== undefined),
    false,
  );
});

test("public authorities and the box's own reach every namespace that asks", () => {
  const bundle = find(trust().manifests, 'Bundle', trustBundle.name);
  assert.equal(specOf(bundle), {
    sources: [{ useDefaultCAs: true }, { secret: { name: 'box-root', key: 'tls.crt' } }],
    target: {
      configMap: { key: trustBundle.key },
      namespaceSelector: { matchLabels: trustBundle.namespaceLabel },
    },
  });
});

test('the mesh finds its roots and its issuer under the names it looks for', () => {
  const { manifests } = trust();
  assert.equal(specOf(find(manifests, 'Bundle', 'linkerd-identity-trust-roots')), {
    sources: [{ secret: { name: 'linkerd-trust-anchor', key: 'tls.crt' } }],
    target: {
      configMap: { key: 'ca-bundle.crt' },
      namespaceSelector: { matchLabels: { 'linkerd.io/is-control-plane': 'true' } },
    },
  });
  const labels = find(manifests, 'Namespace', 'linkerd').metadata.labels;
  assert.is(labels?.['linkerd.io/is-control-plane'], 'true');
  const issuer = find(manifests, 'Certificate', 'linkerd-identity-issuer');
  const { secretName, isCA, duration, renewBefore } = specOf<CertificateSpec>(issuer);
  assert.is(issuer.metadata.namespace, 'linkerd');
  assert.equal(
    { secretName, isCA, duration, renewBefore },
    { secretName: 'linkerd-identity-issuer', isCA: true, duration: '48h', renewBefore: '25h' },
  );
  assert.is(
    specOf<CertificateSpec>(find(manifests, 'Certificate', 'linkerd-trust-anchor')).duration,
    '87600h',
  );
});

test('webhooks and the backup plugin get the Secrets their pods mount', () => {
  const { manifests } = trust();
  for (const name of ['proxy-injector', 'sp-validator', 'policy-validator']) {
    const certificate = find(manifests, 'Certificate', `linkerd-${name}`);
    const { secretName, dnsNames, usages, privateKey } = specOf<CertificateSpec>(certificate);
    assert.is(secretName, `linkerd-${name}-k8s-tls`);
    assert.equal(dnsNames, [`linkerd-${name}.linkerd.svc`]);
    assert.equal(usages, ['server auth']);
    assert.is(privateKey.encoding, 'PKCS8');
  }
  const client = specOf<CertificateSpec>(find(manifests, 'Certificate', 'barman-cloud-client'));
  assert.is(client.secretName, 'barman-cloud-client-tls');
  assert.equal(client.usages, ['client auth']);
  const server = specOf<CertificateSpec>(find(manifests, 'Certificate', 'barman-cloud-server'));
  assert.equal(server.dnsNames, ['barman-cloud']);
});

test.run();
