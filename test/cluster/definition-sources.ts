import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Manifest } from '../../constructs/core/manifest.js';

/** Published Go modules that carry an operator's definitions, by API group. */
const modules: Readonly<Record<string, readonly [module: string, folder: string]>> = {
  'barmancloud.cnpg.io': ['github.com/cloudnative-pg/plugin-barman-cloud@v0.14.0', 'config/crd/bases'],
  'cert-manager.io': ['github.com/cert-manager/cert-manager@v1.21.1', 'deploy/crds'],
  'helm.cattle.io': ['github.com/k3s-io/helm-controller@v0.17.7', 'pkg/crds/yaml/generated'],
  'hydra.ory.sh': ['github.com/ory/hydra-maester@v0.0.42', 'config/crd/bases'],
  'monitoring.coreos.com': [
    'github.com/prometheus-operator/prometheus-operator@v0.93.0',
    'example/prometheus-operator-crd',
  ],
  'postgresql.cnpg.io': ['github.com/cloudnative-pg/cloudnative-pg@v1.30.0', 'config/crd/bases'],
  'trust.cert-manager.io': ['github.com/cert-manager/trust-manager@v0.24.0', 'deploy/crds'],
};

/** Definitions of one API group, as YAML. */
export interface Definitions {
  readonly texts: readonly string[];
  /** Whether they say what fields there are. */
  readonly strict: boolean;
}

/**
 * Finds the definitions of a group: in the folder of schemas that lies beside the repository, else in the Go module of
 * the operator. For a group that neither has, the kinds in use are defined without a schema, so that the rest can
 * still be proven.
 */
export function definitionsOf(group: string, manifests: readonly Manifest[]): Definitions {
  const folder = join(process.env.BOX_CRDS ?? '../shared/crds', group);
  if (existsSync(folder)) return { texts: read(folder, () => true), strict: true };
  const source = modules[group];
  if (source !== undefined) {
    const [module, path] = source;
    const ofGroup = (text: string) => text.includes(`\n  group: ${group}\n`);
    return { texts: read(join(download(module), path), ofGroup), strict: true };
  }
  return { texts: withoutSchema(group, manifests), strict: false };
}

function read(folder: string, wanted: (text: string) => boolean): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .filter(wanted);
}

/** Where the Go command has put a module's files. */
function download(module: string): string {
  const output = execFileSync('go', ['mod', 'download', '-json', module], {
    // outside of any module, whose own pins would take part
    cwd: tmpdir(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return (JSON.parse(output) as { Dir: string }).Dir;
}

function withoutSchema(group: string, manifests: readonly Manifest[]): string[] {
  const kinds = new Map<string, Manifest>();
  for (const manifest of manifests)
    if (manifest.apiVersion.startsWith(`${group}/`)) kinds.set(manifest.kind, manifest);
  return [...kinds].map(([kind, { apiVersion, metadata }]) => {
    const singular = kind.toLowerCase();
    const plural = `${singular.replace(/y$/, 'ie')}s`;
    return stringify({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        names: { kind, plural, singular },
        scope: metadata.namespace === undefined ? 'Cluster' : 'Namespaced',
        versions: [
          {
            name: apiVersion.split('/')[1],
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        ],
      },
    });
  });
}
