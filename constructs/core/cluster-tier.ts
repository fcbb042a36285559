import { k8s, Namespace, NetworkPolicy, NetworkPolicyTrafficDefault, Pods } from 'cdk8s-plus-28';
import type { Box } from './box.js';
import type { NamespaceProps } from './namespaces.js';
import { priorities } from './priorities.js';
import { Tier } from './tier.js';
import { Wave } from './waves.js';

/** Memory a container gets that declares none (a chart's hook, a solver pod): small, so that a mistake is cheap. */
const fallback = { request: '64Mi', limit: '256Mi', cpu: '10m' };

/** Wave 0: namespaces with their ground rules, priority classes, and whatever else belongs to no namespace. */
export class ClusterTier extends Tier {
  private readonly known = new Map<string, NamespaceProps>();

  constructor(box: Box, id: string) {
    super(box, id, { wave: Wave.Platform });
    for (const [name, { value, isDefault, preempts }] of Object.entries(priorities)) {
      new k8s.KubePriorityClass(this, name, {
        metadata: { name },
        value,
        globalDefault: isDefault ?? false,
        preemptionPolicy: preempts === false ? 'Never' : 'PreemptLowerPriority',
      });
    }
  }

  /** Makes a namespace once; asking again with the same properties is fine. */
  addNamespace(props: NamespaceProps): void {
    const before = this.known.get(props.name);
    if (before === props) return;
    if (before !== undefined) {
      throw new Error(
        `namespace '${props.name}' is declared twice with different properties; share one declaration`,
      );
    }
    this.known.set(props.name, props);
    if (props.exists !== true) this.render(props);
  }

  /** Whether the box's policies rule in a namespace. */
  governs(namespace: string): boolean {
    return this.known.get(namespace)?.governed !== false && this.known.has(namespace);
  }

  private render(props: NamespaceProps): void {
    const { name, podSecurity = 'restricted', governed = true } = props;
    if (podSecurity !== 'restricted' && props.because === undefined) {
      throw new Error(`namespace '${name}' enforces '${podSecurity}' without saying why; give 'because'`);
    }
    const level = Object.fromEntries(
      ['enforce', 'audit', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, podSecurity]),
    );
    new Namespace(this, `Namespace-${name}`, {
      metadata: {
        name,
        labels: { ...level, ...(governed ? { 'box/trust': 'true' } : {}), ...props.labels },
        annotations: {
          ...(props.because === undefined ? {} : { 'box/exception-pod-security': props.because }),
          ...(governed
            ? { 'linkerd.io/inject': 'enabled', 'config.linkerd.io/default-inbound-policy': 'deny' }
            : {}),
        },
      },
    });
    if (!governed) return;
    new NetworkPolicy(this, `DefaultDeny-${name}`, {
      metadata: { name: 'default-deny', namespace: name },
      selector: Pods.all(this, `AllPods-${name}`),
      ingress: { default: NetworkPolicyTrafficDefault.DENY },
      egress: { default: NetworkPolicyTrafficDefault.DENY },
    });
    new k8s.KubeLimitRange(this, `LimitRange-${name}`, {
      metadata: { name: 'fallback', namespace: name },
      spec: {
        limits: [
          {
            type: 'Container',
            default: { memory: k8s.Quantity.fromString(fallback.limit) },
            defaultRequest: {
              cpu: k8s.Quantity.fromString(fallback.cpu),
              memory: k8s.Quantity.fromString(fallback.request),
            },
          },
        ],
      },
    });
  }
}
