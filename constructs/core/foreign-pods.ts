import { Construct } from 'constructs';
import { Endpoint, type EndpointProps, type Peer } from './endpoint.js';
import { Tier } from './tier.js';

export interface ForeignPodsProps {
  /** Name for policies and messages. */
  readonly name: string;
  /** @default - the tier's namespace */
  readonly namespace?: string;
  /** Labels the operator or chart puts on the pods. */
  readonly podLabels: Readonly<Record<string, string>>;
}

/**
 * Pods that an operator or a chart makes, not we: they take part in the network like any workload, unmeshed.
 * Where the box's default-deny rules over their namespace, they get a policy too.
 */
export class ForeignPods extends Construct implements Peer {
  readonly peerName: string;
  readonly namespace: string;
  readonly podLabels: Readonly<Record<string, string>>;
  readonly meshed = false;
  readonly path: string;

  constructor(scope: Construct, id: string, props: ForeignPodsProps) {
    super(scope, id);
    const tier = Tier.of(this);
    this.peerName = props.name;
    this.namespace = props.namespace ?? tier.namespaceName;
    this.podLabels = props.podLabels;
    this.path = this.node.path;
    // a policy is written where the box rules; elsewhere the pods are only somebody's peer
    if (this.namespace === tier.namespace) tier.box.network.enroll(this, this);
  }

  /** A port the pods listen on. */
  endpoint(props: Omit<EndpointProps, 'peer'>): Endpoint {
    const endpoint = new Endpoint({ ...props, peer: this });
    Tier.of(this).box.network.publish(endpoint);
    return endpoint;
  }
}
