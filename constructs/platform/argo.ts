/** Address of the cluster Argo CD itself runs in. */
export const inCluster = 'https://kubernetes.default.svc';

/** Certificate authorities that cert-manager and the operators write into these objects in the cluster. */
export const injectedAuthorities = [
  ...['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'].map((kind) => ({
    group: 'admissionregistration.k8s.io',
    kind,
    jqPathExpressions: ['.webhooks[]?.clientConfig.caBundle'],
  })),
  {
    group: 'apiextensions.k8s.io',
    kind: 'CustomResourceDefinition',
    jqPathExpressions: ['.spec.conversion.webhook.clientConfig.caBundle'],
  },
];

/** A sync that fails is tried again for about an hour: what it needs may come with an earlier wave. */
export const syncRetry = { limit: 20, backoff: { duration: '10s', factor: 2, maxDuration: '5m' } };
