import {
  ClusterIssuer,
  ClusterIssuerSpecAcmeSolversHttp01IngressPodTemplateSpecResourcesLimits as Limit,
  ClusterIssuerSpecAcmeSolversHttp01IngressPodTemplateSpecResourcesRequests as Request,
} from '../../imports/cert-manager.io.js';
import { Bundle } from '../../imports/trust.cert-manager.io.js';
import type { Box } from '../core/box.js';
import { exceptionPrefix } from '../core/hardening.js';
import { namespaces } from '../core/namespaces.js';
import { Tier } from '../core/tier.js';
import { trustBundle } from '../core/trust.js';
import { Wave } from '../core/waves.js';
import { authority, type IssuerRef, leaf } from './certificate.js';
import { linkerdWebhooks } from './linkerd-webhooks.js';
import { BarmanCloud } from './postgres-operator.js';

export type { IssuerRef } from './certificate.js';

/** Class of the Ingresses in which cert-manager tells the edge proxy where an ACME challenge is answered. */
export const acmeIngressClass = 'box-acme';

const certManager = namespaces.certManager.name;
const linkerd = namespaces.linkerd.name;

const selfSigned: IssuerRef = { name: 'box-selfsigned', kind: 'ClusterIssuer' };
const tenYears = { duration: '87600h', renewBefore: '8760h' };
const aQuarter = { duration: '2160h', renewBefore: '720h' };

/** Linkerd reads its trust roots from a ConfigMap and key of these names. */
const meshRoots = { name: 'linkerd-identity-trust-roots', key: 'ca-bundle.crt' };
const meshRootsLabel = 'linkerd.io/is-control-plane';

const acmeDirectory = {
  production: 'https://acme-v02.api.letsencrypt.org/directory',
  staging: 'https://acme-staging-v02.api.letsencrypt.org/directory',
};

/** Wave Trust: who signs what, and who trusts whom. Objects lie in several namespaces, so each names its own. */
export class Trust extends Tier {
  /** Signs what browsers see: Let's Encrypt, or the box itself for trial. */
  readonly publicIssuer: IssuerRef;
  /** Signs what only the box itself sees. */
  readonly internalIssuer: IssuerRef;

  constructor(box: Box) {
    super(box, 'trust', { wave: Wave.Trust });
    for (const namespace of [namespaces.certManager, namespaces.linkerd, namespaces.cnpg]) {
      box.cluster.addNamespace(namespace);
    }
    new ClusterIssuer(this, 'SelfSigned', { metadata: { name: selfSigned.name }, spec: { selfSigned: {} } });
    this.internalIssuer = this.ownAuthority();
    this.publicIssuer = box.site.settings.tls.issuer === 'acme' ? this.letsEncrypt() : this.internalIssuer;
    this.meshIdentity();
    this.meshWebhooks();
    this.backupPlugin();
  }

  private ownAuthority(): IssuerRef {
    const root = 'box-root';
    authority(this, 'Root', {
      name: root,
      namespace: certManager,
      commonName: `${this.box.site.settings.domain} root`,
      issuer: selfSigned,
      newKey: false,
      ...tenYears,
    });
    const issuer = this.issuerFrom('BoxCa', 'box-ca', root);
    new Bundle(this, 'TrustBundle', {
      metadata: { name: trustBundle.name },
      spec: {
        sources: [{ useDefaultCAs: true }, { secret: { name: root, key: 'tls.crt' } }],
        target: {
          configMap: { key: trustBundle.key },
          namespaceSelector: { matchLabels: { ...trustBundle.namespaceLabel } },
        },
      },
    });
    return issuer;
  }

  /** Staging has a name of its own, so that going to production asks for all certificates again. */
  private letsEncrypt(): IssuerRef {
    const { tls, adminEmail } = this.box.site.settings;
    const name = tls.staging ? 'letsencrypt-staging' : 'letsencrypt';
    new ClusterIssuer(this, 'LetsEncrypt', {
      metadata: { name },
      spec: {
        acme: {
          server: tls.staging ? acmeDirectory.staging : acmeDirectory.production,
          email: tls.email ?? adminEmail,
          privateKeySecretRef: { name: `${name}-account` },
          solvers: [
            {
              http01: {
                ingress: {
                  ingressClassName: acmeIngressClass,
                  serviceType: 'ClusterIP',
                  podTemplate: solverPod,
                },
              },
            },
          ],
        },
      },
    });
    return { name, kind: 'ClusterIssuer' };
  }

  private meshIdentity(): void {
    const anchor = 'linkerd-trust-anchor';
    authority(this, 'MeshAnchor', {
      name: anchor,
      namespace: certManager,
      commonName: 'root.linkerd.cluster.local',
      issuer: selfSigned,
      newKey: false,
      ...tenYears,
    });
    // the Secret has the name Linkerd looks for
    authority(this, 'MeshIssuer', {
      name: 'linkerd-identity-issuer',
      namespace: linkerd,
      commonName: 'identity.linkerd.cluster.local',
      issuer: this.issuerFrom('MeshCa', anchor, anchor),
      newKey: true,
      duration: '48h',
      renewBefore: '25h',
    });
    new Bundle(this, 'MeshRoots', {
      metadata: { name: meshRoots.name },
      spec: {
        sources: [{ secret: { name: anchor, key: 'tls.crt' } }],
        target: {
          configMap: { key: meshRoots.key },
          namespaceSelector: {
            matchLabels: { [meshRootsLabel]: namespaces.linkerd.labels[meshRootsLabel] },
          },
        },
      },
    });
  }

  private meshWebhooks(): void {
    for (const [id, { service, secret }] of Object.entries(linkerdWebhooks)) {
      const host = `${service}.${linkerd}.svc`;
      leaf(this, `Webhook-${id}`, {
        name: service,
        namespace: linkerd,
        secret,
        commonName: host,
        dnsNames: [host],
        issuer: this.internalIssuer,
        ...aQuarter,
      });
    }
  }

  /** Each end trusts exactly the other's certificate, so both sign themselves, as in the plugin's own chart. */
  private backupPlugin(): void {
    const { service, server, client } = BarmanCloud.tls;
    const common = { namespace: namespaces.cnpg.name, issuer: selfSigned, ...aQuarter };
    leaf(this, 'BackupServer', {
      ...common,
      name: `${service}-server`,
      secret: server,
      commonName: service,
      dnsNames: [service],
    });
    leaf(this, 'BackupClient', {
      ...common,
      name: `${service}-client`,
      secret: client,
      commonName: `${service}-client`,
    });
  }

  private issuerFrom(id: string, name: string, secretName: string): IssuerRef {
    new ClusterIssuer(this, id, { metadata: { name }, spec: { ca: { secretName } } });
    return { name, kind: 'ClusterIssuer' };
  }
}

/** The pod that answers a challenge: it lives for seconds, beside the proxy. */
const solverPod = {
  metadata: {
    annotations: {
      'linkerd.io/inject': 'disabled',
      [`${exceptionPrefix}unmeshed`]: 'lives for seconds and answers the edge proxy alone',
    },
  },
  spec: {
    resources: {
      requests: { cpu: Request.fromString('5m'), memory: Request.fromString('16Mi') },
      limits: { memory: Limit.fromString('64Mi') },
    },
  },
};
