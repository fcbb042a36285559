import { k8s, ServiceAccount } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { Phase } from './box.js';
import type { Peer } from './endpoint.js';
import { Pod, type PodProps } from './pod.js';
import { Tier } from './tier.js';

export interface TaskProps extends PodProps {
  readonly name: string;
  /** Seconds until the task counts as failed. @default 1800 */
  readonly deadline?: number;
}

/** What Jobs and CronJobs share: a peer of its own and a pod that ends. */
abstract class Ending extends Construct implements Peer {
  readonly peerName: string;
  readonly namespace: string;
  readonly podLabels: Readonly<Record<string, string>>;
  readonly meshed: boolean;
  readonly serviceAccountName: string;
  readonly path: string;
  protected readonly pod: Pod;

  constructor(scope: Construct, id: string, props: TaskProps) {
    super(scope, id);
    const tier = Tier.of(this);
    this.peerName = props.name;
    this.namespace = tier.namespaceName;
    this.podLabels = { app: props.name };
    this.meshed = props.exceptions?.unmeshed === undefined;
    this.serviceAccountName = props.name;
    this.path = this.node.path;
    const annotations = () => (this.meshed ? { 'config.linkerd.io/opaque-ports': '' } : {});
    const batch: PodProps = { ...props, priority: props.priority ?? 'box-batch' };
    this.pod = new Pod({ scope: this, peer: this, props: batch, container: props.name, annotations });
    tier.box.derive(Phase.Render, () => {
      const metadata = { name: props.name, labels: this.labels };
      new ServiceAccount(this, 'ServiceAccount', { metadata, automountToken: false });
      this.render();
    });
  }

  protected get labels(): Record<string, string> {
    const partOf = Tier.of(this).node.id;
    return {
      ...this.podLabels,
      'app.kubernetes.io/name': this.peerName,
      'app.kubernetes.io/part-of': partOf,
    };
  }

  protected abstract render(): void;
}

/**
 * Something to be done once for each version of itself: a migration. The Job's name holds a hash of its pod, since
 * a Job cannot be changed; a new image or environment makes a new Job. Must be safe to run again.
 */
export class Task extends Ending {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: TaskProps,
  ) {
    super(scope, id, props);
  }

  protected render(): void {
    const template = this.pod.template(this.labels, 'OnFailure');
    const hash = Tier.of(this).box.digests.make(this.node.path, [JSON.stringify(template)], 8);
    new k8s.KubeJob(this, 'Resource', {
      metadata: { name: `${this.props.name}-${hash}`, labels: this.labels },
      spec: {
        backoffLimit: 20,
        activeDeadlineSeconds: this.props.deadline ?? 1800,
        template,
      },
    });
  }
}

export interface ScheduleProps extends TaskProps {
  /** Five cron fields, in UTC. */
  readonly cron: string;
}

/** Something to be done again and again. One run at a time; a run that was missed for an hour is skipped. */
export class Schedule extends Ending {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: ScheduleProps,
  ) {
    super(scope, id, props);
  }

  protected render(): void {
    new k8s.KubeCronJob(this, 'Resource', {
      metadata: { name: this.props.name, labels: this.labels },
      spec: {
        schedule: this.props.cron,
        timeZone: 'Etc/UTC',
        concurrencyPolicy: 'Forbid',
        startingDeadlineSeconds: 3600,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          metadata: { labels: this.labels },
          spec: {
            backoffLimit: 2,
            activeDeadlineSeconds: this.props.deadline ?? 1800,
            ttlSecondsAfterFinished: 86_400,
            template: this.pod.template(this.labels, 'Never'),
          },
        },
      },
    });
  }
}
