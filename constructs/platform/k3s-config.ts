import type { FileContent } from '../core/config-file.js';
import { asIni, asYaml } from '../core/config-file.js';
import { apiServerPort } from '../core/destinations.js';
import type { Site } from '../core/site.js';

/**
 * Release of k3s the box is made for. Charts are given structured values, which k3s knows since helm-controller
 * v0.16.20 of February 2026.
 */
export const k3sVersion = 'v1.35.7+k3s1';

/** Folder of k3s's configuration on the server. */
export const k3sFolder = '/etc/rancher/k3s';
/** Folder k3s's audit log goes to; k3s does not make it. */
export const auditFolder = '/var/lib/rancher/k3s/server/logs';
/** Where the box's own authority lies on the server when no public one signs its certificates. */
export const localCaFile = `${k3sFolder}/box-ca.crt`;

/** What is kept from pods; together it is what `core/sizes.ts` reserves. */
export const kubeletReservations = {
  system: { cpu: '500m', memory: '2Gi' },
  kubernetes: { cpu: '500m', memory: '1Gi' },
  /** The kubelet evicts pods when less memory than this is free. */
  eviction: '1Gi',
};

const pairs = (items: Readonly<Record<string, string>>, sign: string) =>
  Object.entries(items)
    .map(([key, value]) => `${key}${sign}${value}`)
    .join(',');

/**
 * k3s's `config.yaml`.
 * @param join whether it is for the second and later servers of a cluster
 * @see https://docs.k3s.io/installation/configuration#configuration-file
 */
export function k3sConfig(site: Site, join = false): FileContent {
  const { publicIp } = site.settings;
  const { system, kubernetes, eviction } = kubeletReservations;
  return asYaml({
    'write-kubeconfig-mode': '0600',
    'tls-san': [publicIp],
    // one etcd member instead of SQLite: it brings scheduled snapshots
    ...(join
      ? { server: `https://${publicIp}:${apiServerPort}`, 'token-file': `${k3sFolder}/join-token` }
      : { 'cluster-init': true }),
    // nodes of a cluster may talk over a public network
    ...(site.isCluster ? { 'flannel-backend': 'wireguard-native' } : {}),
    // the edge proxy binds 80 and 443 itself
    disable: ['traefik', 'servicelb'],
    'secrets-encryption': true,
    'protect-kernel-defaults': true,
    'supervisor-metrics': true,
    'kube-apiserver-arg': [
      'enable-admission-plugins=NodeRestriction,EventRateLimit',
      `admission-control-config-file=${k3sFolder}/admission.yaml`,
      `audit-policy-file=${k3sFolder}/audit.yaml`,
      `audit-log-path=${auditFolder}/audit.log`,
      'audit-log-maxage=30',
      'audit-log-maxbackup=10',
      'audit-log-maxsize=100',
    ],
    'kube-controller-manager-arg': ['terminated-pod-gc-threshold=100'],
    'kubelet-arg': [
      `system-reserved=${pairs(system, '=')}`,
      `kube-reserved=${pairs(kubernetes, '=')}`,
      `eviction-hard=${pairs({ 'memory.available': eviction, 'nodefs.available': '10%', 'imagefs.available': '10%' }, '<')}`,
      'eviction-soft=memory.available<2Gi',
      'eviction-soft-grace-period=memory.available=2m',
      'image-gc-high-threshold=80',
      'image-gc-low-threshold=70',
      'max-pods=200',
    ],
  });
}

/**
 * Where containerd finds the images of the box's own programs. Credentials are added on the server, never here.
 * @see https://docs.k3s.io/installation/private-registry
 */
export function registries(site: Site): FileContent {
  const host = site.registry.split('/')[0] ?? site.registry;
  return asYaml({
    mirrors: { [host]: { endpoint: [`https://${host}`] } },
    ...(site.settings.tls.issuer === 'local'
      ? { configs: { [host]: { tls: { ca_file: localCaFile } } } }
      : {}),
  });
}

/** Admission for all that says nothing itself: Pod Security 'restricted', and no flood of events. */
export function admission(): FileContent {
  const level = (mode: string) => ({ [mode]: 'restricted', [`${mode}-version`]: 'latest' });
  return asYaml({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AdmissionConfiguration',
    plugins: [
      {
        name: 'PodSecurity',
        configuration: {
          apiVersion: 'pod-security.admission.config.k8s.io/v1',
          kind: 'PodSecurityConfiguration',
          defaults: { ...level('enforce'), ...level('audit'), ...level('warn') },
          exemptions: { usernames: [], runtimeClasses: [], namespaces: ['kube-system'] },
        },
      },
      {
        name: 'EventRateLimit',
        configuration: {
          apiVersion: 'eventratelimit.admission.k8s.io/v1alpha1',
          kind: 'Configuration',
          limits: [{ type: 'Server', qps: 5000, burst: 20000 }],
        },
      },
    ],
  });
}

/** Who changed what. Bodies are never logged, since Secrets pass through them; reads are, for Secrets alone. */
export function auditPolicy(): FileContent {
  return asYaml({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [
      {
        level: 'None',
        resources: [
          { group: '', resources: ['events'] },
          { group: 'events.k8s.io', resources: ['events'] },
          { group: 'coordination.k8s.io', resources: ['leases'] },
        ],
      },
      { level: 'Metadata', resources: [{ group: '', resources: ['secrets'] }] },
      { level: 'None', verbs: ['get', 'list', 'watch'] },
      { level: 'Metadata' },
    ],
  });
}

/** Kernel settings: those `protect-kernel-defaults` insists on, OpenSearch's maps, watches for many pods. */
export function sysctl(): FileContent {
  return asIni({
    'vm.panic_on_oom': 0,
    'vm.overcommit_memory': 1,
    'kernel.panic': 10,
    'kernel.panic_on_oops': 1,
    'vm.max_map_count': 262144,
    'fs.inotify.max_user_watches': 524288,
    'fs.inotify.max_user_instances': 8192,
  });
}
