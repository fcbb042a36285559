import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate and its key, as PEM files. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** What a certificate says. */
export interface CertificateOptions {
  /** Name of the files; the common name too unless one is given. */
  readonly name: string;
  readonly commonName?: string;
  /** Kubernetes reads groups from it. */
  readonly organization?: string;
  readonly dnsNames?: readonly string[];
  readonly addresses?: readonly string[];
}

const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });

/** An authority of a test's own, whose files live in the test's folder. */
export class Authority {
  readonly files: CertificateFiles;

  constructor(
    private readonly folder: string,
    name = 'authority',
  ) {
    this.files = this.paths(name);
    openssl(
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ],
      ...['-subj', `/CN=${name}`, '-addext', 'keyUsage=critical,keyCertSign,cRLSign,digitalSignature'],
      ...['-out', this.files.certificate, '-keyout', this.files.key],
    );
  }

  /** A certificate for both ends of a connection, valid for a day. */
  issue(options: CertificateOptions): CertificateFiles {
    const { name, commonName = name, organization, dnsNames = [], addresses = [] } = options;
    const files = this.paths(name);
    const request = join(this.folder, `${name}.csr`);
    const extensions = join(this.folder, `${name}.ext`);
    const names = [...dnsNames.map((dns) => `DNS:${dns}`), ...addresses.map((address) => `IP:${address}`)];
    writeFileSync(
      extensions,
      [
        'basicConstraints=CA:FALSE',
        'keyUsage=critical,digitalSignature',
        'extendedKeyUsage=serverAuth,clientAuth',
        ...(names.length === 0 ? [] : [`subjectAltName=${names.join(',')}`]),
      ].join('\n'),
    );
    const subject = `${organization === undefined ? '' : `/O=${organization}`}/CN=${commonName}`;
    openssl(
      ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-subj', subject, '-out', request, '-keyout', files.key],
    );
    openssl(
      ...['x509', '-req', '-in', request, '-days', '1', '-extfile', extensions, '-out', files.certificate],
      ...['-CA', this.files.certificate, '-CAkey', this.files.key, '-CAcreateserial'],
    );
    return files;
  }

  /** A key pair that signs tokens. */
  signingKey(name: string): { readonly privateKey: string; readonly publicKey: string } {
    const files = {
      privateKey: join(this.folder, `${name}.key`),
      publicKey: join(this.folder, `${name}.pub`),
    };
    openssl('genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', files.privateKey);
    openssl('rsa', '-in', files.privateKey, '-pubout', '-out', files.publicKey);
    chmodSync(files.privateKey, 0o600);
    return files;
  }

  private paths(name: string): CertificateFiles {
    return { certificate: join(this.folder, `${name}.crt`), key: join(this.folder, `${name}.key`) };
  }
}
