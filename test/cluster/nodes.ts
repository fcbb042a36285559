import { parse } from 'yaml';
import { renderFile } from '../../constructs/core/config-file.js';
import type { Site } from '../../constructs/core/site.js';
import { k3sConfig, kubeletReservations } from '../../constructs/platform/k3s-config.js';
import type { Api } from './api.js';

/** What a node has left for pods. */
export interface Room {
  /** Thousandths of a core. */
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
  readonly pods: number;
}

const inMi = (quantity: string) => Number.parseInt(quantity, 10) * 1024;
const inMilli = (quantity: string) => Number.parseInt(quantity, 10);

/** What a kubelet with the box's configuration offers of a site's server. */
export function roomOf(site: Site): Room {
  const { system, kubernetes, eviction } = kubeletReservations;
  const kubelet = (parse(renderFile(k3sConfig(site)).text) as { 'kubelet-arg': string[] })['kubelet-arg'];
  const pods = kubelet.find((argument) => argument.startsWith('max-pods='))?.split('=')[1];
  return {
    cpu: site.server.cpu * 1000 - inMilli(system.cpu) - inMilli(kubernetes.cpu),
    memory: site.server.memoryGi * 1024 - inMi(system.memory) - inMi(kubernetes.memory) - inMi(eviction),
    pods: Number(pods ?? 110),
  };
}

/** Registers a server as a kubelet would, in the size that the site says it has. kwok keeps it ready. */
export async function addNode(api: Api, name: string, site: Site): Promise<void> {
  const { cpu, memory, pods } = roomOf(site);
  const disk = { 'ephemeral-storage': '400Gi' };
  const labels = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'node-role.kubernetes.io/control-plane': 'true',
  };
  await api.must('POST', '/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    status: {
      capacity: {
        cpu: String(site.server.cpu),
        memory: `${site.server.memoryGi}Gi`,
        pods: String(pods),
        ...disk,
      },
      allocatable: { cpu: `${cpu}m`, memory: `${memory}Mi`, pods: String(pods), ...disk },
    },
  });
}
