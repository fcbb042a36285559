import { exceptionPrefix } from '../../constructs/core/hardening.js';
import type { PodSecurity } from '../../constructs/core/namespaces.js';

/** The specification of a pod. */
export interface PodSpec {
  readonly containers: readonly object[];
  readonly [field: string]: unknown;
}

/** A pod that keeps or breaks a rule, and who is to refuse it. */
export interface AdmissionCase {
  readonly name: string;
  /** @param image an image of the box */
  readonly pod: (image: string) => {
    readonly spec: PodSpec;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
  /** What the refusal says in a namespace of this level; undefined where it is to be taken. */
  readonly refusal: (level: PodSecurity) => RegExp | undefined;
}

const container = (image: string) => ({
  name: 'main',
  image,
  resources: { limits: { memory: '64Mi' } },
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
});
const spec = (image: string): PodSpec => ({
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [container(image)],
});
/** A pod that keeps all rules but for what is changed in its container. */
export const withContainer = (image: string, changes: object): PodSpec => ({
  ...spec(image),
  containers: [{ ...container(image), ...changes }],
});

const withInit = (image: string, init: string): PodSpec => ({
  ...spec(image),
  initContainers: [{ ...container(init), name: 'first' }],
});
const token = (projection: object) => ({
  name: 'token',
  projected: { sources: [{ serviceAccountToken: { path: 'token', ...projection } }] },
});

/** In namespaces that must be privileged, Pod Security lets everything through: there it is by design. */
const below = (pattern: RegExp) => (level: PodSecurity) => (level === 'privileged' ? undefined : pattern);
const always = (pattern: RegExp) => () => pattern;
const never = () => undefined;

/** What is put to the admission of each namespace. */
export const admissionCases: readonly AdmissionCase[] = [
  { name: 'a pod that keeps all rules', pod: (image) => ({ spec: spec(image) }), refusal: never },
  {
    name: 'a privileged container',
    pod: (image) => ({ spec: withContainer(image, { securityContext: { privileged: true } }) }),
    refusal: below(/violates PodSecurity "restricted.*privileged/s),
  },
  {
    name: 'a folder of the node',
    pod: (image) => ({ spec: { ...spec(image), volumes: [{ name: 'etc', hostPath: { path: '/etc' } }] } }),
    refusal: below(/violates PodSecurity "restricted.*hostPath/s),
  },
  {
    name: "the node's network",
    pod: (image) => ({ spec: { ...spec(image), hostNetwork: true } }),
    refusal: below(/violates PodSecurity "restricted.*host namespaces/s),
  },
  {
    name: 'a container as root',
    pod: (image) => ({ spec: { ...spec(image), securityContext: { runAsUser: 0 } } }),
    refusal: below(/violates PodSecurity "restricted.*runAsNonRoot/s),
  },
  {
    name: 'the token of the default account',
    pod: (image) => ({ spec: { ...spec(image), automountServiceAccountToken: true } }),
    refusal: always(/box-pods.*holds a token for the Kubernetes API/s),
  },
  {
    name: 'a token with a reason',
    pod: (image) => ({
      spec: { ...spec(image), automountServiceAccountToken: true },
      annotations: { [`${exceptionPrefix}api-token`]: 'a test' },
    }),
    refusal: never,
  },
  {
    name: 'an image of other origin',
    pod: () => ({ spec: spec('docker.io/library/nginx:1.27') }),
    refusal: always(/box-pods.*image docker.io\/library\/nginx:1.27 is neither pinned/s),
  },
  {
    name: 'an image whose name only begins like a pinned one',
    pod: (image) => ({ spec: spec(image.replace(/:[^:]*$/, '-evil:1')) }),
    refusal: always(/box-pods.*is neither pinned/s),
  },
  {
    name: 'a first step of other origin',
    pod: (image) => ({
      spec: { ...spec(image), initContainers: [{ ...container('busybox:1'), name: 'first' }] },
    }),
    refusal: always(/box-pods.*image busybox:1 is neither pinned/s),
  },
  {
    name: 'a token for somebody else, as the mesh proxy has one',
    pod: (image) => ({
      spec: {
        ...withInit(image, 'cr.l5d.io/linkerd/proxy:edge-26.6.3'),
        volumes: [token({ audience: 'identity.l5d.io' })],
      },
    }),
    refusal: never,
  },
  {
    name: 'a token mounted by hand',
    pod: (image) => ({ spec: { ...spec(image), volumes: [token({})] } }),
    refusal: always(/box-pods.*holds a token for the Kubernetes API/s),
  },
  {
    name: 'an instance of PostgreSQL, as its operator makes it',
    pod: (image) => ({
      labels: { 'cnpg.io/cluster': 'postgres' },
      spec: {
        ...withInit(image, 'ghcr.io/cloudnative-pg/cloudnative-pg:1.30.0'),
        automountServiceAccountToken: true,
      },
    }),
    refusal: never,
  },
  {
    name: 'the pod that answers an ACME challenge',
    pod: () => ({ spec: spec('quay.io/jetstack/cert-manager-acmesolver:v1.21.1') }),
    refusal: never,
  },
];
