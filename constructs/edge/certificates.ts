import { Construct } from 'constructs';
import {
  Certificate,
  CertificateSpecPrivateKeyAlgorithm,
  CertificateSpecPrivateKeyRotationPolicy,
} from '../../imports/cert-manager.io.js';
import type { IssuerRef } from '../platform/certificate.js';

/** Names a certificate of Let's Encrypt may hold. @see https://letsencrypt.org/docs/rate-limits/ */
export const namesPerCertificate = 100;

/** One Secret, and the names its certificate covers. */
export interface CertificatePlan {
  readonly secret: string;
  readonly names: readonly string[];
}

/** Names in order of declaration, so that a new host lands in the last certificate and renews no other. */
export function planCertificates(names: readonly string[]): CertificatePlan[] {
  const count = Math.ceil(names.length / namesPerCertificate);
  return Array.from({ length: count }, (_, i) => ({
    secret: i === 0 ? 'edge-tls' : `edge-tls-${i + 1}`,
    names: names.slice(i * namesPerCertificate, (i + 1) * namesPerCertificate),
  }));
}

export interface CertificatesProps {
  readonly issuer: IssuerRef;
  readonly plans: readonly CertificatePlan[];
}

/** The certificates of all public names. Lifetimes are the issuer's: public authorities are about to shorten them. */
export class Certificates extends Construct {
  constructor(scope: Construct, id: string, props: CertificatesProps) {
    super(scope, id);
    for (const { secret, names } of props.plans) {
      new Certificate(this, secret, {
        metadata: { name: secret },
        spec: {
          secretName: secret,
          dnsNames: [...names],
          issuerRef: { ...props.issuer, group: 'cert-manager.io' },
          privateKey: {
            algorithm: CertificateSpecPrivateKeyAlgorithm.ECDSA,
            size: 256,
            rotationPolicy: CertificateSpecPrivateKeyRotationPolicy.ALWAYS,
          },
        },
      });
    }
  }
}
