import { k8s } from 'cdk8s-plus-28';
import type { Box } from '../core/box.js';
import { kubernetesApi } from '../core/destinations.js';
import type { Endpoint, Peer } from '../core/endpoint.js';
import { ForeignPods } from '../core/foreign-pods.js';
import { namespaces } from '../core/namespaces.js';
import { storageClass } from '../core/storage.js';
import { Tier } from '../core/tier.js';
import { Wave } from '../core/waves.js';
import { renderAdmission } from './admission.js';
import { CertManager, TrustManager } from './cert-manager.js';
import { installerNamespace } from './chart.js';
import { HydraMaester } from './hydra-maester.js';
import { LinkerdCni, LinkerdControlPlane, LinkerdCrds } from './linkerd.js';
import { deriveMeshPolicy } from './mesh-policy.js';
import { BarmanCloud, CloudNativePg } from './postgres-operator.js';
import { VaultSecretsOperator } from './secrets-operator.js';
import { type IssuerRef, Trust } from './trust.js';

/** Pods of operators that connect to workloads of the box: only ever the source of an edge. */
export interface OperatorPods {
  /** Talks to the vault. */
  readonly vaultSecretsOperator: Peer;
  /** Talks to PostgreSQL's instances. */
  readonly cloudNativePg: Peer;
}

/** What the box stands on: the operators with their namespaces, certificates and trust, the mesh, disks. */
export class Platform extends Tier {
  /** Signs what browsers see. */
  readonly publicIssuer: IssuerRef;
  /** Signs what only the box itself sees. */
  readonly internalIssuer: IssuerRef;
  readonly operatorPods: OperatorPods;

  /** Declare it before everything else, so that its files come first in their waves. */
  constructor(box: Box) {
    super(box, 'platform', { namespace: installerNamespace(box.site), wave: Wave.Platform });
    new CertManager(this, 'CertManager');
    new TrustManager(this, 'TrustManager');
    new LinkerdCni(this, 'LinkerdCni');
    new LinkerdCrds(this, 'LinkerdCrds');
    new LinkerdControlPlane(this, 'LinkerdControlPlane');
    new CloudNativePg(this, 'CloudNativePg');
    new BarmanCloud(this, 'BarmanCloud');
    new VaultSecretsOperator(this, 'VaultSecretsOperator');
    this.operatorPods = {
      vaultSecretsOperator: new ForeignPods(this, 'VaultSecretsOperatorPods', {
        name: 'vault-secrets-operator',
        namespace: namespaces.vaultSecretsOperator.name,
        podLabels: VaultSecretsOperator.podLabels,
      }),
      cloudNativePg: new ForeignPods(this, 'CloudNativePgPods', {
        name: 'cloudnative-pg',
        namespace: namespaces.cnpg.name,
        podLabels: CloudNativePg.podLabels,
      }),
    };
    renderStorageClass(box);
    renderAdmission(box);
    const trust = new Trust(box);
    this.publicIssuer = trust.publicIssuer;
    this.internalIssuer = trust.internalIssuer;
    deriveMeshPolicy(box);
  }

  /**
   * Installs the operator that turns OAuth2Client resources into clients of Hydra. To be called once, by whoever owns
   * Hydra.
   * @param admin Hydra's admin API
   * @returns the operator's pods, whose way to the admin API and to Kubernetes is open
   */
  hydraMaester(admin: Endpoint): Peer {
    new HydraMaester(this, 'HydraMaester', admin);
    const tier = new Tier(this.box, 'hydra-maester', { namespace: namespaces.ory, wave: Wave.Platform });
    const pods = new ForeignPods(tier, 'Pods', { name: 'hydra-maester', podLabels: HydraMaester.podLabels });
    this.box.network.connect(pods, admin);
    this.box.network.connect(pods, kubernetesApi(this.box.site));
    return pods;
  }
}

/**
 * Disks are folders of the node named after their claim, and outlive it: a claim made again finds its data.
 * @see https://github.com/rancher/local-path-provisioner#storage-classes
 */
function renderStorageClass(box: Box): void {
  new k8s.KubeStorageClass(box.cluster, 'StorageClass', {
    metadata: { name: storageClass },
    provisioner: 'rancher.io/local-path',
    reclaimPolicy: 'Retain',
    volumeBindingMode: 'WaitForFirstConsumer',
    // the provisioner refuses the pattern without the slash at its end
    parameters: { pathPattern: '{{ .PVC.Namespace }}/{{ .PVC.Name }}/' },
  });
}
