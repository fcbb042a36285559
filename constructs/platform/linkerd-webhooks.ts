/** A webhook of Linkerd's control plane. */
export interface LinkerdWebhook {
  /** Service the API server calls; the Certificate has the same name. */
  readonly service: string;
  /** Secret the chart's pods mount. */
  readonly secret: string;
}

const webhook = (name: string): LinkerdWebhook => ({
  service: `linkerd-${name}`,
  secret: `linkerd-${name}-k8s-tls`,
});

/**
 * Linkerd's webhooks by the key they have in the chart's values.
 * Names stand in `linkerd/linkerd2:charts/linkerd-control-plane/templates`, version-2.20.
 */
export const linkerdWebhooks = {
  proxyInjector: webhook('proxy-injector'),
  profileValidator: webhook('sp-validator'),
  policyValidator: webhook('policy-validator'),
} as const;
