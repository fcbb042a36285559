/**
 * Checks of what the constructs render against the schemas of those who will read it: Kubernetes and its
 * custom resources, Helm charts, Kratos and Hydra. The schemas lie beside the repository, in `../shared/crds`
 * (BOX_CRDS) and `../shared/schemas` (BOX_SCHEMAS).
 */
export { validateChartValues } from './schemas/charts.js';
export { validateManifest } from './schemas/kubernetes.js';
export { validateHydra, validateIdentitySchema, validateKratos } from './schemas/ory.js';
export { problemLines, requireSchemas, type SchemaProblem, schemasAvailable } from './schemas/source.js';
