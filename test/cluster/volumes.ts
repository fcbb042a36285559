import type { Api, LiveObject } from './api.js';

interface Claim extends LiveObject {
  readonly spec: {
    readonly storageClassName?: string;
    readonly accessModes: readonly string[];
    readonly resources: { readonly requests: { readonly storage: string } };
    readonly volumeName?: string;
  };
}

const selectedNode = 'volume.kubernetes.io/selected-node';

/**
 * Stands in for k3s's local-path provisioner: gives a claim, once the scheduler has chosen a node for its pod, a
 * volume on that node. Without it no pod with a volume would ever be bound.
 */
export class Provisioner {
  private readonly timer: NodeJS.Timeout;
  private busy = false;
  private readonly served = new Set<string>();

  constructor(private readonly api: Api) {
    this.timer = setInterval(() => void this.round(), 250);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async round(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      for (const claim of (await this.api.list('/api/v1/persistentvolumeclaims')) as Claim[])
        await this.serve(claim);
    } catch {
      // the server is going or not yet there; the next round sees
    } finally {
      this.busy = false;
    }
  }

  private async serve(claim: Claim): Promise<void> {
    const node = claim.metadata.annotations?.[selectedNode];
    const { uid, name, namespace } = claim.metadata;
    if (node === undefined || claim.spec.volumeName !== undefined || this.served.has(uid)) return;
    const { storageClassName, accessModes, resources } = claim.spec;
    await this.api.must('POST', '/api/v1/persistentvolumes', {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: {
        name: `pvc-${uid}`,
        annotations: { 'pv.kubernetes.io/provisioned-by': 'rancher.io/local-path' },
      },
      spec: {
        storageClassName,
        accessModes,
        capacity: resources.requests,
        persistentVolumeReclaimPolicy: 'Retain',
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid },
        hostPath: { path: `/opt/local-path-provisioner/${namespace}/${name}`, type: 'DirectoryOrCreate' },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] },
            ],
          },
        },
      },
    });
    this.served.add(uid);
  }
}
