import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { problemsOf, required } from '../support/sample.js';

/** Settings beside the required ones, and the one sentence they cost. */
const mistakes: [settings: object, problem: string][] = [
  // misspelt keys, at every level
  [{ Domain: 'x' }, "Domain: unknown key; did you mean 'domain'?"],
  [{ sise: 'small' }, "sise: unknown key; did you mean 'size'?"],
  [{ apps: { dcos: false } }, "apps.dcos: unknown key; did you mean 'docs'?"],
  [{ apps: { nothing: false } }, 'apps.nothing: unknown key; known here: docs, collabora, wiki'],
  [{ backup: { ...required.backup, regoin: 'x' } }, "backup.regoin: unknown key; did you mean 'region'?"],
  [{ smtp: { ...required.smtp, hots: 1 } }, "smtp.hots: unknown key; did you mean 'host'?"],
  [{ server: { cpu: 4, memoryGi: 16, memory: 16 } }, "server.memory: unknown key; did you mean 'memoryGi'?"],
  [{ tls: { emial: 'x@example.com' } }, "tls.emial: unknown key; did you mean 'email'?"],
  [{ brand: { nmae: 'x' } }, "brand.nmae: unknown key; did you mean 'name'?"],
  [{ ai: { modle: 'x' } }, "ai.modle: unknown key; did you mean 'model'?"],
  [{ versions: { vlakey: '8' } }, "versions.vlakey: unknown key; did you mean 'valkey'?"],
  // misspelt words
  [{ size: 'standart' }, `size: "standart" is not one of small, standard, large; did you mean 'standard'?`],
  [{ size: 'enormous' }, 'size: "enormous" is not one of small, standard, large'],
  [{ size: 5 }, 'size: 5 is not one of small, standard, large'],
  [{ scale: 'clutser' }, `scale: "clutser" is not one of one-server, cluster; did you mean 'cluster'?`],
  [{ installer: 'argo' }, `installer: "argo" is not one of k3s, argocd; did you mean 'argocd'?`],
  [{ tls: { issuer: 'acne' } }, `tls.issuer: "acne" is not one of acme, local; did you mean 'acme'?`],
  // wrong values
  [
    { domain: 'Studio.example' },
    'domain: "Studio.example" is not valid; expected a lower-case domain name such as studio.example',
  ],
  [{ publicIp: '300.1.1.1' }, 'publicIp: "300.1.1.1" is not valid; expected a public IPv4 address'],
  [{ adminEmail: 'nobody' }, 'adminEmail: "nobody" is not valid; expected an e-mail address'],
  [
    { backup: { ...required.backup, endpoint: 'no URL at all' } },
    'backup.endpoint: "no URL at all" is not valid; expected an https URL',
  ],
  [
    { backup: { ...required.backup, bucket: 'B' } },
    'backup.bucket: "B" is not valid; expected an S3 bucket name',
  ],
  [
    { smtp: { host: 'smtp' } },
    'smtp.host: "smtp" is not valid; expected a host name such as smtp.example.com',
  ],
  [{ brand: { primary: 'red' } }, 'brand.primary: "red" is not valid; expected a colour as #rrggbb'],
  // wrong types and ranges
  [{ domain: 5 }, 'domain: 5 should be of type string'],
  [{ domain: null }, 'domain: null should be of type string'],
  [{ backup: 'x' }, 'backup: "x" should be of type object'],
  [{ apps: { docs: 'no' } }, 'apps.docs: "no" should be of type boolean'],
  [{ backup: { ...required.backup, region: 'a' } }, 'backup.region: "a" is too short; at least 2 characters'],
  [
    { backup: { ...required.backup, retentionDays: 5000 } },
    'backup.retentionDays: 5000 is too large; at most 3650',
  ],
  [{ smtp: { ...required.smtp, port: 0 } }, 'smtp.port: 0 is too small; at least 1'],
  [{ brand: { name: '' } }, 'brand.name: "" is too short; at least 1 character'],
  [{ brand: { name: 'x'.repeat(41) } }, `brand.name: "${'x'.repeat(41)}" is too long; at most 40 characters`],
  [{ server: { cpu: 4 } }, 'server.memoryGi: is required and missing'],
];

for (const [settings, problem] of mistakes) {
  test(`mistake in ${JSON.stringify(settings)}`, () => {
    assert.equal(problemsOf({ ...required, ...settings }), [problem]);
  });
}

for (const key of Object.keys(required)) {
  test(`${key} is required`, () => {
    const { [key as keyof typeof required]: _, ...rest } = required;
    assert.equal(problemsOf(rest), [`${key}: is required and missing`]);
  });
}

for (const [parent, key] of [
  ['backup', 'endpoint'],
  ['backup', 'bucket'],
  ['backup', 'region'],
  ['smtp', 'host'],
] as const) {
  test(`${parent}.${key} is required`, () => {
    const { [key]: _, ...rest } = { ...required[parent] } as Record<string, unknown>;
    assert.equal(problemsOf({ ...required, [parent]: rest }), [`${parent}.${key}: is required and missing`]);
  });
}

test('a misspelt required key is both missing and unknown', () => {
  const { domain, ...rest } = required;
  assert.equal(problemsOf({ domian: domain, ...rest }), [
    'domain: is required and missing',
    "domian: unknown key; did you mean 'domain'?",
  ]);
});

test('an empty file misses everything that is required', () => {
  const all = ['domain', 'publicIp', 'adminEmail', 'backup', 'smtp'].map(
    (key) => `${key}: is required and missing`,
  );
  assert.equal(problemsOf(null), all);
  assert.equal(problemsOf({}), all);
});

test('what is no set of keys at all', () => {
  assert.equal(problemsOf('x'), ['(top level): "x" should be of type object']);
  assert.equal(problemsOf([]), ['(top level): [] should be of type object']);
});

test('all problems are told at once', () => {
  assert.equal(problemsOf({ ...required, size: 'smal', domain: 'x' }), [
    'domain: "x" is not valid; expected a lower-case domain name such as studio.example',
    `size: "smal" is not one of small, standard, large; did you mean 'small'?`,
  ]);
});

test.run();
