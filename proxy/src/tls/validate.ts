import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { ProxyError } from '../core/errors.js';

/** A certificate and its key as they come from a Secret or from files. */
export interface CertificatePem {
  /** PEM: the server's certificate and those between it and a root. */
  readonly cert: string;
  /** PEM: its private key, not encrypted. */
  readonly key: string;
}

/** A certificate that may be served. */
export interface Certificate {
  /** Secret or file it came from, as messages call it. */
  readonly source: string;
  /** PEM, the server's certificate first, each signed by the next. */
  readonly cert: string;
  readonly key: string;
  /** Kind of the key as node:crypto calls it: `ec`, `rsa`, `ed25519`. */
  readonly keyType: string;
  /** Whether others stand between it and a root. */
  readonly hasChain: boolean;
  /** DNS names and addresses it is valid for, in lower case; `*.` begins a wildcard. */
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  /** Milliseconds since 1970. */
  readonly notAfter: number;
  /** SHA-256 of the server's certificate and its chain: equal means that nothing has changed. */
  readonly fingerprint: string;
  /** What is odd about it, though it works. */
  readonly warnings: readonly string[];
}

const block =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;
/** RFC 7525 4.3 and every browser. */
const rsaBits = 2048;

/**
 * Reads a certificate with its chain and key, and proves that they belong together. The chain is put in order
 * (RFC 8446 4.4.2), what is not part of it is left out; both are told in `warnings`. Whether it is valid *now* is
 * another question: see `timeProblem`.
 * @throws ProxyError EDGE_CERTIFICATE that names the source, what is wrong and what to do
 */
export function parseCertificate(source: string, pem: CertificatePem): Certificate {
  const found = readAll(source, pem.cert);
  const key = readKey(source, pem.key);
  const leaf = found.find((one) => one.checkPrivateKey(key));
  if (leaf === undefined) {
    const subject = nameOf(found[0]);
    throw refuse(
      source,
      `the key does not belong to the certificate (${subject})`,
      'store both from one issue',
    );
  }
  const bits = key.asymmetricKeyType === 'rsa' ? (key.asymmetricKeyDetails?.modulusLength ?? 0) : rsaBits;
  if (bits < rsaBits)
    throw refuse(source, `its RSA key has ${bits} bits`, `issue it with ${rsaBits}, or ECDSA P-256`);
  const names = namesOf(leaf.subjectAltName);
  if (names.length === 0)
    throw refuse(
      source,
      `${nameOf(leaf)} has no subject alternative name`,
      'issue it for the hosts it serves',
    );
  const chain = chainOf(leaf, found);
  const inOrder = chain.every((one, index) => one === found[index]);
  const extra = found.length - chain.length;
  const warnings: string[] = [];
  if (!inOrder) warnings.push(`${source}: the chain was not in order and has been put right`);
  if (extra > 0) warnings.push(`${source}: ${extra} certificate(s) that are no part of the chain left out`);
  return {
    source,
    cert: chain.map((one) => one.toString()).join(''),
    key: pem.key,
    keyType: key.asymmetricKeyType ?? '',
    hasChain: chain.length > 1,
    names,
    notBefore: Date.parse(leaf.validFrom),
    notAfter: Date.parse(leaf.validTo),
    fingerprint: chain.map((one) => one.fingerprint256).join(),
    warnings,
  };
}

/** Why a certificate is not valid at `now` (ms since 1970), in words that follow "it"; undefined when it is. */
export function timeProblem({ notBefore, notAfter }: Certificate, now: number): string | undefined {
  if (now >= notAfter) return `expired on ${new Date(notAfter).toISOString()}`;
  if (now < notBefore) return `is not valid before ${new Date(notBefore).toISOString()}`;
  return undefined;
}

/** The error for a certificate that cannot be used. */
export function refuse(source: string, what: string, wayOut: string, cause?: unknown): ProxyError {
  return new ProxyError('EDGE_CERTIFICATE', `${source}: ${what}; ${wayOut}`, { cause });
}

function readAll(source: string, text: string): X509Certificate[] {
  const blocks = text.match(block) ?? [];
  if (blocks.length === 0) {
    const what = text.trim() === '' ? 'has no certificate' : 'the certificate is not PEM text';
    throw refuse(source, what, 'it must begin with -----BEGIN CERTIFICATE-----');
  }
  return blocks.map((pem, index) => {
    try {
      return new X509Certificate(pem);
    } catch (cause) {
      throw refuse(
        source,
        `certificate ${index + 1} of ${blocks.length} cannot be read`,
        'issue it again',
        cause,
      );
    }
  });
}

function readKey(source: string, text: string): KeyObject {
  if (text.trim() === '') throw refuse(source, 'has no private key', 'it belongs beside the certificate');
  try {
    return createPrivateKey(text);
  } catch (cause) {
    // never a word of the text itself: it may be a key
    const what = /ENCRYPTED/.test(text) ? 'the private key is encrypted' : 'the private key cannot be read';
    throw refuse(source, what, 'store it as plain PEM (PKCS #8, PKCS #1 or SEC 1)', cause);
  }
}

/** From the server's certificate upwards, as far as issuers are at hand. A root signs itself and ends it. */
function chainOf(leaf: X509Certificate, all: readonly X509Certificate[]): X509Certificate[] {
  const chain = [leaf];
  for (let last = leaf; ; ) {
    const issuer = all.find(
      (one) => !chain.includes(one) && last.checkIssued(one) && last.verify(one.publicKey),
    );
    if (issuer === undefined) return chain;
    chain.push(issuer);
    last = issuer;
  }
}

const nameOf = (one?: X509Certificate) => one?.subject.replaceAll('\n', ', ') || 'without a subject';

/**
 * `DNS:a.test, DNS:*.b.test, IP Address:127.0.0.1`; node quotes names with strange octets, which no host is, so
 * that a comma inside one cannot pass for two.
 */
function namesOf(text = ''): string[] {
  const names: string[] = [];
  for (const [, dns, address] of text.matchAll(
    /(?:^|, )(?:DNS:([^",]+)|IP Address:([^",]+)|[^",]*(?:"[^"]*")?)/g,
  )) {
    const name = dns ?? address;
    if (name !== undefined) names.push(name.toLowerCase());
  }
  return names;
}
