/**
 * Kinds that take data along when they go: a namespace its claims, a database its volumes, an operator's chart every
 * object of the kinds it defines. They stay until a person deletes them, whatever tool applies the box.
 */
const kept = new Set([
  'v1/Namespace',
  'v1/PersistentVolumeClaim',
  'storage.k8s.io/StorageClass',
  'apps/StatefulSet',
  'postgresql.cnpg.io/Cluster',
  'postgresql.cnpg.io/Database',
  'barmancloud.cnpg.io/ObjectStore',
  'helm.cattle.io/HelmChart',
  'argoproj.io/Application',
]);

/**
 * What tells Argo CD and Helm to keep an object that is no longer described.
 * @see https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/
 * @see https://helm.sh/docs/howto/charts_tips_and_tricks/#tell-helm-not-to-uninstall-a-resource
 */
const keeping = {
  'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
  'helm.sh/resource-policy': 'keep',
} as const;

/** Annotations that keep an object of this kind, none for what can be made again. */
export function keepAnnotations(apiVersion: string, kind: string): Readonly<Record<string, string>> {
  return kept.has(`${apiVersion.replace(/\/.*$/, '')}/${kind}`) ? keeping : {};
}
