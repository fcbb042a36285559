import type { Manifest } from '../core/manifest.js';
import { nameOf } from './finding.js';
import { planOf } from './plan.js';
import { data, text, texts } from './read.js';
import type { Tree } from './tree.js';

/** A Secret or ConfigMap that is in the tree, or will be made by something that is. */
export interface Produced {
  readonly namespace: string;
  readonly name: string;
  /** Keys it will hold; 'any' when its maker alone knows. */
  readonly keys: ReadonlySet<string> | 'any';
  /** What makes it, in words. */
  readonly by: string;
  readonly origin: Manifest;
}

/** Where Secrets, ConfigMaps and claims come from. */
export interface Producers {
  readonly secrets: ReadonlyMap<string, Produced>;
  readonly configMaps: ReadonlyMap<string, Produced>;
  readonly claims: ReadonlySet<string>;
}

const certificateKeys = ['tls.crt', 'tls.key', 'ca.crt'];

/** Secrets CloudNativePG makes for a cluster by itself. @see https://cloudnative-pg.io/documentation/current/certificates/ */
const clusterSecrets: Readonly<Record<string, readonly string[] | 'any'>> = {
  ca: ['ca.crt', 'ca.key'],
  server: ['tls.crt', 'tls.key'],
  replication: ['tls.crt', 'tls.key'],
  app: 'any',
};

/** Every producer of a tree. */
export function producersOf(tree: Tree): Producers {
  const secrets = new Map<string, Produced>();
  const configMaps = new Map<string, Produced>();
  const put = (into: Map<string, Produced>, made: Produced) => {
    const key = `${made.namespace}/${made.name}`;
    const before = into.get(key);
    const keys =
      before === undefined || before.keys === 'any'
        ? made.keys
        : made.keys === 'any'
          ? before.keys
          : new Set([...before.keys, ...made.keys]);
    into.set(key, { ...made, keys, by: before === undefined ? made.by : `${before.by}, ${made.by}` });
  };
  const add = (
    into: Map<string, Produced>,
    origin: Manifest,
    name: string | undefined,
    keys: readonly string[] | 'any',
    namespace = origin.metadata.namespace,
  ) => {
    if (name === undefined || namespace === undefined) return;
    put(into, { namespace, name, keys: keys === 'any' ? keys : new Set(keys), by: nameOf(origin), origin });
  };

  for (const origin of tree.all('Secret')) {
    const { name } = origin.metadata;
    const isToken = text(origin, 'type') === 'kubernetes.io/service-account-token';
    const written = [...Object.keys(data(origin, 'data')), ...Object.keys(data(origin, 'stringData'))];
    add(secrets, origin, name, isToken ? ['token', 'ca.crt', 'namespace'] : written);
  }
  for (const kind of ['VaultStaticSecret', 'VaultDynamicSecret']) {
    for (const origin of tree.all(kind)) {
      add(secrets, origin, text(origin, 'spec', 'destination', 'name'), syncedKeys(origin, tree));
    }
  }
  for (const origin of tree.all('Certificate')) {
    add(secrets, origin, text(origin, 'spec', 'secretName'), certificateKeys);
  }
  for (const origin of [...tree.all('ClusterIssuer'), ...tree.all('Issuer')]) {
    const account = text(origin, 'spec', 'acme', 'privateKeySecretRef', 'name');
    add(secrets, origin, account, ['tls.key'], origin.metadata.namespace ?? 'cert-manager');
  }
  for (const origin of tree.all('Cluster')) {
    for (const [suffix, keys] of Object.entries(clusterSecrets)) {
      add(secrets, origin, `${origin.metadata.name}-${suffix}`, keys);
    }
    if (data(origin, 'spec').enableSuperuserAccess === true) {
      add(secrets, origin, `${origin.metadata.name}-superuser`, 'any');
    }
  }
  const plan = tree.view(planOf);
  for (const { namespace, name, keys } of plan?.secrets ?? []) {
    if (plan !== undefined) add(secrets, plan.origin, name, Object.keys(keys), namespace);
  }
  // after all others: hydra-maester fills a Secret only where nothing else has
  for (const origin of tree.all('OAuth2Client')) {
    const name = text(origin, 'spec', 'secretName');
    if (!secrets.has(`${origin.metadata.namespace}/${name}`)) {
      add(secrets, origin, name, ['CLIENT_ID', 'CLIENT_SECRET']);
    }
  }

  for (const origin of tree.all('ConfigMap')) {
    const keys = [...Object.keys(data(origin, 'data')), ...Object.keys(data(origin, 'binaryData'))];
    add(configMaps, origin, origin.metadata.name, keys);
  }
  for (const origin of tree.all('Bundle')) {
    const target = data(origin, 'spec', 'target');
    for (const namespace of tree.namespacesMatching(target.namespaceSelector)) {
      const formats = Object.values(data(target, 'additionalFormats')).flatMap(
        (format) => text(format, 'key') ?? [],
      );
      const keys = (kind: string) => [
        ...(text(target, kind, 'key') === undefined ? [] : [text(target, kind, 'key') ?? '']),
        ...formats,
      ];
      if ('configMap' in target) add(configMaps, origin, origin.metadata.name, keys('configMap'), namespace);
      if ('secret' in target) add(secrets, origin, origin.metadata.name, keys('secret'), namespace);
    }
  }
  return { secrets, configMaps, claims: claimsOf(tree) };
}

/** Keys a synced Secret will hold: the templates', and the vault's own unless all of them are left out. */
function syncedKeys(origin: Manifest, tree: Tree): string[] {
  const transformation = data(origin, 'spec', 'destination', 'transformation');
  const templates = Object.keys(data(transformation, 'templates'));
  if (texts(transformation, 'excludes').includes('.*')) return templates;
  const raw = transformation.excludeRaw === true ? [] : ['_raw'];
  const own =
    origin.kind === 'VaultStaticSecret'
      ? Object.keys(tree.view(planOf)?.kv.get(text(origin, 'spec', 'path') ?? '') ?? {})
      : ['username', 'password'];
  return [...templates, ...own, ...raw];
}

function claimsOf(tree: Tree): Set<string> {
  const claims = tree
    .all('PersistentVolumeClaim')
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  for (const { origin, replicas, namespace } of tree.ownPods) {
    if (origin.kind !== 'StatefulSet') continue;
    for (const template of claimTemplates(origin)) {
      for (let i = 0; i < replicas; i++) claims.push(`${namespace}/${template}-${origin.metadata.name}-${i}`);
    }
  }
  return new Set(claims);
}

/** Names of a StatefulSet's claim templates, which are volumes of its pods. */
export function claimTemplates(origin: Manifest): string[] {
  const templates = data(origin, 'spec').volumeClaimTemplates;
  return Array.isArray(templates) ? templates.flatMap((claim) => text(claim, 'metadata', 'name') ?? []) : [];
}
