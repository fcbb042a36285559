import { type Finding, Findings } from './finding.js';
import { charts, chartValues } from './foreign-pods.js';
import { data, everyText, rows, text } from './read.js';
import type { Tree } from './tree.js';

const rule = 'no secret value is in the tree: values are born in the cluster';
const remedy = 'declare a value of the vault, and hand the program its key';

/** No secret value, and no version that moves, stands in the tree. */
export function plainSecrets(tree: Tree): Finding[] {
  const findings = new Findings('plain-secrets');
  for (const secret of tree.all('Secret')) {
    const keys = [...Object.keys(data(secret, 'data')), ...Object.keys(data(secret, 'stringData'))];
    if (keys.length > 0) findings.add(secret, `holds ${keys.join(', ')}`, rule, remedy);
  }
  for (const pod of tree.ownPods) {
    for (const { name, spec } of pod.containers) {
      for (const variable of rows(spec, 'env')) {
        const value = text(variable, 'value') ?? '';
        const named = text(variable, 'name') ?? '';
        if (!isSecretName(named) || !isLiteral(value)) continue;
        if (/(PASSWORD|SECRET|SECRET_KEY|API_KEY|TOKEN)$/.test(named) || looksRandom(value)) {
          findings.add(pod.origin, `container '${name}', env ${named}: ${hint(value)}`, rule, remedy);
        }
      }
    }
  }
  for (const object of tree.manifests) {
    const parts = object.kind === 'ConfigMap' ? data(object, 'data') : object;
    for (const [path, content] of everyText(parts)) {
      const found = secretIn(content);
      if (found !== undefined) findings.add(object, `${path}: ${found}`, rule, remedy);
    }
  }
  checkVersions(tree, findings);
  return findings.list;
}

const isSecretName = (name: string) =>
  /SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL/i.test(name);

/** Text that stands for itself: no placeholder, path, URL, switch, number or list of names. */
const isLiteral = (value: string): boolean =>
  value.length >= 4 && !/\$\(|\$\{|\{\{|^\/|:\/\/|^(true|false|none|null)$|^[\d.,]+$|[\s,]/i.test(value);

/** Letters and digits mixed as no person does, 16 and more. */
const looksRandom = (value: string): boolean =>
  /^[A-Za-z0-9+/=_-]{16,}$/.test(value) &&
  /\d/.test(value) &&
  (/^[0-9a-f]{32,}$/i.test(value) || (/[a-z]/.test(value) && /[A-Z]/.test(value)));

/** Enough of a value to find it, too little to use it. */
const hint = (value: string): string => `'${value.slice(0, 3)}…' (${value.length} characters)`;

const assignment =
  /\b(password|passwd|secret|secret[_-]?key|api[_-]?key|token)["']?\s*[:=]\s*["']?([^\s"',;}{]{8,})/gi;
const urlLogin = /\b[a-z][a-z0-9+]*:\/\/[^\s:@/{}$<]+:([^\s@/{}$<]{4,})@/gi;

function secretIn(content: string): string | undefined {
  if (content.includes('PRIVATE KEY-----')) return 'a private key';
  if (content.includes('://') && content.includes('@')) {
    for (const [, password = ''] of content.matchAll(urlLogin))
      return `a URL with password ${hint(password)}`;
  }
  if (!/[:=]/.test(content)) return undefined;
  for (const [, name, value = ''] of content.matchAll(assignment)) {
    if (isLiteral(value) && looksRandom(value)) return `${name} ${hint(value)}`;
  }
  return undefined;
}

const moving = /^(latest|main|master|edge|nightly)$/;

/** Charts and their images say which version. */
function checkVersions(tree: Tree, findings: Findings): void {
  for (const { origin } of charts(tree)) {
    const version = text(origin, 'spec', 'version') ?? text(origin, 'spec', 'source', 'targetRevision') ?? '';
    if (!/^v?\d/.test(version)) {
      findings.add(
        origin,
        `version '${version}'`,
        'a chart is pinned to a version, or two servers run different programs',
        'name a version',
      );
    }
    for (const [path, value] of everyText(chartValues(origin))) {
      if (!/(^|\.)(tag|version|image)$/i.test(path) || !moving.test(value.split(':').pop() ?? '')) continue;
      findings.add(origin, `${path}: '${value}'`, 'an image is pinned to a version', 'name a version');
    }
  }
}
