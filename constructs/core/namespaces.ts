/** Pod Security Standard a namespace enforces. @see https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
export type PodSecurity = 'restricted' | 'baseline' | 'privileged';

export interface NamespaceProps {
  readonly name: string;
  /** @default 'restricted' */
  readonly podSecurity?: PodSecurity;
  /** Why the namespace enforces less than 'restricted'; needed when it does. */
  readonly because?: string;
  /**
   * Whether the box's own policies rule here: default-deny network, mesh, limits.
   * False for namespaces that hold nothing but an operator's chart. @default true
   */
  readonly governed?: boolean;
  /** Kubernetes itself makes the namespace; the box only puts objects into it. @default false */
  readonly exists?: boolean;
  /** Further labels. */
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * The namespaces of the box; each is made only when something lives in it.
 * `restricted` holds with a mesh because Linkerd's CNI plugin sets up the network, not a privileged init container.
 */
export const namespaces = {
  kubeSystem: { name: 'kube-system', exists: true, governed: false },
  /** Made by Argo CD's own installation. */
  argocd: { name: 'argocd', exists: true, governed: false },
  boxSystem: { name: 'box-system' },
  data: { name: 'data' },
  storage: { name: 'storage' },
  ory: { name: 'ory' },
  lasuite: { name: 'lasuite' },
  ingress: {
    name: 'ingress',
    podSecurity: 'privileged',
    because: 'the proxy binds the ports 80, 443 and 22 of the node, which even the baseline level refuses',
  },
  certManager: { name: 'cert-manager', governed: false },
  linkerd: {
    name: 'linkerd',
    governed: false,
    labels: {
      // trust-manager writes the trust roots into namespaces with this label, and the injector skips them
      'linkerd.io/is-control-plane': 'true',
      'config.linkerd.io/admission-webhooks': 'disabled',
      'linkerd.io/control-plane-ns': 'linkerd',
    },
  },
  linkerdCni: {
    name: 'linkerd-cni',
    governed: false,
    podSecurity: 'privileged',
    because: 'a CNI plugin writes into folders of the node',
    labels: { 'linkerd.io/cni-resource': 'true', 'config.linkerd.io/admission-webhooks': 'disabled' },
  },
  cnpg: { name: 'cnpg-system', governed: false },
  vaultSecretsOperator: { name: 'vault-secrets-operator', governed: false },
} as const satisfies Record<string, NamespaceProps>;
