import { External, serviceHost } from './endpoint.js';
import type { Site } from './site.js';

/** Port of the API server on its node. @see https://docs.k3s.io/installation/requirements#networking */
export const apiServerPort = 6443;

/** Name of the Kubernetes API inside the cluster. */
export const apiServerHost = serviceHost('kubernetes', 'default');

/** Name of the cluster's own name server. @see https://docs.k3s.io/networking/networking-services#coredns */
export const nameServerHost = serviceHost('kube-dns', 'kube-system');

/** Ranges a node's own address may come from, besides the public one. */
const privateNetworks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

/**
 * The Kubernetes API. The Service address is translated before policies are applied, so the rule names what is behind
 * it: the API server's port on the nodes.
 */
export const kubernetesApi = (site: Site): External =>
  new External({
    name: 'Kubernetes API',
    networks: [`${site.settings.publicIp}/32`, ...privateNetworks],
    ports: [apiServerPort],
  });

/** Anything on the Internet, on the given TCP ports; private ranges excluded. */
export const internet = (name: string, ...ports: number[]): External => new External({ name, ports });
