import type { Box } from '../core/box.js';
import { asJson, ConfigFile, type ConfigValue } from '../core/config-file.js';
import { Endpoint } from '../core/endpoint.js';
import { namespaces } from '../core/namespaces.js';
import { Tier } from '../core/tier.js';
import { Wave } from '../core/waves.js';
import { Workload } from '../core/workload.js';
import type { Data } from '../data/data.js';
import type { Edge } from '../edge/edge.js';
import type { Vault } from '../secrets/vault.js';

export interface CatalogProps {
  readonly vault: Vault;
  readonly data: Data;
  readonly edge: Edge;
}

/**
 * The box describing itself: what runs, who reaches whom, hosts, databases, buckets, disks, secret paths, DNS records
 * and the resource table. Programs read it instead of knowing names of their own; the schema is theirs
 * (`cli/schema/catalog.schema.json`).
 */
export class Catalog extends Tier {
  constructor(box: Box, id: string, props: CatalogProps) {
    super(box, id, { namespace: namespaces.boxSystem, wave: Wave.Operations });
    new ConfigFile(this, 'Catalog', {
      name: 'catalog',
      files: { 'catalog.json': asJson(() => this.content(props)) },
    });
  }

  private content({ vault, data, edge }: CatalogProps): ConfigValue {
    const { site, budget, network } = this.box;
    const workloads = network.allPeers.filter((peer): peer is Workload => peer instanceof Workload);
    return {
      version: 1,
      domain: site.settings.domain,
      services: workloads.map((workload) => ({
        name: workload.peerName,
        namespace: workload.namespace,
        kind: workload.kind,
        ports: workload.allEndpoints.map(({ name, port, protocol }) => ({ name, port, protocol })),
        metrics: workload.metrics === undefined ? undefined : { ...workload.metrics },
        dependsOn: network
          .destinations(workload)
          .map((to) =>
            to instanceof Endpoint ? `${to.peer.namespace}/${to.peer.peerName}:${to.name}` : to.name,
          ),
        disks: workload.disks().map(({ name, sizeGi, backup }) => ({ name, sizeGi, backup })),
      })),
      hosts: edge.hosts.map((host) => ({ name: host.name, title: host.title })),
      dns: edge.dnsRecords() as unknown as ConfigValue,
      databases: data.postgres.databases.map(({ name, owner, connections }) => ({
        name,
        owner,
        connections,
      })),
      buckets: data.objectStore.buckets.map(({ name }) => name),
      secretPaths: vault.kvEntries.map(({ path }) => path),
      resources: {
        available: budget.available,
        total: { ...budget.total() },
        rows: budget.rows.map((row) => ({ ...row, resources: { ...row.resources } })),
      },
    };
  }
}
