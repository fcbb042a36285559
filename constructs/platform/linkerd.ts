import type { Construct } from 'constructs';
import { namespaces } from '../core/namespaces.js';
import { podNetwork } from '../core/network.js';
import type { Priority } from '../core/priorities.js';
import type { Site } from '../core/site.js';
import { type Resources, sizes } from '../core/sizes.js';
import { Tier } from '../core/tier.js';
import { Wave } from '../core/waves.js';
import { OperatorChart } from './chart.js';
import { linkerdWebhooks } from './linkerd-webhooks.js';
import { operatorSize } from './operator-sizes.js';

/** Requests and memory limit in the form of Linkerd's charts. */
export interface LinkerdResources {
  readonly cpu: { readonly request: string };
  readonly memory: { readonly request: string; readonly limit: string };
}

const linkerdResources = ({ cpu, memory, limit }: Resources): LinkerdResources => ({
  cpu: { request: `${cpu}m` },
  memory: { request: `${memory}Mi`, limit: `${limit}Mi` },
});

/** The values of `linkerd2-cni` that are set here. */
export interface LinkerdCniValues {
  readonly destCNIBinDir: string;
  readonly destCNINetDir: string;
  readonly priorityClassName: 'system-node-critical';
  readonly resources: LinkerdResources;
  readonly repairController: { readonly enabled: true; readonly resources: LinkerdResources };
}

/**
 * Sets up the network of meshed pods from the node, so that no pod needs rights over the network and namespaces can
 * enforce Pod Security 'restricted'. Folders are those of k3s since September 2024.
 * @see https://linkerd.io/2-edge/features/cni/
 */
export class LinkerdCni extends OperatorChart<LinkerdCniValues> {
  constructor(scope: Construct, id: string) {
    const { site } = Tier.of(scope).box;
    const plugin = operatorSize(site, 'linkerd-cni');
    const repair = operatorSize(site, 'linkerd-cni-repair');
    super(scope, id, {
      chart: 'linkerdCni',
      namespace: namespaces.linkerdCni,
      values: {
        destCNIBinDir: '/var/lib/rancher/k3s/data/cni',
        destCNINetDir: '/var/lib/rancher/k3s/agent/etc/cni/net.d',
        priorityClassName: 'system-node-critical',
        resources: linkerdResources(plugin),
        // k3s writes its own network configuration at each start; pods that came up in between are replaced
        repairController: { enabled: true, resources: linkerdResources(repair) },
      },
      pods: [{ name: 'linkerd-cni', replicas: site.isCluster ? 3 : 1, containers: [plugin, repair] }],
    });
  }
}

/** The values of `linkerd-crds` that are set here. */
export interface LinkerdCrdsValues {
  readonly installGatewayAPI: true;
}

/** Definitions of Linkerd's resources, and of the Gateway API routes its policy controller watches. */
export class LinkerdCrds extends OperatorChart<LinkerdCrdsValues> {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      chart: 'linkerdCrds',
      namespace: namespaces.linkerd,
      values: { installGatewayAPI: true },
    });
  }
}

/** A webhook whose certificate cert-manager keeps: Helm's own would be new at each rendering. */
export interface LinkerdWebhookValues {
  readonly externalSecret: true;
  /** `namespace/name` of the Certificate. */
  readonly injectCaFrom: string;
}

/** The values of `linkerd-control-plane` that are set here. */
export interface LinkerdControlPlaneValues extends Partial<LinkerdHighAvailability> {
  readonly cniEnabled: true;
  readonly disableHeartBeat: true;
  readonly priorityClassName: Priority;
  readonly identity: {
    readonly externalCA: true;
    readonly issuer: { readonly scheme: 'kubernetes.io/tls' };
  };
  readonly proxy: {
    readonly nativeSidecar: true;
    readonly opaquePorts: string;
    readonly resources: LinkerdResources;
  };
  readonly policyController: {
    readonly probeNetworks: readonly string[];
    readonly resources: LinkerdResources;
  };
  readonly destinationResources: LinkerdResources;
  readonly spValidatorResources: LinkerdResources;
  readonly identityResources: LinkerdResources;
  readonly proxyInjectorResources: LinkerdResources;
  readonly proxyInjector: LinkerdWebhookValues;
  readonly profileValidator: LinkerdWebhookValues;
  readonly policyValidator: LinkerdWebhookValues;
}

