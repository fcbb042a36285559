import type { Manifest } from '../core/manifest.js';
import { inNamespace, keyOf, type Named, type Reader } from './named.js';
import { postgresReaders } from './postgres-references.js';
import { type Data, data, isData, rows, text, texts } from './read.js';

/** `name`, or `namespace/name`. */
function qualified(
  ref: string | undefined,
  namespace: string | undefined,
): [string | undefined, string | undefined] {
  const [first, second] = (ref ?? '').split('/');
  return second === undefined ? [ref, namespace] : [second, first];
}

const issuer: Reader = ({ spec, metadata }) => {
  // what belongs to no namespace has its Secrets where cert-manager runs
  const namespace = metadata.namespace ?? 'cert-manager';
  const ca = inNamespace('Secret', text(spec, 'ca', 'secretName'), namespace, 'spec.ca.secretName', [
    'tls.crt',
    'tls.key',
  ]);
  return [...ca, ...keyRefs(data(spec, 'acme'), namespace, 'spec.acme', ['privateKeySecretRef'])];
};

const synced: Reader = ({ spec, metadata }) => {
  const [name, namespace] = qualified(text(spec, 'vaultAuthRef'), metadata.namespace);
  return [
    ...inNamespace('VaultAuth', name, namespace, 'spec.vaultAuthRef'),
    ...rows(spec, 'rolloutRestartTargets').flatMap((target) =>
      inNamespace(
        text(target, 'kind') ?? '',
        text(target, 'name'),
        metadata.namespace,
        'spec.rolloutRestartTargets',
      ),
    ),
  ];
};

const binding: Reader = ({ metadata, roleRef, subjects }) => {
  const roleKind = text(roleRef, 'kind') ?? '';
  const role = inNamespace(
    roleKind,
    text(roleRef, 'name'),
    roleKind === 'Role' ? metadata.namespace : undefined,
    'roleRef',
  );
  const accounts = rows({ subjects }, 'subjects').flatMap((subject) =>
    subject.kind === 'ServiceAccount'
      ? inNamespace(
          'ServiceAccount',
          text(subject, 'name'),
          text(subject, 'namespace') ?? metadata.namespace,
          'subjects',
        )
      : [],
  );
  return [...role, ...accounts];
};

const monitor: Reader = ({ spec, metadata }) => keyRefs(spec, metadata.namespace, 'spec');

