import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { Manifest } from '../../constructs/core/manifest.js';
import type { Site } from '../../constructs/core/site.js';
import { Wave } from '../../constructs/core/waves.js';
import { appIds } from '../render.js';
import type { ChartModel } from './model.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** What was decided when the chart was made, and cannot be decided by its values. */
function fixed(site: Site): Record<string, string> {
  const { size, scale, installer, tls, ai, registry } = site.settings;
  const off = appIds.filter((app) => !site.isOn(app));
  return {
    size,
    scale,
    installer,
    'tls.issuer': tls.issuer,
    'tls.staging': String(tls.staging),
    'ai.enabled': String(ai.enabled),
    ...(registry === undefined ? {} : { registry }),
    'apps-off': off.join(',') || 'none',
  };
}

/** Everything but values and templates of objects. */
export function documents(site: Site, model: ChartModel): Record<string, string> {
  const chart = {
    apiVersion: 'v2',
    name: 'business-box',
    description: 'A complete business suite for a small studio on one European server',
    type: 'application',
    version,
    appVersion: version,
    kubeVersion: '>=1.32.0-0',
    annotations: Object.fromEntries(Object.entries(fixed(site)).map(([key, value]) => [`box/${key}`, value])),
  };
  return {
    'Chart.yaml': stringify(chart, { lineWidth: 0 }),
    '.helmignore': '.git/\n.DS_Store\n*.orig\n*.tmp\n',
    'templates/NOTES.txt': notes(model),
  };
}

/** One definition of each operator that later waves need. */
export function definitionsOf({ tiers }: ChartModel): string[] {
  const definitions = new Map<string, string>();
  for (const { wave, objects } of tiers) {
    for (const { body } of objects) {
      const { apiVersion, kind } = body as Manifest;
      const [group = ''] = apiVersion.split('/');
      const isForeign = group.includes('.') && !/(^|\.)k8s\.io$|^helm\.cattle\.io$/.test(group);
      if (wave === Wave.Platform || !isForeign || definitions.has(group)) continue;
      definitions.set(group, `${plural(kind.toLowerCase())}.${group}`);
    }
  }
  return [...definitions.values()];
}

const plural = (kind: string) => (kind.endsWith('y') ? `${kind.slice(0, -1)}ies` : `${kind}s`);

/** What to do next, told after each installation. */
function notes(model: ChartModel): string {
  const services = model.values.some(({ path }) => path[0] === 'ai')
    ? 'the mail relay, the backup storage and the AI service'
    : 'the mail relay and the backup storage';
  const definitions = definitionsOf(model);
  return `{{- if lt (int .Values.upToWave) ${Wave.Operations} -}}
Waves 0 to {{ .Values.upToWave }} of the box are installed.

When the definitions of the operators are there, install the rest:

  kubectl wait --for=create --timeout=15m crd \\
    ${definitions.join(' \\\n    ')}
  helm upgrade {{ .Release.Name }} <chart> --namespace {{ .Release.Namespace }} --reuse-values --set upToWave=${Wave.Operations}
{{- else -}}
The box of {{ .Values.domain }} is on its way: databases first, then the vault, sign-in, the apps. It takes a while.

1. Point the domain to the server:
     {{ .Values.domain }}.    A  {{ .Values.publicIp }}
     *.{{ .Values.domain }}.  A  {{ .Values.publicIp }}
   The ConfigMap box-system/catalog lists every record, with the reason for each.
2. Give the vault the keys of ${services}: the same
   ConfigMap's neighbour setup-plan names each of them.
3. See whether all is ready:
     kubectl get pods --all-namespaces --field-selector=status.phase!=Running,status.phase!=Succeeded
4. Open https://{{ .Values.domain }} and sign in as {{ .Values.adminEmail }}.
{{- end }}
`;
}
