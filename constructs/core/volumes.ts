import { k8s } from 'cdk8s-plus-28';
import type { Mount } from './mount.js';

const label = (path: string) =>
  path
    .replace(/^\/+/, '')
    .replace(/[^a-z0-9]+/gi, '-')
    .toLowerCase();

/** Name of a mount's volume in the pod; two mounts with one name share it. */
export function volumeName(mount: Mount): string {
  switch (mount.kind) {
    case 'config':
      return `config-${mount.config.name}`;
    case 'configMap':
      return `config-${mount.configMap}`;
    case 'secret':
      return `secret-${mount.secret.name}`;
    case 'scratch':
      return `scratch-${label(mount.path)}`;
    case 'volume':
      return mount.volume.name;
  }
}

/** The volume behind a mount; none for a disk, which the StatefulSet's claim template makes. */
export function renderVolume(mount: Mount): k8s.Volume[] {
  const name = volumeName(mount);
  switch (mount.kind) {
    case 'config':
      return [{ name, configMap: { name: mount.config.name } }];
    case 'configMap':
      return [{ name, configMap: { name: mount.configMap } }];
    case 'secret':
      return [{ name, secret: { secretName: mount.secret.name, defaultMode: 0o440 } }];
    case 'scratch':
      return [{ name, emptyDir: { sizeLimit: k8s.Quantity.fromString(`${mount.sizeMi}Mi`) } }];
    case 'volume':
      return [];
  }
}
