import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FileContent, renderFile } from '../core/config-file.js';
import type { Site } from '../core/site.js';
import { firewall, type NodePort } from './firewall.js';
import { hostReadme } from './host-readme.js';
import { admission, auditPolicy, k3sConfig, k3sFolder, registries, sysctl } from './k3s-config.js';

export { type NodePort, nodePortsOf } from './firewall.js';

/** A file for the server. */
export interface HostFile {
  /** Where it goes; undefined for what is only read by people. */
  readonly target?: string;
  readonly purpose: string;
  readonly content: FileContent;
}

/** Files by their name under `dist/host/`. */
function declare(site: Site, nodePorts: readonly NodePort[]): Record<string, HostFile> {
  return {
    '90-box.conf': {
      target: '/etc/sysctl.d/90-box.conf',
      purpose: 'kernel settings',
      content: sysctl(),
    },
    'config.yaml': {
      target: `${k3sFolder}/config.yaml`,
      purpose: site.isCluster ? 'k3s on the first server' : 'k3s',
      content: k3sConfig(site),
    },
    ...(site.isCluster
      ? {
          'config-join.yaml': {
            target: `${k3sFolder}/config.yaml`,
            purpose: 'k3s on every further server',
            content: k3sConfig(site, true),
          },
        }
      : {}),
    'registries.yaml': {
      target: `${k3sFolder}/registries.yaml`,
      purpose: 'where containerd finds our own images',
      content: registries(site),
    },
    'admission.yaml': {
      target: `${k3sFolder}/admission.yaml`,
      purpose: 'Pod Security for namespaces that say nothing, event limits',
      content: admission(),
    },
    'audit.yaml': {
      target: `${k3sFolder}/audit.yaml`,
      purpose: 'what the Kubernetes API logs',
      content: auditPolicy(),
    },
    'firewall.yaml': {
      purpose: "inbound rules for the provider's firewall",
      content: firewall(site, nodePorts),
    },
  };
}

/**
 * Text of every file for the server, by name, the README included.
 * @param nodePorts ports on which the box listens on the node
 * @throws when a node port is one the server needs itself
 */
export function hostFiles(site: Site, nodePorts: readonly NodePort[]): Record<string, string> {
  const files = declare(site, nodePorts);
  const texts = Object.entries(files).map(([name, { content }]) => [name, renderFile(content).text]);
  return { ...Object.fromEntries(texts), 'README.md': hostReadme(site, files) };
}

/** Writes the server's files into a folder, which is made when missing. @throws as `hostFiles` does */
export function writeHostFiles(dir: string, site: Site, nodePorts: readonly NodePort[]): void {
  mkdirSync(dir, { recursive: true });
  for (const [name, text] of Object.entries(hostFiles(site, nodePorts))) {
    const file = join(dir, name);
    writeFileSync(file, text);
    chmodSync(file, 0o644);
  }
}
