import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from '../../constructs/core/manifest.js';
import { explain } from '../../constructs/proofs/finding.js';
import { plainSecrets } from '../../constructs/proofs/plain-secrets.js';
import { Tree } from '../../constructs/proofs/tree.js';

/** What must not be readable by everybody who reads a branch: one line for each file at fault. */
export function secretsIn(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
  if (!files.some((file) => file.endsWith('.k8s.yaml')))
    throw new Error(`${folder} holds no synthesized files (*.k8s.yaml); run npm run synth`);
  return files.flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const where = file.slice(folder.length + 1);
    const key = text.includes('PRIVATE KEY-----') ? [`${where}: a private key`] : [];
    if (!file.endsWith('.k8s.yaml')) return key;
    const manifests = parseAllDocuments(text)
      .map((document) => document.toJS() as Manifest | null)
      .filter((manifest): manifest is Manifest => manifest !== null);
    if (manifests.some(({ kind, metadata }) => kind === undefined || metadata?.name === undefined))
      throw new Error(`${where}: holds something that is no Kubernetes object`);
    return [...key, ...plainSecrets(new Tree(manifests)).map((finding) => `${where}: ${explain(finding)}`)];
  });
}
