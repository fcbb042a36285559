import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Endpoint, External, headlessServiceOf, type Peer } from '../../constructs/core/endpoint.js';

const peer: Peer = {
  peerName: 'web',
  namespace: 'lasuite',
  podLabels: { app: 'web' },
  meshed: true,
  path: 'apps/Web',
};
const on = (port: number, props: Partial<Endpoint> = {}) =>
  new Endpoint({ peer, service: 'web', name: 'http', port, ...props });

const urls: [endpoint: Endpoint, path: string | undefined, scheme: string | undefined, expected: string][] = [
  [on(8000), undefined, undefined, 'http://web.lasuite.svc.cluster.local:8000'],
  [on(80), undefined, undefined, 'http://web.lasuite.svc.cluster.local'],
  [on(80), '/api/', undefined, 'http://web.lasuite.svc.cluster.local/api/'],
  [on(80), '/', 'https', 'https://web.lasuite.svc.cluster.local:80/'],
  [on(443), '', 'https', 'https://web.lasuite.svc.cluster.local:443'],
  [on(6379, { protocol: 'tcp' }), '/1', 'redis', 'redis://web.lasuite.svc.cluster.local:6379/1'],
];

for (const [endpoint, path, scheme, expected] of urls) {
  test(`url ${expected}`, () => {
    const url = endpoint.url(path, scheme);
    assert.is(url.text, expected);
    assert.equal([...url.reaches], [endpoint]);
  });
}

test('host and address speak of the Service, and open the way to it', () => {
  const endpoint = on(80, { containerPort: 8080 });
  assert.is(endpoint.host.text, 'web.lasuite.svc.cluster.local');
  assert.is(endpoint.address.text, 'web.lasuite.svc.cluster.local:80');
  assert.equal([...endpoint.host.reaches], [endpoint]);
  assert.equal([...endpoint.address.reaches], [endpoint]);
});

test('what is not said: HTTP, the same port in the container, no authority to trust', () => {
  const { protocol, containerPort, needsTrust } = on(8000);
  assert.equal(
    { protocol, containerPort, needsTrust },
    { protocol: 'http', containerPort: 8000, needsTrust: false },
  );
});

test('an external destination is the Internet unless networks are named', () => {
  const internet = new External({ name: 'any', ports: [443] });
  assert.is(internet.networks, undefined);
  assert.is(internet.needsTrust, false);
  assert.equal(new External({ name: 'x', ports: [1], networks: ['192.0.2.0/24'] }).networks, [
    '192.0.2.0/24',
  ]);
});

test('the headless Service has a name of its own', () => {
  assert.is(headlessServiceOf('openbao'), 'openbao-internal');
});

test.run();
