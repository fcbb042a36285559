import type { Construct } from 'constructs';
import {
  Certificate,
  CertificateSpecPrivateKeyAlgorithm,
  CertificateSpecPrivateKeyEncoding,
  CertificateSpecPrivateKeyRotationPolicy,
  CertificateSpecUsages,
} from '../../imports/cert-manager.io.js';

/** Something that signs certificates, for `issuerRef`. */
export interface IssuerRef {
  readonly name: string;
  readonly kind: 'ClusterIssuer';
}

interface KeyPairProps {
  readonly name: string;
  readonly namespace: string;
  readonly issuer: IssuerRef;
  readonly commonName: string;
  /** Lifetime and how long before its end it is renewed, as Go durations. */
  readonly duration: string;
  readonly renewBefore: string;
}

export interface AuthorityProps extends KeyPairProps {
  /**
   * Whether a renewal makes a new key. A root keeps its key: what it signed stays valid, and whoever still trusts its
   * former certificate goes on doing so.
   */
  readonly newKey: boolean;
}

const privateKey = (newKey: boolean) => ({
  algorithm: CertificateSpecPrivateKeyAlgorithm.ECDSA,
  size: 256,
  // said openly: cert-manager 1.18 changed the default
  rotationPolicy: newKey
    ? CertificateSpecPrivateKeyRotationPolicy.ALWAYS
    : CertificateSpecPrivateKeyRotationPolicy.NEVER,
});

/** A certificate authority; its Secret has the Certificate's name. */
export function authority(scope: Construct, id: string, props: AuthorityProps): Certificate {
  return new Certificate(scope, id, {
    metadata: { name: props.name, namespace: props.namespace },
    spec: {
      isCa: true,
      commonName: props.commonName,
      secretName: props.name,
      duration: props.duration,
      renewBefore: props.renewBefore,
      privateKey: privateKey(props.newKey),
      issuerRef: { ...props.issuer, group: 'cert-manager.io' },
    },
  });
}

export interface LeafProps extends KeyPairProps {
  readonly secret: string;
  /** @default - none: a client's certificate */
  readonly dnsNames?: readonly string[];
}

/** A certificate of a server, or of a client when it has no host name. */
export function leaf(scope: Construct, id: string, props: LeafProps): Certificate {
  return new Certificate(scope, id, {
    metadata: { name: props.name, namespace: props.namespace },
    spec: {
      commonName: props.commonName,
      ...(props.dnsNames === undefined ? {} : { dnsNames: [...props.dnsNames] }),
      secretName: props.secret,
      duration: props.duration,
      renewBefore: props.renewBefore,
      usages: [
        props.dnsNames === undefined ? CertificateSpecUsages.CLIENT_AUTH : CertificateSpecUsages.SERVER_AUTH,
      ],
      // Linkerd's policy controller reads no other encoding
      privateKey: { ...privateKey(true), encoding: CertificateSpecPrivateKeyEncoding.PKCS8 },
      issuerRef: { ...props.issuer, group: 'cert-manager.io' },
    },
  });
}
