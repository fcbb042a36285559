import { Construct } from 'constructs';
import { type Endpoint, headlessServiceOf, serviceHost } from '../core/endpoint.js';
import { PodField } from '../core/env.js';
import { disk, scratch } from '../core/mount.js';
import { Probe } from '../core/probe.js';
import { join, text } from '../core/reference.js';
import type { SecretRef } from '../core/secret.js';
import { Tier } from '../core/tier.js';
import { type ListenProps, Workload, type WorkloadProps } from '../core/workload.js';

export interface SeaweedFsProps {
  /** Holds the identities of the S3 gateway. */
  readonly identities: SecretRef;
  /** Key of `identities` that is the file. */
  readonly identitiesFile: string;
}

const names = { master: 'seaweedfs-master', volume: 'seaweedfs-volume', filer: 'seaweedfs-filer' } as const;
const ports = { master: 9333, volume: 8080, filer: 8888, s3: 8333, metrics: 9327 };
const dataFolder = '/data';
const identitiesFolder = '/etc/sw';
/** MiB of one volume file. Also the unit in which the disk is shared out, so small disks need it small. */
const volumeSizeMb = 1024;

/** A server's own port and its gRPC twin, which every member expects 10000 higher. */
const twin = (port: number): Record<'http' | 'grpc', ListenProps> => ({
  http: { port },
  grpc: { port: port + 10_000, protocol: 'tcp' },
});

const copiedOffSite = { none: 'every bucket is copied off-site object by object, and comes back through S3' };

/**
 * SeaweedFS: masters know which volume is where, volume servers hold the bytes, the filer holds names and speaks S3.
 * One of each on one server. In a cluster three masters elect a leader and three volume servers keep two copies of
 * everything on different servers (`001`); there is one filer still, because its names are in an embedded store, and
 * two of them would each answer with what the other has not told it yet.
 * Flags were read in the sources of 4.44. @see https://github.com/seaweedfs/seaweedfs/wiki
 */
export class SeaweedFs extends Construct {
  readonly master: Workload;
  readonly volume: Workload;
  readonly filer: Workload;

  constructor(scope: Construct, id: string, props: SeaweedFsProps) {
    super(scope, id);
    const { box } = Tier.of(this);
    const { isCluster } = box.site;
    const replicas = isCluster ? 3 : 1;

    this.master = this.server('Master', 'master', {
      replicas,
      listens: twin(ports.master),
      args: [
        `-mdir=${dataFolder}`,
        `-volumeSizeLimitMB=${volumeSizeMb}`,
        `-defaultReplication=${isCluster ? '001' : '000'}`,
        `-peers=${isCluster ? this.peers(replicas) : 'none'}`,
        // on by default: sends figures about the installation to the authors
        '-telemetry=false',
      ],
      env: {
        // by default a new bucket takes 7 volumes (12 with two copies), which ten buckets on a small disk exceed
        WEED_MASTER_VOLUME_GROWTH_COPY_1: 1,
        WEED_MASTER_VOLUME_GROWTH_COPY_2: 1,
      },
      mounts: [
        disk(dataFolder, {
          name: 'data',
          sizeGi: 1,
          backup: { none: 'volume servers report what they hold, and the masters know again' },
        }),
      ],
      // a master is ready when there is a leader; masters reach each other before that
      probes: { liveness: Probe.http('http', '/healthz'), readiness: Probe.http('http', '/readyz') },
    });

    const masters = join(
      [...Array(replicas).keys()].map((i) => this.master.replicaAddress(i, 'http')),
      ',',
    );
    this.volume = this.server('Volume', 'volume', {
      replicas,
      listens: twin(ports.volume),
      args: [
        text`-master=${masters}`,
        `-dir=${dataFolder}`,
        // as many volumes as the disk has room for, less what the rest of the server needs
        '-max=0',
        '-minFreeSpace=5GiB',
      ],
      uses: [this.master.endpoint('grpc')],
      mounts: [
        // what the disk budget counts with; the server takes what the disk has
        disk(dataFolder, { name: 'data', sizeGi: 200, backup: copiedOffSite }),
      ],
      probes: { liveness: Probe.http('http', '/healthz'), readiness: Probe.http('http', '/readyz') },
      // stops taking writes 10 s before it stops, then finishes what is under way
      grace: 60,
    });

    this.filer = this.server('Filer', 'filer', {
      listens: { ...twin(ports.filer), s3: ports.s3 },
      args: [
        text`-master=${masters}`,
        `-defaultStoreDir=${dataFolder}`,
        '-disableDirListing',
        '-s3',
        `-s3.port=${ports.s3}`,
        `-s3.config=${identitiesFolder}/${props.identitiesFile}`,
        // two data-lake servers that listen by default
        '-s3.port.iceberg=0',
        '-s3.port.lance=0',
      ],
      uses: [this.master.endpoint('grpc'), this.volume.endpoint('http'), this.volume.endpoint('grpc')],
      mounts: [
        props.identities.mountAt(identitiesFolder),
        disk(dataFolder, { name: 'data', sizeGi: 10, backup: copiedOffSite }),
      ],
      probes: {
        liveness: Probe.http('http', '/healthz'),
        readiness: Probe.http('s3', '/healthz'),
        startup: Probe.http('s3', '/healthz', { failures: 30 }),
      },
      grace: 60,
    });
    // identities are read at start only
    props.identities.readBy(this.filer.restartTarget);

    const { network } = box;
    network.connect(this.master, this.volume.endpoint('grpc'));
    if (!isCluster) return;
    for (const member of [this.master, this.volume])
      for (const port of ['http', 'grpc']) network.connect(member, member.endpoint(port));
  }

  /** Where S3 clients connect to. */
  get s3(): Endpoint {
    return this.filer.endpoint('s3');
  }

  /** One kind of server, known to the others by the host name of its pod. */
  private server(
    id: string,
    role: keyof typeof names,
    props: Pick<WorkloadProps, 'args' | 'mounts' | 'listens' | 'probes'> & Partial<WorkloadProps>,
  ): Workload {
    const name = names[role];
    const host = serviceHost(headlessServiceOf(name), Tier.of(this).namespaceName);
    return new Workload(this, id, {
      ...props,
      name,
      image: 'seaweedfs',
      size: name,
      priority: 'box-core',
      // not the entry point, which adds flags of its own
      command: ['weed'],
      args: [
        '-logtostderr=true',
        role,
        `-port=${ports[role]}`,
        `-ip=$(POD_NAME).${host}`,
        '-ip.bind=0.0.0.0',
        `-metricsPort=${ports.metrics}`,
        ...(props.args ?? []),
      ],
      env: { POD_NAME: PodField.name, ...props.env },
      listens: { ...props.listens, metrics: ports.metrics },
      mounts: [...(props.mounts ?? []), scratch('/tmp')],
      metrics: { port: 'metrics', path: '/metrics' },
    });
  }

  private peers(count: number): string {
    const host = serviceHost(headlessServiceOf(names.master), Tier.of(this).namespaceName);
    return [...Array(count).keys()].map((i) => `${names.master}-${i}.${host}:${ports.master}`).join(',');
  }
}
