import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { planCertificates } from '../../constructs/edge/certificates.js';
import { Made } from './support.js';

test('the certificate holds every host and nothing else', () => {
  const made = new Made().declareAll();
  const { metadata, spec } = made.get('Certificate', 'edge-tls');
  assert.is(metadata.namespace, 'ingress');
  assert.equal(spec, {
    secretName: 'edge-tls',
    dnsNames: made.edge.hosts.map(({ name }) => name),
    issuerRef: { name: 'letsencrypt', kind: 'ClusterIssuer', group: 'cert-manager.io' },
    privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
  });
});

test('more than a hundred names make a second certificate, in configuration and rights too', () => {
  const made = new Made();
  for (let i = 0; i < 120; i++) made.edge.host(`app-${i}`);
  const names = ['edge-tls', 'edge-tls-2'];
  const certificates = [...made.all('Certificate').values()];
  assert.equal(
    certificates.map(({ metadata }) => metadata.name),
    names,
  );
  const dnsNames = certificates.map(({ spec }) => (spec as { dnsNames: string[] }).dnsNames);
  assert.equal(
    dnsNames.map(({ length }) => length),
    [100, 21],
  );
  assert.equal(
    dnsNames.flat(),
    made.edge.hosts.map(({ name }) => name),
  );
  assert.equal(made.config().tls, { secrets: names });
  const rules = made.get('Role', 'proxy').rules as { resources: string[]; resourceNames?: string[] }[];
  assert.equal(
    rules.flatMap(({ resources, resourceNames = [] }) => (resources[0] === 'secrets' ? resourceNames : [])),
    names,
  );
});

test('exactly a hundred names still fit', () => {
  const names = Array.from({ length: 100 }, (_, i) => `${i}.example`);
  assert.equal(planCertificates(names), [{ secret: 'edge-tls', names }]);
});

test.run();
