import type { ConfigFile } from './config-file.js';
import type { SecretRef } from './secret.js';

/** Something to be seen in a container's file system. Made by the object that owns the content. */
export type Mount =
  | { readonly kind: 'config'; readonly config: ConfigFile; readonly path: string; readonly watched?: true }
  | { readonly kind: 'secret'; readonly secret: SecretRef; readonly path: string }
  | { readonly kind: 'configMap'; readonly configMap: string; readonly path: string }
  | { readonly kind: 'scratch'; readonly path: string; readonly sizeMi: number }
  | { readonly kind: 'volume'; readonly volume: VolumeClaim; readonly path: string };

export interface VolumeClaim {
  /** Name of the claim template, e.g. 'data'. */
  readonly name: string;
  /** Size in GiB. local-path does not enforce it; it is what the backup and the disk budget count with. */
  readonly sizeGi: number;
  /** How the content comes back after the server is lost: a backup method, or why none is needed. */
  readonly backup: { readonly method: 'files' | 'snapshot' } | { readonly none: string };
}

/** An empty, writable folder that goes with the pod; counted against the node's disk up to `sizeMi`. */
export const scratch = (path: string, sizeMi = 64): Mount => ({ kind: 'scratch', path, sizeMi });

/** A disk that outlives the pod. Makes the workload a StatefulSet with one claim for each replica. */
export const disk = (path: string, volume: VolumeClaim): Mount => ({ kind: 'volume', volume, path });
