import { inNamespace, keyOf, type Reader } from './named.js';
import { data, dig, rows, text } from './read.js';

/** What resources of CloudNativePG and its backup plugin name. */
export const postgresReaders: Readonly<Record<string, Reader>> = {
  Cluster: ({ spec, metadata: { namespace } }) => [
    ...inNamespace(
      'Secret',
      text(spec, 'certificates', 'serverTLSSecret'),
      namespace,
      'spec.certificates.serverTLSSecret',
      ['tls.crt', 'tls.key'],
    ),
    ...inNamespace(
      'Secret',
      text(spec, 'certificates', 'serverCASecret'),
      namespace,
      'spec.certificates.serverCASecret',
      ['ca.crt'],
    ),
    ...inNamespace('Secret', text(spec, 'superuserSecret', 'name'), namespace, 'spec.superuserSecret'),
    ...inNamespace(
      'Secret',
      text(spec, 'bootstrap', 'initdb', 'secret', 'name'),
      namespace,
      'spec.bootstrap.initdb.secret',
    ),
    ...['postInitSQLRefs', 'postInitTemplateSQLRefs', 'postInitApplicationSQLRefs'].flatMap((field) => [
      ...rows(spec, 'bootstrap', 'initdb', field, 'secretRefs').flatMap((ref) =>
        keyOf(ref, namespace, field),
      ),
      ...rows(spec, 'bootstrap', 'initdb', field, 'configMapRefs').flatMap((ref) =>
        keyOf(ref, namespace, field, 'ConfigMap'),
      ),
    ]),
    ...rows(spec, 'managed', 'roles').flatMap((role) =>
      inNamespace(
        'Secret',
        text(role, 'passwordSecret', 'name'),
        namespace,
        `managed role '${text(role, 'name')}'`,
        ['username', 'password'],
      ),
    ),
    ...rows(spec, 'plugins').flatMap((plugin) =>
      inNamespace('ObjectStore', text(plugin, 'parameters', 'barmanObjectName'), namespace, 'spec.plugins'),
    ),
    ...inNamespace('StorageClass', text(spec, 'storage', 'storageClass'), undefined, 'spec.storage'),
    ...inNamespace('PriorityClass', text(spec, 'priorityClassName'), undefined, 'spec.priorityClassName'),
  ],
  ObjectStore: ({ spec, metadata: { namespace } }) => [
    ...Object.entries(data(spec, 'configuration', 's3Credentials')).flatMap(([field, ref]) =>
      keyOf(ref, namespace, `spec.configuration.s3Credentials.${field}`),
    ),
    ...keyOf(dig(spec, 'configuration', 'endpointCA'), namespace, 'spec.configuration.endpointCA'),
  ],
  Database: ({ spec, metadata }) =>
    inNamespace('Cluster', text(spec, 'cluster', 'name'), metadata.namespace, 'spec.cluster'),
  ScheduledBackup: ({ spec, metadata }) =>
    inNamespace('Cluster', text(spec, 'cluster', 'name'), metadata.namespace, 'spec.cluster'),
};