/** What changes when there are several servers, as in the chart's own `values-ha.yaml`. */
export interface LinkerdHighAvailability {
  readonly controllerReplicas: number;
  readonly enablePodAntiAffinity: boolean;
  readonly enablePodDisruptionBudget: boolean;
  readonly deploymentStrategy: {
    readonly rollingUpdate: { readonly maxUnavailable: number; readonly maxSurge: string };
  };
  readonly webhookFailurePolicy: 'Fail';
}

const highAvailability: LinkerdHighAvailability = {
  controllerReplicas: 3,
  enablePodAntiAffinity: true,
  enablePodDisruptionBudget: true,
  deploymentStrategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: '25%' } },
  webhookFailurePolicy: 'Fail',
};

/** Ports at which the server speaks first or TLS is spoken: the chart's list without 4444, which is HTTP here. */
const opaquePorts = [25, 587, 3306, 5432, 6379, 9300, 11211];

/** Where the kubelet's probes come from: the node, and its end of the pod bridge. */
const probeNetworks = (site: Site): string[] => [
  `${site.settings.publicIp}/32`,
  site.isCluster ? podNetwork : '10.42.0.1/32',
];

/** Linkerd's control plane. Its identities hang on certificates that `Trust` declares. */
export class LinkerdControlPlane extends OperatorChart<LinkerdControlPlaneValues> {
  constructor(scope: Construct, id: string) {
    const { site } = Tier.of(scope).box;
    const destination = operatorSize(site, 'linkerd-destination');
    const spValidator = operatorSize(site, 'linkerd-sp-validator');
    const policy = operatorSize(site, 'linkerd-policy');
    const identity = operatorSize(site, 'linkerd-identity');
    const injector = operatorSize(site, 'linkerd-proxy-injector');
    const replicas = site.isCluster ? highAvailability.controllerReplicas : 1;
    const webhook = (name: keyof typeof linkerdWebhooks): LinkerdWebhookValues => ({
      externalSecret: true,
      injectCaFrom: `${namespaces.linkerd.name}/${linkerdWebhooks[name].service}`,
    });
    super(scope, id, {
      chart: 'linkerdControlPlane',
      namespace: namespaces.linkerd,
      wave: Wave.Trust,
      values: {
        ...(site.isCluster ? highAvailability : {}),
        cniEnabled: true,
        disableHeartBeat: true,
        priorityClassName: 'box-platform',
        identity: { externalCA: true, issuer: { scheme: 'kubernetes.io/tls' } },
        proxy: {
          nativeSidecar: true,
          opaquePorts: opaquePorts.join(','),
          resources: linkerdResources(sizes.mesh),
        },
        policyController: { probeNetworks: probeNetworks(site), resources: linkerdResources(policy) },
        destinationResources: linkerdResources(destination),
        spValidatorResources: linkerdResources(spValidator),
        identityResources: linkerdResources(identity),
        proxyInjectorResources: linkerdResources(injector),
        proxyInjector: webhook('proxyInjector'),
        profileValidator: webhook('profileValidator'),
        policyValidator: webhook('policyValidator'),
      },
      pods: [
        {
          name: 'linkerd-destination',
          replicas,
          containers: [destination, spValidator, policy, sizes.mesh],
        },
        { name: 'linkerd-identity', replicas, containers: [identity, sizes.mesh] },
        { name: 'linkerd-proxy-injector', replicas, containers: [injector, sizes.mesh] },
      ],
    });
  }
}
