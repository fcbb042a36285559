import { Construct } from 'constructs';
import {
  ObjectStore,
  ObjectStoreSpecConfigurationDataCompression,
  ObjectStoreSpecConfigurationWalCompression,
} from '../../imports/barmancloud.cnpg.io.js';
import {
  ScheduledBackup,
  ScheduledBackupSpecBackupOwnerReference,
  ScheduledBackupSpecMethod,
} from '../../imports/postgresql.cnpg.io.js';
import type { SecretRef } from '../core/secret.js';
import type { Site } from '../core/site.js';

/** Name under which the barman plugin answers. @see https://cloudnative-pg.io/plugin-barman-cloud/ */
export const barmanPlugin = 'barman-cloud.cloudnative-pg.io';

export interface PostgresBackupProps {
  readonly site: Site;
  /** Name of the CloudNativePG cluster. */
  readonly cluster: string;
  /** Keys of the off-site store: access-key-id, secret-access-key, region. */
  readonly credentials: SecretRef;
}

/** Continuous WAL archive and a nightly base backup in the off-site store: any moment of the retention can come back. */
export class PostgresBackup extends Construct {
  readonly objectStoreName = 'offsite';

  constructor(scope: Construct, id: string, { site, cluster, credentials }: PostgresBackupProps) {
    super(scope, id);
    const { backup } = site.settings;
    const key = (name: string) => {
      const { secret, key: field } = credentials.key(name);
      return { name: secret.name, key: field };
    };
    new ObjectStore(this, 'ObjectStore', {
      metadata: { name: this.objectStoreName },
      spec: {
        retentionPolicy: `${backup.retentionDays}d`,
        configuration: {
          destinationPath: `s3://${backup.bucket}/postgres`,
          endpointUrl: backup.endpoint,
          s3Credentials: {
            accessKeyId: key('access-key-id'),
            secretAccessKey: key('secret-access-key'),
            region: key('region'),
          },
          wal: { compression: ObjectStoreSpecConfigurationWalCompression.GZIP, maxParallel: 2 },
          data: { compression: ObjectStoreSpecConfigurationDataCompression.GZIP, jobs: 2 },
        },
        instanceSidecarConfiguration: {
          // newer boto3 sends checksums that some S3 stores refuse
          env: [
            { name: 'AWS_REQUEST_CHECKSUM_CALCULATION', value: 'when_required' },
            { name: 'AWS_RESPONSE_CHECKSUM_VALIDATION', value: 'when_required' },
          ],
        },
      },
    });
    new ScheduledBackup(this, 'Nightly', {
      metadata: { name: `${cluster}-nightly` },
      spec: {
        // six fields, the first are seconds
        schedule: '0 0 2 * * *',
        cluster: { name: cluster },
        method: ScheduledBackupSpecMethod.PLUGIN,
        pluginConfiguration: { name: barmanPlugin },
        backupOwnerReference: ScheduledBackupSpecBackupOwnerReference.CLUSTER,
        immediate: true,
      },
    });
  }
}
