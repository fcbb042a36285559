import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { addressesIn } from '../../constructs/proofs/addresses.js';

const isNamespace = (name: string) => ['data', 'ory', 'lasuite'].includes(name);
/** What is found in a text, as `namespace/service:port`. */
const found = (text: string) =>
  addressesIn(text, 'lasuite', isNamespace).map(
    ({ namespace, service, port, replica }) =>
      `${namespace}/${service}:${port ?? '?'}${replica === undefined ? '' : ` of ${replica}`}`,
  );

const cases: readonly (readonly [text: string, ...found: string[]])[] = [
  ['http://hydra.ory.svc.cluster.local:4445/admin', 'ory/hydra:4445'],
  ['http://hydra.ory.svc.cluster.local/admin', 'ory/hydra:80'],
  ['https://hydra.ory.svc', 'ory/hydra:443'],
  ['hydra.ory.svc.cluster.local', 'ory/hydra:?'],
  ['a.ory.svc.cluster.local:1,b.ory.svc:2', 'ory/a:1', 'ory/b:2'],
  ['openbao-0.openbao-internal.data.svc.cluster.local:8200', 'data/openbao-internal:8200 of openbao-0'],
  ['$(POD_NAME).openbao-internal.data.svc.cluster.local:8200', 'data/openbao-internal:8200'],
  [
    'postgresql://{{ get .Secrets "u" }}:{{ get .Secrets "p" }}@postgres-rw.data.svc:5432/docs',
    'data/postgres-rw:5432',
  ],
  ['redis://docs:secret@valkey.data.svc.cluster.local/1', 'data/valkey:6379'],
  ['[docs]\nhost=postgres-rw.data.svc.cluster.local\nport=5432\n', 'data/postgres-rw:?'],
  ['answer "{{ .Name }} 30 IN CNAME proxy.ingress.svc.cluster.local."', 'ingress/proxy:?'],
  ['{"url":"http://kratos.ory.svc.cluster.local:4433/"}', 'ory/kratos:4433'],
  // short forms: in a URL, after a login, or as the whole text
  ['http://valkey.data:6379', 'data/valkey:6379'],
  ['user@valkey.data:6379', 'data/valkey:6379'],
  ['valkey.data:6379', 'data/valkey:6379'],
  ['http://docs-backend:8000/api', 'lasuite/docs-backend:8000'],
  // what is no Service
  ['see valkey.data for more'],
  ['https://docs.sunbeam.pt/'],
  ['https://auth.data.example/'],
  ['http://localhost:8080/', ...[]],
  ['http://127.0.0.1:8080/'],
  ['docs-frontend.lasuite.serviceaccount.identity.linkerd.cluster.local'],
  ['s3://bucket/path'],
  ['noreply@sunbeam.pt'],
  ['.svc.cluster.local,.svc'],
];

for (const [text, ...expected] of cases) {
  test(text.slice(0, 60), () => assert.equal(found(text), expected));
}

test.run();
