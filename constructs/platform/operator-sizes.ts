import type { Site } from '../core/site.js';
import type { Resources } from '../core/sizes.js';

const row = (cpu: number, memory: number, limit: number): Resources => ({ cpu, memory, limit });

/**
 * Figures of the operators' containers at size 'standard': thousandths of a core, MiB asked for, MiB at most.
 * Proposals until a week of a real server has been measured.
 */
export const operatorSizes = {
  'cert-manager': row(10, 64, 256),
  /** Holds all Secrets and definitions in memory. */
  'cert-manager-cainjector': row(10, 96, 256),
  'cert-manager-webhook': row(10, 32, 128),
  'trust-manager': row(10, 48, 128),
  'linkerd-cni': row(10, 24, 96),
  'linkerd-cni-repair': row(5, 16, 64),
  'linkerd-destination': row(40, 64, 192),
  'linkerd-sp-validator': row(10, 24, 64),
  'linkerd-policy': row(40, 52, 128),
  'linkerd-identity': row(10, 32, 128),
  'linkerd-proxy-injector': row(20, 48, 256),
  'cnpg-operator': row(50, 100, 256),
  'barman-cloud': row(10, 64, 192),
  'vault-secrets-operator': row(15, 64, 192),
  'vault-secrets-operator-metrics': row(5, 32, 64),
  'hydra-maester': row(10, 32, 128),
} as const satisfies Record<string, Resources>;

/** Figures of an operator's container at a site's size. */
export const operatorSize = (site: Site, name: keyof typeof operatorSizes): Resources =>
  site.resources(operatorSizes[name]);