const readers: Readonly<Record<string, Reader>> = {
  Certificate: ({ spec, metadata }) => {
    const kind = text(spec, 'issuerRef', 'kind') ?? 'Issuer';
    const namespace = kind === 'ClusterIssuer' ? undefined : metadata.namespace;
    return inNamespace(kind, text(spec, 'issuerRef', 'name'), namespace, 'spec.issuerRef');
  },
  ClusterIssuer: issuer,
  Issuer: issuer,
  Bundle: ({ spec }) =>
    rows(spec, 'sources').flatMap((source) => [
      ...keyOf(source.secret, 'cert-manager', 'spec.sources'),
      ...keyOf(source.configMap, 'cert-manager', 'spec.sources', 'ConfigMap'),
    ]),
  VaultAuth: ({ spec, metadata }) => {
    const [name, namespace] = qualified(text(spec, 'vaultConnectionRef'), metadata.namespace);
    const account = text(spec, 'kubernetes', 'serviceAccount');
    return [
      ...inNamespace('VaultConnection', name, namespace, 'spec.vaultConnectionRef'),
      ...inNamespace('ServiceAccount', account, metadata.namespace, 'spec.kubernetes.serviceAccount'),
    ];
  },
  VaultStaticSecret: synced,
  VaultDynamicSecret: synced,
  OAuth2Client: ({ spec, metadata }) =>
    inNamespace('Secret', text(spec, 'secretName'), metadata.namespace, 'spec.secretName', [
      'CLIENT_ID',
      'CLIENT_SECRET',
    ]),
  ...postgresReaders,
  RoleBinding: binding,
  ClusterRoleBinding: binding,
  Role: ({ rules, metadata }) =>
    rows({ rules }, 'rules').flatMap((rule) => {
      const kinds = { secrets: 'Secret', configmaps: 'ConfigMap' };
      return Object.entries(kinds).flatMap(([resource, kind]) =>
        texts(rule, 'resources').includes(resource)
          ? texts(rule, 'resourceNames').flatMap((name) =>
              inNamespace(kind, name, metadata.namespace, 'rules'),
            )
          : [],
      );
    }),
  HelmChart: ({ spec }) =>
    inNamespace('Namespace', text(spec, 'targetNamespace'), undefined, 'spec.targetNamespace'),
  Application: ({ spec }) =>
    text(spec, 'source', 'chart') === undefined
      ? []
      : inNamespace(
          'Namespace',
          text(spec, 'destination', 'namespace'),
          undefined,
          'spec.destination.namespace',
        ),
  AuthorizationPolicy: ({ spec, metadata }) => [
    ...inNamespace(
      text(spec, 'targetRef', 'kind') ?? '',
      text(spec, 'targetRef', 'name'),
      text(spec, 'targetRef', 'kind') === 'Namespace' ? undefined : metadata.namespace,
      'spec.targetRef',
    ),
    ...rows(spec, 'requiredAuthenticationRefs').flatMap((ref) =>
      inNamespace(
        text(ref, 'kind') ?? '',
        text(ref, 'name'),
        text(ref, 'namespace') ?? metadata.namespace,
        'spec.requiredAuthenticationRefs',
      ),
    ),
  ],
  MeshTLSAuthentication: ({ spec, metadata }) =>
    rows(spec, 'identityRefs').flatMap((ref) =>
      ref.kind === 'Namespace'
        ? inNamespace('Namespace', text(ref, 'name') ?? metadata.namespace, undefined, 'spec.identityRefs')
        : inNamespace(
            'ServiceAccount',
            text(ref, 'name'),
            text(ref, 'namespace') ?? metadata.namespace,
            'spec.identityRefs',
          ),
    ),
  ServiceMonitor: monitor,
  PodMonitor: monitor,
  Prometheus: ({ spec, metadata }) => [
    ...inNamespace(
      'ServiceAccount',
      text(spec, 'serviceAccountName'),
      metadata.namespace,
      'spec.serviceAccountName',
    ),
    ...keyRefs(spec, metadata.namespace, 'spec'),
  ],
  Alertmanager: ({ spec, metadata }) => [
    ...inNamespace(
      'ServiceAccount',
      text(spec, 'serviceAccountName'),
      metadata.namespace,
      'spec.serviceAccountName',
    ),
    ...inNamespace('Secret', text(spec, 'configSecret'), metadata.namespace, 'spec.configSecret', [
      'alertmanager.yaml',
    ]),
    ...keyRefs(spec, metadata.namespace, 'spec'),
  ],
};

/** Everything an object other than a pod's owner names. */
export const namedByObject = (object: Manifest): Named[] => readers[object.kind]?.(object) ?? [];

/** Every `…SecretRef`, `secretKeyRef` and `configMapKeyRef` below a value. */
function keyRefs(
  value: unknown,
  namespace: string | undefined,
  at: string,
  except: readonly string[] = [],
): Named[] {
  if (Array.isArray(value)) return value.flatMap((item) => keyRefs(item, namespace, at, except));
  if (!isData(value)) return [];
  return Object.entries(value).flatMap(([field, below]) => {
    if (except.includes(field)) return [];
    const path = `${at}.${field}`;
    if (isData(below) && /^secretKeyRef$|SecretRef$/.test(field))
      return keyOf(below as Data, namespace, path);
    if (isData(below) && field === 'configMapKeyRef') return keyOf(below, namespace, path, 'ConfigMap');
    return keyRefs(below, namespace, path, except);
  });
}
