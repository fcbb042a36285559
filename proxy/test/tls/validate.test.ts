import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ProxyError } from '../../src/core/errors.js';
import { type CertificatePem, parseCertificate, timeProblem } from '../../src/tls/validate.js';
import { Authority, issue } from '../support/certificates.js';

const source = 'secret ingress/edge-tls';
const good = issue({ names: ['Box.test', '*.box.test', '127.0.0.1'] });
const blocks = (pem: string) => pem.match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----\n/g) ?? [];

test('reads names, times and fingerprint of a good one', () => {
  const certificate = parseCertificate(source, good);
  assert.equal(certificate.names, ['box.test', '*.box.test', '127.0.0.1']);
  assert.is(certificate.notAfter, Date.parse(new X509Certificate(good.cert).validTo));
  assert.equal(certificate.warnings, []);
  assert.is(timeProblem(certificate, Date.now()), undefined);
  assert.match(timeProblem(certificate, Date.now() + 31 * 86_400_000) ?? '', /^expired on \d{4}-/);
  assert.match(timeProblem(certificate, Date.now() - 9 * 86_400_000) ?? '', /^is not valid before \d{4}-/);
  assert.is.not(
    certificate.fingerprint,
    parseCertificate(source, issue({ names: ['box.test'] })).fingerprint,
  );
});

test('puts a chain in order, leaves out what is no part of it, and says so', () => {
  const issuer = Authority.root('Deep Root').intermediate('Upper').intermediate('Lower');
  const deep = issuer.issue({ names: ['deep.test'] });
  const [leaf = '', lower = '', upper = ''] = blocks(deep.cert);
  assert.equal(parseCertificate(source, deep), {
    ...parseCertificate(source, deep),
    cert: deep.cert,
    warnings: [],
  });
  for (const [order, warnings] of [
    [[upper, leaf, lower], 1],
    [[leaf, upper, lower], 1],
    [[leaf, lower, upper, good.cert], 1],
    [[good.cert, lower, leaf, upper, leaf], 2],
  ] as const) {
    const certificate = parseCertificate(source, { cert: order.join('text between\n'), key: deep.key });
    assert.is(certificate.cert, deep.cert);
    assert.is(certificate.warnings.length, warnings, certificate.warnings.join());
    assert.equal(certificate.names, ['deep.test']);
  }
});

test('refuses what cannot be served: source, what, way out; never a word of the key', () => {
  const other = issue({ names: ['box.test'] });
  const encrypted = execFileSync('openssl', ['pkcs8', '-topk8', '-passout', 'pass:secret'], {
    input: good.key,
    encoding: 'utf8',
  });
  const cases: [what: RegExp, pem: CertificatePem][] = [
    [/has no certificate/, { cert: ' \n', key: good.key }],
    [/the certificate is not PEM text/, { cert: 'garbage', key: good.key }],
    [/the certificate is not PEM text/, { cert: good.key, key: good.key }],
    [/certificate 1 of 1 cannot be read/, { cert: middleBroken(good.cert), key: good.key }],
    [/certificate 2 of 2 cannot be read/, { cert: good.cert + middleBroken(other.cert), key: good.key }],
    [/has no private key/, { cert: good.cert, key: '' }],
    [/the private key cannot be read/, { cert: good.cert, key: good.key.slice(0, 60) }],
    [/the private key cannot be read/, { cert: good.cert, key: good.cert }],
    [/the private key is encrypted/, { cert: good.cert, key: encrypted }],
    [/the key does not belong to the certificate \(CN=Box.test\)/, { cert: good.cert, key: other.key }],
    [/CN=nobody has no subject alternative name/, issue({ names: [] })],
    [/its RSA key has 1024 bits/, issue({ names: ['box.test'], key: 'rsa1024' })],
  ];
  for (const [what, pem] of cases)
    assert.throws(
      () => parseCertificate(source, pem),
      (error: unknown) => {
        assert.instance(error, ProxyError);
        const { code, message } = error as ProxyError;
        assert.is(code, 'EDGE_CERTIFICATE');
        assert.match(message, what);
        assert.match(message, /^secret ingress\/edge-tls: .+; .+/);
        assert.not.match(message, /PRIVATE KEY-----|MIG|MHc/);
        return true;
      },
      String(what),
    );
});

/** PEM around octets that are no certificate. */
function middleBroken(pem: string): string {
  const lines = pem.split('\n');
  return [lines[0], ...lines.slice(3)].join('\n');
}

test.run();
