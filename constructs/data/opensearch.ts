import { Construct } from 'constructs';
import { asYaml, ConfigFile, type ConfigValue } from '../core/config-file.js';
import { internet } from '../core/destinations.js';
import type { Endpoint } from '../core/endpoint.js';
import { PodField } from '../core/env.js';
import { disk, scratch } from '../core/mount.js';
import { Probe } from '../core/probe.js';
import { Tier } from '../core/tier.js';
import { Workload } from '../core/workload.js';

const name = 'opensearch';
const ports = { http: 9200, transport: 9300 };
const home = '/usr/share/opensearch';
const dataFolder = `${home}/data`;
const logsFolder = `${home}/logs`;
const configFolder = '/etc/opensearch';
const ownFolder = '/etc/box/opensearch';
const configFile = 'opensearch.yml';
/** MiB. The rest of the container's memory is Lucene's, the vectors' and the embedding model's, outside of the heap. */
const heapMi = 512;

/**
 * OpenSearch: search in mail and chat, and the vectors of the AI colleague. One node, or three in a cluster. There is
 * no login: only pods that are given `endpoint` reach it, inside the mesh.
 *
 * Its settings are a file rather than variables (which the image's entry point would pass on): the entry point
 * insists on a configuration folder inside the image, where OpenSearch writes its keystore at first start, and that
 * fails on a read-only root. So a step copies the image's folder beside it and puts our file there.
 * @see https://github.com/opensearch-project/opensearch-build/issues/3991
 */
export class OpenSearch extends Construct {
  /** The HTTP API. */
  readonly endpoint: Endpoint;
  private readonly server: Workload;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const { site } = Tier.of(this).box;
    const replicas = site.isCluster ? 3 : 1;
    const config = new ConfigFile(this, 'Config', {
      name,
      files: { [configFile]: asYaml(() => this.settings()) },
    });
    this.server = new Workload(this, 'Server', {
      name,
      image: 'opensearch',
      steps: [
        {
          name: 'config',
          command: [
            'bash',
            '-ec',
            `cp -r ${home}/config/. ${configFolder}/; cp ${ownFolder}/${configFile} ${configFolder}/`,
          ],
          mounts: [config.mountAt(ownFolder), scratch(configFolder)],
        },
      ],
      command: [`${home}/bin/opensearch`],
      size: 'opensearch',
      replicas,
      grace: 120,
      listens: { http: ports.http, transport: { port: ports.transport, protocol: 'tcp' } },
      env: {
        NODE_NAME: PodField.name,
        OPENSEARCH_PATH_CONF: configFolder,
        OPENSEARCH_JAVA_OPTS: `-Xms${heapMi}m -Xmx${heapMi}m`,
      },
      mounts: [
        scratch(configFolder),
        scratch(logsFolder, 256),
        scratch('/tmp', 512),
        disk(dataFolder, {
          name: 'data',
          sizeGi: 20,
          backup: { none: 'an index is built again from what it indexes; nothing is kept here alone' },
        }),
      ],
      probes: {
        startup: Probe.tcp('http', { failures: 30 }),
        liveness: Probe.tcp('http'),
        readiness: Probe.http('http', '/_cluster/health?local=true'),
      },
      // embedding models are fetched once, when they are registered
      uses: [internet('embedding models', 443)],
    });
    this.endpoint = this.server.endpoint('http');
  }

  /** @see https://docs.opensearch.org/latest/install-and-configure/configuring-opensearch/ */
  private settings(): ConfigValue {
    return {
      'cluster.name': 'box',
      'node.name': `\${NODE_NAME}`,
      'network.host': '0.0.0.0',
      'path.data': dataFolder,
      'path.logs': logsFolder,
      'plugins.security.disabled': true,
      // without it the node would have to raise vm.max_map_count; searches are a little slower
      'node.store.allow_mmap': false,
      // the defaults are shares of the disk, and stop all writing on a large one that is far from full
      'cluster.routing.allocation.disk.watermark.low': '2gb',
      'cluster.routing.allocation.disk.watermark.high': '1gb',
      'cluster.routing.allocation.disk.watermark.flood_stage': '500mb',
      'plugins.ml_commons.only_run_on_ml_node': false,
      'plugins.ml_commons.native_memory_threshold': 90,
      'plugins.ml_commons.model_access_control_enabled': false,
      'plugins.ml_commons.allow_registering_model_via_url': true,
      ...this.discovery(),
    };
  }

  private discovery(): Record<string, ConfigValue> {
    const nodes = [...Array(this.server.replicas).keys()];
    // 'single-node' turns the checks of a production cluster into warnings; a copy would have no node to go to
    if (nodes.length === 1)
      return { 'discovery.type': 'single-node', 'cluster.default_number_of_replicas': 0 };
    return {
      'discovery.seed_hosts': nodes.map((i) => this.server.replicaAddress(i, 'transport')),
      'cluster.initial_cluster_manager_nodes': nodes.map((i) => `${name}-${i}`),
      'cluster.default_number_of_replicas': 1,
    };
  }
}
