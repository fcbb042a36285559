import { External } from './endpoint.js';
import type { Site } from './site.js';

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
    ports: [6443],
  });

/** Anything on the Internet, on the given TCP ports; private ranges excluded. */
export const internet = (name: string, ...ports: number[]): External => new External({ name, ports });
