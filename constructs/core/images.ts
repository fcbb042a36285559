/** Numeric user and group a container runs as. */
export interface ImageUser {
  readonly uid: number;
  readonly gid: number;
}

/** A container image at a fixed version. */
export interface Image {
  /** Repository with registry; undefined for our own programs, whose registry the site names. */
  readonly repository?: string;
  /** Tag, and digest after `@` where one is known. */
  readonly version: string;
  /** User the image is made for, or is proven to run as. */
  readonly user: ImageUser;
}

const nobody: ImageUser = { uid: 65532, gid: 65532 };
/** La Suite's public images are built with 1001:127; 1001:1001 is what their production roles run. */
const lasuite: ImageUser = { uid: 1001, gid: 1001 };
const own = (uid = nobody): Image => ({ version: '0.1.0', user: uid });

/**
 * Every image of the box; the only place where a version stands. A site may override one by its name here.
 * Digests are added when a registry has been asked: none of the sources read for these pins records one.
 */
export const images = {
  openbao: { repository: 'quay.io/openbao/openbao', version: '2.6.2', user: { uid: 100, gid: 1000 } },
  postgres: {
    repository: 'ghcr.io/cloudnative-pg/postgresql',
    version: '18.4-system-trixie',
    user: { uid: 26, gid: 26 },
  },
  valkey: { repository: 'docker.io/valkey/valkey', version: '8.1.10-alpine', user: { uid: 999, gid: 1000 } },
  opensearch: {
    repository: 'docker.io/opensearchproject/opensearch',
    version: '3.8.0',
    user: { uid: 1000, gid: 1000 },
  },
  seaweedfs: { repository: 'docker.io/chrislusf/seaweedfs', version: '4.44', user: { uid: 1000, gid: 1000 } },
  searxng: {
    repository: 'docker.io/searxng/searxng',
    version: '2026.7.10-799086874',
    user: { uid: 977, gid: 977 },
  },
  kratos: { repository: 'docker.io/oryd/kratos', version: 'v25.4.0', user: nobody },
  hydra: { repository: 'docker.io/oryd/hydra', version: 'v25.4.0', user: nobody },
  kratosAdminUi: {
    repository: 'ghcr.io/dfoxg/kratos-admin-ui',
    version: 'v2.6.0',
    user: { uid: 101, gid: 101 },
  },
  docsBackend: { repository: 'docker.io/lasuite/impress-backend', version: 'v5.4.1', user: lasuite },
  docsFrontend: { repository: 'docker.io/lasuite/impress-frontend', version: 'v5.4.1', user: lasuite },
  docsCollaboration: { repository: 'docker.io/lasuite/impress-y-provider', version: 'v5.4.1', user: lasuite },
  collabora: {
    repository: 'docker.io/collabora/code',
    version: '26.04.2.2.1',
    user: { uid: 1001, gid: 1001 },
  },
  proxy: own(),
  login: own(),
} as const satisfies Record<string, Image>;

export type ImageName = keyof typeof images;

/** A chart of somebody else's, at a fixed version. */
export interface ChartPin {
  readonly repo: string;
  readonly chart: string;
  readonly version: string;
}

const linkerdEdge = 'https://helm.linkerd.io/edge';
const jetstack = 'https://charts.jetstack.io';
const cnpg = 'https://cloudnative-pg.github.io/charts';

/**
 * Every chart that is installed from its own repository.
 * Linkerd publishes edge releases only; 2.20 is edge-26.6.3, whose charts carry the version 2026.6.3.
 */
export const charts = {
  certManager: { repo: jetstack, chart: 'cert-manager', version: 'v1.21.1' },
  trustManager: { repo: jetstack, chart: 'trust-manager', version: 'v0.24.0' },
  linkerdCni: { repo: linkerdEdge, chart: 'linkerd2-cni', version: '2026.6.3' },
  linkerdCrds: { repo: linkerdEdge, chart: 'linkerd-crds', version: '2026.6.3' },
  linkerdControlPlane: { repo: linkerdEdge, chart: 'linkerd-control-plane', version: '2026.6.3' },
  cloudnativePg: { repo: cnpg, chart: 'cloudnative-pg', version: '0.29.0' },
  barmanCloud: { repo: cnpg, chart: 'plugin-barman-cloud', version: '0.7.0' },
  vaultSecretsOperator: {
    repo: 'https://helm.releases.hashicorp.com',
    chart: 'vault-secrets-operator',
    version: '1.4.1',
  },
  hydraMaester: { repo: 'https://k8s.ory.sh/helm/charts', chart: 'hydra-maester', version: '0.62.1' },
} as const satisfies Record<string, ChartPin>;

export type ChartName = keyof typeof charts;
