/** Programs of the box that do not read their configuration here, and why. */
export const unavailable: Readonly<Record<string, string>> = {
  OpenSearch: 'published as an archive and an image, in no package index',
  SearXNG: 'AGPL-3.0',
  'Vault Secrets Operator': 'Business Source License; its templates run with the library it uses',
  'hydra-maester': 'its Go module is not served; its request to Hydra is repeated field by field',
  k3s: 'builds only together with container images; API server and controllers read what it hands to them',
  Collabora: 'published as an image and in a repository of its own, in no package index',
  'La Suite (Docs)': 'published as images, in no package index',
  'kratos-admin-ui': 'published as an image, in no package index',
};
