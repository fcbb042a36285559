import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../../constructs/core/manifest.js';
import type { ControlPlane } from './control-plane.js';
import { definitionsOf } from './definition-sources.js';
import { temporaryFolder } from './process.js';

/** Groups whose definitions k3s brings itself, before anything is applied. */
export const groupsOfK3s = ['helm.cattle.io'];

/** Groups that Kubernetes itself serves. */
const isBuiltIn = (group: string) => !group.includes('.') || group.endsWith('.k8s.io');

/** Groups of the custom resources among some objects. */
export function customGroups(manifests: readonly Manifest[]): string[] {
  const groups = manifests.map(({ apiVersion }) => apiVersion.split('/').slice(0, -1).join('/'));
  return [...new Set(groups)].filter((group) => !isBuiltIn(group)).sort();
}

/**
 * Installs the definitions of some groups, as the operators' charts would, and waits until they are served.
 * @param manifests the objects they are for
 * @returns the groups whose definitions say nothing about fields
 * @throws when the server refuses one
 */
export async function define(
  { kubectl }: ControlPlane,
  groups: readonly string[],
  manifests: readonly Manifest[],
): Promise<string[]> {
  const found = groups.map((group) => ({ group, ...definitionsOf(group, manifests) }));
  const texts = found.flatMap((definitions) => definitions.texts);
  const loose = found.filter(({ strict }) => !strict).map(({ group }) => group);
  if (texts.length === 0) return loose;
  const file = join(temporaryFolder('definitions'), 'definitions.yaml');
  writeFileSync(file, texts.join('\n---\n'));
  const applied = await kubectl.apply(file, '--server-side', '--field-manager=operators');
  if (applied.code !== 0) throw new Error(applied.errors.join('\n'));
  const waited = await kubectl.run(['wait', '--for=condition=Established', '--timeout=30s', '-f', file]);
  if (waited.code !== 0) throw new Error(waited.stderr);
  return loose;
}
