import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Made, messageOf } from './support.js';

const lines = ({ edge }: Made) =>
  edge.dnsRecords().map(({ name, type, value }) => `${name} ${type} ${value}`);

test('a wildcard, the domain itself, and who may sign', () => {
  const made = new Made();
  made.edge.host('docs');
  assert.equal(lines(made), [
    'studio.example A 203.0.113.10',
    '*.studio.example A 203.0.113.10',
    'studio.example CAA 0 issue "letsencrypt.org"',
    'studio.example CAA 0 issuewild "letsencrypt.org"',
    'studio.example CAA 0 iodef "mailto:admin@studio.example"',
  ]);
});

test('or a record for each host; a local authority asks for no CAA', () => {
  const made = new Made({ tls: { issuer: 'local' } }, { addresses: 'hosts' });
  made.edge.host('docs');
  assert.equal(lines(made), ['studio.example A 203.0.113.10', 'docs.studio.example A 203.0.113.10']);
});

test('others add records; a host that a wildcard no longer covers gets its own address', () => {
  const made = new Made({ tls: { issuer: 'local' } });
  const mail = made.edge.host('mail');
  made.edge.host('docs');
  made.edge.record({
    label: '',
    type: 'MX',
    value: `10 ${mail.name}.`,
    because: 'mail to the domain arrives',
  });
  made.edge.record({ label: 'x._domainkey.mail', type: 'TXT', value: 'v=DKIM1', because: 'signatures' });
  assert.equal(lines(made), [
    'studio.example A 203.0.113.10',
    '*.studio.example A 203.0.113.10',
    'mail.studio.example A 203.0.113.10',
    'studio.example MX 10 mail.studio.example.',
    'x._domainkey.mail.studio.example TXT v=DKIM1',
  ]);
});

test('a record is declared once, and below the domain', () => {
  const { edge } = new Made();
  const record = { label: '_dmarc', type: 'TXT', value: 'v=DMARC1' } as const;
  edge.record({ ...record, because: 'mail' });
  assert.is(
    messageOf(() => edge.record({ ...record, because: 'reports' })),
    "edge/Edge: DNS record '_dmarc.studio.example TXT v=DMARC1' is declared twice, for mail and for reports; declare it once",
  );
  assert.is(
    messageOf(() => edge.record({ ...record, label: 'a..b', because: 'x' })),
    "edge/Edge: DNS label 'a..b' is not a name below the domain; write it without the domain, e.g. '_dmarc'",
  );
});

test.run();
