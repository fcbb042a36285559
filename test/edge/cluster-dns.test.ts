import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Made } from './support.js';

const made = new Made();
const { data } = made.get('ConfigMap', 'coredns-custom') as unknown as { data: Record<string, string> };
const override = data['box.override'] ?? '';

test('public names lead to the Service of the proxy, for addresses only', () => {
  assert.equal(Object.keys(data), ['box.override']);
  assert.equal(
    [...override.matchAll(/^template IN (\S+) (\S+) \{$/gm)].map(([, type, zone]) => [type, zone]),
    [
      ['A', 'studio.example'],
      ['AAAA', 'studio.example'],
    ],
  );
  const service = made.edge.proxy.https.hostName;
  assert.is(service, 'proxy.ingress.svc.cluster.local');
  assert.is([...override.matchAll(new RegExp(`CNAME ${service}\\."`, 'g'))].length, 2);
});

test('the pattern takes the domain and one label below it, and nothing that only looks like it', () => {
  const pattern = new RegExp(/match (\S+)/.exec(override)?.[1] ?? '');
  for (const name of ['studio.example.', 'docs.studio.example.', 'a-1.studio.example.']) {
    assert.match(name, pattern);
  }
  const others = [
    'evilstudio.example.',
    'studioxexample.',
    'docs.studioxexample.',
    'studio.example.evil.',
    'a.b.studio.example.',
    '_dmarc.studio.example.',
    'default._domainkey.studio.example.',
  ];
  for (const name of others) assert.not.match(name, pattern);
});

test.run();
